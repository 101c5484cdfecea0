"""What is seen of a document in XML or HTML before it is parsed: its root element, and whether parsing it would take long."""

from __future__ import annotations

import re

# A prolog with comments and a licence fits; a longer one is read as plain text.
_HEAD_BYTES = 8192
# Atomic groups: what has matched is not tried again another way, however hostile the prolog.
_ROOT = re.compile(
    rb"(?>\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE\s+(?P<doctype>[\w:-]+)[^>\[]*(?>\[.*?\]\s*)?>)*+"
    rb"<(?:[\w.-]+:)?(?P<root>[\w.-]+)",
    re.DOTALL | re.IGNORECASE,
)
# Below this a tag's attributes are too few to matter, however many such tags there are.
_LONG_TAG = 300
# A tag to its end, or to that of the text: an end within quotation marks is none. Nothing is looked at twice.
_WHOLE_TAG = re.compile(r"<[a-zA-Z](?>[^>=]+|=\s*+(?>\"[^\"]*+\"|'[^']*+')|=)*+")
_QUOTED = re.compile(r"\"[^\"]*+\"|'[^']*+'")
# libxml2 compares each attribute of a tag with all before it, 60 million pairs a second; pages have some ten thousand pairs.
_MAX_PAIRS = 50_000_000


def is_overloaded(html: str) -> bool:
    """Whether tags have so many attributes that the parser, which cannot be stopped, would take seconds for them."""
    return sum(_attributes(tag[0]) ** 2 for tag in _WHOLE_TAG.finditer(html)) > 2 * _MAX_PAIRS


def _attributes(tag: str) -> int:
    """How many attributes a tag has at most."""
    return len(_QUOTED.sub(" ", tag).split()) if len(tag) > _LONG_TAG else 0


def root(body: bytes) -> str | None:
    """The local name of the root element, lower-case; None for what does not begin like a document in markup."""
    head = body[:_HEAD_BYTES].removeprefix(b"\xef\xbb\xbf")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16: its ASCII characters are what we look for
        head = head[2:].replace(b"\0", b"")
    match = _ROOT.match(head)
    if not match:
        return None
    doctype = match["doctype"] or b""
    return "html" if doctype.lower() == b"html" else match["root"].decode("ascii", "replace").lower()
