"""Bytes to text."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from worker.sources._payload import Payload

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Python's names for codecs that are no charsets of documents; some take quadratic time.
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf_7", "undefined"})
# What Latin-1 and ASCII are declared for is Windows-1252 in practice, which contains them.
_MEANT = {"iso8859-1": "cp1252", "ascii": "cp1252"}
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9][\w.:-]{1,30})""", re.IGNORECASE)
# HTML puts its declaration into the first 1,024 bytes; pages with long comments at the top a little later.
_DECLARATION_BYTES = 4096
# Enough for a reliable guess, and quick.
_GUESS_BYTES = 1 << 16
# Where nothing else decides, the encoding that most documents have which are not in UTF-8.
_COMMON = "cp1252"
# Tab, line feed, form feed, carriage return, escape (ISO 2022) are text; more than one in 100 others is not.
_CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 27})
_MAX_CONTROL = 0.01
# A zip file, which is what office files are, and what they were before.
_OFFICE = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def decode(payload: Payload, *, markup: bool = False) -> str:
    """The payload as text: by byte order mark, as UTF-8, as declared, or by a guess that fits all of it.

    `markup`: look for a charset in the first bytes too. Raises Rejected "binary" or "encoding".
    """
    body = payload.body
    for bom, codec in _BOMS:
        # In wide encodings every ASCII character has a zero byte; without one the mark is an accident.
        if body.startswith(bom) and (codec == "utf-8-sig" or b"\0" in body):
            return _or_hopeless(_strict(body, codec), payload)
    if _is_binary(body):
        raise payload.reject(reason="binary", message=_what(body))
    text = _strict(body, "utf-8")
    if text is not None:
        return text
    for name in _declared(payload, markup=markup):
        text = _strict(body, name)
        if text is not None:
            return text
    return _or_hopeless(damaged_utf8(body) or _guessed(body), payload)


def _what(body: bytes) -> str:
    """What some binary data are, and what to do about it."""
    if body.startswith(_OFFICE):
        return "an office file or an archive of files, which are not read; save it as text, HTML or PDF"
    return "binary data, not text; give its text instead"


def _is_binary(body: bytes) -> bool:
    head = body[:_GUESS_BYTES]
    return b"\0" in head or head.startswith(b"%PDF-") or _share(head) > _MAX_CONTROL


def _share(head: bytes) -> float:
    return (len(head) - len(head.translate(None, _CONTROL))) / max(len(head), 1)


def _strict(body: bytes, codec: str) -> str | None:
    try:
        return body.decode(codec)
    except (UnicodeError, LookupError):
        return None


def _declared(payload: Payload, *, markup: bool) -> list[str]:
    """Charsets named by the content type, then by the document, as Python calls them."""
    places = [(payload.content_type or "").encode("ascii", "ignore")]
    if markup:
        places.append(payload.body[:_DECLARATION_BYTES])
    return [codec for place in places if (codec := _codec(place))]


def _codec(place: bytes) -> str | None:
    match = _DECLARED.search(place)
    try:
        name = codecs.lookup(match[1].decode("ascii")).name if match else ""
    except LookupError:
        return None
    return None if name.replace("-", "_") in _NO_CHARSETS else _MEANT.get(name, name)


def damaged_utf8(body: bytes) -> str | None:
    """UTF-8 with a few broken bytes (a cut end, a pasted character): ten good characters for each bad one."""
    text = body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(not char.isascii() for char in text) - bad
    return text if good >= 10 * bad else None


def _guessed(body: bytes) -> str | None:
    """By the letters that occur; the sample ends at a line end where it can, so that no character is cut."""
    sample = body[:_GUESS_BYTES]
    if len(body) > _GUESS_BYTES:
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    matches = from_bytes(sample)
    best = matches.best()
    if best is None:
        return None
    if any(_COMMON in match.could_be_from_charset for match in matches if match.chaos == best.chaos):
        return _strict(body, _COMMON)
    # Without the letters of any language in it, the best guess is still a guess: better no text than a wrong one.
    return _strict(body, best.encoding) if best.coherence else None


def _or_hopeless(text: str | None, payload: Payload) -> str:
    if text is None:
        message = "no encoding makes this text; save it as UTF-8"
        raise payload.reject(reason="encoding", message=message)
    return text
