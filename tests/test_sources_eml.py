from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.errors import Rejected
from worker.model import Document, PublishedFrom
from worker.sources import Payload, read_payload, sniff

MAIL = Path(__file__).parent / "fixtures" / "mail"
HEAD = b"From: A Clerk <a@x.example>\nDate: Mon, 23 Nov 2026 09:40:00 +1200\nSubject: News\nMessage-ID: <1@x.example>\n"


def read(body: bytes, name: str = "a.eml") -> list[Document | Rejected]:
    return list(read_payload(Payload(body=body, name=name)))


def only(body: bytes) -> Document:
    (item,) = read(body)
    assert isinstance(item, Document), item
    return item


def load(name: str) -> list[Document]:
    return [item for item in read((MAIL / name).read_bytes(), name) if isinstance(item, Document)]


def test_message_gives_its_fields_and_the_one_attached_to_it() -> None:
    first, second = load("newsletter.eml")
    assert first == Document(
        content="Talks on the ferry line resumed on Monday, the harbour master said.\n\nThe café at the quay stayed shut.",
        guid="ferry-1@lagoon.example",
        url="https://lagoon.example/letters/1",
        title="Ferry talks resume – at last",
        authors=("Mēle Tonga",),
        published="2026-11-23T09:40:00+12:00",
        published_from=PublishedFrom.HEADER,
        source="Lagoon Morning",
        language="en",
    )
    assert (second.title, second.content) == ("Budget passed", "The council passed the budget on Sunday.")
    assert (second.guid, second.source) == ("budget@council.example", "council.example")


def test_plain_text_that_is_a_stub_gives_way_to_the_page() -> None:
    (item,) = load("stub.eml")
    assert item.content == "The reef was closed on Sunday after a tanker lost oil.\n\nNobody was hurt, the warden said."
    assert (item.authors, item.source) == (("Lagoon Herald",), "herald.example")


def test_mbox_gives_its_messages() -> None:
    first, second = load("box.mbox")
    assert first.content == "The council passed the budget.\n\nFrom now on the quay is open."
    assert [first.guid, second.guid] == ["one@council.example", "two@council.example"]


@pytest.mark.parametrize("name", ["newsletter.eml", "stub.eml", "box.mbox"])
def test_mail_is_known_by_its_headers(name: str) -> None:
    assert sniff(Payload(body=(MAIL / name).read_bytes(), name="page.txt", content_type="text/plain")) == "eml"


@pytest.mark.parametrize(
    "text",
    [
        b"Title: a\nDate: 2026-11-23\nSource: b\n\nText.",
        b"From: here\nTo: there\n\nA poem.",
        b"From the start it was clear.\n\nText.",
        b"Date: x\nSubject: y\nnot a header\nFrom: z\n\nText.",
    ],
)
def test_texts_with_other_headers_are_no_mail(text: bytes) -> None:
    assert sniff(Payload(body=text, name="a.txt")) == "text"


def test_what_the_operator_says_outranks_the_message() -> None:
    (item,) = read_payload(Payload(body=HEAD + b"\nWords.", name="a.eml", source="inbox", language="fr"))
    assert isinstance(item, Document)
    assert (item.source, item.language) == ("inbox", "fr")


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        (b"=?iso-8859-1?q?Caf=E9?= opens", "Café opens"),
        (b"Re: Fwd: RE: Pier", "Pier"),
        (b"=?no-such-charset?q?Caf=E9?=", "=?no-such-charset?q?Caf=E9?="),
        (b"=?utf-8?b?broken!?=", None),
        ("Café".encode(), "Café"),
        ("Café".encode("cp1252"), "Café"),
        (b"folded\n and\n\tlong", "folded and long"),
    ],
)
def test_subject_is_decoded_where_it_can_be(subject: bytes, title: str | None) -> None:
    found = only(HEAD.replace(b"News", subject) + b"\nWords.").title
    assert found == title if title else found is not None


def test_charset_of_a_part_is_kept_to_and_a_wrong_one_survived() -> None:
    for charset, body in ((b"koi8-r", "Слово дня."), (b"us-ascii", "Café."), (b"nonsense", "Café.")):
        coded = body.encode("koi8-r" if charset == b"koi8-r" else "utf-8")
        message = HEAD + b"Content-Type: text/plain; charset=" + charset + b"\n\n" + coded
        assert only(message).content == body


def test_date_that_is_no_date_is_left_out() -> None:
    item = only(HEAD.replace(b"Mon, 23 Nov 2026 09:40:00 +1200", b"yesterday") + b"\nWords.")
    assert (item.published, item.published_from) == (None, None)


def test_message_of_attachments_only_is_refused_with_their_names() -> None:
    part = b'Content-Type: application/pdf\nContent-Disposition: attachment; filename="plan.pdf"\n\n%PDF'
    (item,) = read(HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + part + b"\n--b--\n")
    assert isinstance(item, Rejected)
    assert (item.reason, item.article) == ("no-text", "1@x.example")
    assert "plan.pdf" in item.message


def test_text_that_is_an_attachment_is_not_the_message() -> None:
    part = b"Content-Type: text/plain\nContent-Disposition: attachment; filename=log.txt\n\nA log."
    body = b"Content-Type: text/plain\n\nWords."
    message = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + body + b"\n--b\n" + part + b"\n--b--\n"
    assert only(message).content == "Words."


def test_paragraph_about_leaving_is_kept_where_it_is_the_text() -> None:
    head = HEAD + b"List-Unsubscribe: <https://x.example/leave>\n"
    assert only(head + b"\nLeave at https://x.example/leave if you must.").content.startswith("Leave at")


def test_deep_nesting_is_refused_quickly() -> None:
    started = time.monotonic()
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(50_000))
    (item,) = read(HEAD + deep)
    assert isinstance(item, Rejected)
    assert item.reason == "nesting"
    assert time.monotonic() - started < 5


def test_many_messages_within_one_come_to_an_end() -> None:
    inner = HEAD + b"Content-Type: text/plain\n\nWords.\n"
    parts = b"".join(b"--b\nContent-Type: message/rfc822\n\n" + inner for _ in range(50))
    items = read(HEAD + b"Content-Type: multipart/digest; boundary=b\n\n" + parts + b"--b--\n")
    assert len(items) == 20


@given(head=st.binary(max_size=200), body=st.binary(max_size=200))
def test_any_headers_and_bodies_end_in_documents_and_rejections(head: bytes, body: bytes) -> None:
    for prefix in (b"Subject: ", b"Content-Type: ", b"From: ", b"List-Id: ", b"Content-Transfer-Encoding: "):
        for item in read(HEAD + prefix + head + b"\n\n" + body):
            assert isinstance(item, Document) or item.reason
