from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from papers import file, pdf, stream

from worker.errors import Rejected
from worker.model import Document, PublishedFrom
from worker.sources import Payload, read_payload, sniff

LINES = [
    "The talks on the ferry line resumed on Monday in the harbour mas-",
    "ter's house, and the envoys of the union stayed until midnight, as the",
    "clerk of the port said (who had kept the door).",
    "Nobody left the room before the paper was signed, and the quay stayed",
    "shut for the twenty-",
    "First regiment, which had come from the north with all its horses.",
]


def read(body: bytes) -> Document | Rejected:
    (item,) = read_payload(Payload(body=body, name="notice.pdf"))
    return item


def only(body: bytes) -> Document:
    item = read(body)
    assert isinstance(item, Document), item
    return item


def refused(body: bytes) -> Rejected:
    item = read(body)
    assert isinstance(item, Rejected), item
    return item


@pytest.mark.parametrize("packed", [True, False])
def test_lines_become_paragraphs_and_divided_words_are_whole(packed: bool) -> None:
    assert only(pdf([LINES], packed=packed)).content == (
        "The talks on the ferry line resumed on Monday in the harbour master's house, and the envoys of the union stayed "
        "until midnight, as the clerk of the port said (who had kept the door).\n\n"
        "Nobody left the room before the paper was signed, and the quay stayed shut for the twenty-First regiment, "
        "which had come from the north with all its horses."
    )


def test_items_of_a_list_are_paragraphs() -> None:
    item = only(
        pdf([[*LINES[:3], "• The first of the demands was that the line should run on Sundays too,", "• The second was pay."]])
    )
    assert item.content.split("\n\n")[1:] == [
        "• The first of the demands was that the line should run on Sundays too,",
        "• The second was pay.",
    ]


def test_running_heads_and_page_numbers_are_left_out() -> None:
    days = ("Monday", "Tuesday", "Wednesday", "Thursday")
    body = [[line.replace("the", f"the {day}", 1) for line in LINES[:4]] for day in days]
    pages = [["Port Authority Notice 17", *lines, f"Page {n} of 4", "port.example"] for n, lines in enumerate(body, 1)]
    text = only(pdf(pages)).content
    assert "Port Authority" not in text
    assert "Page" not in text
    assert "port.example" not in text
    assert all(text.count(f"The talks on the {day} ferry line") == 1 for day in days)


def test_line_that_stands_on_one_page_only_is_kept() -> None:
    assert "Ferry talks resume" in only(pdf([["Ferry talks resume", *LINES], LINES, LINES[2:]])).content


def test_what_the_file_says_of_itself_is_taken_where_it_is_plausible() -> None:
    told = {
        "Title": "Ferry talks resume",
        "Author": "Mele Tonga",
        "CreationDate": "D:20261123084000+12'00'",
        "ModDate": "D:20261123090000+12'00'",
    }
    item = only(pdf([LINES], told))
    assert (item.title, item.authors) == ("Ferry talks resume", ("Mele Tonga",))
    assert (item.published, item.published_from) == ("2026-11-23", PublishedFrom.META)


@pytest.mark.parametrize(
    "told",
    [
        {"Title": "Microsoft Word - notice.docx", "Author": "user1", "CreationDate": "D:2026"},
        {"Title": "untitled", "Author": "Administrator", "CreationDate": "yesterday"},
        {"Title": "17-11.indd", "Author": "C:\\\\users", "CreationDate": "D:20261199000000"},
        {"Title": "--", "Author": "", "CreationDate": "D:20200101000000Z", "ModDate": "D:20261123000000Z"},
    ],
)
def test_what_programs_write_is_no_title_author_or_day(told: dict[str, str]) -> None:
    item = only(pdf([LINES], told))
    assert (item.title, item.authors) == (None, ())
    assert item.published in {None, "2026-01-01"}


def test_pdf_is_known_by_its_content() -> None:
    assert sniff(Payload(body=pdf([LINES]), name="page.html", content_type="text/html")) == "pdf"
    assert sniff(Payload(body=b"<p>It began with %PDF-1.4</p>", name="x.html")) == "html"


# ---------------------------------------------------------------- unfit


def test_scan_is_refused_and_told_what_to_do() -> None:
    error = refused(pdf([["17"], []]))
    assert (error.reason, "OCR" in error.message) == ("no-text", True)


def test_encrypted_file_is_refused() -> None:
    body = pdf([LINES])
    lock = "/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<" + "00" * 32 + ">/U<" + "11" * 32 + ">>>/ID[<00><00>]"
    assert refused(body.replace(b"/Root 1 0 R", b"/Root 1 0 R" + lock.encode())).reason == "encrypted"


def test_too_many_pages_are_refused() -> None:
    error = refused(pdf([LINES] * 201))
    assert (error.reason, "split" in error.message) == ("too-long", True)


@pytest.mark.parametrize("body", [b"%PDF-1.7\nstream", b"%PDF-", b"%PDF-1.4\n" + b"\0" * 5000, b"%PDF-1.4\nxref\n0 99999999\n"])
def test_what_is_no_pdf_is_refused(body: bytes) -> None:
    assert refused(body).reason == "broken-pdf"


def hostile() -> dict[str, bytes]:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</Font<</F 3 0 R>>/XObject<</X 5 0 R>>>>/Contents 5 0 R>>"
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    catalog, tree = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[4 0 R]>>"

    def one(content: bytes, **other: bytes) -> bytes:
        return file([catalog, other.get("tree", tree), font, other.get("page", page), content])

    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>/Length 30>>"
    return {
        "bomb": one(stream(b"0 0 m\n" * (20 << 20), packed=True)),
        "form that shows itself": one(form + b"stream\n/X Do /X Do /X Do\nendstream"),
        "page tree in a circle": one(b"null", tree=b"<</Type/Pages/Count 1/Kids[2 0 R]>>"),
        "page that is many": one(b"null", tree=b"<</Type/Pages/Count 9/Kids[" + b"4 0 R " * 50_000 + b"]>>"),
        "count that lies": one(b"null", tree=b"<</Type/Pages/Count 2147483647/Kids[4 0 R]>>"),
        "deep brackets": one(stream(b"[" * 100_000)),
        "deep dictionaries": one(b"<</A" * 50_000),
        "contents that are themselves": one(b"5 0 R"),
        "length that lies": one(b"<</Length 99999999999>>stream\nBT\nendstream"),
        "chain of filters": one(b"<</Length 3/Filter[" + b"/FlateDecode" * 500 + b"]>>stream\nabc\nendstream"),
        "table in a circle": pdf([LINES]).replace(b"/Root 1 0 R", b"/Prev 9/Root 1 0 R"),
        "no page": one(b"null", page=b"null"),
        "endless text": one(stream(b"BT /F 1 Tf " + b"(a) Tj " * 400_000 + b"ET", packed=True)),
    }


@pytest.mark.parametrize("name", list(hostile()))
def test_hostile_file_costs_little_and_harms_nothing(name: str) -> None:
    started = time.process_time()
    read(hostile()[name])
    # The worst takes a second, where nothing else runs.
    assert time.process_time() - started < 8


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_damage_ends_in_a_document_or_a_rejection(data: st.DataObject) -> None:
    body = bytearray(pdf([LINES], packed=True))
    for _ in range(data.draw(st.integers(1, 12))):
        body[data.draw(st.integers(5, len(body) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(body))
