from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web import Answer, Site

from worker import limited
from worker.discovery import MAX_FEEDS, MAX_HTML_CHARS, FeedLink, discover, feeds
from worker.errors import Rejected
from worker.http import Client
from worker.settings import Settings

FEEDS = Path(__file__).parent / "fixtures" / "feeds"
SETTINGS = Settings(allow_hosts=("127.0.0.1",))
RSS = (200, {"Content-Type": "text/xml"}, (FEEDS / "full-and-summary.rss").read_bytes())
JSON = (200, {"Content-Type": "application/json"}, (FEEDS / "version-1.1.json").read_bytes())
HOME = "https://cove.example/news/"


@pytest.fixture(scope="module", autouse=True)
def _no_child_left() -> Iterator[None]:
    yield
    limited.close()


def page(head: str = "", body: str = "") -> Answer:
    html = f"<!doctype html><html><head><title>Cove</title>{head}</head><body>{body}<p>Words.</p></body></html>"
    return 200, {"Content-Type": "text/html"}, html.encode()


def found(answers: dict[str, Answer], path: str = "/") -> tuple[list[str], list[str]]:
    """The paths of the feeds found, and the paths asked for."""
    with Site(answers) as site, Client(SETTINGS) as client:
        links = discover(site.url + path, client, SETTINGS)
        return [link.url.removeprefix(site.url) for link in links], site.paths()


def urls(html: str) -> list[str]:
    return [link.url for link in feeds(html, HOME)]


@pytest.mark.parametrize(
    "kind",
    ["application/rss+xml", "application/atom+xml", "application/feed+json", "text/xml", "APPLICATION/RSS+XML; charset=utf-8"],
)
def test_link_to_an_alternate_that_is_a_feed_is_found(kind: str) -> None:
    html = f'<link rel="alternate home" type="{kind}" href="../feed?a=1&amp;b=2#top" title=" Cove  news ">'
    assert feeds(html, HOME) == [FeedLink("https://cove.example/feed?a=1&b=2", "Cove news", "feed")]


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="stylesheet" type="text/xml" href="/x">',
        '<link rel="alternate" hreflang="de" href="/de">',
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">',
        '<link rel="alternate" type="application/json+oembed" href="/oembed?format=json">',
        '<link rel="alternate" type="application/rss+xml" href="">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:void(0)">',
        '<link rel="alternate" type="application/rss+xml" href="file:///etc/passwd">',
        '<link rel="alternate" type="application/rss+xml" href="http://[::1">',
        '<a href="/article/42">news</a>',
        '<a href="mailto:rss@cove.example">rss</a>',
    ],
)
def test_link_to_anything_else_is_none(link: str) -> None:
    assert feeds(link, HOME) == []


def test_json_feed_says_so_in_its_address() -> None:
    assert urls('<link rel="alternate" type="application/json" href="/feed.json">') == ["https://cove.example/feed.json"]


@pytest.mark.parametrize(
    "href", ["/feed/", "/news.rss", "/rss/world.xml", "feed:https://cove.example/atom", "feed://cove.example/rss"]
)
def test_link_that_looks_like_a_feed_is_found(href: str) -> None:
    (url,) = urls(f'<a href="{href}">RSS</a>')
    assert url.startswith(("https://cove.example/", "http://cove.example/rss"))


def test_base_of_the_page_counts() -> None:
    assert urls('<base href="https://atoll.example/a/"><link rel=alternate type=text/xml href=feed>') == [
        "https://atoll.example/a/feed"
    ]


def test_main_feed_comes_before_parts_and_comments() -> None:
    html = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="{href}" title="{title}">'
        for href, title in [
            ("/comments/feed", "x"),
            ("/2", "Replies"),
            ("/tag/sea/feed", "Sea"),
            ("/feed", "Cove"),
            ("/b", "Boats"),
        ]
    )
    assert [url.removeprefix("https://cove.example") for url in urls(html)] == [
        "/feed", "/b", "/tag/sea/feed", "/comments/feed", "/2",
    ]  # fmt: skip


def test_feed_that_is_named_twice_is_found_once() -> None:
    html = '<link rel=alternate type=text/xml href="/feed/"><a href="/feed">RSS</a>'
    assert urls(html) == ["https://cove.example/feed/"]


def test_address_of_a_feed_is_the_feed() -> None:
    assert found({"/f": RSS}, "/f") == (["/f"], ["/f"])
    assert found({"/f": JSON}, "/f") == (["/f"], ["/f"])


def test_feed_has_the_title_that_it_gives_itself() -> None:
    with Site({"/f": RSS}) as site, Client(SETTINGS) as client:
        assert discover(f"{site.url}/f", client, SETTINGS)[0].title == "Lagoon Wire & Post"


def test_feeds_that_the_page_names_are_believed_without_asking() -> None:
    links = '<link rel="alternate" type="application/atom+xml" href="/a"><a href="/other/feed">x</a>'
    assert found({"/": page(links)}) == (["/a"], ["/", "/robots.txt"])


def test_links_that_look_like_feeds_are_tried() -> None:
    body = '<a href="/old.rss">a</a><a href="/rss/">b</a>'
    assert found({"/": page(body=body), "/rss/": RSS}) == (["/rss/"], ["/", "/old.rss", "/rss/", "/robots.txt"])


def test_usual_paths_are_tried_until_one_has_a_feed() -> None:
    assert found({"/": page(), "/rss.xml": RSS, "/rss": RSS}) == (["/rss.xml"], ["/", "/feed", "/rss.xml", "/robots.txt"])


def test_page_at_a_usual_path_is_no_feed() -> None:
    assert found({"/": page(), "/feed": page(), "/rss": RSS})[0] == ["/rss"]


def test_requests_are_few_however_many_feeds_a_page_promises() -> None:
    body = "".join(f'<a href="/{number}.rss">x</a>' for number in range(1000))
    links, asked = found({"/": page(body=body)})
    assert links == []
    assert len(asked) == 11


def test_news_sitemaps_of_robots_txt_are_found() -> None:
    robots = (
        b"User-agent: *\nSitemap: /sitemap.xml\nSITEMAP : /news-sitemap.xml\nSitemap: /news-sitemap.xml\nSitemap: ftp://x/news"
    )
    with Site({"/": page(), "/feed": RSS, "/robots.txt": (200, {}, robots)}) as site, Client(SETTINGS) as client:
        assert discover(site.url, client, SETTINGS)[1:] == [FeedLink(f"{site.url}/news-sitemap.xml", None, "sitemap")]


@pytest.mark.parametrize(
    ("url", "feed"),
    [
        ("https://www.youtube.com/channel/UCab-1/videos", "https://www.youtube.com/feeds/videos.xml?channel_id=UCab-1"),
        ("https://youtube.com/playlist?list=PL1", "https://www.youtube.com/feeds/videos.xml?playlist_id=PL1"),
        ("https://www.reddit.com/r/worldnews/", "https://www.reddit.com/r/worldnews/.rss"),
        ("https://reef.substack.com/p/tides", "https://reef.substack.com/feed"),
        ("https://reef.tumblr.com/", "https://reef.tumblr.com/rss"),
        ("https://github.com/cove/boats", "https://github.com/cove/boats/releases.atom"),
    ],
)
def test_sites_with_feeds_elsewhere_are_known(url: str, feed: str) -> None:
    from worker.discovery import _patterns

    assert [link.url for link in _patterns(url)] == [feed]


def test_address_that_cannot_be_fetched_is_said() -> None:
    with pytest.raises(Rejected, match="404"):
        found({})


def test_page_without_end_is_no_front_page() -> None:
    link = '<link rel="alternate" type="text/xml" href="/feed">'
    assert feeds(link + " " * MAX_HTML_CHARS, HOME) == []


def test_feeds_are_as_many_as_somebody_can_look_through() -> None:
    links = "".join(f'<a href="/{number}.rss">x</a>' for number in range(1000))
    assert len(feeds(links, HOME)) == MAX_FEEDS
    assert feeds(f'<a href="/{"x" * 3000}.rss">x</a>', HOME) == []


@pytest.mark.parametrize("tag", ["div", "a", "base", "link"])
def test_deep_nesting_is_survived(tag: str) -> None:
    assert feeds(f"<{tag} href='/x'>" * 20_000, HOME) == []


@given(st.text(max_size=200), st.text(max_size=60))
def test_any_page_and_address_are_survived(text: str, url: str) -> None:
    for html in (text, f'<link rel="alternate" type="text/xml" href="{text}">', f"<base href='{url}'><a href='{text}'>x</a>"):
        for link in feeds(html, url):
            assert link.url.startswith(("http://", "https://"))


def test_front_page_made_to_hold_the_parser_is_left_unread() -> None:
    attributes = " ".join(f'a{number}="<>"' for number in range(200_000))
    start = time.process_time()
    assert feeds(f'<html><link rel=alternate type="application/rss+xml" href="/feed"><p {attributes}>', HOME) == []
    assert time.process_time() - start < 5  # parsing it takes 200 s
