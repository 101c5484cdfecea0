from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from worker import schema
from worker.keys import Keys
from worker.model import Extraction
from worker.record import DeadBody, EventBody, QuoteBody, Record, StreamName

COMMITTED = Path(__file__).parents[1] / "docs/schema"
SAMPLE = Extraction.model_validate_json((Path(__file__).parent / "fixtures/records/extraction.json").read_text(encoding="utf8"))


def bodies() -> dict[StreamName, str]:
    """A body of each stream, from one article that has a bit of everything."""
    article = {name: getattr(SAMPLE.article, name) for name in ("id", "url", "title", "published", "source")}
    event, quote = SAMPLE.events[0], SAMPLE.quotes[0]
    common: dict[str, Any] = {"article": article, "coder": SAMPLE.coder}
    dead = DeadBody(article="a1", stage="text", reason="empty", message="there is no text")
    return {
        "articles": SAMPLE.model_dump_json(),
        "events": EventBody(event=event, entities=SAMPLE.entities, materiel=SAMPLE.materiel, **common).model_dump_json(),
        "quotes": QuoteBody(quote=quote, speaker=SAMPLE.entities[0], **common).model_dump_json(),
        "dead": dead.model_dump_json(),
    }


def records() -> Iterator[Record]:
    for stream, body in bodies().items():
        for kind in schema.TYPES[stream]:
            yield Record(stream=stream, type=kind, id="1", source="/wire", subject="a1", time="2024-11-13T09:30:00Z", body=body)


def test_committed_schemas_are_those_of_the_models() -> None:
    committed = {path.name: path.read_text(encoding="utf8") for path in COMMITTED.iterdir()}
    assert committed == schema.documents(), "make schema writes them anew"


@pytest.mark.parametrize("stream", schema.BODIES)
def test_schema_is_valid_and_is_named_as_the_records_name_it(stream: StreamName) -> None:
    made = schema.body_schema(stream)
    Draft202012Validator.check_schema(made)
    assert {record.fields()["dataschema"] for record in records() if record.stream == stream} == {made["$id"]}


@pytest.mark.parametrize("stream", schema.BODIES)
def test_what_is_published_is_what_the_schema_says(stream: StreamName) -> None:
    Draft202012Validator(schema.body_schema(stream)).validate(json.loads(bodies()[stream]))


@pytest.mark.parametrize("stream", schema.BODIES)
def test_every_field_is_there_even_where_it_is_unknown(stream: StreamName) -> None:
    body = json.loads(bodies()[stream])
    for name in body:
        with pytest.raises(ValidationError):
            Draft202012Validator(schema.body_schema(stream)).validate({k: v for k, v in body.items() if k != name})


@pytest.mark.parametrize("stream", schema.BODIES)
def test_readers_do_not_stumble_over_a_later_field(stream: StreamName) -> None:
    body = json.loads(bodies()[stream]) | {"of_a_later_version": 1}
    Draft202012Validator(schema.body_schema(stream)).validate(body)


def test_asyncapi_has_a_channel_for_every_stream_at_its_key() -> None:
    channels = schema.asyncapi()["channels"]
    keys = Keys()
    assert {name: channel["address"] for name, channel in channels.items()} == {
        "events": keys.events,
        "quotes": keys.quotes,
        "articles": keys.articles,
        "dead": keys.dead,
    }


def test_asyncapi_refers_only_to_what_exists() -> None:
    document = schema.asyncapi()
    for reference in references(document):
        file, _, pointer = reference.partition("#")
        part = document if not file else json.loads((COMMITTED / file).read_text(encoding="utf8"))
        for step in pointer.split("/")[1:]:
            part = part[step]


def test_asyncapi_describes_the_fields_of_every_record() -> None:
    messages = schema.asyncapi()["components"]["messages"]
    told = list(records())
    assert {record.type.value for record in told} == set(messages)
    for record in told:
        payload = messages[record.type.value]["payload"]
        Draft202012Validator(payload).validate(record.fields())
        assert payload["properties"]["body"]["contentSchema"]["$ref"] == f"{record.stream}.json"


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from references(child)
