"""Who said what: quotations by their marks, reported speech by its grammar, each with cue and speaker."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from spacy.tokens import Doc, Span, Token

from worker.extraction import cues, speech
from worker.extraction.marks import BREAK, pairs
from worker.extraction.speech import Statement
from worker.model import EntityType, Quote, QuoteKind
from worker.model import Span as TextSpan

if TYPE_CHECKING:
    from worker.extraction.actors import Actors
    from worker.extraction.entities import Figure

# Fewer words in quotation marks are a title, a nickname or scare quotes, unless a verb of saying stands beside them.
WORDS = 3
# A quotation without cue goes on from another that ended at most this many characters before.
DISTANCE = 200
# A report inside another one is worth a record if it has this many tokens.
INNER = 6
# Titles are not longer than this many tokens.
TITLE = 8
# Whoever says "I think" is speaking already, as the author or inside a quotation.
FIRST = frozenset({"i", "we", "you", "me", "us"})


@dataclass
class Quoted:
    """A quotation found in the text; `start` and `end` are tokens inside the marks, `first` and `last` characters."""

    doc: Doc
    start: int
    end: int
    first: int
    last: int
    cue: Token | None = None
    subject: Token | None = None
    inherited: Quoted | None = None
    kind: QuoteKind = QuoteKind.DIRECT
    # Part of a longer report, which is the record.
    reported: bool = False
    open: bool = False
    short: bool = False

    def source(self) -> Token | None:
        """The token that names the speaker, for a quote without cue that of the quote it goes on from."""
        if self.subject is None and self.inherited:
            return self.inherited.source()
        return self.subject

    def speaker_figure(self, actors: Actors) -> Figure | None:
        """The speaker as a figure, pronouns resolved."""
        return figure_of(self.source(), actors)


@dataclass
class Report:
    """Reported speech that is a record of its own."""

    statement: Statement
    start: int
    end: int
    kind: QuoteKind = QuoteKind.INDIRECT


@dataclass
class Said:
    """All that is said in a text."""

    quoted: list[Quoted] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)


def figure_of(token: Token | None, actors: Actors) -> Figure | None:
    """The figure that a speaker's mention stands for: named, a pronoun, or named beside it ("the spokesman, Ivan X")."""
    if token is None:
        return None
    figure = actors.pronouns.get(token.i) or actors.cast.at(token)
    if figure and figure.type is not EntityType.NORP:
        return figure
    for child in token.children:
        if child.dep_ == "appos" and (named := actors.cast.at(child)):
            return named
    return None


def find(doc: Doc) -> Said:
    """All quotes of the text, in order, with cue and subject where there are any."""
    statements = speech.find(doc)
    text = doc.text
    marked = _marked(doc, text, statements)
    inside = {i: n for n, q in enumerate(marked) for i in range(q.start, q.end)}
    for quote in marked:
        if beside := cues.behind(doc, quote.end, text[quote.last - 1], inside):
            quote.cue, quote.subject = beside
    reports = _settle(doc, text, marked, statements, inside)
    quoted: list[Quoted] = []
    for quote in marked:
        if quote.reported or _is_speech(quote, quoted[-1] if quoted else None, text, inside):
            quoted.append(quote)
    _inherit(quoted, reports, text)
    return Said(quoted, reports)


def _inherit(quoted: list[Quoted], reports: list[Report], text: str) -> None:
    """A quotation without cue goes on from what was said right before it, directly or not."""
    spoken = [
        (r.end, r.statement.doc[r.end - 1].idx, r.statement.source)
        for r in reports
        if r.statement.source is not None and r.statement.frame in {"clause", "according"}
    ]
    spoken.sort(key=lambda s: s[0])
    ends = [s[0] for s in spoken]
    for before, quote in pairwise([None, *quoted]):
        if quote is None or quote.subject is not None or quote.cue is not None:
            continue
        n = bisect_right(ends, quote.start) - 1
        last = before.last if before is not None else -DISTANCE
        if n >= 0 and spoken[n][1] > last and _near(spoken[n][1], quote.first, text):
            quote.subject = spoken[n][2]
        elif before is not None and _near(last, quote.first, text):
            quote.inherited = before


def _marked(doc: Doc, text: str, statements: list[Statement]) -> list[Quoted]:
    """What stands between marks; a quotation that goes on in the next paragraph is one with it."""
    idx: list[int] = doc.to_array("IDX").tolist()
    cue_at = [s.cue.i for s in statements]
    found: list[Quoted] = []
    for pair in pairs(text):
        start, end = bisect_left(idx, pair.first), bisect_left(idx, pair.last)
        if end <= start:
            continue
        quote = Quoted(doc, start, end, pair.first, pair.last, open=pair.open)
        quote.short = len(text[quote.first : quote.last].split()) < WORDS
        if found and found[-1].open and pair.resumes:
            last = found[-1]
            last.end, last.last, last.open, last.short = quote.end, quote.last, quote.open, False
            continue
        if pair.open:
            _cut(quote, statements, cue_at)
        found.append(quote)
    return found


def _cut(quote: Quoted, statements: list[Statement], cue_at: list[int]) -> None:
    """A quotation whose closing mark was lost ends before the cue that follows it in its paragraph."""
    for n in range(bisect_left(cue_at, quote.start), bisect_left(cue_at, quote.end)):
        said = statements[n]
        if said.frame == "clause" and said.end <= said.cue.i and quote.start - 1 <= said.start and said.end < quote.end:
            quote.end, quote.open = said.end, False
            quote.last = quote.doc[said.end - 1].idx + len(quote.doc[said.end - 1])
            return


def _settle(doc: Doc, text: str, marked: list[Quoted], statements: list[Statement], inside: dict[int, int]) -> list[Report]:
    """Give quotations the cue of the report that they are in, and tell which reports are records of their own."""
    reports: list[Report] = []
    ends = [q.end for q in marked]
    best: dict[int, int] = {}
    for said in statements:
        # Within quotation marks it is the speaker who reports: that is part of the quotation.
        if said.cue.i in inside or (said.source is not None and said.source.lower_ in FIRST):
            continue
        report = Report(said, said.start, said.end)
        touched = [n for n in _touched(marked, ends, said, inside) if not _is_title(doc, marked[n], text)]
        # What stands between a quotation and the cue behind it is the speaker, however it was parsed.
        end = marked[touched[-1]].end if touched and marked[touched[-1]].cue == said.cue else said.end
        alone = not touched or _words(doc, said.start, end, inside) > 1
        for n in touched:
            if n in best or marked[n].cue in {None, said.cue}:
                _join(marked[n], report, alone=alone, closest=said.end - said.start <= best.get(n, len(doc)), inside=inside)
                best[n] = min(best.get(n, len(doc)), said.end - said.start)
        if alone:
            reports.append(report)
    return _without_inner(reports)


def _without_inner(reports: list[Report]) -> list[Report]:
    """Without short phrases inside a longer report: "said he would mention the plan" is one report."""
    kept: list[Report] = []
    reach = 0
    for report in sorted(reports, key=lambda r: (r.start, -r.end)):
        inner = report.end <= reach
        reach = max(reach, report.end)
        if not inner or report.end - report.start >= INNER or report.kind is QuoteKind.MIXED:
            kept.append(report)
    return kept


def _touched(marked: list[Quoted], ends: list[int], said: Statement, inside: dict[int, int]) -> list[int]:
    """The quotations that share words with a report, without the one that the report itself stands in."""
    first = bisect_left(ends, said.start + 1)
    last = next((n for n in range(first, len(marked)) if marked[n].start >= said.end), len(marked))
    return [n for n in range(first, last) if n != inside.get(said.cue.i)]


def _join(quote: Quoted, report: Report, *, alone: bool, closest: bool, inside: dict[int, int]) -> None:
    """A quotation inside a longer report is part of it; one that is all that is reported takes its cue and speaker."""
    said = report.statement
    if alone:
        report.end = max(report.end, quote.end)
        if not quote.short:
            report.kind = QuoteKind.MIXED
    if closest:
        same_side = said.source is not None and inside.get(said.source.i) == inside.get(said.cue.i)
        if quote.cue != said.cue:
            quote.cue, quote.subject = said.cue, said.source if same_side else None
        quote.reported, quote.kind = alone, QuoteKind.MIXED if alone else QuoteKind.DIRECT


def _words(doc: Doc, start: int, end: int, inside: dict[int, int]) -> int:
    """Words outside quotation marks."""
    return sum(1 for i in range(start, end) if i not in inside and doc[i].text[:1].isalnum())


def _is_title(doc: Doc, quote: Quoted, text: str) -> bool:
    """The name of a programme, a book, a group: short, every word of weight in capitals, no comma or colon before it."""
    words = [t for t in doc[quote.start : quote.end] if t.is_alpha] if quote.end - quote.start <= TITLE else []
    weighty = [t for t in words if t.pos_ not in {"DET", "ADP", "CCONJ", "PART", "SCONJ"}]
    before = text[max(0, quote.first - 3) : quote.first].rstrip("“\"‘'« ")[-1:]
    return bool(weighty) and before not in {",", ":"} and all(t.text[:1].isupper() for t in weighty) and len(words) > 1


def _is_speech(quote: Quoted, before: Quoted | None, text: str, inside: dict[int, int]) -> bool:
    """Find the cue of a quotation that no report holds; False for titles, nicknames and scare quotes."""
    direct = quote.cue is not None
    if quote.cue is None:
        quote.cue = cues.nearest(quote.doc, quote.start, quote.end, inside)
        if quote.cue is not None:
            found = speech.speaker(quote.cue)
            quote.subject = found if found is not None and found.i not in inside else None
    if _is_title(quote.doc, quote, text):
        return False
    if quote.short and not (quote.cue is not None and (direct or _set_off(quote, text))):
        return False
    if quote.cue is None:
        quote.subject = cues.label(quote.doc, quote.start) or cues.signature(quote.doc, quote.end)
    if quote.cue is None and quote.subject is None and not _is_sentence(quote, before, text):
        return False
    quote.kind = QuoteKind.DIRECT if direct or _set_off(quote, text) or quote.cue is None else QuoteKind.MIXED
    return True


def _is_sentence(quote: Quoted, before: Quoted | None, text: str) -> bool:
    """Without a cue, only whole sentences are speech: they begin like one and hold a verb, or go on from a quotation."""
    words = text[quote.first : quote.last]
    first = next((c for c in words if c.isalpha()), "")
    if not first.isupper():
        return False
    if before is not None and words[-1] in ".!?…" and _near(before.last, quote.first, text):
        return True
    return any(t.pos_ in {"VERB", "AUX"} for t in quote.doc[quote.start : quote.end])


def _set_off(quote: Quoted, text: str) -> bool:
    """Whether it stands as a sentence of its own, behind a comma or colon or with its own punctuation at the end."""
    doc = quote.doc
    before = next((t.text for t in reversed(doc[max(0, quote.start - 4) : max(0, quote.start - 1)]) if not t.is_space), "\n")
    own = doc[quote.end - 1].text in {",", ".", "!", "?", "…"}
    after = doc[quote.end + 1].text if quote.end + 1 < len(doc) else ""
    capital = text[quote.first].isupper()
    return before[-1:] in {",", ":", "\n"} or (own and (capital or after in {"said", ","})) or (after == "," and capital)


def _near(last: int, first: int, text: str) -> bool:
    """At most one paragraph break and one sentence lie between what was said and its continuation."""
    between = text[last:first]
    return len(between) < DISTANCE and len(BREAK.findall(between)) <= 1


def finish(said: Said, actors: Actors, article: str, coder: str) -> tuple[Quote, ...]:
    """The quotes of the extraction object."""
    made = [_direct(q, actors, article, coder) for q in said.quoted if not q.reported]
    made += [_indirect(r, actors, article, coder) for r in said.reports]
    return tuple(sorted(made, key=lambda q: (q.start, -q.end)))


def _direct(quoted: Quoted, actors: Actors, article: str, coder: str) -> Quote:
    text = actors.parsed.article.text
    last = quoted.last - 1 if text[quoted.last - 1] == "," and quoted.last - quoted.first > 1 else quoted.last
    span = TextSpan(start=quoted.first, end=last, text=text[quoted.first : last])
    return _quote(span, quoted.kind, quoted.cue, quoted.source(), actors, article, coder)


def _indirect(report: Report, actors: Actors, article: str, coder: str) -> Quote:
    said = report.statement
    first, last = speech.bounds(said.doc, report.start, report.end)
    span = TextSpan(start=first, end=last, text=actors.parsed.article.text[first:last])
    return _quote(span, report.kind, said.cue, said.source, actors, article, coder)


def _quote(
    span: TextSpan, kind: QuoteKind, cue: Token | None, source: Token | None, actors: Actors, article: str, coder: str
) -> Quote:
    figure = figure_of(source, actors)
    return Quote(
        id=hashlib.sha256(f"{article}|{coder}|{span.start}|{span.text}".encode()).hexdigest()[:20],
        kind=kind,
        start=span.start,
        end=span.end,
        text=span.text,
        speaker=figure.id if figure and figure.id else None,
        speaker_text=speech.mention(source) if source is not None else None,
        cue=TextSpan(start=cue.idx, end=cue.idx + len(cue), text=cue.text) if cue is not None else None,
        confidence=_confidence(cue is not None, figure),
    )


def _confidence(cued: bool, figure: Figure | None) -> float:
    """A rank by judgement, not a measured share: with cue and named speaker, with cue alone, inherited, without either."""
    if cued:
        return 0.9 if figure else 0.6
    return 0.7 if figure else 0.3


def text_span(span: Span) -> TextSpan:
    """A spaCy span as offsets."""
    return TextSpan(start=span.start_char, end=span.end_char, text=span.text)
