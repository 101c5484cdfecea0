"""ninjs, NewsML and NITF: what the agencies' formats say, and what of it is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from worker.errors import Rejected
from worker.model import Document, PublishedFrom
from worker.sources import Payload, read_payload, sniff
from worker.sources._wire import authors

WIRE = Path(__file__).parent / "fixtures" / "wire"


def load(name: str) -> Payload:
    return Payload(body=(WIRE / name).read_bytes(), name=name)


def read(name: str) -> list[Document | Rejected]:
    return list(read_payload(load(name)))


def only(body: bytes | str, name: str = "item.json") -> Document | Rejected:
    (item,) = read_payload(Payload(body=body.encode() if isinstance(body, str) else body, name=name))
    return item


def ninjs(**values: Any) -> Document | Rejected:
    return only(json.dumps({"uri": "urn:a", "headline": "A", "body_text": "Some text.", **values}))


def g2(meta: str = "", content: str = "<inlineData>Some text.</inlineData>") -> Document | Rejected:
    return only(f'<newsItem guid="g"><itemMeta>{meta}</itemMeta><contentSet>{content}</contentSet></newsItem>', "item.xml")


def refused(item: Document | Rejected, reason: str) -> Rejected:
    assert isinstance(item, Rejected), item
    assert item.reason == reason
    return item


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("item-1.json", "ninjs"),
        ("item-3.json", "ninjs"),
        ("composite.json", "ninjs"),
        ("item.nitf", "nitf"),
        ("message.xml", "newsml"),
        ("version-1.xml", "newsml"),
    ],
)
def test_wire_formats_are_known_by_their_content(name: str, kind: str) -> None:
    for content_type in (None, "text/plain", "application/json", "text/xml"):
        assert sniff(Payload(body=(WIRE / name).read_bytes(), name="page.html", content_type=content_type)) == kind


# ---------------------------------------------------------------- ninjs


def test_ninjs_1_gives_its_fields() -> None:
    assert read("item-1.json") == [
        Document(
            content="NADI - Talks on the ferry line resumed.\n\nThe union named two envoys & a clerk.",
            guid="urn:newsml:lagoon.example:20261123:ferry",
            title="Ferry talks resume",
            authors=("Mele Tonga", "Rua Kapa"),
            published="2026-11-23T08:10:00+12:00",
            published_from=PublishedFrom.GIVEN,
            updated="2026-11-23T09:40:00+12:00",
            source="Lagoon Wire",
            language="en",
        )
    ]


def test_ninjs_3_gives_its_fields() -> None:
    assert read("item-3.json") == [
        Document(
            content="The reef was closed on Sunday.\n\nA tanker had lost oil.",
            guid="https://lagoon.example/items/reef",
            url="https://lagoon.example/items/reef",
            title="Reef closed after a spill",
            authors=("Rua Kapa",),
            published="2026-11-22T20:00:00Z",
            published_from=PublishedFrom.GIVEN,
            source="Lagoon Wire",
            language="en",
        )
    ]


def test_composite_gives_the_texts_that_it_is_made_of() -> None:
    assert [item.guid for item in read("composite.json") if isinstance(item, Document)] == ["urn:lagoon:one", "urn:lagoon:two"]


def test_items_may_stand_in_a_list_or_one_a_line() -> None:
    one = json.loads((WIRE / "item-1.json").read_text())
    other = {**one, "uri": "urn:other"}
    listed, lines = json.dumps([one, other]), json.dumps(one) + "\n\n" + json.dumps(other) + "\n{broken\n"
    for body, bad in ((listed, []), (lines, ["not-json"])):
        payload = Payload(body=body.encode(), name="items.json")
        assert sniff(payload) == "ninjs"
        items = list(read_payload(payload))
        assert [item.guid for item in items if isinstance(item, Document)] == [one["uri"], "urn:other"]
        assert [item.reason for item in items if isinstance(item, Rejected)] == bad


def test_json_lines_with_a_uri_stay_json_lines() -> None:
    assert sniff(Payload(body=b'{"id": "1", "uri": "x", "headline": "y", "text": "z"}', name="a.jsonl")) == "jsonl"


@pytest.mark.parametrize("status", ["canceled", "cancelled", "withheld"])
def test_withdrawn_ninjs_is_refused_by_its_guid(status: str) -> None:
    assert refused(ninjs(pubstatus=status), "withdrawn").article == "urn:a"


def test_embargo_that_is_over_holds_nothing_back() -> None:
    assert isinstance(ninjs(embargoed="2019-10-01T00:00:00Z"), Document)


def test_embargo_of_the_future_is_refused_with_its_time() -> None:
    assert "2199-10-01" in refused(ninjs(embargoed="2199-10-01T00:00:00Z"), "embargoed").message


def test_embargo_that_cannot_be_read_is_kept() -> None:
    assert "Next Monday" in refused(ninjs(embargoed="Next Monday"), "embargoed").message


def test_picture_has_no_text_but_its_caption() -> None:
    assert "picture" in refused(ninjs(type="picture"), "no-text").message


@pytest.mark.parametrize("value", [[], "x", 3, {"a": 1}, [1, {"role": 3}], None])
def test_fields_of_the_wrong_type_are_as_if_they_were_not_there(value: Any) -> None:
    names = "byline language versioncreated headlines bodies infosources associations pubstatus title copyrightholder"
    for name in names.split():
        item = ninjs(**{name: value})
        assert isinstance(item, Document)
        assert item.content == "Some text."


# ---------------------------------------------------------------- NewsML and NITF


def test_message_gives_its_texts_and_refuses_the_rest_with_a_reason() -> None:
    items = read("message.xml")
    assert [item.reason if isinstance(item, Rejected) else item.guid for item in items] == [
        "no-text",
        "tag:lagoon.example,2026:ferry",
        "tag:lagoon.example,2026:nitf",
        "no-text",
        "withdrawn",
        "embargoed",
    ]


def test_news_item_gives_its_fields() -> None:
    assert read("message.xml")[1] == Document(
        content="Talks on the ferry line resumed.\n\nThe union named two envoys.",
        guid="tag:lagoon.example,2026:ferry",
        title="Ferry talks resume",
        authors=("Mele Tonga", "Rua Kapa"),
        published="2026-11-23T08:10:00+12:00",
        published_from=PublishedFrom.GIVEN,
        updated="2026-11-23T09:40:00+12:00",
        source="wire.lagoon.example",
        language="en",
        opt_outs=("DMI-PROHIBITED-AIMLTRAINING",),
    )


def test_nitf_inside_a_news_item_gives_title_and_author() -> None:
    item = read("message.xml")[2]
    assert isinstance(item, Document)
    assert (item.title, item.authors, item.content) == ("Reef closed", ("Rua Kapa",), "The reef was closed on Sunday.")


def test_newsml_1_gives_its_fields() -> None:
    assert read("version-1.xml") == [
        Document(
            content="Talks on the ferry line resumed.\n\nTwo envoys\n\nOne clerk",
            guid="urn:newsml:lagoon.example:20261123:ferry",
            title="Ferry talks resume",
            authors=("Mele Tonga",),
            published="2026-11-23T08:10:00+12:00",
            published_from=PublishedFrom.GIVEN,
            updated="2026-11-23T09:40:00+12:00",
            source="Lagoon Wire",
            language="en",
        )
    ]


def test_nitf_gives_its_fields() -> None:
    assert read("item.nitf") == [
        Document(
            content="Talks on the ferry line resumed on Monday.\n\nThe café at the quay stayed shut.\n\n1\n\n2",
            guid="lagoon-ferry-1",
            title="Ferry talks resume",
            authors=("Mele Tonga",),
            published="2026-11-23T08:45:00+12:00",
            published_from=PublishedFrom.GIVEN,
            source="Lagoon Wire",
            language="en",
        )
    ]


@pytest.mark.parametrize("status", ["withheld", "canceled"])
def test_nitf_that_is_withdrawn_is_refused(status: str) -> None:
    body = (WIRE / "item.nitf").read_text().replace('status="usable"', f'status="{status}"')
    assert refused(only(body, "item.nitf"), "withdrawn").article == "lagoon-ferry-1"


def test_nitf_is_held_back_until_its_release() -> None:
    body = (WIRE / "item.nitf").read_text().replace("<date.issue", '<date.release norm="21261123T084500Z"/><date.issue')
    assert refused(only(body, "item.nitf"), "embargoed")


@pytest.mark.parametrize("code", ["stat:canceled", "stat:withheld", "http://cv.iptc.org/newscodes/pubstatusg2/canceled"])
def test_withdrawn_news_item_is_refused_by_its_guid(code: str) -> None:
    attribute = "uri" if "/" in code else "qcode"
    assert refused(g2(f'<pubStatus {attribute}="{code}"/>'), "withdrawn").article == "g"


def test_embargoed_newsml_1_waits_for_its_time() -> None:
    body = (WIRE / "version-1.xml").read_text()
    held = body.replace('<Status FormalName="Usable"/>', '<Status FormalName="Embargoed"/>')
    assert refused(only(held, "a.xml"), "embargoed")
    until = (
        '<StatusWillChange><FutureStatus FormalName="Usable"/><DateAndTime>20261101T000000Z</DateAndTime></StatusWillChange>'
    )
    assert isinstance(only(held.replace("</NewsManagement>", until + "</NewsManagement>"), "a.xml"), Document)


@pytest.mark.parametrize("kind", ["conceptItem", "knowledgeItem", "planningItem", "packageItem", "catalogItem"])
def test_items_without_text_are_refused(kind: str) -> None:
    assert kind in refused(only(f'<{kind} guid="g"><itemMeta/></{kind}>', "a.xml"), "no-text").message


def test_binary_in_a_news_item_is_no_text() -> None:
    assert refused(g2(content='<inlineData encoding="base64" contenttype="image/jpeg">AAAA</inlineData>'), "no-text")


def test_markup_in_a_field_is_read_as_markup() -> None:
    item = g2(content='<inlineData contenttype="text/html">&lt;p>One.&lt;/p>&lt;p>Two.&lt;/p></inlineData>')
    assert isinstance(item, Document)
    assert item.content == "One.\n\nTwo."


# ---------------------------------------------------------------- hostile and broken


def test_cut_xml_is_refused() -> None:
    assert "cut off" in refused(only((WIRE / "message.xml").read_text()[:900], "a.xml"), "not-xml").message


def test_wrong_declaration_of_the_encoding_is_survived() -> None:
    body = (WIRE / "item.nitf").read_text().replace("iso-8859-1", "utf-16").replace("&eacute;", "é")
    item = only(body, "item.nitf")
    assert isinstance(item, Document)
    assert "café" in item.content


def test_entities_of_a_document_are_never_expanded_or_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("Secret words.")
    declared = f'<!DOCTYPE nitf [<!ENTITY a "boom boom"><!ENTITY b "&a;&a;"><!ENTITY x SYSTEM "file://{secret}">]>'
    item = only(f"{declared}<nitf><body><body.content><p>Plain &b;&x; words.</p></body.content></body></nitf>", "a.xml")
    assert isinstance(item, Document)
    assert item.content == "Plain words."


def test_deep_nesting_comes_to_an_end() -> None:
    deep = "<div>" * 50_000 + "words" + "</div>" * 50_000
    assert isinstance(ninjs(body_xhtml=deep), Document)
    assert refused(only(f"<nitf><body><body.content>{deep}</body.content></body></nitf>", "a.xml"), "not-xml")


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("By Ana Vela", ("Ana Vela",)),
        ("Von Ana Vela, dpa", ("Ana Vela",)),
        ("Ana Vela and Tom Reed", ("Ana Vela", "Tom Reed")),
        ("by Ana Vela, Staff Writer; Tom Reed", ("Ana Vela", "Tom Reed")),
        ("Byron Hale & Ana Vela", ("Byron Hale", "Ana Vela")),
        ("", ()),
        (None, ()),
    ],
)
def test_byline_gives_persons(byline: str | None, names: tuple[str, ...]) -> None:
    assert authors(byline) == names
