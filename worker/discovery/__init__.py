"""The feeds of a site, from its address: what its page names, what such sites have, and what lies at the usual paths."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import islice
from typing import Any, NamedTuple, Protocol
from urllib.parse import urljoin, urlsplit

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from worker import limited
from worker.errors import Rejected, Retryable
from worker.http import Response
from worker.settings import Settings
from worker.sources import Payload, decode, sniff
from worker.sources._markup import is_overloaded
from worker.sources.feed import Hints

# Feeds are named in the head and the foot of a page; a longer one is no front page.
MAX_HTML_CHARS = 5_000_000
# A site with a feed for each topic has dozens.
MAX_FEEDS = 200
# Browsers and servers stop at about this.
_MAX_HREF_CHARS = 2000
# Of links that only look like feeds, this many are tried.
MAX_TRIED = 3
# Named news sitemaps of a site; some name thousands of archives.
MAX_SITEMAPS = 5
_TYPES = frozenset(
    "application/rss+xml application/atom+xml application/rdf+xml application/feed+json application/xml text/xml "
    "application/rss application/atom text/rss text/rss+xml text/atom+xml".split()
)
# WordPress names its interface in `application/json`; a JSON Feed says so in its address.
_JSON = frozenset({"application/json", "text/json"})
_JSON_FEED = re.compile(r"feed[^/]*\.json$|/feed/json/?$|jsonfeed", re.IGNORECASE)
_LOOKS_LIKE_FEED = re.compile(
    r"\.(?:rss|atom|rdf)$|/(?:feed|feeds|rss|atom)/?$|/(?:rss|atom|feed|index|news)[\w-]{0,40}\.(?:xml|json)$|/(?:feeds?|rss|atom)/[\w/-]{1,80}(?:\.xml)?$",
    re.IGNORECASE,
)
_REPLIES = re.compile(r"comment|repl(?:y|ies)|kommentar|comentario|commentaire", re.IGNORECASE)
_PART = re.compile(r"/(?:tag|category|author|topic|search|\?s=)\b", re.IGNORECASE)
_SITEMAP = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2000})", re.IGNORECASE | re.MULTILINE)


class FeedLink(NamedTuple):
    """A feed of a site: its address, its title as the site has it, and the kind of source that reads it."""

    url: str
    title: str | None = None
    kind: str = "feed"


class Getter(Protocol):
    """What fetches: worker.http.Client, or a politer one."""

    def get(self, url: str, /) -> Response:
        """The answer of an address. Raises Rejected or Retryable."""
        ...


def feeds(html: str, url: str) -> list[FeedLink]:
    """The feeds that a page names, the best first: of the whole site, then of its parts, then of comments."""
    tree = _tree(html)
    if tree is None:
        return []
    base = _base(tree, url)
    return _ranked([*_declared(tree, base), *_linked(tree, base)])


def discover(url: str, client: Getter, settings: Settings | None = None) -> list[FeedLink]:
    """The feeds at an address: itself if it is one, else those that its page names, else those at the usual places.

    At most eleven requests. What comes is read in a limited child, by `settings` or the defaults. Raises Rejected or
    Retryable if the address itself cannot be fetched.
    """
    answer = client.get(url)
    site = _Site(client, settings or Settings())
    own = site.as_feed(answer)
    if own:
        return [own]
    tree = _tree(_text(answer))
    base = _base(tree, answer.url) if tree is not None else answer.url
    declared, linked = (_declared(tree, base), _linked(tree, base)) if tree is not None else ((), ())
    suggested = [*_patterns(answer.url), *_ranked(linked)]
    found = _ranked(declared) or site.tried(suggested) or site.at_usual_paths(answer.url)
    return [*found, *site.sitemaps(answer.url)]


class _Site:
    """What can be asked of a site beside the page at hand."""

    def __init__(self, client: Getter, settings: Settings) -> None:
        self._client, self._settings = client, settings

    def as_feed(self, answer: Response) -> FeedLink | None:
        """The answer as a feed, if it is one."""
        payload = _payload(answer)
        if not payload.body.strip() or sniff(payload) not in {"feed", "jsonfeed"}:
            return None
        entries, hints = limited.read_feed(payload, "feed", self._settings)
        if hints == Hints() and all(isinstance(entry, Rejected) for entry in entries):
            return None
        return FeedLink(answer.url, hints.title)

    def tried(self, links: Sequence[FeedLink]) -> list[FeedLink]:
        """Those of the first few that are feeds."""
        found = (self._feed_at(link.url) for link in links[:MAX_TRIED])
        return [link for link in found if link]

    def at_usual_paths(self, url: str) -> list[FeedLink]:
        """The first feed at one of the usual paths."""
        found = (self._feed_at(urljoin(url, path)) for path in _places()["well_known"])
        return list(islice(filter(None, found), 1))

    def sitemaps(self, url: str) -> list[FeedLink]:
        """The news sitemaps that robots.txt names."""
        try:
            robots = _text(self._client.get(urljoin(url, "/robots.txt")))
        except (Rejected, Retryable):
            return []
        named = (_joined(url, href) for href in _SITEMAP.findall(robots))
        news = dict.fromkeys(href for href in named if href and "news" in urlsplit(href).path.lower())
        return [FeedLink(href, None, "sitemap") for href in list(news)[:MAX_SITEMAPS]]

    def _feed_at(self, url: str) -> FeedLink | None:
        try:
            return self.as_feed(self._client.get(url))
        except (Rejected, Retryable):
            return None


def _tree(html: str) -> HtmlElement | None:
    """The page as a tree; None for what is no page. Nothing is loaded, and nesting and size are limited."""
    if not html.strip() or len(html) > MAX_HTML_CHARS or is_overloaded(html):
        return None
    parser = HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        return document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def _base(tree: HtmlElement, url: str) -> str:
    for href in tree.xpath("//base/@href")[:1]:
        return _joined(url, str(href)) or url
    return url


def _declared(tree: HtmlElement, base: str) -> Iterator[FeedLink]:
    for link in tree.iter("link"):
        relations = (link.get("rel") or "").lower().split()
        href = _joined(base, link.get("href"))
        if href and ("alternate" in relations or "feed" in relations) and _is_feed_type(link.get("type"), href, relations):
            yield FeedLink(href, _line(link.get("title")))


def _is_feed_type(declared: str | None, href: str, relations: Iterable[str]) -> bool:
    media_type = (declared or "").partition(";")[0].strip().lower()
    if media_type in _JSON:
        return bool(_JSON_FEED.search(urlsplit(href).path))
    return media_type in _TYPES or (not media_type and "feed" in relations)


def _linked(tree: HtmlElement, base: str) -> Iterator[FeedLink]:
    """Links in the text that look like feeds."""
    for link in tree.iter("a"):
        href = _joined(base, link.get("href"))
        if href and _LOOKS_LIKE_FEED.search(urlsplit(href).path):
            yield FeedLink(href, _line(link.get("title")) or _line(link.text_content()))


def _joined(base: str, href: str | None) -> str | None:
    """An address made absolute, without its fragment; `feed:` is how some write that it is one."""
    if len(href or "") > _MAX_HREF_CHARS:
        return None
    plain = re.sub(r"^feed:(?://)?(?=https?:)|^feed:(?=//)", "", (href or "").strip())
    if len(href or "") > _MAX_HREF_CHARS:
        return None
    plain = re.sub(r"^feed://", "http://", plain)
    try:
        url = urljoin(base, plain).partition("#")[0]
        return url if plain and urlsplit(url).scheme in {"http", "https"} and urlsplit(url).hostname else None
    except ValueError:
        return None


def _ranked(links: Iterable[FeedLink]) -> list[FeedLink]:
    """Each address once, as its page orders them within each rank."""
    first: dict[str, FeedLink] = {}
    for link in links:
        first.setdefault(link.url.rstrip("/"), link)
    return sorted(first.values(), key=_rank)[:MAX_FEEDS]


def _rank(link: FeedLink) -> int:
    if _REPLIES.search(f"{urlsplit(link.url).path} {link.title or ''}"):
        return 2
    return 1 if _PART.search(link.url) else 0


def _patterns(url: str) -> Iterator[FeedLink]:
    """The feed of a page at a site that is known to have one at another address."""
    plain = re.sub(r"^https?://(?:www\.)?", "", url)
    for site in _places()["site"]:
        match = re.fullmatch(site["page"], plain)
        if match:
            yield FeedLink(site["feed"].format(**match.groupdict()))


def _text(answer: Response) -> str:
    try:
        return decode(_payload(answer), markup=True)
    except Rejected:
        return ""


def _payload(answer: Response) -> Payload:
    return Payload(body=answer.body, name=answer.url, content_type=answer.headers.get("content-type"), url=answer.url)


def _line(text: str | None) -> str | None:
    return " ".join((text or "").split()) or None


@cache
def _places() -> Mapping[str, Any]:
    file = resources.files(__name__).joinpath("places.toml")
    return tomllib.loads(file.read_text(encoding="utf8"))
