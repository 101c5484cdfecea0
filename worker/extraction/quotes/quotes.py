"""Who said what: quotations by their marks, reported speech by its grammar, each with cue and speaker."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spacy.tokens import Doc, Span, Token

from worker.extraction.quotes import cues, speech, substance, tellers
from worker.extraction.quotes.marks import BREAK, pairs
from worker.extraction.quotes.speech import Statement
from worker.extraction.tree import children
from worker.model import EntityType, Quote, QuoteKind
from worker.model import Span as TextSpan

if TYPE_CHECKING:
    from worker.extraction.actors.actors import Actors
    from worker.extraction.entities import Figure

# Fewer words in quotation marks are a title, a nickname or scare quotes, unless a verb of saying stands beside them.
WORDS = 3
# So many words in marks are more than a phrase.
MANY = 5
# A quotation without cue goes on from another that ended at most this many characters before.
DISTANCE = 200
# A turn in a transcript: "BERG: ...", "Tomas Berg: ...".
TURN = re.compile(r"(?:[A-Z][A-Z.'’-]+(?: [A-Z][A-Z.'’-]+){0,3}|[A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+){1,2}):\s+(?=\S)")
# A report inside another one is worth a record if it has this many tokens.
INNER = 6
# Titles are not longer than this many tokens.
TITLE = 8
# Whoever says "I think" is speaking already, as the author or inside a quotation.
CLOSING = frozenset({"”", '"', "’", "'", "»"})
FIRST = frozenset({"i", "we", "you", "me", "us"})


@dataclass
class Quoted:
    """A quotation found in the text; `start` and `end` are tokens inside the marks, `first` and `last` code points."""

    doc: Doc
    start: int
    end: int
    first: int
    last: int
    cue: Token | None = None
    subject: Token | None = None
    kind: QuoteKind = QuoteKind.DIRECT
    # Part of a longer report, which is the record.
    reported: bool = False
    # Its closing mark is missing.
    open: bool = False
    short: bool = False

    def source(self) -> Token | None:
        """The token that names the speaker."""
        return self.subject

    def speaker_figure(self, actors: Actors) -> Figure | None:
        """The speaker as a figure, pronouns resolved."""
        return figure_of(self.subject, actors)


@dataclass
class Report:
    """Reported speech that is a record of its own."""

    statement: Statement
    start: int
    end: int
    kind: QuoteKind = QuoteKind.INDIRECT
    # Code points, where a quotation mark at the end belongs to it.
    first: int = -1
    last: int = -1
    # Numbers of the quotations that share words with it.
    touched: list[int] = field(default_factory=list)


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
    for child in children(token):
        if child.dep_ == "appos" and (named := actors.cast.at(child)):
            return named
    return None


def find(doc: Doc) -> Said:
    """All quotes of the text, in order, with cue and subject where there are any."""
    return Finder(doc).find()


class Finder:
    """Finds the quotes of one text."""

    def __init__(self, doc: Doc) -> None:
        self.doc, self.text = doc, doc.text
        self.idx: list[int] = doc.to_array("IDX").tolist()
        self.statements = speech.find(doc)
        self.cues = [s.cue.i for s in self.statements]
        self.marked = self._marked()
        self.inside = {i: n for n, q in enumerate(self.marked) for i in range(q.start, q.end)}

    def find(self) -> Said:
        """Reports first: what stands in marks within one of them has its cue and speaker."""
        for quote in self.marked:
            end = self.text[quote.last - 1]
            if quote.subject is None and (beside := cues.behind(self.doc, quote.end, end, self.inside)):
                quote.cue, quote.subject = beside
        reports = _nested(self._reports())
        quoted: list[Quoted] = []
        for quote in self.marked:
            if quote.reported or self._is_speech(quote, quoted[-1] if quoted else None):
                quoted.append(quote)
        self._inherit(quoted, reports)
        return Said(quoted, [r for r in reports if self._is_worth(r)])

    def _is_worth(self, report: Report) -> bool:
        """Whether it is a record for readers of quotes; what it says of quotations near it holds in any case."""
        marked = report.kind is QuoteKind.MIXED or (
            report.statement.source is not None
            and any(self.inside.get(i) in report.touched for i in range(report.start, report.end))
        )
        return substance.is_told(report.statement, report.start, report.end, marked=marked)

    def _marked(self) -> list[Quoted]:
        """What stands between marks; a quotation that goes on in the next paragraph is one with it."""
        found: list[Quoted] = []
        for pair in pairs(self.text):
            start, end = bisect_left(self.idx, pair.first), bisect_left(self.idx, pair.last)
            if end <= start:
                continue
            quote = Quoted(self.doc, start, end, pair.first, pair.last, open=pair.open)
            turn = self._take_turn(quote)
            quote.short = len(self.text[quote.first : quote.last].split()) < WORDS
            if found and found[-1].open and pair.resumes and not turn:
                last = found[-1]
                last.end, last.last, last.open, last.short = quote.end, quote.last, quote.open, False
                continue
            if pair.open:
                self._cut(quote)
            found.append(quote)
        return found

    def _take_turn(self, quote: Quoted) -> bool:
        """In a transcript the name before the colon is the speaker, not what is said."""
        turn = TURN.match(self.text, quote.first)
        start = bisect_left(self.idx, turn.end()) if turn else quote.end
        if turn is None or start >= quote.end:
            return False
        quote.subject = next((t for t in reversed(self.doc[quote.start : start]) if t.text[0].isalpha()), None)
        quote.first, quote.start = turn.end(), start
        return True

    def _cut(self, quote: Quoted) -> None:
        """A quotation whose closing mark was lost ends before the cue that follows it in its paragraph."""
        for n in range(bisect_left(self.cues, quote.start), bisect_left(self.cues, quote.end)):
            said = self.statements[n]
            if said.frame == "clause" and said.end <= said.cue.i and quote.start - 1 <= said.start and said.end < quote.end:
                quote.end, quote.open = said.end, False
                quote.last = self.idx[said.end - 1] + len(self.doc[said.end - 1])
                return

    def _reports(self) -> list[Report]:
        """Give quotations the cue of the report that they are in, and tell which reports are records of their own."""
        reports: list[Report] = []
        ends = [q.end for q in self.marked]
        holders: dict[int, Report] = {}
        for said in self.statements:
            # Within quotation marks it is the speaker who reports: that is part of the quotation.
            if said.cue.i in self.inside or (said.source is not None and said.source.lower_ in FIRST):
                continue
            report = Report(said, said.start, said.end)
            report.touched = self._touched(said, ends)
            alone = self._has_own_words(said, report.touched)
            for n in report.touched:
                quote, holder = self.marked[n], holders.get(n)
                if holder is None and quote.cue not in {None, said.cue}:
                    _clip(report, quote)
                    continue
                if alone:
                    self._widen(report, quote)
                if holder is None or _rank(said) <= _rank(holder.statement):
                    holders[n] = report
                    self._join(quote, said, alone=alone)
            if alone and report.start < report.end:
                reports.append(report)
        return [r for r in reports if self._is_record(r, holders)]

    def _is_record(self, report: Report, holders: dict[int, Report]) -> bool:
        """A report is mixed by the quotations it holds; one inside the holder of its quotation would only repeat it."""
        for n in report.touched:
            holder = holders.get(n)
            if holder is report:
                if not self.marked[n].short:
                    report.kind = QuoteKind.MIXED
            elif holder is not None and self.marked[n].reported and holder.start <= report.start and report.end <= holder.end:
                return False
        return True

    def _touched(self, said: Statement, ends: list[int]) -> list[int]:
        """The quotations that share words with a report, without titles."""
        first = bisect_left(ends, said.start + 1)
        last = next((n for n in range(first, len(ends)) if self.marked[n].start >= said.end), len(ends))
        return [n for n in range(first, last) if not self._is_title(self.marked[n])]

    def _has_own_words(self, said: Statement, touched: list[int]) -> bool:
        """Whether it reports more than what stands in marks; what stands between those and the cue is the speaker."""
        last = self.marked[touched[-1]] if touched else None
        end = last.end if last is not None and last.cue == said.cue else said.end
        cue = range(said.cue.left_edge.i, said.cue.right_edge.i + 1) if said.frame == "parenthetical" else ()
        own = (i for i in range(said.start, end) if i not in self.inside and i not in cue)
        words = sum(1 for i in own if self.doc[i].text[:1].isalnum())
        return not touched or words > 1

    def _join(self, quote: Quoted, said: Statement, *, alone: bool) -> None:
        """A quotation inside a longer report is part of it; one that is all that is reported takes its cue and speaker."""
        if quote.cue != said.cue:
            outside = said.source is not None and said.source.i not in self.inside
            quote.cue, quote.subject = said.cue, said.source if outside else None
        quote.reported, quote.kind = alone, QuoteKind.MIXED if alone else QuoteKind.DIRECT

    def _widen(self, report: Report, quote: Quoted) -> None:
        """To the whole quotation, with its mark where the other one stands inside the report."""
        if quote.start <= report.start:
            report.start, report.first = quote.start, self.text.rfind(self.text[quote.first - 1], 0, quote.first)
        if quote.end >= report.end:
            closed = self.text[quote.last : quote.last + 1] in CLOSING
            report.end, report.last = quote.end, quote.last + closed

    def _is_title(self, quote: Quoted) -> bool:
        """The name of a programme, a book, a group: short, every word of weight in capitals, no comma or colon before it."""
        words = [t for t in self.doc[quote.start : quote.end] if t.is_alpha] if quote.end - quote.start <= TITLE else []
        weighty = [t for t in words if t.pos_ not in {"DET", "ADP", "CCONJ", "PART", "SCONJ"}]
        before = self.text[max(0, quote.first - 3) : quote.first].rstrip("“\"‘'« ")[-1:]
        return bool(weighty) and before not in {",", ":"} and all(t.text[:1].isupper() for t in weighty) and len(words) > 1

    def _is_speech(self, quote: Quoted, before: Quoted | None) -> bool:
        """Find the cue of a quotation that no report holds; False for titles, nicknames and scare quotes."""
        direct = quote.cue is not None
        if quote.cue is None and quote.subject is None:
            self._take_nearest(quote)
        if self._is_title(quote) or (quote.short and not (quote.cue is not None and (direct or self._set_off(quote)))):
            return False
        if quote.cue is None and quote.subject is None:
            signed = cues.signature(self.doc, self.text, quote.last, self.idx)
            quote.subject = cues.label(self.doc, quote.start) or signed
        if quote.cue is None and quote.subject is None and not self._is_sentence(quote, before):
            return False
        quote.kind = QuoteKind.DIRECT if direct or self._set_off(quote) or quote.cue is None else QuoteKind.MIXED
        return True

    def _take_nearest(self, quote: Quoted) -> None:
        quote.cue = cues.nearest(self.doc, quote.start, quote.end, self.inside)
        found = tellers.speaker(quote.cue) if quote.cue is not None else None
        quote.subject = found if found is not None and found.i not in self.inside else None

    def _is_sentence(self, quote: Quoted, before: Quoted | None) -> bool:
        """Without a cue, only whole sentences are speech, and what goes on from a quotation.

        Sentences begin like one, or their paragraph, and hold a verb. Words that go on end like a sentence or are many.
        """
        words = self.text[quote.first : quote.last]
        begins = next((c for c in words if c.isalpha()), "").isupper()
        many = len(words.split()) >= MANY
        near = before is not None and self._near(before.last, quote.first)
        if (
            before is not None
            and near
            and ((begins and words[-1] in ".!?…") or (many and "\n" not in self.text[before.last : quote.first]))
        ):
            return True
        starts = self.text[max(0, quote.first - 2) : quote.first - 1] in {"", "\n"}
        return (begins or (starts and many)) and any(t.pos_ in {"VERB", "AUX"} for t in self.doc[quote.start : quote.end])

    def _set_off(self, quote: Quoted) -> bool:
        """Whether it stands as a sentence of its own, behind a comma or colon or with its own punctuation at the end."""
        doc = self.doc
        outside = reversed(doc[max(0, quote.start - 4) : max(0, quote.start - 1)])
        before = next((t.text for t in outside if not t.is_space), "\n")
        own = doc[quote.end - 1].text in {",", ".", "!", "?", "…"}
        after = doc[quote.end + 1].text if quote.end + 1 < len(doc) else ""
        capital = self.text[quote.first].isupper()
        return before[-1:] in {",", ":", "\n"} or (own and (capital or after in {"said", ","})) or (after == "," and capital)

    def _inherit(self, quoted: list[Quoted], reports: list[Report]) -> None:
        """A quotation without cue goes on from what was said right before it, directly or not."""
        told = [r for r in reports if not _rank(r.statement)[0] and r.statement.frame != "noun"]
        told.sort(key=lambda r: r.end)
        ends = [r.end for r in told]
        before: Quoted | None = None
        for quote in quoted:
            if quote.subject is None and quote.cue is None:
                n = bisect_right(ends, quote.start) - 1
                since = before.last if before is not None else -DISTANCE
                end = self.idx[ends[n] - 1] if n >= 0 else -DISTANCE
                if end > since and self._near(end, quote.first):
                    quote.subject = told[n].statement.source
                elif before is not None and self._near(since, quote.first):
                    quote.subject = before.subject
            before = quote

    def _near(self, last: int, first: int) -> bool:
        """At most one paragraph break and one sentence lie between what was said and its continuation."""
        return first - last < DISTANCE and len(BREAK.findall(self.text[last:first])) <= 1


def _rank(said: Statement) -> tuple[bool, bool, bool, int]:
    """Whose words a quotation is when reports are nested; the least is the best.

    Those of somebody who speaks, rather than thinks; in "Berg said he likes ..." those of Berg; then the inner one's.
    """
    source = said.source
    speaks = source is not None and (source.pos_ in {"PROPN", "PRON"} or said.frame in {"clause", "according"})
    pronoun = source is not None and source.pos_ == "PRON"
    return not speaks, said.cue.lemma_ in tellers.WORDS["thought"], pronoun, said.end - said.start


def _clip(report: Report, quote: Quoted) -> None:
    """A report ends where a quotation of somebody else begins."""
    if quote.start > report.start:
        report.start, report.end = tellers.trimmed(quote.doc, report.start, quote.start)
    else:
        report.start = report.end


def _nested(reports: list[Report]) -> list[Report]:
    """Reports inside others but not across them, and no short phrase inside another: "said he would mention the plan"."""
    kept: list[Report] = []
    above: list[int] = []
    for report in sorted(reports, key=lambda r: (r.start, -r.end)):
        while above and above[-1] <= report.start:
            above.pop()
        inner = bool(above)
        if inner and (report.end > above[-1] or (report.end - report.start < INNER and report.kind is not QuoteKind.MIXED)):
            continue
        above.append(report.end)
        kept.append(report)
    return kept


def finish(said: Said, actors: Actors, article: str, coder: str) -> tuple[Quote, ...]:
    """The quotes of the extraction object."""
    made = [_direct(q, actors, article, coder) for q in said.quoted if not q.reported]
    made += [_indirect(r, actors, article, coder) for r in said.reports]
    return tuple(_uncrossed(sorted(made, key=lambda q: (q.start, -q.end))))


def _uncrossed(quotes: list[Quote]) -> Iterator[Quote]:
    """Without those that begin inside another one and end outside: a mark amid a word can tear them so."""
    above: list[int] = []
    for quote in quotes:
        while above and above[-1] <= quote.start:
            above.pop()
        if not above or quote.end <= above[-1]:
            above.append(quote.end)
            yield quote


def _direct(quoted: Quoted, actors: Actors, article: str, coder: str) -> Quote:
    text = actors.parsed.article.text
    last = quoted.last - 1 if text[quoted.last - 1] == "," and quoted.last - quoted.first > 1 else quoted.last
    span = TextSpan(start=quoted.first, end=last, text=text[quoted.first : last])
    return _quote(span, quoted.kind, quoted.cue, quoted.subject, actors, article, coder)


def _indirect(report: Report, actors: Actors, article: str, coder: str) -> Quote:
    said = report.statement
    end = said.doc[report.end - 1]
    first = said.doc[report.start].idx if report.first < 0 else report.first
    last = end.idx + len(end) if report.last < 0 else report.last
    span = TextSpan(start=first, end=last, text=actors.parsed.article.text[first:last])
    quote = _quote(span, report.kind, said.cue, said.source, actors, article, coder)
    confidence = substance.confidence(said, marked=report.kind is QuoteKind.MIXED, known=quote.speaker is not None)
    return quote.model_copy(update={"confidence": confidence})


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
        speaker_text=tellers.mention(source) if source is not None else None,
        cue=TextSpan(start=cue.idx, end=cue.idx + len(cue), text=cue.text) if cue is not None else None,
        confidence=_confidence(cue is not None, figure),
    )


def _confidence(cued: bool, figure: Figure | None) -> float:
    """Of words in marks, a rank by judgement: with cue and named speaker, with cue alone, inherited, without either."""
    if cued:
        return 0.9 if figure else 0.6
    return 0.7 if figure else 0.3


def text_span(span: Span) -> TextSpan:
    """A spaCy span as offsets."""
    return TextSpan(start=span.start_char, end=span.end_char, text=span.text)
