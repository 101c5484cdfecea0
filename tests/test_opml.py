from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.catalogue import opml
from worker.catalogue.opml import Outline
from worker.errors import Rejected
from worker.sources import SourceConfig

SHARED = Path(__file__).parents[2] / "shared/feeds/listparser-opml/tests/files"
LISTS = sorted(SHARED.rglob("*.xml")) if SHARED.is_dir() else []
PLAIN = '<opml version="2.0"><body>{}</body></opml>'


def read(text: str) -> list[Outline]:
    return opml.read(text.encode(), "list.opml")


# ---------------------------------------------------------------- lists that others wrote


@pytest.mark.skipif(not LISTS, reason="the lists of listparser are not here")
@pytest.mark.parametrize("file", LISTS, ids=lambda file: str(file.relative_to(SHARED)))
def test_list_holds_what_its_author_says(file: Path) -> None:
    body = file.read_bytes()
    result = _as_listparser_says_it(body)
    claims = [claim.strip() for claim in re.findall(r"Eval:(.*)", body.decode("utf8", "replace"))]
    about = [claim for claim in claims if re.search(r"""\[['"](?:feeds|lists|opportunities)""", claim)]
    assert [claim for claim in about if not eval(claim, {"result": result})] == []  # noqa: S307  the claims are files beside us


def _as_listparser_says_it(body: bytes) -> dict[str, list[dict[str, Any]]]:
    try:
        found = opml.read(body, "list.opml")
    except Rejected:
        found = []
    groups = {"feed": "feeds", "list": "lists", "site": "opportunities"}
    result: dict[str, list[dict[str, Any]]] = {name: [] for name in groups.values()}
    for item in found:
        paths = [list(path) for path in item.categories]
        tags = [path[0] for path in paths if len(path) == 1]
        result[groups[item.kind]].append({"url": item.url, "title": item.title, "categories": paths, "tags": tags})
    return result


def test_outline_becomes_a_source_with_its_folders_and_categories_as_tags() -> None:
    [item] = read(
        PLAIN.format(
            '<outline text="World"><outline text="Asia"><outline text="Lagoon Wire" xmlUrl="https://lagoon.example/feed" '
            'htmlUrl="https://lagoon.example/" category="/ferries/night,wire"/></outline></outline>'
        )
    )
    source = opml.source(item)
    assert (source.name, source.title, source.site) == ("lagoon-wire", "Lagoon Wire", "https://lagoon.example/")
    assert source.tags == ("ferries", "night", "wire", "World", "Asia")


def test_text_of_a_list_is_read_as_utf8_and_as_declared() -> None:
    line = '<outline text="Čas – 時報" xmlUrl="https://a.example/"/>'
    assert read(PLAIN.format(line))[0].title == "Čas – 時報"
    told = '<?xml version="1.0" encoding="windows-1250"?>' + PLAIN.format(
        '<outline text="Čas ženy" xmlUrl="https://a.example/"/>'
    )
    assert opml.read(told.encode("cp1250"), "x")[0].title == "Čas ženy"


def test_sites_without_a_feed_and_lists_of_lists_are_told_apart() -> None:
    found = read(
        PLAIN.format(
            '<outline text="a" xmlUrl="" htmlUrl="https://a.example/"/><outline type="include" text="b" url="https://b.example/l"/>'
        )
    )
    assert [(item.kind, item.url) for item in found] == [("list", "https://b.example/l"), ("site", "https://a.example/")]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a.example/", "feed", "https://reader:s3cret@a.example/"])
def test_outline_whose_address_cannot_be_polled_is_rejected_with_the_reason(url: str) -> None:
    [item] = read(PLAIN.format(f'<outline text="A" xmlUrl="{url}"/>'))
    with pytest.raises(Rejected, match="A: url: ") as caught:
        opml.source(item)
    assert "s3cret" not in caught.value.message


def test_site_that_is_no_address_is_left_out() -> None:
    [item] = read(PLAIN.format('<outline text="A" xmlUrl="https://a.example/" htmlUrl="a"/>'))
    assert opml.source(item).site is None


# ---------------------------------------------------------------- hostile lists


@pytest.mark.parametrize("text", ["", "not a list", "<html><body><p>x</p></body></html>", '{"a": 1}', "<rss version='2.0'/>"])
def test_what_is_no_list_is_rejected(text: str) -> None:
    with pytest.raises(Rejected, match=r"list\.opml: "):
        read(text)


@pytest.mark.parametrize(
    "body",
    [
        '<outline text="x">' * 20_000,
        '<outline xmlUrl="https://a.example/"/>' * 250_000,
        "<outline>" * 200 + "</outline>" * 200,
        "<!--" * 3_000_000,
    ],
    ids=["nested", "many", "deep", "endless"],
)
def test_list_beyond_all_bounds_is_rejected(body: str) -> None:
    with pytest.raises(Rejected) as caught:
        read(PLAIN.format(body))
    assert caught.value.reason == "too-large"


def test_entities_are_neither_expanded_nor_fetched(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret")
    bombs = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "boom"}">' for n in range(10))
    head = f'<?xml version="1.0"?><!DOCTYPE opml [{bombs}<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'
    told = head + PLAIN.format('<outline text="a&x;&e9;" xmlUrl="https://a.example/"/>')
    [item] = read(told)
    assert "s3cret" not in item.title
    assert len(item.title) < 100


def test_categories_without_end_take_no_time() -> None:
    endless = ",".join(map(str, range(200_000)))
    folders = "".join(f'<outline text="{n}"><outline xmlUrl="https://a.example/"/></outline>' for n in range(20_000))
    found = read(PLAIN.format(f'<outline xmlUrl="https://b.example/" category="{endless}"/>{folders}'))
    assert all(len(item.categories) <= opml.MAX_CATEGORY_CHARS for item in found)
    assert len(found[1].categories) <= opml.MAX_CATEGORIES + 1


@given(
    st.binary(max_size=300) | st.text("<>/=\"'&;!-[]opml outline xmlUrlcategoryrdf:RDFfoafAgent", max_size=300).map(str.encode)
)
def test_any_bytes_become_outlines_or_a_rejection(body: bytes) -> None:
    try:
        found = opml.read(body, "x")
    except Rejected:
        return
    for item in found:
        try:
            opml.source(item)
        except Rejected:
            continue


# ---------------------------------------------------------------- our own lists

WORDS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=20)
LINES = WORDS.filter(lambda word: bool(word.strip()))
TAGS = LINES.map(lambda word: word.replace(",", "").replace("/", "")).filter(lambda word: bool(_shown(word)))
PATHS = st.text("abcXYZ09-_.~%/?&=;+:@!$'()*,é时", max_size=20)
ADDRESSES = st.builds(lambda host, path: f"https://{host}.example/{path}", st.text("abc09", min_size=1, max_size=8), PATHS)
SOURCES = st.builds(
    SourceConfig,
    name=st.text("abcé0-_.", min_size=1, max_size=12),
    title=st.none() | LINES,
    kind=st.sampled_from(["feed", "html", "jsonl"]),
    url=ADDRESSES,
    site=st.none() | ADDRESSES,
    interval=st.none() | st.floats(min_value=1e-6, max_value=1e9),
    fulltext=st.sampled_from(["auto", "always", "never"]),
    language=st.sampled_from([None, "en", "pt-BR"]),
    enabled=st.booleans(),
    tags=st.lists(TAGS, max_size=3).map(tuple),
    retry_scope=st.sampled_from(["source", "host"]),
    robots=st.booleans(),
)


def _shown(word: str) -> str:
    return SourceConfig(name="a", title=word, url="https://a.example/").title or ""


@given(st.lists(SOURCES, max_size=5, unique_by=lambda source: source.url))
def test_list_that_we_wrote_comes_back_as_it_was(sources: list[SourceConfig]) -> None:
    assert [opml.source(item) for item in read(opml.write(sources))] == sources


def test_no_secret_leaves_in_a_list() -> None:
    secrets = {"headers": {"X-K": "s3cret"}, "cookies": {"c": "s3cret"}, "auth": "u:s3cret", "proxy": "http://s3cret.example"}
    written = opml.write([SourceConfig.model_validate({"name": "a", "url": "https://a.example/", **secrets})])
    assert "s3cret" not in written


def test_neighbours_with_one_first_tag_share_a_folder() -> None:
    sources = [SourceConfig(name=name, url=f"https://{name}.example/", tags=("world",)) for name in "ab"]
    assert opml.write(sources).count('<outline text="world"') == 1


def test_list_that_we_write_is_opml_2_for_any_reader() -> None:
    from lxml import etree

    source = SourceConfig(name="a", title='A & "B" <c>', url="https://a.example/?x=1&y=2", tags=("t",))
    root = etree.fromstring(opml.write([source]).encode())
    [outline] = [item for item in root.iter("outline") if item.get("xmlUrl")]
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert (outline.get("type"), outline.get("text"), outline.get("xmlUrl")) == ("rss", source.title, source.url)
