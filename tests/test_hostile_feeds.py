"""Feeds made to harm: each ends in entries or a clear rejection, in bounded time, and nothing is read but its bytes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web import Site

from worker import limited
from worker.errors import Rejected
from worker.model import Document
from worker.settings import Settings
from worker.sources import Payload
from worker.sources._payload import MAX_ENTRIES
from worker.sources.feed import read_feed

MEBI = 1 << 20
SETTINGS = Settings()
ITEM = "<item><title>one</title><link>https://reef.example/1</link></item>"


@pytest.fixture(scope="module", autouse=True)
def _no_child_left() -> Iterator[None]:
    yield
    limited.close()


def rss(inside: str, before: str = "") -> bytes:
    return f'{before}<rss version="2.0"><channel><title>T</title>{inside}</channel></rss>'.encode()


def read(body: bytes) -> list[Document | Rejected]:
    return read_feed(Payload(body, "f", url="https://reef.example/feed")).entries


def reason(body: bytes) -> str:
    (item,) = read(body)
    assert isinstance(item, Rejected)
    return item.reason


def test_fifteen_megabytes_of_empty_items_are_counted_and_refused() -> None:
    begun = time.process_time()
    assert reason(rss("<item/>" * (15 * MEBI // 7))) == "too-many-entries"
    assert reason(rss("<item/>" * (MAX_ENTRIES + 1)).decode().encode("utf-16")) == "too-many-entries"
    assert time.process_time() - begun < 10


def test_items_of_a_json_feed_are_counted_too() -> None:
    items = b"{}," * MAX_ENTRIES + b"{}"
    assert reason(b'{"version": "https://jsonfeed.org/version/1.1", "items": [' + items + b"]}") == "too-many-entries"


def test_entity_that_is_used_to_fill_memory_is_refused() -> None:
    declared = f'<!DOCTYPE rss [<!ENTITY a "{"a" * 100_000}">]>'
    assert reason(rss("&a;" * 50_000, declared)) == "entities"
    assert reason(rss("&a;" * 50_000, declared).decode().encode("utf-16")) == "entities"


def test_entity_that_abbreviates_is_read() -> None:
    (item,) = read(rss("<item><title>&wire; says</title></item>", '<!DOCTYPE rss [\n<!ENTITY wire "Lagoon Wire">\n]>'))
    assert isinstance(item, Document)
    assert item.title == "Lagoon Wire says"


@pytest.mark.parametrize(
    "declaration",
    [
        '<!ENTITY x SYSTEM "{file}">',
        '<!ENTITY x SYSTEM "{url}">',
        '<!ENTITY x PUBLIC "-//x//x" "{url}">',
        '<!ENTITY % p SYSTEM "{url}"> %p;',
        '<!ENTITY % p SYSTEM "{file}"> <!ENTITY x "%p;">',
    ],
)
@pytest.mark.parametrize("broken", ["", "<unclosed>"])
def test_entity_from_elsewhere_is_neither_read_nor_fetched(tmp_path: Path, declaration: str, broken: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden words")
    with Site({"/dtd": (200, {}, b"hidden words")}) as site:
        declared = declaration.format(file=secret.as_uri(), url=f"{site.url}/dtd")
        body = rss(f"<item><title>one &x;</title><description>&x;</description></item>{broken}", f"<!DOCTYPE rss [{declared}]>")
        items = read(body)
        assert site.asked == []
    assert items
    assert not any("hidden" in (item.model_dump_json() if isinstance(item, Document) else item.message) for item in items)


@pytest.mark.parametrize("place", ["file://{file}", "{file}", "{url}"])
@pytest.mark.parametrize(
    "form",
    [
        '<?xml-stylesheet href="{place}"?><rss version="2.0"><channel><item><title>one</title></item></channel></rss>',
        '<!DOCTYPE rss SYSTEM "{place}"><rss version="2.0"><channel><item><title>one</title></item></channel></rss>',
        '<rss xmlns:xi="http://www.w3.org/2001/XInclude"><channel><item><xi:include href="{place}"/></item></channel></rss>',
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><content src="{place}"/></entry></feed>',
        "{place}",
    ],
)
def test_address_in_a_feed_is_not_opened(tmp_path: Path, place: str, form: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("<rss><channel><item><title>hidden words</title></item></channel></rss>")
    with Site({"/dtd": (200, {}, b"hidden words")}) as site:
        body = form.format(place=place.format(file=secret, url=f"{site.url}/dtd"))
        items = read(body.encode())
        assert site.asked == []
    assert not any("hidden" in (item.model_dump_json() if isinstance(item, Document) else item.message) for item in items)


@pytest.mark.parametrize(
    "inside",
    [
        "<a>" * 100_000,
        "<item><description>" + "<" * 300_000,
        "<item><description><![CDATA[" + "<" * 1_000_000 + "]]></description></item>",
        "<item><description>" + "&" * 300_000,
        "<item><title><![CDATA[" + "<script>" * 200_000 + "]]></title></item>",
        "<item><title>" + "&lt;b " * 300_000 + "</title></item>",
        "<item><author>" + "a@" * 500_000 + "</author></item>",
        "<item><pubDate>" + "1 " * 500_000 + "</pubDate></item>",
        "<item>" + "<category>x</category>" * 30_000 + "</item>",
        "<!--" * 300_000,
        "<skipHours>" * 20_000,
        "<item " + " ".join(f'a{number}="1"' for number in range(8_000)) + "></item>",
    ],
)
def test_what_is_heaped_up_ends_in_the_time_that_it_may_take(inside: str) -> None:
    begun = time.monotonic()
    payload = Payload(rss(inside), "f")
    for item in limited.read(payload, "feed", SETTINGS):
        assert isinstance(item, Document) or item.reason in {"parser-limit", "not-a-feed"}
    assert time.monotonic() - begun < SETTINGS.read_seconds + 5


ODD = (Path(__file__).parent / "fixtures" / "odd-elements.txt").read_text(encoding="utf8").splitlines()
NAMESPACES = (
    'xmlns:gml="http://www.opengis.net/gml" xmlns:georss="http://www.georss.org/georss" '
    'xmlns:psc="http://podlove.org/simple-chapters" '
    'xmlns:cc="http://web.resource.org/cc/" xmlns:creativecommons="http://backend.userland.com/creativeCommonsRssModule" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '
    'xmlns:thr="http://purl.org/syndication/thread/1.0"'
)


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("end", ["</channel></rss>", "</channel>"])
def test_element_that_makes_no_sense_costs_itself_only(odd: str, end: str) -> None:
    head = f"<rss version='2.0' {NAMESPACES}><channel><title>T</title>{odd}"
    items = f"<item><title>one</title>{odd}</item><item>{odd}<title>two</title></item><item><title>three</title></item>"
    found = [item for item in read(f"{head}{items}{end}".encode()) if isinstance(item, Document)]
    assert [item.title for item in found] == ["one", "two", "three"]


FILES = sorted((Path(__file__).parent / "fixtures" / "feeds").iterdir())
FEEDS = [path.read_bytes() for path in FILES if path.name != "billion-laughs.rss"]
DAMAGE = st.binary(max_size=8) | st.sampled_from([*(odd.encode() for odd in ODD), b"<", b"]]>", b"<!--", b"<?"])


@given(st.sampled_from(FEEDS), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), DAMAGE), min_size=1, max_size=4))
def test_any_damage_to_a_feed_is_survived(body: bytes, cuts: list[tuple[float, int, bytes]]) -> None:
    for place, length, damage in cuts:
        start = int(place * len(body))
        body = body[:start] + damage + body[start + length :]
    for item in read(body):
        assert isinstance(item, Document | Rejected)


@pytest.mark.parametrize("name", [b"\xca", b"a\x00b", b"'", b"", b" " * 1000, b"x" * 1000])
def test_name_that_is_no_encoding_costs_nothing(name: bytes) -> None:
    (item,) = read(b'<?xml version="1.0" encoding="' + name + b'"?>' + rss("<item><title>one</title></item>"))
    assert isinstance(item, Document)
    assert item.title == "one"


def test_control_characters_leave_an_entry_that_can_be_written() -> None:
    body = rss("<item><title>one" + "".join(map(chr, range(1, 32))) + "</title><guid>\x00\ufffe7</guid></item>")
    items = [item for item in read(body) if isinstance(item, Document)]
    assert [(item.title or "").startswith("one") for item in items] == [True]
    assert items[0].model_dump_json().encode()


WORD = "Übersee"


@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "iso-8859-1", "windows-1252", "cp037"]
)
def test_declared_encoding_is_understood(codec: str) -> None:
    name = codec.removesuffix("-sig").removesuffix("-le")
    body = rss(f"<item><title>{WORD}</title></item>", f"<?xml version='1.0' encoding='{name}'?>").decode().encode(codec)
    (item,) = read(body)
    assert isinstance(item, Document)
    assert item.title == WORD


@pytest.mark.parametrize(
    ("content_type", "prolog", "codec"),
    [
        ("text/xml; charset=iso-8859-1", "", "utf-8"),  # a server that declares what it was once configured for
        ("text/xml", "", "utf-8"),
        (None, "", "utf-8"),
        ("text/html; charset=us-ascii", "<?xml version='1.0' encoding='utf-8'?>", "utf-8"),
        ("application/xml; charset=utf-8", "<?xml version='1.0' encoding='windows-1252'?>", "cp1252"),
        ("application/xml; charset=iso-8859-1", "<?xml version='1.0' encoding='windows-1250'?>", "cp1250"),
        ("application/xml; charset=windows-1252", "", "cp1252"),
        ("application/xml; charset=windows-1252", "<?xml version='1.0' encoding='utf-8'?>", "cp1252"),
        ("application/rss+xml; charset=nonsense", "<?xml version='1.0' encoding='nonsense'?>", "utf-8"),
        ("text/xml", "<?xml version='1.0' encoding='utf-16'?>", "utf-8"),
        ("text/xml; charset=utf-8", "<?xml version='1.0' encoding='UTF-16'?>", "cp1252"),
        ("text/plain", "\n  <?xml version='1.0' encoding='windows-1252'?>", "cp1252"),
    ],
)
def test_bytes_decide_before_prolog_and_prolog_before_server(content_type: str | None, prolog: str, codec: str) -> None:
    body = f"{prolog}<rss version='2.0'><channel><item><title>{WORD}</title></item></channel></rss>".encode(codec)
    (item,) = read_feed(Payload(body, "f", content_type, "https://reef.example/feed")).entries
    assert isinstance(item, Document)
    assert item.title == WORD


def test_one_broken_character_spoils_no_other() -> None:
    body = rss(f"<item><title>{WORD} {WORD} öäüß éèêë ñ ç</title><description>a#b</description></item>")
    (item,) = read(body.replace(b"#", b"\xff"))
    assert isinstance(item, Document)
    assert (item.title or "").startswith(f"{WORD} {WORD}")


@pytest.mark.parametrize("codec", ["idna", "punycode", "zlib", "hex_codec", "rot13", "unicode_escape", "undefined", "utf-7"])
def test_name_of_a_codec_that_is_no_charset_does_nothing(codec: str) -> None:
    body = rss(f"<item><title>{'é' * 50_000}</title></item>", f"<?xml version='1.0' encoding='{codec}'?>")
    begun = time.process_time()
    (item,) = read(body)
    assert isinstance(item, Document)
    assert time.process_time() - begun < 5
