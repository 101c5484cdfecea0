"""What an entry of a feed becomes, detail by detail."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.model import ContentType, Document
from worker.sources import Payload, read_payload
from worker.sources.feed import SUMMARY_CHARS, hints, read_feed

FEED = "https://atoll.example/news/feed.xml"
NAMESPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
)


def rss(item: str, head: str = "<title>Atoll</title>") -> Payload:
    return Payload(
        f'<rss version="2.0" {NAMESPACES}><channel>{head}<item>{item}</item></channel></rss>'.encode(), "f", url=FEED
    )


def atom(entry: str, head: str = "<title>Atoll</title>", attributes: str = "") -> Payload:
    body = f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}>{head}<entry>{entry}</entry></feed>'
    return Payload(body.encode(), "f", url=FEED)


def only(payload: Payload) -> Document:
    (item,) = read_payload(payload, "feed")
    assert isinstance(item, Document)
    return item


# ---------------------------------------------------------------- ids and addresses


def test_permalink_is_the_address_where_there_is_no_link() -> None:
    item = only(rss("<guid>https://atoll.example/1</guid>"))
    assert (item.guid, item.url) == ("https://atoll.example/1", "https://atoll.example/1")


def test_guid_that_is_no_permalink_is_no_address() -> None:
    item = only(rss('<guid isPermaLink="false">https://atoll.example/1</guid>'))
    assert (item.guid, item.url) == ("https://atoll.example/1", None)


def test_link_outranks_the_permalink() -> None:
    assert (
        only(rss("<guid>https://atoll.example/1</guid><link>https://atoll.example/2</link>")).url == "https://atoll.example/2"
    )


@pytest.mark.parametrize("base", ["", 'xml:base="https://other.example/a/"', 'xml:base="/.rss?limit=50"'])
def test_id_stays_as_written_whatever_the_address_of_the_feed(base: str) -> None:
    for url in (FEED, "https://mirror.example/feed", None):
        payload = atom("<id>t3_42</id><title>x</title>", attributes=base)
        item = only(Payload(payload.body, "f", url=url))
        assert item.guid == "t3_42"


def test_address_behind_a_counter_is_preferred_where_the_feed_gives_it() -> None:
    counted = "<link>https://counter.example/~r/1</link>"
    original = "<feedburner:origLink>https://atoll.example/1</feedburner:origLink>"
    assert only(rss(counted + original)).url == "https://atoll.example/1"
    assert only(rss(counted + "<feedburner:origLink>none</feedburner:origLink>")).url == "https://atoll.example/news/none"


def test_link_of_a_redirecting_service_is_left_alone() -> None:
    link = "https://news.aggregator.example/articles/CBMi?url=https%3A%2F%2Fatoll.example%2F1"
    assert only(rss(f"<link>{link}</link>")).url == link


def test_page_is_chosen_among_alternates() -> None:
    links = (
        '<link rel="alternate" type="application/pdf" href="/1.pdf"/><link rel="self" href="/1.atom"/>'
        '<link rel="enclosure" type="audio/mpeg" href="/1.mp3"/><link rel="alternate" type="text/html" href="/1"/>'
        '<link rel="related" href="https://elsewhere.example/"/><link rel="replies" href="/1/comments"/>'
    )
    assert only(atom(links)).url == "https://atoll.example/1"


def test_page_in_the_language_of_the_entry_is_chosen() -> None:
    links = '<link rel="alternate" hreflang="fr" href="/fr/1"/><link rel="alternate" hreflang="en" href="/en/1"/>'
    assert only(atom(links + "<title>x</title>", attributes='xml:lang="en-FJ"')).url == "https://atoll.example/en/1"


def test_alternate_of_another_type_is_better_than_none() -> None:
    assert only(atom('<link rel="alternate" type="application/pdf" href="/1.pdf"/>')).url == "https://atoll.example/1.pdf"


def test_enclosure_is_no_page() -> None:
    item = only(rss('<title>x</title><enclosure url="https://atoll.example/1.mp3" type="audio/mpeg" length="1"/>'))
    assert item.url is None
    assert only(rss('<title>x</title><media:content url="https://atoll.example/1.jpg"/>')).url is None


def test_content_elsewhere_is_the_page() -> None:
    assert only(atom('<title>x</title><content type="text/html" src="/1.html"/>')).url == "https://atoll.example/1.html"


def test_base_in_the_feed_counts_for_links() -> None:
    item = only(atom('<link href="1"/>', attributes='xml:base="https://reef.example/a/"'))
    assert item.url == "https://reef.example/a/1"


# ---------------------------------------------------------------- text


def test_whole_text_is_preferred_to_the_description() -> None:
    whole = "<content:encoded>&lt;p&gt;The whole text of it.&lt;/p&gt;</content:encoded>"
    item = only(rss("<description>Part of it.</description>" + whole + "<link>/1</link>"))
    assert (item.content, item.content_type, item.complete) == ("<p>The whole text of it.</p>", ContentType.HTML, True)


def test_longer_text_wins_wherever_it_stands() -> None:
    item = only(rss("<description>All of it is here.</description><content:encoded>Part.</content:encoded><link>/1</link>"))
    assert (item.content, item.complete) == ("All of it is here.", False)


@pytest.mark.parametrize("end", ["…", "...", "[…]", "[...]", "[&amp;hellip;]", "&lt;a href='/1'&gt;…&lt;/a&gt;"])
def test_text_that_breaks_off_is_not_the_whole(end: str) -> None:
    text = f"&lt;p&gt;{'word ' * SUMMARY_CHARS} {end}&lt;/p&gt;"
    assert not only(rss(f"<content:encoded>{text}</content:encoded><link>/1</link>")).complete
    assert only(rss(f"<content:encoded>{text}</content:encoded>")).complete


def test_text_that_ends_in_a_link_to_the_rest_is_not_the_whole() -> None:
    text = "<p>Envoys met… <a class='more' href='/1'>Continue <span>reading</span> &rarr;</a></p>"
    assert not only(rss(f"<content:encoded><![CDATA[{text}]]></content:encoded><link>/1</link>")).complete
    assert only(rss(f"<content:encoded><![CDATA[{text.replace('…', '.')}]]></content:encoded><link>/1</link>")).complete


def test_picture_counts_for_no_text() -> None:
    picture = f"<content:encoded><![CDATA[<img src='{'x' * 500}'>]]></content:encoded>"
    item = only(rss(f"<description>Envoys met on Friday.</description>{picture}<link>/1</link>"))
    assert (item.content, item.complete) == ("Envoys met on Friday.", False)


def test_markup_that_was_escaped_twice_is_markup() -> None:
    item = only(rss("<description>&amp;lt;p&amp;gt;Envoys met.&amp;lt;/p&amp;gt;</description>"))
    assert (item.content, item.content_type) == ("<p>Envoys met.</p>", ContentType.HTML)
    item = only(rss("<description>&lt;p&gt;Write &amp;lt;/p&amp;gt; at its end.&lt;/p&gt;</description>"))
    assert item.content == "<p>Write &lt;/p&gt; at its end.</p>"


def test_markup_in_what_is_called_text_is_markup() -> None:
    item = only(atom("<summary>&lt;p&gt;Envoys met.&lt;/p&gt;</summary>"))
    assert item.content_type is ContentType.HTML
    assert only(atom("<summary>3 &lt; 4, said &lt;x&gt;.</summary>")).content_type is ContentType.TEXT


def test_posts_of_one_page_are_no_articles_of_their_own_address() -> None:
    items = "".join(
        f"<item><title>Post {n}</title><guid isPermaLink='false'>{n}</guid><link>/live#{n}</link></item>" for n in (1, 2)
    )
    found = read_feed(rss("<title>x</title>", items)).entries
    assert [entry.url for entry in found if isinstance(entry, Document)] == [None, None, None]


def test_titles_tell_entries_apart_where_no_ids_do() -> None:
    items = "".join(f"<item><title>{title}</title><link>/</link></item>" for title in ("one", "two"))
    found = read_feed(rss("<title>x</title>", items)).entries
    assert [entry.url for entry in found if isinstance(entry, Document)] == [None, None, None]
    again = "<item><title>one</title><link>/1</link></item>" * 2
    found = read_feed(rss("<title>x</title>", again)).entries
    assert [entry.url for entry in found if isinstance(entry, Document)][:2] == ["https://atoll.example/1"] * 2


def test_editor_of_a_channel_is_no_author() -> None:
    assert only(rss("<title>x</title>", "<managingEditor>desk@atoll.example (Ana Vave)</managingEditor>")).authors == ()


def test_xhtml_is_read_as_markup() -> None:
    xhtml = '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>A <em>small</em> treaty.</p></div></content>'
    item = only(atom(xhtml))
    assert (item.content, item.content_type) == ("<p>A <em>small</em> treaty.</p>", ContentType.HTML)


def test_picture_in_an_entry_is_no_text() -> None:
    item = only(atom('<summary>A map.</summary><content type="image/png">aGlkZGVuIHdvcmRzIGluIGEgcGljdHVyZQ==</content>'))
    assert item.content == "A map."


# ---------------------------------------------------------------- names and titles


@pytest.mark.parametrize(
    ("element", "names"),
    [
        ("<author>desk@atoll.example (Ana Vave)</author>", ("Ana Vave",)),
        ("<author>Ana Vave &lt;ana@atoll.example&gt;</author>", ("Ana Vave",)),
        ("<author>desk@atoll.example</author>", ()),
        ("<dc:creator>Ana Vave</dc:creator><dc:creator>Tom Leota</dc:creator>", ("Ana Vave", "Tom Leota")),
        ("<dc:creator>&lt;a href='/ana'&gt;Ana O&amp;#39;Vave&lt;/a&gt;</dc:creator>", ("Ana O'Vave",)),
        ("<dc:creator><![CDATA[  ]]></dc:creator>", ()),
        (f"<author>{'word ' * 100}</author>", ()),
    ],
)
def test_authors_are_names(element: str, names: tuple[str, ...]) -> None:
    assert only(rss(element)).authors == names


def test_author_of_an_atom_feed_is_that_of_its_entries() -> None:
    head = "<title>Atoll</title><author><name>Ana Vave</name></author>"
    assert only(atom("<title>x</title>", head)).authors == ("Ana Vave",)
    assert only(atom("<title>x</title><author><name>Tom Leota</name></author>", head)).authors == ("Tom Leota",)


def test_entry_taken_over_from_another_feed_names_that() -> None:
    source = "<source><title>Reef Post</title><author><name>Ana Vave</name></author></source>"
    item = only(atom("<title>x</title>" + source))
    assert (item.source, item.authors) == ("Reef Post", ("Ana Vave",))
    assert only(rss('<title>x</title><source url="https://reef.example/feed">Reef Post</source>')).source == "Reef Post"


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("Envoys &amp; ministers", "Envoys & ministers"),
        ("Envoys &amp;amp; ministers", "Envoys & ministers"),
        ("Envoys &amp;amp;amp; ministers", "Envoys & ministers"),
        ("<![CDATA[<b>Envoys</b> meet]]>", "Envoys meet"),
        ("&amp;lt;b&amp;gt;Envoys&amp;lt;/b&amp;gt; meet", "Envoys meet"),
        ("What the &lt;blink&gt; tag was", "What the <blink> tag was"),
        ("3 &lt; 4", "3 < 4"),
        ("Envoys<![CDATA[<script>alert('x')</script><!-- note -->]]>", "Envoys"),
        ("Envoys <![CDATA[<img src='x' onerror='y'>]]>", "Envoys"),
        ("  Envoys\n\t meet ", "Envoys meet"),
        ("", None),
    ],
)
def test_title_is_one_line_without_markup(title: str, line: str | None) -> None:
    assert only(rss(f"<title>{title}</title><description>x</description>")).title == line


# ---------------------------------------------------------------- dates and languages


def test_entry_without_a_date_has_none() -> None:
    item = only(rss("<title>x</title>", "<title>T</title><pubDate>Mon, 23 Nov 2026 08:57:00 GMT</pubDate>"))
    assert (item.published, item.published_from, item.updated) == (None, None, None)


def test_date_of_update_stands_in_for_that_of_publication() -> None:
    item = only(atom("<title>x</title><updated>2026-11-20T08:57:00Z</updated>"))
    assert item.published == item.updated == "2026-11-20T08:57:00Z"


def test_language_of_the_entry_outranks_that_of_the_feed() -> None:
    head = "<title>T</title><language>fr</language>"
    assert only(rss("<title>x</title><dc:language>en</dc:language>", head)).language == "en"
    assert only(rss("<title>x</title>", head)).language == "fr"
    assert only(atom('<title xml:lang="en">x</title>', attributes='xml:lang="fr"')).language == "en"


# ---------------------------------------------------------------- what the feed says of itself


def test_hints_are_read_with_the_entries() -> None:
    head = (
        "<title>The &amp;amp; Atoll</title><link>https://atoll.example/</link><language>en</language><ttl> 60 </ttl>"
        "<skipHours><hour>0</hour><hour>24</hour><hour> 13 </hour><hour>x</hour><hour>99</hour></skipHours>"
        "<skipDays><day>Sunday</day><day>saturday</day><day>Caturday</day></skipDays>"
        "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"
        '<atom:link rel="hub" href="https://hub.example/"/><atom:link rel="prev-archive" href="/2025.xml"/>'
        '<atom:link rel="next" href="/page/2"/><atom:link rel="self" href="/feed"/>'
    )
    entries, said = read_feed(rss("<title>x</title>", head))
    assert len(entries) == 1
    assert said == hints(rss("<title>x</title>", head))
    assert (said.ttl_seconds, said.sy_seconds) == (3600, 1800)
    assert (said.skip_hours, said.skip_days) == ((0, 13), (5, 6))
    assert (said.site, said.title, said.language) == ("https://atoll.example/", "The & Atoll", "en")
    assert (said.hub, said.archive) == ("https://hub.example/", "https://atoll.example/2025.xml")
    assert (said.parser, said.expired) == ("feedparser", False)


@pytest.mark.parametrize(
    "head",
    [
        "<ttl>soon</ttl>",
        "<ttl>-5</ttl>",
        "<ttl>0</ttl>",
        "<ttl>nan</ttl>",
        "<sy:updatePeriod>often</sy:updatePeriod>",
        "<sy:updateFrequency>0</sy:updateFrequency>",
        f"<skipHours>{''.join(f'<hour>{hour}</hour>' for hour in range(24))}</skipHours>",
        "<skipDays>Monday</skipDays>",
        '<atom:link rel="hub" href="javascript:x"/>',
    ],
)
def test_hint_that_makes_no_sense_is_none(head: str) -> None:
    assert hints(rss("<title>x</title>", head)) == hints(rss("<title>x</title>", ""))


def test_time_to_wait_is_bounded() -> None:
    assert hints(rss("", "<ttl>999999999999</ttl>")).ttl_seconds == 30 * 86_400


def test_either_half_of_the_update_span_has_a_default() -> None:
    assert hints(rss("", "<sy:updatePeriod>weekly</sy:updatePeriod>")).sy_seconds == 7 * 86_400
    assert hints(rss("", "<sy:updateFrequency>4</sy:updateFrequency>")).sy_seconds == 21_600


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_hint_is_survived(number: str, words: str) -> None:
    body = f"<ttl>{number}</ttl><skipHours><hour>{number}</hour></skipHours><sy:updatePeriod>{words}</sy:updatePeriod>"
    said = hints(rss("", f"{body}<sy:updateFrequency>{number}</sy:updateFrequency><link>{words}</link>"))
    assert all(0 <= hour < 24 for hour in said.skip_hours)


# ---------------------------------------------------------------- the other parser


def test_feed_in_which_the_parser_finds_nothing_is_tried_with_another() -> None:
    items = b"".join(
        b"<news:item><title>Number %d</title><pubDate>yesterday</pubDate></news:item>" % number for number in (1, 2)
    )
    entries, said = read_feed(Payload(b"<rss><channel><title>T</title>" + items + b"</channel></rss>", "f", url=FEED))
    found = [entry for entry in entries if isinstance(entry, Document)]
    assert [(entry.title, entry.published) for entry in found] == [("Number 1", None), ("Number 2", None)]
    assert said.parser == "fallback"


def test_other_parser_invents_no_dates() -> None:
    from worker.sources._feedparser import rescue

    found = rescue(rss("<title>x</title><pubDate>yesterday</pubDate>").body)
    assert [(entry["title"], entry["published"]) for entry in found.entries] == [("x", None)]
    assert rescue(b"<html>no feed</html>") is None
    assert rescue(b"https://reef.example/feed") is None


def test_feed_with_the_doctype_of_a_page_is_a_feed() -> None:
    doctype = b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">'
    payload = rss("<title>x</title>")
    assert only(Payload(doctype + payload.body, "f")).title == "x"


# ---------------------------------------------------------------- every family

ADDRESS = "https://atoll.example/1"
DATE = "2026-11-20T08:57:00Z"
FAMILIES = {
    "RSS 0.90": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/">'
    f"<channel><title>Atoll</title></channel><item><title>Envoys</title><link>{ADDRESS}</link></item></rdf:RDF>",
    "RSS 0.91": f'<rss version="0.91"><channel><title>Atoll</title><item><title>Envoys</title><link>{ADDRESS}</link>'
    "</item></channel></rss>",
    "RSS 1.0": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
    f'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Atoll</title></channel><item rdf:about="{ADDRESS}">'
    f"<title>Envoys</title><link>{ADDRESS}</link><dc:date>{DATE}</dc:date></item></rdf:RDF>",
    "RSS 2.0": f'<rss version="2.0"><channel><title>Atoll</title><item><title>Envoys</title><link>{ADDRESS}</link>'
    "<pubDate>Fri, 20 Nov 2026 08:57:00 GMT</pubDate></item></channel></rss>",
    "RSS, prefix undeclared": f"<rss><channel><title>Atoll</title><item><dc:title>Envoys</dc:title><link>{ADDRESS}</link>"
    f"<dc:date>{DATE}</dc:date></item></channel></rss>",
    "Atom 0.3": f'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Atoll</title><entry><title>Envoys</title>'
    f'<link rel="alternate" type="text/html" href="{ADDRESS}"/><issued>{DATE}</issued></entry></feed>',
    "Atom 1.0": f'<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>Atoll</a:title><a:entry><a:title>Envoys</a:title>'
    f'<a:link href="{ADDRESS}"/><a:published>{DATE}</a:published></a:entry></a:feed>',
    "CDF": f'<CHANNEL HREF="https://atoll.example/"><TITLE>Atoll</TITLE><ITEM HREF="{ADDRESS}" LASTMOD="2026-11-20T08:57Z">'
    "<TITLE>Envoys</TITLE></ITEM></CHANNEL>",
}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_of_feeds_is_read(family: str) -> None:
    item = only(Payload(FAMILIES[family].encode(), "f", url=FEED))
    assert (item.title, item.url, item.source) == ("Envoys", ADDRESS, "Atoll")
    assert item.published == (None if family in {"RSS 0.90", "RSS 0.91"} else DATE)


# Without Latin-1 letters: feedparser takes some pairs of them for UTF-8 that was read wrongly, and is right to.
LATIN = "".join(map(chr, range(0x80, 0x100)))
LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"], exclude_characters=LATIN)


@given(st.text(LETTERS, max_size=80))
def test_title_that_was_escaped_as_it_should_is_given_as_meant(title: str) -> None:
    from worker.sources._entry import _TITLE_MARKUP

    item = only(rss(f"<title>{html.escape(title)}</title><description>x</description>"))
    assert _TITLE_MARKUP.search(title) or (item.title or "") == " ".join(title.split())
