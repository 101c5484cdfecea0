"""NewsML-G2 (news items, packages, messages) and NewsML 1, whose texts are XHTML, NITF or plain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from worker.errors import Rejected
from worker.model import Document
from worker.sources import _wire, nitf
from worker.sources._markup import root
from worker.sources._payload import Fit, Payload
from worker.sources._xml import below, child, children, fragment, line, local, paragraphs, parse

_ITEMS = ("newsItem", "packageItem", "conceptItem", "knowledgeItem", "planningItem", "catalogItem")
_ROOTS = frozenset(name.lower() for name in (*_ITEMS, "newsMessage", "NewsML"))
_TYPES = frozenset({"application/vnd.iptc.g2.newsitem+xml", "application/vnd.iptc.g2.newsmessage+xml", "text/vnd.iptc.newsml"})
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_HOST = re.compile(r"https?://([\w.-]+)", re.IGNORECASE)
# What a component of NewsML 1 may be besides the article's body, by its role.
_BESIDE = frozenset({"headline", "subheadline", "contact", "stylesheet", "logo", "caption", "photo", "video", "graphic"})


def fit(payload: Payload) -> Fit:
    """By its root element, else by type."""
    if root(payload.body) in _ROOTS:
        return Fit.CONTENT
    return Fit.TYPE if payload.media_type in _TYPES else Fit.NO


def read(payload: Payload) -> Iterator[Document | Rejected]:
    """A document for each news item with a text, in order; each other item is refused with a reason."""
    tree = parse(payload)
    if local(tree) == "NewsML":
        yield from _version_1(payload, tree)
        return
    items = [tree] if local(tree) in _ITEMS else [item for part in children(tree, "itemSet") for item in part]
    found = [_document(payload, item) for item in items if local(item) in _ITEMS]
    yield from found or [payload.reject("no-text", f"{local(tree)!r} holds no news items")]


# ---------------------------------------------------------------- G2


def _document(payload: Payload, item: etree._Element) -> Document | Rejected:
    kind = local(item)
    meta, content = child(item, "itemMeta"), child(item, "contentMeta")
    media = _code(child(meta, "itemClass")) or "text"
    found = _wire.Item(
        guid=item.get("guid"),
        status=_code(child(meta, "pubStatus")),
        embargo=_embargo(meta),
        title=line(child(content, "headline")) or line(child(meta, "title")),
        authors=_creators(content),
        language=_language(item, content),
        first=line(child(meta, "firstCreated")) or line(child(content, "contentCreated")),
        changed=line(child(meta, "versionCreated")),
        source=_party(child(meta, "provider")) or _party(child(item, "rightsInfo", "copyrightHolder")),
        opt_outs=_reservations(item),
    )
    if kind != "newsItem":
        return _wire.document(payload, found, f"a {kind} carries no text")
    return _wire.document(payload, _with_body(found, item), f"a news item of class {media!r} without a text")


def _with_body(found: _wire.Item, item: etree._Element) -> _wire.Item:
    """The item with the longest of its renditions, and what that says where the item says nothing."""
    inner = [_rendition(part) for part in below(child(item, "contentSet"), "inlineXML", "inlineData")]
    best = max(inner, key=lambda part: len(part.text), default=_wire.Item())
    return replace(
        found,
        text=best.text,
        title=found.title or best.title,
        authors=best.authors or found.authors,
        language=found.language or best.language,
        first=found.first or best.first,
        source=found.source or best.source,
    )


def _rendition(part: etree._Element) -> _wire.Item:
    article = next(below(part, "nitf"), None)
    if article is not None:
        return nitf.item(article)
    if local(part) == "inlineXML":
        page = next(below(part, "html", "body"), None)
        return _wire.Item(text=paragraphs(page) if page is not None else "")
    text = "".join(map(str, part.itertext()))
    kind = (part.get("contenttype") or "text/plain").lower()
    if part.get("encoding") or not kind.startswith("text/"):
        return _wire.Item()
    return _wire.Item(text=fragment(text) if "html" in kind else text.strip())


def _embargo(meta: etree._Element | None) -> str | None:
    """As it is written; empty for an embargo without an end."""
    element = child(meta, "embargoed")
    return None if element is None else line(element) or ""


def _creators(content: etree._Element | None) -> tuple[str, ...]:
    byline = _wire.authors(line(child(content, "by")))
    names = [name for creator in children(content, "creator") if (name := line(child(creator, "name")))]
    return byline or tuple(dict.fromkeys(names))


def _language(item: etree._Element, content: etree._Element | None) -> str | None:
    element = child(content, "language")
    return (element.get("tag") if element is not None else None) or item.get(_LANGUAGE)


def _code(element: etree._Element | None) -> str | None:
    """The end of a code, whatever scheme it names: stat:usable and .../pubstatus/usable are both usable."""
    if element is None:
        return None
    code = element.get("qcode") or element.get("uri") or ""
    return code.rstrip("/").replace("/", ":").rpartition(":")[2] or None


def _party(element: etree._Element | None) -> str | None:
    """The name of a party, else its literal, else the host of its address, else its code."""
    if element is None:
        return None
    named = line(child(element, "name")) or element.get("literal")
    return named or _host(element.get("uri") or "") or _code(element)


def _host(uri: str) -> str | None:
    match = _HOST.match(uri)
    return match[1] if match else None


def _reservations(item: etree._Element) -> tuple[str, ...]:
    """What the rights say of text and data mining, where they forbid any."""
    codes = [_code(element) or "" for element in below(child(item, "rightsInfo"), "dataMining")]
    return tuple(dict.fromkeys(code for code in codes if "PROHIBITED" in code.upper()))


# ---------------------------------------------------------------- version 1


def _version_1(payload: Payload, tree: etree._Element) -> Iterator[Document | Rejected]:
    provider = _formal(next(below(child(tree, "NewsEnvelope"), "Party"), None))
    items = list(children(tree, "NewsItem"))
    for item in items:
        yield _wire.document(payload, _item_1(item, provider))
    if not items:
        yield payload.reject("no-text", "NewsML without a news item")


def _item_1(item: etree._Element, provider: str | None) -> _wire.Item:
    name = child(item, "Identification", "NewsIdentifier")
    management = child(item, "NewsManagement")
    status = _formal(child(management, "Status"))
    article = next(below(item, "nitf"), None)
    inner = nitf.item(article) if article is not None else _wire.Item()
    embargo = line(child(management, "StatusWillChange", "DateAndTime")) or ""
    return _wire.Item(
        guid=_unversioned(name),
        status=status,
        embargo=embargo if (status or "").lower() == "embargoed" else None,
        title=line(next(below(item, "HeadLine"), None)) or inner.title,
        text=inner.text or _body_1(item),
        authors=_wire.authors(line(next(below(item, "ByLine"), None))) or inner.authors,
        language=_formal(next(below(item, "Language"), None)) or item.get(_LANGUAGE),
        first=line(child(management, "FirstCreated")),
        changed=line(child(management, "ThisRevisionCreated")),
        source=provider or inner.source,
    )


def _body_1(item: etree._Element) -> str:
    """The longest content that is not a headline, a contact or a style sheet."""
    found = [paragraphs(data) for data in below(item, "DataContent") if not _is_beside(data)]
    return max(found, key=len, default="")


def _is_beside(data: etree._Element) -> bool:
    component = next((up for up in data.iterancestors() if local(up) == "NewsComponent"), None)
    kind = (_formal(child(data.getparent(), "MimeType")) or "text/plain").lower()
    role = (_formal(child(component, "Role")) or "").lower()
    return role in _BESIDE or not ("text" in kind or "xml" in kind) or "css" in kind


def _unversioned(name: etree._Element | None) -> str | None:
    """The identifier without the number of its revision, so that each revision is one of the same article."""
    public = line(child(name, "PublicIdentifier"))
    revision = line(child(name, "RevisionId"))
    return public.removesuffix(f":{revision}") if public and revision else public or line(child(name, "NewsItemId"))


def _formal(element: etree._Element | None) -> str | None:
    return (element.get("FormalName") or "").strip() or None if element is not None else None
