"""Who said what: direct quotes by their marks, the cue beside them, and the cue's subject as speaker."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spacy.tokens import Doc, Span, Token

from worker.extraction.grammar import surface_subject
from worker.model import EntityType, Quote, QuoteKind
from worker.model import Span as TextSpan
from worker.ontology import lexicon

if TYPE_CHECKING:
    from worker.extraction.actors import Actors
    from worker.extraction.entities import Figure

PAIRS = {"“": "”", "«": "»", "„": "“", '"': '"', "‘": "’"}
# Fewer words in quotation marks are a title, a nickname or scare quotes, unless a verb of saying stands beside them.
WORDS = 3
# A cue further away than this belongs to another quote.
CUE_DISTANCE = 200


@dataclass
class Quoted:
    """A quotation found in the text; `start` and `end` are tokens inside the marks."""

    doc: Doc
    start: int
    end: int
    cue: Token | None = None
    subject: Token | None = None
    inherited: Quoted | None = None
    kind: QuoteKind = QuoteKind.DIRECT

    @property
    def span(self) -> Span:
        """The words between the marks."""
        return self.doc[self.start : self.end]

    def source(self) -> Token | None:
        """The token that names the speaker, for a quote without cue that of the quote it goes on from."""
        if self.subject is None and self.inherited:
            return self.inherited.source()
        return self.subject

    def speaker_figure(self, actors: Actors) -> Figure | None:
        """The speaker as a figure, pronouns resolved."""
        token = self.source()
        if token is None:
            return None
        return actors.pronouns.get(token.i) or _nearest_figure(token, actors)


def _nearest_figure(token: Token, actors: Actors) -> Figure | None:
    """The figure at the token, or named beside it: "the spokesman, Ivan X", "his deputy Y"."""
    figure = actors.cast.at(token)
    if figure and figure.type is not EntityType.NORP:
        return figure
    for child in token.children:
        if child.dep_ == "appos" and (named := actors.cast.at(child)):
            return named
    return None


def find(doc: Doc) -> list[Quoted]:
    """All quotes of the text, in order, with cue and subject where there are any."""
    found: list[Quoted] = []
    for start, end in _marked(doc):
        quote = Quoted(doc, start, end)
        quote.cue = _cue(quote)
        if end - start < WORDS and not (quote.cue is not None and _set_off(quote)):
            continue
        if quote.cue is None and not _is_speech(quote):
            continue
        quote.kind = QuoteKind.DIRECT if _set_off(quote) or quote.cue is None else QuoteKind.MIXED
        quote.subject = _subject(quote.cue)
        if quote.cue is None and found and _goes_on(found[-1], quote):
            quote.inherited = found[-1]
        found.append(quote)
    return found


def _marked(doc: Doc) -> Iterator[tuple[int, int]]:
    """Token spans between quotation marks, paragraph by paragraph: a mark that is never closed ends with its paragraph."""
    opened: tuple[int, str] | None = None
    for token in doc:
        if opened is None:
            closing = PAIRS.get(token.text) or ("”" if token.text == "``" else None)
            if closing and _opens(token):
                opened = (token.i + 1, closing)
        elif (token.text in {opened[1], "''"} and not _apostrophe(token)) or (
            "\n" in token.text and (token.text.count("\n") > 1 or opened[1] == '"' or _next_opens(token))
        ):
            yield from _inner(doc, opened[0], token.i)
            opened = None
    if opened:
        yield from _inner(doc, opened[0], len(doc))


def _opens(token: Token) -> bool:
    """A straight or single mark opens only before a word and after a blank or bracket."""
    after = token.i + 1 < len(token.doc) and not token.whitespace_
    before = token.i == 0 or bool(token.nbor(-1).whitespace_) or token.nbor(-1).text[-1:] in "\n([—–-:"
    return after and (before or token.text in "“«„")


def _apostrophe(token: Token) -> bool:
    return token.text == "’" and token.tag_ == "POS"


def _next_opens(token: Token) -> bool:
    return token.i + 1 < len(token.doc) and token.nbor().text in PAIRS


def _inner(doc: Doc, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and doc[start].is_space:
        start += 1
    while end > start and doc[end - 1].is_space:
        end -= 1
    if end > start:
        yield start, end


def _cue(quote: Quoted) -> Token | None:
    """The nearest verb of saying outside the quote, in its sentence or right beside it."""
    said = lexicon("factuality")["report"]
    near = [t for t in _surroundings(quote) if t.pos_ == "VERB" and t.lemma_.lower() in said]
    own = {t.head for t in quote.span}
    return min(near, key=lambda t: (t not in own, _distance(quote, t)), default=None)


def _surroundings(quote: Quoted) -> Iterator[Token]:
    doc, span = quote.doc, quote.span
    low, high = span.start_char - CUE_DISTANCE, span.end_char + CUE_DISTANCE
    for token in reversed(doc[: quote.start]):
        if token.idx < low or "\n" in token.text or _closes_other(token, quote.start) or _is_stop(token, quote.start):
            break
        yield token
    # A quote that ends in a full stop has ended its sentence: what follows is about something else.
    if doc[quote.end - 1].text == ".":
        return
    for token in doc[quote.end : len(doc)]:
        if token.idx > high or token.text == "." or "\n" in token.text or (token.text in PAIRS and token.i > quote.end):
            break
        yield token


def _closes_other(token: Token, start: int) -> bool:
    return token.text in {"”", "»"} and token.i < start - 1


def _is_stop(token: Token, start: int) -> bool:
    return token.text in {".", "!", "?"} and token.i < start - 1


def _distance(quote: Quoted, token: Token) -> int:
    return quote.start - token.i if token.i < quote.start else token.i - quote.end


def _subject(cue: Token | None) -> Token | None:
    if cue is None:
        return None
    found = surface_subject(cue)
    return found[0] if found else None


def _is_speech(quote: Quoted) -> bool:
    """Without a cue, only whole sentences are speech: they begin like one and hold a verb."""
    first = quote.span.text[:1]
    return first.isupper() and any(t.pos_ in {"VERB", "AUX"} for t in quote.span)


def _set_off(quote: Quoted) -> bool:
    """Whether it stands as a sentence of its own, behind a comma or colon or with its own punctuation at the end."""
    doc = quote.doc
    before = next((t.text for t in reversed(doc[max(0, quote.start - 4) : quote.start - 1]) if not t.is_space), "\n")
    own = doc[quote.end - 1].text in {",", ".", "!", "?", "…"}
    after = doc[quote.end + 1].text if quote.end + 1 < len(doc) else ""
    capital = quote.span.text[:1].isupper()
    return before[-1:] in {",", ":", "\n"} or (own and (capital or after in {"said", ","})) or (after == "," and capital)


def _goes_on(before: Quoted, quote: Quoted) -> bool:
    """At most one paragraph break and one sentence lie between a quote and its continuation."""
    between = quote.doc.text[before.span.end_char : quote.span.start_char]
    return len(re.findall(r"\n+", between)) <= 1 and len(between) < CUE_DISTANCE


def finish(quoted: list[Quoted], actors: Actors, article: str, coder: str) -> tuple[Quote, ...]:
    """The quotes of the extraction object."""
    return tuple(_quote(q, actors, article, coder) for q in quoted)


def _quote(quoted: Quoted, actors: Actors, article: str, coder: str) -> Quote:
    figure = quoted.speaker_figure(actors)
    source = quoted.source()
    span = quoted.span
    end = quoted.end - 1 if span[-1].text == "," else quoted.end
    words = quoted.doc[quoted.start : max(end, quoted.start + 1)]
    return Quote(
        id=hashlib.sha256(f"{article}|{coder}|{words.start_char}|{words.text}".encode()).hexdigest()[:20],
        kind=quoted.kind,
        start=words.start_char,
        end=words.end_char,
        text=words.text,
        speaker=figure.id if figure else None,
        speaker_text=text_span(source.doc[source.left_edge.i : source.i + 1]) if source is not None else None,
        cue=text_span(quoted.cue.doc[quoted.cue.i : quoted.cue.i + 1]) if quoted.cue is not None else None,
        confidence=_confidence(quoted, figure),
    )


def _confidence(quoted: Quoted, figure: Figure | None) -> float:
    """A rank by judgement, not a measured share: with cue and named speaker, with cue alone, inherited, without either."""
    if quoted.cue is not None:
        return 0.9 if figure else 0.6
    return 0.7 if figure else 0.3


def text_span(span: Span) -> TextSpan:
    """A spaCy span as offsets."""
    return TextSpan(start=span.start_char, end=span.end_char, text=span.text)
