"""An entry of a feed, as feedparser gives it, to a document."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from worker.model import ContentType, Document, PublishedFrom
from worker.sources._payload import Payload, clean
from worker.timestamp import orders, parse_date

Entry = dict[str, Any]

# Without "<" within: however many are open, each is looked at once.
_TAG = re.compile(r"<[^<>]*>")
_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]*>|&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|\w{2,32});")
# In a title: a tag that is closed or has attributes, a line break, an entity. A bare word in brackets may be the author's.
_TITLE_MARKUP = re.compile(
    r"</[a-zA-Z][a-zA-Z0-9]{0,9}\s*>|<br\s*/?>|<[a-zA-Z]{1,10}\s[^<>=]{0,99}=|&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|\w{2,32});"
)
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_UNSEEN = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
# A post without a title may have its first paragraph for one; what is longer is none.
_MAX_TITLE_CHARS = 2000
_CUT = re.compile(r"(?:\.\.\.|…|\[\s*(?:\.\.\.|…)\s*\])\W{0,5}$")
_MORE = re.compile(
    r"(?:…|\.\.\.|&#8230;|&hellip;)\]?\s*(?:<[^<>]*>\s*){0,3}<a\s[^<>]*>(?:[^<>]|<(?!/a)[^<>]*>){1,200}</a>\s*(?:<[^<>]*>\s*){0,4}$"
)
_ELEMENTS = r"(?:p|div|a|b|i|em|strong|span|ul|ol|li|h[1-6]|blockquote|figure|table)"
_CLOSED = re.compile(rf"</{_ELEMENTS}\s*>|<br\s*/?>", re.IGNORECASE)
_ESCAPED = re.compile(rf"&lt;/{_ELEMENTS}\s*&gt;|&lt;br\s*/?&gt;", re.IGNORECASE)
_MAIL = re.compile(r"(?:mailto:)?[\w.+-]{1,64}@[\w.-]{1,255}")
# Teasers end well under this; what is longer is worth reading even if more stands on the page.
SUMMARY_CHARS = 600
# Lists of a dozen names exist; what is longer is a text that strayed into the field.
_MAX_NAME_CHARS = 300


def document(payload: Payload, feed: Entry, entry: Entry, url: str | None, day_first: bool | None = None) -> Document:
    """The document of an entry; `url` as `address` gives it, or None where it is no article's."""
    content, kind, whole = _content(entry)
    language = payload.language or _language(entry) or text(feed, "language")
    published, updated = _dates(entry, language, day_first)
    plain = html.unescape(_TAG.sub("", content)).strip() if kind is ContentType.HTML else content.strip()
    return Document(
        content=clean(content),
        content_type=kind,
        complete=url is None or ((whole or len(plain) >= SUMMARY_CHARS) and not _is_cut(content, plain)),
        guid=text(entry, "id"),
        url=url,
        title=title(entry),
        authors=_authors(entry) or _authors(entry.get("source") or {}) or _authors(feed),
        published=published or updated,
        published_from=PublishedFrom.FEED if published or updated else None,
        updated=updated,
        source=payload.source or title(entry.get("source") or {}) or title(feed) or payload.origin,
        language=language,
    )


def address(payload: Payload, entry: Entry) -> str | None:
    """The address of an entry's page: before a counter's detour, in the entry's language, a page sooner than a file."""
    for href in _addresses(entry):
        url = payload.link(href)
        if url:
            return url
    return None


def _addresses(entry: Entry) -> Iterator[object]:
    yield entry.get("feedburner_origlink")
    links = [link for link in entry.get("links") or () if link.get("rel") == "alternate"]
    pages = [link for link in links if link.get("type") in _HTML_TYPES]
    spoken = (_language(entry) or "").lower()
    if spoken and len(pages) > 1:
        pages.sort(key=lambda link: not str(link.get("hreflang") or "").lower().startswith(spoken[:2]))
    yield from (link.get("href") for link in pages)
    yield entry.get("link")
    yield from (link.get("href") for link in links)
    yield from (content.get("src") for content in entry.get("content") or ())


def _content(entry: Entry) -> tuple[str, ContentType, bool]:
    """The longest text of an entry, how to read it, and whether it is said to be the whole."""
    contents = [item for item in entry.get("content") or () if _is_text(item) and item.get("value", "").strip()]
    best = max(contents, key=lambda item: len(item["value"]), default=None)
    summary = {**(entry.get("summary_detail") or {}), "value": entry.get("summary") or ""}
    # A picture has more markup than a teaser has text.
    whole = best is not None and len(_TAG.sub("", best["value"])) >= len(_TAG.sub("", summary["value"]))
    value, kind = _read_as(best if whole and best else summary)
    return value, kind, whole


def _is_text(content: Entry) -> bool:
    """Atom may carry pictures and programs."""
    media_type = str(content.get("type") or "text/html")
    return media_type.startswith("text/") or media_type in _HTML_TYPES


def _read_as(detail: Entry) -> tuple[str, ContentType]:
    """A text and how to read it: each RSS description is HTML to feedparser, and much that is called text is not.

    Some feeds escape their markup once more than they should.
    """
    value = detail["value"]
    if _ESCAPED.search(value) and not _CLOSED.search(value):
        value = html.unescape(value)
    plain = detail.get("type") == "text/plain" and not _CLOSED.search(value)
    return value, ContentType.TEXT if plain or not _MARKUP.search(value) else ContentType.HTML


def _is_cut(content: str, plain: str) -> bool:
    """Whether a text ends in an ellipsis, or in one and a link to the rest."""
    return bool(_CUT.search(plain[-20:]) or _MORE.search(content[-1500:]))


def day_first(entries: Iterable[Entry]) -> bool | None:
    """Whether the feed's dates have the day before the month, if one of them tells: all are of one hand."""
    return orders(date for entry in entries for date in _written(entry).values())


def _dates(entry: Entry, language: str | None, order: bool | None) -> tuple[str | None, str | None]:
    """Published and updated, from the strings as written: feedparser's own reading invents days and drops zones."""
    now = dt.datetime.now(dt.UTC)
    dates = {key: parse_date(value, now, language, day_first=order) for key, value in _written(entry).items()}
    return dates.get("published") or dates.get("created"), dates.get("updated")


def _written(entry: Entry) -> dict[str, str]:
    # `dict.get`: feedparser's own answers "updated" with "published" and a warning.
    raw = {key: dict.get(entry, key) for key in ("published", "created", "updated")}
    return {key: value for key, value in raw.items() if isinstance(value, str)}


def _language(entry: Entry) -> str | None:
    """What an entry says of itself, or inherits by xml:lang."""
    details = [*(entry.get("content") or ()), entry.get("summary_detail"), entry.get("title_detail")]
    found = (detail.get("language") for detail in details if detail)
    return text(entry, "language") or next((clean(str(value)) for value in found if value), None)


def title(item: Entry) -> str | None:
    """The title on one line, without markup; feeds escape it once, twice, or not at all."""
    line = (text(item, "title") or "")[:_MAX_TITLE_CHARS]
    for _ in range(2):
        if not _TITLE_MARKUP.search(line):
            break
        line = html.unescape(_TAG.sub("", _UNSEEN.sub("", line)))
    return " ".join(clean(line).split()) or None


def _authors(entry: Entry) -> tuple[str, ...]:
    """Names, without mail addresses: a person is no mailbox."""
    authors: Sequence[Entry] = entry.get("authors") or ()
    written = [text(author, "name") for author in authors] or [text(entry, "author")]
    if authors and authors[-1].get("email"):
        written[-1] = text(entry, "author")  # all of it: feedparser cuts off addresses in domains longer than .info
    names = (_name(name) for name in written if name and len(name) <= _MAX_NAME_CHARS)
    return tuple(dict.fromkeys(name for name in names if name))


def _name(written: str) -> str:
    plain = _MAIL.sub("", _TAG.sub("", html.unescape(written)))
    return " ".join(clean(plain).replace("()", "").strip(" \n\t()<>,;-").split())


def text(item: Entry, key: str) -> str | None:
    """A field as text that can be written as UTF-8; None for what is empty or no text."""
    value = item.get(key)
    return clean(value.strip()) or None if isinstance(value, str) else None
