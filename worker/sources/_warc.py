"""WARC and ARC files, record by record: what was fetched, with its address; what is broken is told and passed over."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any
from urllib.parse import urlsplit

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord, ArcWarcRecordLoader

from worker.http.decoding import Damaged, decoded
from worker.sources._packed import MAGIC, Member, next_member
from worker.sources._payload import Part, Payload

BEGINNINGS = (b"WARC/1.", b"WARC/0.", b"filedesc://")
_RECORD = re.compile(rb"WARC/\d\.\d+\r?\n|(?:filedesc|https?|dns|ftp):.{1,4000} \S* \d{8,14} \S+ -?\d+\r?\n")
# Headers of a record: its own and those of the answer. Browsers refuse more than 256 KB.
_HEADER_BYTES = 1 << 18
_BLOCK = 1 << 16
_WANTED = frozenset({"response", "resource", "conversion"})
_MEDIA = re.compile(r"$|text/(?:html|plain|xml|markdown|x-markdown)$|application/(?:xml|feed\+json|[\w.]+\+xml)$")
# Servers name two codings at most; a chain of them would be a bomb that is built in layers.
_MAX_CODINGS = 2

Found = Payload | str | None
"""What a record holds, why it cannot be read, or nothing that we read."""
Take = Callable[[ArcWarcRecord], Found]


def parts(file: IO[bytes], name: str, limit: int, start: int = 0) -> Iterator[Part]:
    """The answers in a file with a text, from the record at `start` on; bodies of more than `limit` bytes are refused.

    An answer whose bytes came before, by the digest that the file states, is left out.
    """
    file.seek(start)
    packed = file.read(len(MAGIC)) == MAGIC
    digests: set[str] = set()

    def take(record: ArcWarcRecord) -> Found:
        found = _payload(record, name, limit)
        return None if isinstance(found, Payload) and _is_repeated(record, digests) else found

    broken = None
    for mark, found in _members(file, start, take) if packed else _plain(file, start, take):
        broken = mark if isinstance(found, str) else None
        if isinstance(found, str):
            yield Part(mark, Payload(b"", name).reject("broken-record", f"record at byte {mark}: {found}"))
        elif found:
            yield Part(mark, found)
    yield Part(file.seek(0, io.SEEK_END) if broken is None else broken, None)


# ---------------------------------------------------------------- records


def _plain(file: IO[bytes], start: int, take: Take) -> Iterator[tuple[int, Found]]:
    file.seek(start)
    for offset, found in _records(_Stream(file), take):
        yield start + offset, found


def _members(file: IO[bytes], start: int, take: Take) -> Iterator[tuple[int, Found]]:
    """What the records of each member hold, with the place of its beginning; a broken member harms no others."""
    found = start
    while (place := next_member(file, found)) is not None:
        found = place
        member = Member(file, found)
        try:
            for _, item in _records(_Stream(io.BufferedReader(member, _BLOCK)), take):
                yield found, item
            found = member.finish()
        except (EOFError, zlib.error) as error:
            yield found, f"broken gzip: {error}"
            found += len(MAGIC)


class _Stream:
    """What warcio reads from, with a bound on headers."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._left = file, _HEADER_BYTES
        self.position = 0

    def begin(self) -> None:
        """A record begins: it may have a header again."""
        self._left = _HEADER_BYTES

    def read(self, size: int) -> bytes:
        found = self._file.read(min(size, _BLOCK))
        self.position += len(found)
        return found

    def readline(self, size: int | None = None) -> bytes:
        line = self._file.readline(self._left + 1 if size is None else min(size, self._left + 1))
        self.position += len(line)
        self._left -= len(line)
        if self._left < 0:
            message = "a header without an end"
            raise ArchiveLoadFailed(message)
        return line

    def tell(self) -> int:
        return self.position


def _records(stream: _Stream, take: Take) -> Iterator[tuple[int, Found]]:
    """What records hold, with their places; where one cannot be understood, why, and on from the next that can."""
    loader = ArcWarcRecordLoader(arc2warc=True)
    line = _first_line(stream)
    while line:
        offset = stream.position - len(line)
        record = _loaded(loader, stream, line)
        if isinstance(record, str):
            yield offset, record
            line = _next_beginning(stream)
            continue
        yield offset, take(record)
        while record.raw_stream.read(_BLOCK):
            pass
        line = _first_line(stream)


def _loaded(loader: ArcWarcRecordLoader, stream: _Stream, line: bytes) -> ArcWarcRecord | str:
    stream.begin()
    if not _RECORD.fullmatch(line):
        return f"no record begins with {line[:40]!r}; is the length of the one before it wrong?"
    try:
        record = loader.parse_record_stream(stream, line)
    except (zlib.error, OSError):
        raise
    except Exception as error:  # noqa: BLE001  hostile headers bring out many kinds of errors in the library
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return "it does not state its length" if record.length is None else record


def _first_line(stream: _Stream) -> bytes:
    """The next line that is not blank; none at the end."""
    stream.begin()
    while (line := stream.readline(_BLOCK)) and not line.strip():
        stream.begin()
    return line


def _next_beginning(stream: _Stream) -> bytes:
    stream.begin()
    while (line := stream.readline(_BLOCK)) and not _RECORD.fullmatch(line):
        stream.begin()
    return line


# ---------------------------------------------------------------- what a record holds


def _payload(record: ArcWarcRecord, name: str, limit: int) -> Found:
    """The answer in a record; None if it is none that we read, a text that says why it cannot be."""
    headers = record.rec_headers
    url = (headers.get_header("WARC-Target-URI") or "").strip().strip("<>")
    if record.rec_type not in _WANTED or not _is_page(url):
        return None
    http = record.http_headers
    if http and http.get_statuscode() != "200":
        return None
    kind = (http.get_header("content-type") if http else headers.get_header("Content-Type")) or ""
    if not _MEDIA.match(kind.partition(";")[0].strip().lower()):
        return None
    if headers.get_header("WARC-Truncated"):
        return f"{url}: was cut as it was stored ({headers.get_header('WARC-Truncated')[:40]})"
    body = _body(record, limit)
    return body if isinstance(body, str) else Payload(body, url, kind or None, url, piece=f"in {name}")


def _body(record: ArcWarcRecord, limit: int) -> bytes | str:
    raw = bytearray()
    while len(raw) <= limit and (block := record.raw_stream.read(_BLOCK)):
        raw += block
    if len(raw) > limit:
        return f"larger than {limit} bytes (setting max_file_bytes)"
    http = record.http_headers
    if getattr(record.raw_stream, "limit", 0) > 0 and not _is_whole(http, raw):
        return "the file ends in the middle of this record"
    body = bytes(raw)
    if http and "chunked" in (http.get_header("transfer-encoding") or "").lower():
        body = _dechunked(body)
    codings = (http.get_header("content-encoding") or "").split(",") if http else []
    for coding in reversed(codings[-_MAX_CODINGS:]):
        found = _decoded(coding, body, limit)
        if isinstance(found, str):
            return found
        body = found
    return body


def _is_whole(http: Any, raw: bytearray) -> bool:
    """Whether a body has the length that its own headers state, whatever its record says."""
    stated = (http.get_header("content-length") or "" if http else "").strip()
    return stated.isdecimal() and len(raw) >= int(stated[:20])


def _decoded(coding: str, body: bytes, limit: int) -> bytes | str:
    """Without its content coding; archives that store the decoded body keep the header of the coded one."""
    found = bytearray()
    try:
        for _, piece in decoded(coding, [body]):
            found += piece
            if len(found) > limit:
                return f"larger than {limit} bytes when decoded (setting max_file_bytes)"
    except Damaged as error:
        return f"broken content coding {coding.strip()!r}: {error}" if found else body
    return bytes(found)


def _dechunked(body: bytes) -> bytes:
    """Without its transfer coding, if it has one; archives that store the body without it keep the header."""
    found, rest = bytearray(), body
    while rest:
        size, end, rest = rest.partition(b"\r\n")
        try:
            length = int(size.partition(b";")[0].strip() or b"-", 16)
        except ValueError:
            return bytes(found) or body
        if not end or length < 0:
            return bytes(found) or body
        if length == 0:
            break
        found += rest[:length]
        rest = rest[length:].removeprefix(b"\r\n")
    return bytes(found)


def _is_page(url: str) -> bool:
    """Whether it may be news: fetched from the web, and no file for robots."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.path != "/robots.txt"
    except ValueError:
        return False


def _is_repeated(record: ArcWarcRecord, digests: set[str]) -> bool:
    digest: Any = record.rec_headers.get_header("WARC-Payload-Digest")
    if not digest:
        return False
    known = digest in digests
    digests.add(digest)
    return known
