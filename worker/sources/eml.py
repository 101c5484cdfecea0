"""E-mail: single messages, messages forwarded within others, and mbox files."""

from __future__ import annotations

import binascii
import email
import re
from collections.abc import Iterator
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr

from worker.errors import Rejected
from worker.model import Document, PublishedFrom
from worker.sources._encoding import decode
from worker.sources._payload import Fit, Payload, clean
from worker.sources._xml import fragment
from worker.timestamp import ARCHIVED, parse_date

_HEAD_BYTES = 1 << 16
_FIELD = re.compile(rb"([!-9;-~]+):[^\n]*\n(?:[ \t][^\n]*\n)*")
_OWN = frozenset(
    b"from to cc date subject message-id received return-path mime-version content-type delivered-to list-id".split()
)
_POSTMARK = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]+\n")
# A forwarded message in a newsletter in a digest: enough, and far below where the standard library gets slow.
_MAX_NESTED = 60
_NESTING = re.compile(rb"boundary\s*=|message/rfc822", re.IGNORECASE)
# Longer ones are no headers to read; the slow parts of the standard library take quadratic time.
_HEADER_CHARS = 2000
_MAX_FORWARDED = 20
_ANSWERED = re.compile(r"(?:\s*(?:re|fwd?|aw|wg|tr|rv)\s*:)+\s*", re.IGNORECASE)
# Plain text beside HTML is often a stub that says where to click.
_STUB = 0.5
_SIGNATURE = re.compile(r"\n--[ ]?\n(?:.*\n?){1,15}\Z")


def fit(payload: Payload) -> Fit:
    """By its headers, else by type or name."""
    if _begins_like_mail(payload.body[:_HEAD_BYTES]):
        return Fit.CONTENT
    if payload.media_type in {"message/rfc822", "application/mbox"}:
        return Fit.TYPE
    return Fit.NAME if payload.suffix in {".eml", ".mbox"} else Fit.NO


def read(payload: Payload) -> Iterator[Document | Rejected]:
    """The messages in their order; one that others are attached to comes before them."""
    for body in _messages(payload.body):
        if len(_NESTING.findall(body)) > _MAX_NESTED:
            yield payload.reject("nesting", f"more than {_MAX_NESTED} parts within parts; save the text by itself")
            continue
        try:
            message = email.message_from_bytes(body)
        except (RecursionError, MessageError, ValueError, IndexError, AttributeError, TypeError) as error:
            yield payload.reject("not-mail", f"cannot be read as e-mail: {error}")
            continue
        yield from _documents(payload, message)


def _begins_like_mail(head: bytes) -> bool:
    """Whether there is a header block with the fields that mail has; other texts may have a header too."""
    at = (mark.end() if (mark := _POSTMARK.match(head)) else 0) if head.startswith(b"From ") else 0
    names = set()
    while field := _FIELD.match(head, at):
        names.add(field[1].lower())
        at = field.end()
    over = head[at : at + 2].startswith((b"\n", b"\r\n")) or (names and at >= len(head))
    return bool(over) and len(names & _OWN) >= 3 and bool(names & {b"from", b"received", b"message-id"})


def _messages(body: bytes) -> Iterator[bytes]:
    """The messages of an mbox file, or the one that the body is."""
    if not body.startswith(b"From "):
        yield body
        return
    marks = list(_POSTMARK.finditer(body))
    ends = [mark.start() for mark in marks[1:]] + [len(body)]
    for mark, end in zip(marks, ends, strict=False):
        yield re.sub(rb"^>(>*From )", rb"\1", body[mark.end() : end], flags=re.MULTILINE)


def _documents(payload: Payload, message: Message) -> Iterator[Document | Rejected]:
    forwarded: list[Message] = []
    try:
        text = _text(payload, message, forwarded)
    except Rejected as error:
        yield error
    else:
        if text or not forwarded:
            yield _document(payload, message, text)
    for inner in forwarded[:_MAX_FORWARDED]:
        yield from _documents(payload, inner)


def _document(payload: Payload, message: Message, text: str) -> Document | Rejected:
    guid = _header(message, "message-id").strip("<> ") or None
    if not text:
        attached = ", ".join(filter(None, (_filename(part) for part in message.walk()))) or "none"
        return payload.reject(
            "no-text", f"a message without a text (attachments, which are not read: {attached})", article=guid
        )
    name, address = _sender(message)
    published = parse_date(_header(message, "date"), earliest=ARCHIVED)
    source = payload.source or _list_name(message) or address.rpartition("@")[2] or payload.origin
    return Document(
        content=text,
        guid=guid,
        url=payload.link(_header(message, "archived-at").strip("<> ")),
        title=_ANSWERED.sub("", _header(message, "subject"), count=1) or None,
        authors=(name,) if name and name != source else (),
        published=published,
        published_from=PublishedFrom.HEADER if published else None,
        source=source,
        language=payload.language or _header(message, "content-language").partition(",")[0].strip() or None,
    )


# ---------------------------------------------------------------- texts


def _text(payload: Payload, message: Message, forwarded: list[Message]) -> str:
    """The text of a message; messages attached to it are added to `forwarded`."""
    text = _part(payload, message, forwarded)
    unsubscribe = re.findall(r"<((?:https?|mailto):[^>\s]{8,})>", _header(message, "list-unsubscribe"))
    return _without_footer(text, unsubscribe)


def _part(payload: Payload, part: Message, forwarded: list[Message]) -> str:
    kind = part.get_content_type()
    if kind == "message/rfc822":
        inner = part.get_payload()
        forwarded += [item for item in inner if isinstance(item, Message)] if isinstance(inner, list) else []
        return ""
    if part.is_multipart():
        texts = [_part(payload, inner, forwarded) for inner in part.get_payload() if isinstance(inner, Message)]
        if kind == "multipart/alternative":
            return _best(texts)
        return "\n\n".join(filter(None, texts))
    if kind not in {"text/plain", "text/html"} or part.get_content_disposition() == "attachment":
        return ""
    return _leaf(payload, part, kind)


def _leaf(payload: Payload, part: Message, kind: str) -> str:
    body = part.get_payload(decode=True)
    if not isinstance(body, bytes) or not body.strip():
        return ""
    declared = Payload(body, payload.name, f"{kind}; charset={_parameter(part, 'charset')}", piece=payload.piece)
    text = decode(declared, markup=kind == "text/html")
    if kind == "text/html":
        return fragment(text)
    text = text.replace("\r\n", "\n")
    return (_unflowed(text) if _parameter(part, "format").lower() == "flowed" else text).strip()


def _best(texts: list[str]) -> str:
    """Of the same text in several forms the first, which is the plainest, unless it is a stub."""
    longest = max(texts, key=len, default="")
    return next((text for text in texts if len(text) >= _STUB * len(longest)), longest)


def _unflowed(text: str) -> str:
    """Paragraphs in one line again (RFC 3676): a line that ends with a space goes on."""
    lines = [line.removeprefix(" ") for line in text.split("\n")]
    joined = "".join(line if line.endswith(" ") and line != "-- " else line + "\n" for line in lines)
    return joined.removesuffix("\n")


def _without_footer(text: str, unsubscribe: list[str]) -> str:
    """Without a marked signature, and without last paragraphs that hold the address for leaving the list."""
    text = _SIGNATURE.sub("", text).rstrip()
    paragraphs = text.split("\n\n")
    while len(paragraphs) > 1 and any(address in paragraphs[-1] for address in unsubscribe):
        paragraphs.pop()
    return "\n\n".join(paragraphs).strip()


# ---------------------------------------------------------------- headers


def _header(message: Message, name: str) -> str:
    """A header's text on one line; empty if there is none."""
    raw = next((value for key, value in message.raw_items() if key.lower() == name), "")
    text = str(raw)[:_HEADER_CHARS].encode("utf-8", "surrogateescape")
    try:
        plain = text.decode("utf-8")
    except UnicodeDecodeError:
        plain = text.decode("cp1252", "replace")
    return " ".join(clean(_words(plain)).split())


def _words(value: str) -> str:
    """With its encoded words decoded; as it is where they are broken."""
    if "=?" not in value:
        return value
    try:
        found = decode_header(value)
        return "".join(part if isinstance(part, str) else part.decode(charset or "utf-8", "replace") for part, charset in found)
    except (HeaderParseError, LookupError, ValueError, binascii.Error):
        return value


def _sender(message: Message) -> tuple[str, str]:
    name, address = parseaddr(_header(message, "from"))
    return (name if "@" not in name else "").strip("'\" "), address.lower()


def _list_name(message: Message) -> str | None:
    """The name of a mailing list, else its id."""
    name, _, rest = _header(message, "list-id").partition("<")
    return name.strip("'\" ") or rest.rstrip("> ") or None


def _parameter(part: Message, name: str) -> str:
    """A parameter of the content type; empty for a broken one."""
    try:
        found = part.get_param(name, "")
    except (LookupError, ValueError):
        return ""
    return found[2] if isinstance(found, tuple) else str(found)


def _filename(part: Message) -> str | None:
    try:
        return part.get_filename()
    except (LookupError, ValueError):
        return None
