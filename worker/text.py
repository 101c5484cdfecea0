"""Documents to articles: plain text, title, authors, date and language."""

from __future__ import annotations

import re

from worker.dedupe import article_id
from worker.errors import Rejected
from worker.http import Access, Client, Response
from worker.http.politeness import PoliteClient
from worker.http.robots import announced
from worker.language import identify
from worker.model import Article, ContentType, Document, PublishedFrom
from worker.page import Page, day_in, markdown_text, originator, read_html
from worker.settings import Settings
from worker.sources import Payload, decode, sniff
from worker.timestamp import parse_date

__all__ = ["complete", "draft", "parse_date", "to_article"]

_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
# Control characters, byte order marks and halves of surrogate pairs: invisible, and not allowed in JSON or XML.
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\ud800-\udfff]")
# Shorter than this is a caption or a button, not a text.
MIN_WORDS = 5
ENGLISH = "en"
# From so many words on a text's language is certain: of shorter ones some are names and quotations of another.
TELLING_WORDS = 20
_LANGUAGE_NAMES = {"eng": ENGLISH, "english": ENGLISH}
_NO_LANGUAGE = frozenset({"", "und", "mul", "zxx", "mis", "x"})


def to_article(document: Document, settings: Settings) -> Article:
    """The article of a document; what the document says of itself outranks what its page says.

    Raises Rejected (stage "text") with the reason "empty", "no-text", "too-long", "language", or what a page is in place of an
    article: "index-page", "paywall", "error-page", "consent-page".
    """
    page, text = _read(document, settings)
    if not text:
        raise _nothing(document)
    return _article(document, page, text, _language(document, page, text))


def draft(document: Document, settings: Settings) -> Article:
    """The article as its source gave it: in any language, and without a text if that stands at its address only.

    Raises Rejected as `to_article` does, but not for the language.
    """
    page, text = _read(document, settings)
    if not text and document.complete:
        raise _nothing(document)
    return _article(document, page, text, _declared(document, page) or identify(text))


def _read(document: Document, settings: Settings) -> tuple[Page, str]:
    page = _page(document, settings)
    if page.unfit:
        raise _unfit(document, page.unfit)
    text = _normalised(page.text)
    if len(text) > settings.max_text_chars:
        raise _too_long(document, settings)
    return page, text


def _article(document: Document, page: Page, text: str, language: str | None) -> Article:
    authors = _names(document.authors) or _names(page.authors)
    published, place = _published(document, page)
    return Article(
        id=article_id(document),
        guid=document.guid,
        url=document.url or page.url,
        title=_line(document.title) or _line(page.title),
        text=text,
        authors=authors,
        published=published,
        published_from=place,
        updated=document.updated or _since(page.updated, published),
        source=document.source or page.site,
        language=language,
        originator=page.originator or originator(text.split("\n\n"), authors),
        opt_outs=tuple(dict.fromkeys((*document.opt_outs, *page.opt_outs))),
    )


def _published(document: Document, page: Page) -> tuple[str | None, PublishedFrom | None]:
    """When it was published, and who says so: the source, its page, its address; the day of a fetch where nobody else does."""
    if document.published and document.published_from is not PublishedFrom.FETCH:
        return document.published, document.published_from
    if page.published:
        return page.published, page.published_from
    if day := day_in(document.url):
        return day, PublishedFrom.URL
    return document.published, document.published_from


def _since(updated: str | None, published: str | None) -> str | None:
    """What a page says of its last change, unless it is older than what its source says of its publication."""
    return updated if updated and updated[:10] >= (published or "")[:10] else None


def complete(document: Document, client: Client | PoliteClient, access: Access | None = None) -> Document:
    """The document with the page at its address in place of its summary.

    Where there is no page, or one without an article or with its beginning only, the summary stands for the whole if it
    has a sentence; else raises Rejected. Raises Retryable if the page may come later. Raises Rejected (reason "language")
    before any page is asked for if the feed says, and its summary shows, that it is of no use.
    """
    url = document.url
    if url is None:
        return document.model_copy(update={"complete": True})
    summary = _summary(document)
    _check_language(document, summary)
    try:
        answer = client.get(url, access=access)
        document = document.model_copy(update={"opt_outs": _opt_outs(document, answer, client)})
        html = _html(answer, document)
        page = read_html(html, url)
        if page and page.unfit:
            document = _credited(document, page)
            raise _unfit(document, page.unfit)
        if page is None or len(page.text) <= len(summary) or _words(page.text) < MIN_WORDS:
            message = f"{url}: no article found on the page"
            raise _rejected(document, message, "no-text")
    except Rejected:
        if whole := without_page(document):
            return whole
        raise
    return document.model_copy(update={"content": html, "content_type": ContentType.HTML, "complete": True})


def without_page(document: Document) -> Document | None:
    """The document with its summary for the whole; None if that has no sentence."""
    return document.model_copy(update={"complete": True}) if _words(_summary(document)) >= MIN_WORDS else None


def _check_language(document: Document, summary: str) -> None:
    found = identify(summary)
    if found not in {None, ENGLISH} and found == _declared(document, Page(text=summary)):
        message = f"{_place(document)}: declared as {document.language!r}, its summary too, and no pipeline for it is installed"
        raise _rejected(document, message, "language")


def _credited(document: Document, page: Page) -> Document:
    """The summary with what a page behind a paywall says of its article; other unfit pages say nothing of it."""
    if page.unfit != "paywall":
        return document
    published, place = _published(document, page)
    said = {
        "title": document.title or page.title,
        "authors": document.authors or page.authors,
        "published": published,
        "published_from": place,
        "opt_outs": tuple(dict.fromkeys((*document.opt_outs, *page.opt_outs))),
    }
    return document.model_copy(update=said)


def _opt_outs(document: Document, answer: Response, client: Client | PoliteClient) -> tuple[str, ...]:
    found = client.opt_outs(answer) if isinstance(client, PoliteClient) else announced(answer.headers)
    return tuple(dict.fromkeys((*document.opt_outs, *found)))


def _html(answer: Response, document: Document) -> str:
    kind = answer.headers.get("content-type")
    payload = Payload(answer.body, name=document.url or "", content_type=kind, url=answer.url, source=document.source)
    if sniff(payload) != "html":
        message = f"not a page but {payload.media_type or 'data of an unknown type'}"
        raise payload.reject(reason="not-a-page", message=message)
    return decode(payload, markup=True)


def _summary(document: Document) -> str:
    if document.content_type is ContentType.HTML:
        page = read_html(document.content)
        return page.text if page else ""
    return document.content


def _page(document: Document, settings: Settings) -> Page:
    """The document's text, with what its markup says besides."""
    if document.content_type is ContentType.TEXT:
        return Page(text=document.content)
    if document.content_type is ContentType.MARKDOWN:
        # Markup is a small part of a text; rendering a hostile file takes its time.
        if len(document.content) > 2 * settings.max_text_chars:
            raise _too_long(document, settings)
        return Page(text=markdown_text(document.content))
    page = read_html(document.content, document.url)
    if page is None:
        raise _too_long(document, settings)
    return page


def _normalised(text: str) -> str:
    """The text with line feeds for line ends, and without what cannot be seen; otherwise as it was."""
    return _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)).strip()


def _line(text: str | None) -> str | None:
    return " ".join(_normalised(text or "").split()) or None


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(line for name in names if (line := _line(name)))


def _declared(document: Document, page: Page) -> str | None:
    """Primary subtag of what the document, else its page, says of its language."""
    declared = document.language or page.language or ""
    subtag = re.split(r"[-_]", declared.strip().lower())[0]
    return None if subtag in _NO_LANGUAGE else _LANGUAGE_NAMES.get(subtag, subtag)


def _language(document: Document, page: Page, text: str) -> str | None:
    """English, or None where neither the document nor its text tells; a text in another language is refused.

    A text of some length knows better than what was declared for it: sites declare one language for all their pages.
    """
    found, declared = identify(text), _declared(document, page)
    if found not in {None, ENGLISH}:
        message = f"{_place(document)}: its text reads as {found!r}, and no pipeline for that language is installed"
        raise _rejected(document, message, "language")
    if declared in {None, ENGLISH}:
        return declared or found
    if found == ENGLISH and len(text.split(maxsplit=TELLING_WORDS)) >= TELLING_WORDS:
        return ENGLISH
    message = (
        f"{_place(document)}: declared as {document.language or page.language!r}, "
        "and no pipeline for that language is installed; "
        f'if the text is English, set language = "{ENGLISH}" for its source or in its header'
    )
    raise _rejected(document, message, "language")


def _words(text: str) -> int:
    return len(text.split(maxsplit=MIN_WORDS))


def _nothing(document: Document) -> Rejected:
    if not document.content.strip():
        return _rejected(document, f"{_place(document)}: empty: there is no text in it", "empty")
    message = f"{_place(document)}: no text found in its markup; an index page, or one that needs scripts?"
    return _rejected(document, message, "no-text")


_UNFIT = {
    "index-page": "a page that lists articles; give the address of one of them, or its feed",
    "paywall": "only the beginning is free; if you subscribe, set cookies or headers for its source",
    "error-page": "the site says that there is no such page, or that it cannot be had now",
    "consent-page": "the page asks for consent or a check before it shows anything; set cookies for its source",
}


def _unfit(document: Document, reason: str) -> Rejected:
    return _rejected(document, f"{_place(document)}: no article: {_UNFIT[reason]}", reason)


def _too_long(document: Document, settings: Settings) -> Rejected:
    message = (
        f"{_place(document)}: longer than {settings.max_text_chars} characters, or too much markup; "
        "split it, or raise the setting max_text_chars (memory and time grow with it)"
    )
    return _rejected(document, message, "too-long")


def _place(document: Document) -> str:
    return document.url or document.id or document.title or document.source or "document"


def _rejected(document: Document, message: str, reason: str) -> Rejected:
    return Rejected(
        message,
        stage="text",
        reason=reason,
        source=document.source,
        url=document.url,
        article=article_id(document),
    )
