"""PDF with a text layer: its text, without running heads and with its paragraphs in one piece each."""

from __future__ import annotations

import io
import logging
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pypdf
from pypdf import apply_configuration
from pypdf.errors import DependencyError, FileNotDecryptedError

from worker.errors import Rejected
from worker.model import Document, PublishedFrom
from worker.sources._payload import Fit, Payload, clean
from worker.timestamp import parse_date

# What it mends in broken files is no news to an operator.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)

# A report of this many pages has more text than an article may have.
MAX_PAGES = 200
MAX_CHARS = 1_000_000
# Between two pages: one that takes longer by itself is stopped from outside, where feeds are read.
MAX_SECONDS = 20.0
_MEBI = 1 << 20
# Far above what the pages of a report need, and far below what a bomb would take; no other program is called.
_LIMITS: dict[str, Any] = {
    "maximum_declared_stream_length": 20 * _MEBI,
    "array_based_stream_maximum_output_length": 8 * _MEBI,
    "zlib_maximum_output_length": 8 * _MEBI,
    "lzw_maximum_output_length": 8 * _MEBI,
    "run_length_maximum_output_length": 8 * _MEBI,
    "brotli_maximum_output_length": 8 * _MEBI,
    "stream_decoding_work_maximum_length": 32 * _MEBI,
    "stream_parsing_work_maximum_count": 500_000,
    "page_tree_maximum_entries": 20_000,
    "page_tree_maximum_page_entries": 50_000,
    "xform_maximum_invocations_per_extraction": 500,
    "jbig2dec_binary": None,
}
_HEAD_BYTES = 1024
_WORDS = re.compile(r"[^\W\d_]{2,}")
# A scan with a stamp or a page number has a few; a press notice has more.
_MIN_WORDS = 10
# Lines at the top and the bottom of a page where running heads stand.
_EDGE = 3
_MIN_PAGES, _MOST = 3, 0.5
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"[\W_]*(?:page|seite|p\.)?\s*\d{1,4}(?:\s*(?:/|of|von|de)\s*\d{1,4})?[\W_]*", re.IGNORECASE)
_HYPHENS = "-\u2010\u00ad"
_LIGATURES = str.maketrans({"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"})
_NEW = re.compile(r"(?:[•●▪◦*–—-]|\(?\d{1,2}[.)])\s+\S")
_HEADING = re.compile(r"\d{1,2}(?:\.\d{1,2})*\.?\s+[^\W\d_]")
# A paragraph's last line is shorter than the others by at least this share, in the mean.
_SHORT = 0.8
_NO_TITLE = re.compile(
    r"untitled|.*\.(?:docx?|pdf|indd|qxd|odt|rtf|pptx?|xlsx?)|microsoft (?:word|powerpoint)\b.*", re.IGNORECASE
)
_NO_AUTHOR = re.compile(r"user|admin\w*|owner|author|unknown|\w*\d\w*|.*[@\\/].*", re.IGNORECASE)


def fit(payload: Payload) -> Fit:
    """By its first bytes, else by type or name."""
    if b"%PDF-" in payload.body[:_HEAD_BYTES] and not payload.body.lstrip().startswith((b"<", b"{")):
        return Fit.CONTENT
    if payload.media_type == "application/pdf":
        return Fit.TYPE
    return Fit.NAME if payload.suffix == ".pdf" else Fit.NO


def read(payload: Payload) -> Iterator[Document | Rejected]:
    """One document: the text of all pages."""
    with apply_configuration(**_LIMITS):
        try:
            yield _document(payload)
        except (DependencyError, FileNotDecryptedError):
            yield payload.reject("encrypted", "an encrypted PDF; save it without its password")
        except (Exception, RecursionError) as error:  # noqa: BLE001  the library raises nearly anything over broken files
            what = f"{type(error).__name__}: {error}".splitlines()[0][:200]
            yield payload.reject("broken-pdf", f"not a PDF that can be read ({what}); print it to a new one")


def _document(payload: Payload) -> Document | Rejected:
    reader = pypdf.PdfReader(io.BytesIO(payload.body), root_object_recovery_limit=1000, xref_stream_maximum_entries=200_000)
    if reader.is_encrypted and not reader.decrypt(""):
        return payload.reject("encrypted", "an encrypted PDF; save it without its password")
    pages = _pages(payload, reader)
    if isinstance(pages, Rejected):
        return pages
    text = "\n\n".join(_paragraphs(_without_running_heads(pages)))
    if len(_WORDS.findall(text[:5000])) < _MIN_WORDS:
        message = "no text in it, a scan perhaps; run OCR over it (ocrmypdf does), or give its text instead"
        return payload.reject("no-text", message)
    told = reader.metadata
    published = _date(told)
    return Document(
        content=text,
        url=payload.url,
        title=_plausible(told.title if told else None, _NO_TITLE),
        authors=tuple(filter(None, [_plausible(told.author if told else None, _NO_AUTHOR)])),
        published=published,
        published_from=PublishedFrom.META if published else None,
        source=payload.origin,
        language=payload.language,
    )


def _pages(payload: Payload, reader: pypdf.PdfReader) -> list[list[str]] | Rejected:
    """The lines of each page."""
    number = reader.get_num_pages()
    if number > MAX_PAGES:
        return payload.reject("too-long", f"{number} pages, more than {MAX_PAGES}; split it")
    pages: list[list[str]] = []
    end, chars = time.monotonic() + MAX_SECONDS, 0
    for page in reader.pages:
        text = clean(page.extract_text()).translate(_LIGATURES).replace("\0", "")
        pages.append([" ".join(line.split()) for line in text.splitlines()])
        chars += len(text)
        if chars > MAX_CHARS or time.monotonic() > end:
            return payload.reject("too-long", f"too much text, or too much work, at page {len(pages)} of {number}; split it")
    return pages


# ---------------------------------------------------------------- lines to paragraphs


def _without_running_heads(pages: Sequence[list[str]]) -> list[str]:
    """All lines, without page numbers and without what stands at the edge of most pages but for its numbers."""
    filled = [[line for line in page if line] for page in pages]
    repeated: Counter[str] = Counter()
    for page in filled:
        repeated.update({_DIGITS.sub("#", line) for line in _edges(page)})
    most = max(_MIN_PAGES, int(len(pages) * _MOST) + 1)
    return [line for page in filled for line in _body(page, {line for line, count in repeated.items() if count >= most})]


def _edges(page: list[str]) -> list[str]:
    return page if len(page) <= 2 * _EDGE else page[:_EDGE] + page[-_EDGE:]


def _body(page: list[str], heads: set[str]) -> Iterator[str]:
    for number, line in enumerate(page):
        at_edge = number < _EDGE or number >= len(page) - _EDGE
        if not (at_edge and (_DIGITS.sub("#", line) in heads or _PAGE_NUMBER.fullmatch(line))):
            yield line


def _paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """Lines joined; a paragraph ends with a short line that ends a sentence or is a heading, and before a list's items."""
    width = sorted(map(len, lines))[int(0.9 * (len(lines) - 1))] if lines else 0
    paragraph = ""
    for line in lines:
        if paragraph and (_NEW.match(line) or (paragraph[-1] in ".!?:" and _HEADING.match(line))):
            yield paragraph
            paragraph = ""
        paragraph = _joined(paragraph, line)
        if len(line) < _SHORT * width and line[-1] not in f",;{_HYPHENS}":
            yield paragraph
            paragraph = ""
    if paragraph:
        yield paragraph


def _joined(text: str, line: str) -> str:
    """A word that was divided is whole again; one with a hyphen of its own keeps it before a capital or a number."""
    if not text:
        return line
    if text[-1] in _HYPHENS and text[-2:-1].isalpha() and line[:1].islower():
        return text[:-1] + line
    return text + line if text[-1] in _HYPHENS and text[-2:-1].isalnum() else f"{text} {line}"


# ---------------------------------------------------------------- metadata


def _plausible(value: object, no: re.Pattern[str]) -> str | None:
    """What programs write by themselves is no title and no author."""
    text = " ".join(clean(str(value)).split()) if isinstance(value, str) else ""
    return text if _WORDS.search(text) and len(text) <= 300 and not no.fullmatch(text) else None


def _date(told: pypdf.DocumentInformation | None) -> str | None:
    """The day on which it was made, unless it was saved again later: then it says nothing of its text."""
    try:
        made = told.creation_date if told else None
        changed = (told.modification_date if told else None) or made
        if made is None or changed is None or abs((changed.replace(tzinfo=None) - made.replace(tzinfo=None)).days) > 2:
            return None
        return parse_date(made.date().isoformat())
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None
