"""What comes out, for other programs: JSON Schema 2020-12 of the record bodies, and an AsyncAPI 3 document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from worker import __doc__ as purpose
from worker.keys import Keys
from worker.model import Extraction
from worker.record import DeadBody, EventBody, QuoteBody, Record, RecordType, StreamName

BODIES: dict[StreamName, type[BaseModel]] = {
    "events": EventBody,
    "quotes": QuoteBody,
    "articles": Extraction,
    "dead": DeadBody,
}
TYPES: dict[StreamName, tuple[RecordType, ...]] = {
    "events": (
        RecordType.EVENT_CODED,
        RecordType.EVENT_MENTIONED,
        RecordType.EVENT_UNMENTIONED,
        RecordType.EVENT_RETRACTED,
    ),
    "quotes": (RecordType.QUOTE_ATTRIBUTED,),
    "articles": (RecordType.ARTICLE_EXTRACTED, RecordType.ARTICLE_REVISED),
    "dead": (RecordType.DEAD,),
}
# Of the wire format, not of the program; a new number is a break, a new field is not.
VERSION = 1


def documents() -> dict[str, str]:
    """File name -> text of every schema document."""
    schemas: dict[str, Any] = {f"{stream}.json": body_schema(stream) for stream in BODIES}
    schemas["asyncapi.json"] = asyncapi()
    return {name: json.dumps(schema, indent=1, ensure_ascii=False) + "\n" for name, schema in schemas.items()}


def write(folder: Path) -> list[Path]:
    """Write them into the folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (folder / name).write_text(text, encoding="utf8")
    return [folder / name for name in documents()]


def body_schema(stream: StreamName) -> dict[str, Any]:
    """JSON Schema of the body of a stream's records; its `$id` is what a record's `dataschema` says."""
    schema = BODIES[stream].model_json_schema(mode="serialization", schema_generator=_Wire)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:newsworker:schema:{stream}:{VERSION}",
    }
    return head | schema


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3 document: a channel for each stream, a message for each record type."""
    keys = Keys()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "newsworker",
            "version": f"{VERSION}.0.0",
            "description": f"{purpose} Redis Streams; each entry's fields are CloudEvents 1.0 attributes and a body. "
            f"The prefix of the addresses, `{keys.prefix}` here, is a setting.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {stream: _channel(stream, keys) for stream in BODIES},
        "operations": {
            f"publish-{stream}": {"action": "send", "channel": {"$ref": f"#/channels/{stream}"}} for stream in BODIES
        },
        "components": {"messages": {kind.value: _message(s, kind) for s, kinds in TYPES.items() for kind in kinds}},
    }


def _channel(stream: StreamName, keys: Keys) -> dict[str, Any]:
    kinds = [kind.value for kind in TYPES[stream]]
    return {
        "address": keys.stream(stream),
        "description": (BODIES[stream].__doc__ or "").partition("\n")[0],
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"} for kind in kinds},
    }


def _message(stream: StreamName, kind: RecordType) -> dict[str, Any]:
    sample = Record(stream=stream, type=kind, id="-", source="-", subject="-", time="2024-11-13T00:00:00Z", body="{}")
    fixed = {"specversion", "type", "datacontenttype", "dataschema"}
    said: dict[str, Any] = {
        name: {"type": "string", **({"const": value} if name in fixed else {})} for name, value in sample.fields().items()
    }
    said["time"]["format"] = "date-time"
    said["body"] |= {"contentMediaType": "application/json", "contentSchema": {"$ref": f"{stream}.json"}}
    return {"name": kind.value, "payload": {"type": "object", "required": list(said), "properties": said}}


class _Wire(GenerateJsonSchema):
    """Every field is written, also where it is null; and readers are not to stumble over fields of later versions."""

    def field_is_required(self, field: Any, total: bool) -> bool:  # noqa: ARG002  the signature is pydantic's
        return True

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  the signature is pydantic's
        return False

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def model_schema(self, schema: Any) -> JsonSchemaValue:
        made = super().model_schema(schema)
        made.pop("additionalProperties", None)
        return made
