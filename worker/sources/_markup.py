"""The root element of a document in XML or HTML, found without parsing it."""

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
