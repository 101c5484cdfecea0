from __future__ import annotations

import os
from pathlib import Path

import pytest

from worker.errors import Rejected
from worker.model import ContentType, Document, PublishedFrom
from worker.settings import Settings
from worker.sources import Payload, decode, read_path, read_payload

FIXTURES = Path(__file__).parent / "fixtures"
FILES = FIXTURES / "files"


def read(path: Path, **values: int) -> list[Document | Rejected]:
    return list(read_path(path, Settings(**values)))


def only(path: Path) -> Document:
    (item,) = read(path)
    assert isinstance(item, Document), item
    return item


def rejection(path: Path, **values: int) -> Rejected:
    (item,) = read(path, **values)
    assert isinstance(item, Rejected)
    assert item.stage == "read"
    assert item.source == str(path)
    assert str(path) in item.message
    return item


def write(path: Path, body: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    return path


# ---------------------------------------------------------------- headers


def test_header_block_is_taken_off_the_text() -> None:
    assert only(FILES / "header.txt") == Document(
        content="NADI, Nov. 23 - Talks on the ferry line resumed.\n\n"
        "  The second paragraph is indented, and keeps its  two spaces.\n",
        url="https://lagoon.example/ferry",
        title="Ferry talks resume",
        authors=("Mele Tonga", "Rua Kapa"),
        published="2026-11-23",
        published_from=PublishedFrom.HEADER,
        source="Lagoon Wire",
        language="en",
    )


def test_lines_that_only_resemble_a_header_are_text() -> None:
    item = only(FILES / "no-header.txt")
    assert item.content == (FILES / "no-header.txt").read_text()
    assert item.title is None


@pytest.mark.parametrize(
    "text",
    [
        "Warning: ships sank.\n\nMore.",
        "Title: a\nWarning: b\n\nText.",
        "Title : a\n\nText.",
        "\nTitle: a\n\nText.",
        "Title:a\n\nText.",
    ],
)
def test_only_known_keys_and_nothing_else_make_a_header(tmp_path: Path, text: str) -> None:
    assert only(write(tmp_path / "a.txt", text)).content == text


def test_header_without_text_leaves_nothing() -> None:
    (item,) = read_payload(Payload(body=b"Title: a\nDate: 2026-11-23\n", name="a.txt"))
    assert isinstance(item, Document)
    assert (item.content, item.title) == ("", "a")


def test_header_with_an_unknown_date_has_none(tmp_path: Path) -> None:
    item = only(write(tmp_path / "a.txt", "Date: some day\n\nText."))
    assert (item.published, item.published_from) == (None, None)


def test_front_matter_is_read_for_known_keys() -> None:
    item = only(FILES / "front-matter.md")
    assert item.content_type is ContentType.MARKDOWN
    assert (item.title, item.published, item.source) == ("Market week", "2026-11-21", "Cove Report")
    assert item.content.lstrip().startswith("Prices *rose*")


def test_heading_at_the_top_of_markdown_is_its_title() -> None:
    item = only(FILES / "heading.md")
    assert item.title == "Storm nears the outer islands"
    assert "#" not in item.content


def test_dashes_that_are_not_closed_are_text(tmp_path: Path) -> None:
    assert only(write(tmp_path / "a.md", "---\ntitle: x\n\nText.")).content == "---\ntitle: x\n\nText."


def test_file_name_is_the_source_where_the_header_names_none(tmp_path: Path) -> None:
    assert only(write(tmp_path / "brief.txt", "Some text.")).source == "brief.txt"


# ---------------------------------------------------------------- encodings


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("latin-1.txt", "Le ministre français a été reçu à Genève."),
        ("pounds.txt", "The catch fetched £40 a kilo, at 10° below zero."),
        ("utf-16.txt", "The café reopened."),
        ("bom.txt", "The café reopened."),
        ("cut.txt", "Ōtautahi – „zwölf“ größere Städte: Ärger über Gebühren, Rückzug, Übergabe\ufffd"),
    ],
)
def test_encoding_is_found(name: str, words: str) -> None:
    assert words in only(FILES / name).content


def test_byte_order_mark_does_not_hide_the_header() -> None:
    assert only(FILES / "bom.txt").title == "With a mark"
    assert only(FILES / "utf-16.txt").title == "Sixteen bits"


def test_declared_charset_of_the_type_outranks_that_of_the_page() -> None:
    page = "<html><head><meta charset='koi8-r'></head><body>Žluťoučký kůň</body></html>"
    payload = Payload(body=page.encode("cp1250"), name="p", content_type="text/html; charset=windows-1250")
    assert "Žluťoučký kůň" in decode(payload, markup=True)
    inside = Payload(body=page.replace("koi8-r", "windows-1250").encode("cp1250"), name="p")
    assert "Žluťoučký kůň" in decode(inside, markup=True)


def test_utf_8_outranks_a_false_declaration() -> None:
    page = "<html><head><meta charset='iso-8859-1'></head><body>kůň</body></html>"
    assert "kůň" in decode(Payload(body=page.encode(), name="p"), markup=True)


@pytest.mark.parametrize("charset", ["no-such-charset", "idna", "unicode_escape", "hex", "rot13", "x" * 30])
def test_strange_charset_is_passed_over(charset: str) -> None:
    payload = Payload(
        body="Ein schöner Tag für große Übungen".encode("cp1252"), name="p", content_type=f"text/plain; charset={charset}"
    )
    assert "schöner" in decode(payload)


# ---------------------------------------------------------------- unfit files


def test_empty_file_is_rejected(tmp_path: Path) -> None:
    assert rejection(write(tmp_path / "a.txt", "")).reason == "empty"
    assert rejection(write(tmp_path / "b.txt", " \n \n")).reason == "empty"


@pytest.mark.parametrize(
    "body", [bytes(range(256)) * 8, b"\xd0\xcf\x11\xe0\x00", b"PK\x03\x04\x00\x00", b"\x89PNG\r\n\x1a\n\x00"]
)
def test_binary_file_is_rejected(tmp_path: Path, body: bytes) -> None:
    for name in ("a.txt", "a.bin", "a.md", "a.html"):
        assert rejection(write(tmp_path / name, body)).reason == "binary"


@pytest.mark.parametrize("body", [b"\xd0\xcf\x11\xe0\x00", b"PK\x03\x04\x00\x00"])
def test_office_file_is_refused_and_told_what_to_save_it_as(tmp_path: Path, body: bytes) -> None:
    assert "save it as text, HTML or PDF" in rejection(write(tmp_path / "notice.docx", body)).message


@pytest.mark.parametrize(
    "body", [b"caf\xff\xfe\x81 broken \x90 text", b"\xff\xfe\x00broken", b"\xff\xfesome plain words", b"\x81\x8d\x8f\x90" * 50]
)
def test_bytes_that_no_encoding_makes_text_are_rejected(tmp_path: Path, body: bytes) -> None:
    assert rejection(write(tmp_path / "a.txt", body)).reason == "encoding"


def test_file_over_the_limit_is_rejected(tmp_path: Path) -> None:
    path = write(tmp_path / "big.txt", "x" * 1001)
    assert rejection(path, max_file_bytes=1000).reason == "too-large"
    assert isinstance(read(path, max_file_bytes=1001)[0], Document)


def test_missing_file_is_rejected(tmp_path: Path) -> None:
    assert rejection(tmp_path / "none.txt").reason == "unreadable"
    assert rejection(Path("bad\0name")).reason == "unreadable"


def test_xml_that_is_no_feed_is_rejected() -> None:
    assert rejection(FIXTURES / "feeds" / "no-feed.xml").reason == "not-a-feed"


# ---------------------------------------------------------------- folders


def test_folder_is_read_in_sorted_order_and_bad_files_harm_no_others(tmp_path: Path) -> None:
    write(tmp_path / "b.txt", "Second.")
    write(tmp_path / "a" / "z.txt", "First.")
    write(tmp_path / "c.bin", b"\0\0")
    write(tmp_path / "d.txt", "")
    write(tmp_path / "e.jsonl", '{"id": "x", "text": "Last."}')
    items = read(tmp_path)
    assert [item.reason if isinstance(item, Rejected) else item.content for item in items] == [
        "First.",
        "Second.",
        "binary",
        "empty",
        "Last.",
    ]


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path / ".git" / "a.txt", "x")
    write(tmp_path / ".hidden.txt", "x")
    assert read(tmp_path) == []


def test_links_are_not_followed_out_of_the_folder(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "secret.txt", "Secret.")
    inside = tmp_path / "inside"
    write(inside / "a.txt", "Open.")
    (inside / "file-link.txt").symlink_to(outside)
    (inside / "folder-link").symlink_to(outside.parent)
    (inside / "loop").symlink_to(inside)
    (inside / "self").symlink_to(inside / "self")
    items = read(inside)
    assert [item.content for item in items if isinstance(item, Document)] == ["Open."]


def test_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert [item.reason for item in read(tmp_path) if isinstance(item, Rejected)] == ["unreadable"]
