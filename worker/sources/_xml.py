"""XML of the wire formats, parsed without files, addresses or entities, and its markup as paragraphs of text.

Names are compared without their namespaces: agencies use several for one format, or none.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from lxml import etree

from worker.errors import Rejected
from worker.sources._encoding import decode
from worker.sources._payload import Payload, clean

_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_SPACES = re.compile(r"\s+")
# More levels than any text has; libxml2 stops at 256 in XML, and not at all in HTML.
_MAX_DEPTH = 200

_PARAGRAPHS = frozenset(
    """
    address article aside blockquote body caption center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header hr li main
    nav ol p pre section table tbody td tfoot th thead tr ul
    abstract block body.content body.end body.head bq byline credit dateline distributor hedline hl1 hl2 note tagline
    """.split()
)
# What is no running text: pictures with their captions, tables of results, code.
_PASSED_OVER = frozenset(
    "head script style template noscript iframe object svg media figure fn nitf-table custom-table".split()
)


def parse(payload: Payload) -> etree._Element:
    """The root element. Raises Rejected "not-xml"."""
    try:
        return etree.fromstring(payload.body, _parser())
    except etree.XMLSyntaxError as error:
        return _again(payload, error)
    except ValueError as error:  # a null byte in a name
        raise _not_xml(payload, error) from None


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )


def _again(payload: Payload, error: etree.XMLSyntaxError) -> etree._Element:
    """Without its own declaration: servers transcode, and leave the old one in."""
    try:
        text = _DECLARATION.sub("", decode(payload, markup=True), count=1)
        return etree.fromstring(text.lstrip("\ufeff \t\r\n").encode(), _parser())
    except (etree.XMLSyntaxError, ValueError, Rejected):
        raise _not_xml(payload, error) from None


def _not_xml(payload: Payload, error: Exception) -> Rejected:
    return payload.reject("not-xml", f"not well-formed XML ({error}); was it cut off on its way?")


def fragment(markup: str) -> str:
    """The paragraphs of some HTML that stands in a field; empty where there is nothing to read."""
    try:
        tree = etree.fromstring(markup.encode("utf-8", "replace"), etree.HTMLParser(encoding="utf-8", no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return ""
    return "" if tree is None else paragraphs(tree)


def local(element: etree._Element) -> str:
    """The name of an element without its namespace; empty for an entity."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: etree._Element | None, name: str) -> Iterator[etree._Element]:
    """Child elements of a name."""
    if element is not None:
        yield from (child for child in element if local(child) == name)


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """The first element at the end of a path of names."""
    for name in path:
        element = next(children(element, name), None)
    return element


def below(element: etree._Element | None, *names: str) -> Iterator[etree._Element]:
    """Elements of these names at any depth, in the order of the document."""
    if element is not None:
        yield from (found for found in element.iter(etree.Element) if local(found) in names)


def line(element: etree._Element | None) -> str | None:
    """All text of an element on one line."""
    if element is None:
        return None
    return " ".join(clean("".join(_pieces(element, 0))).replace("\0", " ").split()) or None


def paragraphs(element: etree._Element) -> str:
    """The running text of an element: its paragraphs with an empty line between, without tables of results or captions."""
    blocks = "".join(_pieces(element, 0)).split("\0")
    lines = ("\n".join(part for raw in block.split("\n") if (part := " ".join(raw.split()))) for block in blocks)
    return clean("\n\n".join(block for block in lines if block))


def _pieces(element: etree._Element, depth: int) -> Iterator[str]:
    """Text in order; a zero character, which XML cannot hold, stands between paragraphs."""
    name = local(element).lower()
    if (depth and name in _PASSED_OVER) or depth > _MAX_DEPTH:
        return
    edge = "\0" if name in _PARAGRAPHS else "\n" if name == "br" else ""
    yield edge
    yield _text(element.text, name)
    for inner in element:
        # An entity's tag is a function, and its text its reference.
        yield from _pieces(inner, depth + 1) if isinstance(inner.tag, str) else [_entity(inner.text or "")]
        yield _text(inner.tail, name)
    yield edge


def _text(text: str | None, name: str) -> str:
    if not text:
        return ""
    return text.replace("\0", "") if name == "pre" else _SPACES.sub(" ", text.replace("\0", ""))


def _entity(reference: str) -> str:
    """A character that HTML names; what the document declares for itself is not looked up."""
    found = html.unescape(reference)
    return "" if found.startswith("&") else found
