"""NITF, the News Industry Text Format, by itself or within another format."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from worker.errors import Rejected
from worker.model import Document
from worker.sources import _wire
from worker.sources._markup import root
from worker.sources._payload import Fit, Payload
from worker.sources._xml import below, child, children, line, local, paragraphs, parse


def fit(payload: Payload) -> Fit:
    """By its root element, else by type."""
    if root(payload.body) == "nitf":
        return Fit.CONTENT
    return Fit.TYPE if payload.media_type in {"application/nitf+xml", "text/vnd.iptc.nitf"} else Fit.NO


def read(payload: Payload) -> Iterator[Document | Rejected]:
    """One document: the article."""
    tree = parse(payload)
    if local(tree) != "nitf":
        yield payload.reject("not-nitf", f"not NITF: its root element is {local(tree)!r}")
        return
    yield _wire.document(payload, item(tree))


def item(tree: etree._Element) -> _wire.Item:
    """What a nitf element says; formats that hold one add what they know better."""
    data = child(tree, "head", "docdata")
    head = child(tree, "body", "body.head")
    released = _norm(child(data, "date.release"))
    return _wire.Item(
        guid=_attribute(child(data, "doc-id"), "id-string"),
        status=data.get("management-status") if data is not None else None,
        embargo=released,
        title=_headline(tree, head),
        text=body(tree),
        authors=_authors(head),
        language=tree.get("{http://www.w3.org/XML/1998/namespace}lang"),
        first=_norm(child(data, "date.issue")) or released or _norm(child(head, "dateline", "story.date")),
        source=line(child(head, "distributor")) or _attribute(child(tree, "head", "pubdata"), "name"),
    )


def body(tree: etree._Element) -> str:
    """The paragraphs of the article, of its abstract where it has no others."""
    content = child(tree, "body", "body.content")
    text = paragraphs(content) if content is not None else ""
    abstract = child(tree, "body", "body.head", "abstract")
    return text or (paragraphs(abstract) if abstract is not None else "")


def text(payload: Payload, markup: str) -> str:
    """The paragraphs of some NITF that stands in a field; empty where it cannot be read."""
    try:
        tree = parse(Payload(body=markup.encode("utf-8", "replace"), name=payload.name))
    except Rejected:
        return ""
    return body(tree) if local(tree) == "nitf" else paragraphs(tree) if local(tree).startswith("body") else ""


def _headline(tree: etree._Element, head: etree._Element | None) -> str | None:
    return line(child(head, "hedline", "hl1")) or line(child(tree, "head", "title"))


def _authors(head: etree._Element | None) -> tuple[str, ...]:
    """Persons where they are marked, else the byline without its titles."""
    bylines = list(children(head, "byline"))
    persons = [name for byline in bylines for person in below(byline, "person") if (name := line(person))]
    if persons:
        return tuple(dict.fromkeys(persons))
    return tuple(dict.fromkeys(name for byline in bylines for name in _wire.authors(_untitled(byline))))


def _untitled(byline: etree._Element) -> str:
    parts = [byline.text or ""]
    for inner in byline:
        parts += [line(inner) or "" if local(inner) != "byttl" else "", inner.tail or ""]
    return "".join(parts)


def _norm(element: etree._Element | None) -> str | None:
    """A date in its normal form, which stands in an attribute."""
    return _attribute(element, "norm")


def _attribute(element: etree._Element | None, name: str) -> str | None:
    return (element.get(name) or "").strip() or None if element is not None else None
