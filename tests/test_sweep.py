"""Files that nobody here wrote, of every format, through every reader: documents and rejections, and nothing else."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from worker.errors import Rejected
from worker.model import Document
from worker.settings import Settings
from worker.sources import Payload, kinds, read_path, read_payload, sniff

SHARED = Path(__file__).parents[2] / "shared/feeds"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the files of others are not here")
# One file takes a fraction of a second; this is for a machine that does much else.
SECONDS = 10


@cache
def files() -> list[Path]:
    return sorted(path for path in SHARED.rglob("*") if path.is_file())


def load(path: Path) -> Payload:
    return Payload(body=path.read_bytes(), name=str(path.relative_to(SHARED)))


def read(path: Path, kind: str | None = None) -> list[Document | Rejected]:
    return list(read_payload(load(path), kind))


def test_every_file_has_a_kind() -> None:
    assert len(files()) > 3000
    assert {sniff(load(path)) for path in files()} <= set(kinds())


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", [None, *kinds()])
def test_every_file_ends_in_documents_and_rejections(kind: str | None) -> None:
    for path in files():
        started = time.process_time()
        for item in read(path, kind):
            assert item.reason if isinstance(item, Rejected) else item.model_dump_json(), path
        assert time.process_time() - started < SECONDS, path


# ---------------------------------------------------------------- ninjs


def _texts(item: dict[str, Any]) -> Iterator[str]:
    """The bodies of a usable text item, by the schemas of all versions."""
    kind = str(item.get("type", "text"))
    if item.get("pubstatus", item.get("pubStatus", "usable")) != "usable" or kind not in {"text", "composite"}:
        return
    for name, value in item.items():
        if name.startswith("body_") and isinstance(value, str):
            yield value
    for body in item.get("bodies", ()):
        yield str(body.get("value") or "")


def test_every_valid_ninjs_item_with_a_text_is_read() -> None:
    number = 0
    for path in (path for path in (SHARED / "iptc-ninjs").rglob("*.json") if {"should_pass", "examples"} & set(path.parts)):
        value = json.loads(path.read_text())
        if isinstance(value, dict) and any(map(str.strip, _texts(value))):
            number += 1
            assert any(isinstance(item, Document) for item in read(path, "ninjs")), path
    assert number >= 30


def test_every_other_ninjs_item_is_refused_with_a_reason() -> None:
    reasons = {
        item.reason
        for path in (SHARED / "iptc-ninjs").rglob("*.json")
        if "specification" not in path.parts
        for item in read(path, "ninjs")
        if isinstance(item, Rejected)
    }
    assert reasons == {"no-text", "withdrawn", "embargoed", "not-json"}


# ---------------------------------------------------------------- NewsML


def test_every_newsml_item_with_a_text_is_read_and_the_others_are_refused_with_a_reason() -> None:
    documents = 0
    for folder in ("iptc-newsml-g2", "python-newsmlg2", "iptc-ninjs/examples/NewsML"):
        for path in (SHARED / folder).rglob("*.xml"):
            items = read(path, "newsml")
            documents += sum(isinstance(item, Document) for item in items)
            assert {item.reason for item in items if isinstance(item, Rejected)} <= {"no-text", "not-xml"}, path
            if b"<body.content>" in path.read_bytes() and sniff(load(path)) == "newsml":
                assert any(isinstance(item, Document) for item in items), path
    assert documents >= 12


# ---------------------------------------------------------------- WARC

PAGES = {
    "example.warc",
    "example.warc.gz",
    "example.arc",
    "example.arc.gz",
    "example-bad-non-chunked.warc.gz",
    "example-bad.warc.gz.bad",
    "example-resource.warc.gz",
    "example-space-in-url.arc",
    "example-wget-bad-target-uri.warc.gz",
}
BROKEN = {"bad.arc", "example-trunc.warc", "example-wrong-chunks.warc.gz"}


def test_good_records_of_an_archive_come_out_and_broken_ones_are_told() -> None:
    found = {path.name: list(read_path(path, Settings())) for path in (SHARED / "warcio/data").iterdir()}
    assert {name for name, items in found.items() if any(isinstance(item, Document) for item in items)} == PAGES
    assert {name for name, items in found.items() if any(isinstance(item, Rejected) for item in items)} == BROKEN
