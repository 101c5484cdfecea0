"""WARC and ARC files, and other archives that are read a piece at a time."""

from __future__ import annotations

import gzip
import io
import json
import random
import tracemalloc
from pathlib import Path

import brotli
import pytest
from archives import answer, packed, page, pages, record
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.errors import Rejected
from worker.model import ContentType, Document
from worker.settings import Settings
from worker.sources import Part, Payload, is_archive, parts, read_path, read_payload, sniff

LIMIT = 1 << 20


def read(body: bytes) -> list[Document | Rejected]:
    return list(read_payload(Payload(body=body, name="crawl.warc")))


def only(body: bytes) -> Document:
    (item,) = read(body)
    assert isinstance(item, Document), item
    return item


def reasons(body: bytes) -> list[str]:
    return [item.reason if isinstance(item, Rejected) else "document" for item in read(body)]


def write(path: Path, body: bytes) -> Path:
    path.write_bytes(body)
    return path


def cut(path: Path, start: int = 0, limit: int = LIMIT) -> list[Part]:
    return list(parts(path, limit, start))


@pytest.mark.parametrize("version", ["0.18", "1.0", "1.1"])
def test_record_gives_the_page_at_its_address(version: str) -> None:
    assert only(record("https://lagoon.example/1", answer(page(1)), version=version)) == Document(
        content=page(1).decode(), content_type=ContentType.HTML, url="https://lagoon.example/1"
    )


def test_day_of_the_crawl_is_no_day_of_publication() -> None:
    assert only(record("https://lagoon.example/1", answer(page(1)))).published is None


def test_packed_archive_is_read_like_a_plain_one() -> None:
    records = pages(range(3))
    assert read(packed(records)) == read(b"".join(records)) == read(gzip.compress(b"".join(records)))
    assert sniff(Payload(body=b"".join(records), name="x.bin", content_type="text/html")) == "warc"


def test_arc_is_read_too() -> None:
    block = answer(page(1))
    body = (
        b"filedesc://a.arc 0.0.0.0 20261123000000 text/plain 9\n1 0 Test\n\n"
        b"https://lagoon.example/a b 10.0.0.1 20261123000000 text/html " + str(len(block)).encode() + b"\n" + block + b"\n"
    )
    assert only(body).content == page(1).decode()


@pytest.mark.parametrize(
    "other",
    [
        record("https://lagoon.example/x", b"GET / HTTP/1.1\r\n\r\n", "request"),
        record("https://lagoon.example/x", answer(page(9), "404 Not Found")),
        record("https://lagoon.example/x", answer(page(9), "302 Found")),
        record("https://lagoon.example/x", answer(b"\xff\xd8", Content_Type="image/jpeg")),
        record("https://lagoon.example/x", answer(b"{}", Content_Type="application/json")),
        record("https://lagoon.example/x", answer(page(9)), "revisit"),
        record("https://lagoon.example/robots.txt", answer(b"User-agent: *", Content_Type="text/plain")),
        record("dns:lagoon.example", b"20261123000000\nlagoon.example 1 A 10.0.0.1", "resource", Content_Type="text/dns"),
        record("file:///etc/passwd", b"root:x:0", "resource", Content_Type="text/plain"),
        record("metadata://tool/log", b"a log", "resource", Content_Type="text/plain"),
        record("", b"software: test\r\n", "warcinfo", Content_Type="application/warc-fields"),
    ],
)
def test_what_is_no_page_is_passed_over_silently(other: bytes) -> None:
    assert only(other + pages(range(1))[0] + other).url == "https://lagoon.example/0"


def test_archive_without_pages_is_one_rejection() -> None:
    assert reasons(record("https://lagoon.example/x", answer(b"\0", Content_Type="image/png"))) == ["no-text"]


def test_resource_and_extracted_text_are_read_by_their_own_type() -> None:
    assert only(record("https://a.example/1", page(1), "resource", Content_Type="text/html")).content_type is ContentType.HTML
    text = record("https://a.example/1", b"Plain words of a page.", "conversion", Content_Type="text/plain")
    assert only(text).content == "Plain words of a page."


def test_feed_in_an_archive_gives_its_entries() -> None:
    feed = b"<rss><channel><item><guid>1</guid><description>One.</description></item></channel></rss>"
    assert only(record("https://a.example/feed", answer(feed, Content_Type="application/rss+xml"))).content == "One."


def test_charset_of_the_answer_counts() -> None:
    body = "<html><body><p>Žluťoučký kůň</p></body></html>".encode("cp1250")
    document = only(record("https://a.example/1", answer(body, Content_Type="text/html; charset=windows-1250")))
    assert "Žluťoučký kůň" in document.content


def chunked(body: bytes) -> bytes:
    half = len(body) // 2
    return b"".join(b"%x;a=b\r\n%b\r\n" % (len(part), part) for part in (body[:half], body[half:])) + b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(page(1)), {"Content_Encoding": "gzip"}),
        (brotli.compress(page(1)), {"Content_Encoding": "br"}),
        (chunked(page(1)), {"Transfer_Encoding": "chunked"}),
        (chunked(gzip.compress(page(1))), {"Transfer_Encoding": "chunked", "Content_Encoding": "gzip"}),
        (page(1), {"Transfer_Encoding": "chunked"}),
        (page(1), {"Content_Encoding": "gzip"}),
    ],
)
def test_codings_are_taken_off_where_they_are(body: bytes, headers: dict[str, str]) -> None:
    assert only(record("https://a.example/1", answer(body, **headers))).content == page(1).decode()


def test_same_answer_twice_is_read_once() -> None:
    twice = [record(f"https://a.example/{n}", answer(page(1)), WARC_Payload_Digest="sha1:AAAA") for n in (1, 2)]
    assert only(b"".join(twice)).url == "https://a.example/1"


# ---------------------------------------------------------------- broken and hostile


def test_record_of_a_wrong_length_harms_the_others_little() -> None:
    first, second, third = pages(range(3))
    short = second.replace(b"Content-Length: ", b"Content-Length: 1")
    long = second.replace(b"Content-Length: ", b"Content-Length: 0")[:-10]
    for wrong in (short, long):
        found = reasons(first + wrong + third + b"".join(pages(range(5, 15))))
        assert found[0] == "document"
        assert found[-1] == "document"


@pytest.mark.parametrize("line", [b"Content-Length: -5", b"Content-Length: x", b"X-None: 1", b"Content-Length: \xff"])
def test_record_without_a_length_is_told_and_passed_over(line: bytes) -> None:
    first, second, third = pages(range(3))
    before, _, rest = second.partition(b"Content-Length: ")
    wrong = before + line + b"\r\n" + rest.partition(b"\r\n")[2]
    found = read(first + wrong + third)
    assert [item.url for item in found if isinstance(item, Document)] == [
        "https://lagoon.example/0",
        "https://lagoon.example/2",
    ]


def test_broken_member_is_told_and_the_next_ones_are_read() -> None:
    first, second, third = map(gzip.compress, pages(range(3)))
    broken = second[:30] + b"\0\0\0\0" + second[34:]
    found = _from_disk(first + broken + third)
    assert [item.reason if isinstance(item, Rejected) else item.url for item in found] == [
        "https://lagoon.example/0",
        "broken-record",
        "https://lagoon.example/2",
    ]


def _from_disk(body: bytes) -> list[Document | Rejected]:
    from worker.sources import read_part
    from worker.sources._warc import parts as warc_parts

    return [item for part in warc_parts(io.BytesIO(body), "crawl.warc.gz", LIMIT) for item in read_part(part)]


def test_record_that_was_cut_as_it_was_stored_is_told() -> None:
    assert reasons(record("https://a.example/1", answer(page(1)), WARC_Truncated="length")) == ["broken-record"]


@pytest.mark.parametrize("lost", [40, 150])
def test_file_that_ends_too_early_gives_what_came_before(lost: int) -> None:
    for body in (b"".join(pages(range(2)))[:-lost], packed(pages(range(2)))[:-lost]):
        found = [item.reason if isinstance(item, Rejected) else item.url for item in _from_disk(body)]
        assert found == ["https://lagoon.example/0", "broken-record"]


def test_answer_larger_than_the_limit_is_told() -> None:
    big = record("https://a.example/1", answer(b"<html>" + b"x" * LIMIT))
    bomb = record("https://a.example/2", answer(gzip.compress(b"<html>" + b"x" * LIMIT), Content_Encoding="gzip"))
    many = record("https://a.example/3", answer(brotli.compress(b"<html>" + b"x" * (64 << 20)), Content_Encoding="br"))
    found = [
        item.reason if isinstance(item, Rejected) else item.url for item in _from_disk(big + bomb + many + pages(range(1))[0])
    ]
    assert found == ["broken-record"] * 3 + ["https://lagoon.example/0"]


def test_header_without_an_end_does_not_fill_the_memory() -> None:
    tracemalloc.start()
    found = _from_disk(b"WARC/1.0\r\nX-Long: " + b"x" * (8 << 20) + b"\r\n\r\n" + pages(range(1))[0])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [type(item) for item in found] == [Rejected, Document]
    assert peak < 30 << 20


@settings(max_examples=80)
@given(seed=st.integers(0, 10_000), packing=st.booleans())
def test_any_damage_ends_in_documents_and_rejections(seed: int, packing: bool) -> None:
    body = bytearray(packed(pages(range(4))) if packing else b"".join(pages(range(4))))
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 20)):
        body[chance.randrange(len(body))] = chance.randrange(256)
    for item in _from_disk(bytes(body)):
        assert isinstance(item, Document) or item.reason


# ---------------------------------------------------------------- a piece at a time


def test_archives_are_known_by_their_beginning_or_their_name(tmp_path: Path) -> None:
    warc, lines = packed(pages(range(1))), b'{"id": "1", "text": "Words."}\n'
    assert is_archive(write(tmp_path / "a.bin", warc), LIMIT)
    assert is_archive(write(tmp_path / "b.warc", gzip.decompress(warc)), LIMIT)
    assert is_archive(write(tmp_path / "c.jsonl.gz", gzip.compress(lines)), LIMIT)
    assert is_archive(write(tmp_path / "d.jsonl", lines * 2), len(lines))
    assert not is_archive(write(tmp_path / "e.jsonl", lines), LIMIT)
    assert not is_archive(write(tmp_path / "f.warc", b"no archive"), LIMIT)
    assert not is_archive(tmp_path / "none.warc", LIMIT)


@pytest.mark.parametrize("packing", [True, False])
def test_each_mark_leads_to_the_rest(tmp_path: Path, packing: bool) -> None:
    records = pages(range(6))
    path = write(tmp_path / "a.warc", packed(records) if packing else b"".join(records))
    whole = cut(path)
    assert whole[-1] == Part(path.stat().st_size, None)
    for number, part in enumerate(whole):
        assert cut(path, part.mark) == whole[number:]


def test_marks_of_json_lines_lead_to_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.sources._archive._LINES_BYTES", 100)
    lines = b"".join(json.dumps({"id": str(n), "text": f"Words number {n}."}).encode() + b"\n" for n in range(20))
    for name, body in (("a.jsonl", lines), ("b.jsonl.gz", gzip.compress(lines))):
        path = write(tmp_path / name, body)
        found = list(read_path(path, Settings(max_file_bytes=200)))
        assert [item.id for item in found if isinstance(item, Document)] == [str(n) for n in range(20)]
        whole = cut(path)
        assert len(whole) > 5
        # Only the message tells how far into the file a piece is, which is the same wherever reading began.
        assert cut(path, whole[3].mark) == whole[3:]


def test_archive_that_has_grown_is_read_on_at_its_end(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc.gz", packed(pages(range(2))))
    end = cut(path)[-1].mark
    with path.open("ab") as file:
        file.write(packed(pages(range(2, 4))))
    urls = [part.payload.url for part in cut(path, end) if isinstance(part.payload, Payload)]
    assert urls == ["https://lagoon.example/2", "https://lagoon.example/3"]


def test_archive_that_was_cut_is_read_again_from_the_cut(tmp_path: Path) -> None:
    body = packed(pages(range(2)))
    path = write(tmp_path / "a.warc.gz", body[:-50])
    end = cut(path)[-1].mark
    write(path, body)
    urls = [part.payload.url for part in cut(path, end) if isinstance(part.payload, Payload)]
    assert urls == ["https://lagoon.example/1"]


def test_line_that_is_too_long_is_refused_and_the_next_ones_are_read(tmp_path: Path) -> None:
    long = json.dumps({"id": "long", "text": "x" * 5000}).encode()
    path = write(
        tmp_path / "a.jsonl.gz", gzip.compress(b'{"id": "a", "text": "A."}\n' + long + b'\n{"id": "b", "text": "B."}\n')
    )
    found = list(read_path(path, Settings(max_file_bytes=1000)))
    assert [item.reason if isinstance(item, Rejected) else item.id for item in found] == ["a", "too-large", "b"]


def test_json_lines_that_break_off_give_what_came_before(tmp_path: Path) -> None:
    lines = [json.dumps({"id": str(n), "text": f"{random.Random(n).random()} words"}).encode() + b"\n" for n in range(3000)]
    path = write(tmp_path / "a.jsonl.gz", gzip.compress(b"".join(lines))[:-2000])
    found = list(read_path(path, Settings()))
    assert isinstance(found[-1], Rejected)
    assert found[-1].reason == "unreadable"


def test_bad_line_of_a_piece_is_told_with_its_place(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl.gz", gzip.compress(b'{"id": "a", "text": "A."}\n{broken\n'))
    (error,) = [item for item in read_path(path, Settings()) if isinstance(item, Rejected)]
    assert error.message.startswith(f"{tmp_path / 'a.jsonl'}: line 2: not JSON")


def test_archive_of_any_size_is_read_in_little_memory(tmp_path: Path) -> None:
    filler = [
        record(f"https://a.example/{n}.jpg", answer(random.Random(n).randbytes(1 << 20), Content_Type="image/jpeg"))
        for n in range(8)
    ]
    path = write(tmp_path / "big.warc.gz", packed(filler * 5 + pages(range(2))))
    tracemalloc.start()
    found = list(parts(path, LIMIT))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == 3
    assert peak < 4 << 20
