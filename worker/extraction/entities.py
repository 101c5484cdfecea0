"""Who and what an article names: figures with their mentions, numbered in the end as entities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import itemgetter

from spacy.tokens import Doc, Span, Token

from worker.extraction.names.words import Words
from worker.model import Entity, EntityType, Mention, MentionKind
from worker.ontology import Code, Person, Term
from worker.ontology.gazetteer import Site


@dataclass
class Figure:
    """An entity while it is being put together.

    `described` if the text gives it no name ("a spokesman"); `role` is the sector that its words tell, whosever it is.
    """

    type: EntityType
    name: str
    term: Term | None = None
    person: Person | None = None
    code: Code | None = None
    site: Site | None = None
    office: str | None = None
    gender: str | None = None
    everywhere: bool = False
    described: bool = False
    role: str | None = None
    mentions: list[tuple[Span, MentionKind]] = field(default_factory=list)
    id: str = ""

    @property
    def country(self) -> str | None:
        """ISO country of its code."""
        return self.code.country if self.code else None

    @property
    def sector(self) -> str | None:
        """PLOVER sector of its code, else what its words tell."""
        return (self.code.sector if self.code else None) or self.role


@dataclass
class Toponym:
    """A name in the text that is a place, and all places that it may be."""

    name: str
    start: int
    end: int
    sites: tuple[Site, ...]
    figure: Figure | None = None  # None for a place inside another name
    span: Span | None = None
    within: tuple[Site, ...] = ()  # what the text itself says that it lies in
    outer: int = -1  # where that stands
    near: tuple[Site, ...] = ()  # what the text itself says that it lies beside
    site: Site | None = None


@dataclass
class Cast:
    """Everybody and everything that the article names; `at` answers who a token belongs to."""

    words: Words
    figures: list[Figure] = field(default_factory=list)
    toponyms: list[Toponym] = field(default_factory=list)
    _by_token: dict[int, Figure] = field(default_factory=dict)
    _spans: dict[int, Span] = field(default_factory=dict)

    @property
    def doc(self) -> Doc:
        """The parse."""
        return self.words.doc

    def add(self, figure: Figure, span: Span, kind: MentionKind) -> None:
        """One more mention; tokens that are taken stay with their first owner."""
        figure.mentions.append((span, kind))
        for i in range(span.start, span.end):
            if i not in self._by_token:
                self._own(i, figure, span)

    def describe(self, figure: Figure, span: Span, head: Token) -> None:
        """One more mention without a name; only its head answers to it, what stands before it keeps its own figure."""
        if not figure.mentions:
            self.figures.append(figure)
        figure.mentions.append((span, MentionKind.NOMINAL))
        self._own(head.i, figure, span)

    def forget(self, head: Token) -> None:
        """The description with this head has turned out to be somebody else's."""
        figure = self._by_token.get(head.i)
        if figure is not None and figure.described:
            figure.mentions = [m for m in figure.mentions if not m[0].start <= head.i < m[0].end]
            del self._by_token[head.i], self._spans[head.i]

    @property
    def named(self) -> list[Figure]:
        """The figures that have a name."""
        return [f for f in self.figures if not f.described]

    def replace(self, figure: Figure, span: Span, kind: MentionKind) -> None:
        """A figure that is known from elsewhere takes its tokens from whoever had them."""
        self.figures.append(figure)
        figure.mentions.append((span, kind))
        for i in range(span.start, span.end):
            self._own(i, figure, span)

    def part(self, figure: Figure, spans: Iterable[Span]) -> Figure:
        """Some mentions of a figure are another one of the same name: "Paris, Texas"."""
        other = Figure(figure.type, figure.name)
        starts = {span.start for span in spans}
        moved = [m for m in figure.mentions if m[0].start in starts]
        figure.mentions = [m for m in figure.mentions if m[0].start not in starts]
        self.figures.append(other)
        for span, kind in moved:
            other.mentions.append((span, kind))
            for i in range(span.start, span.end):
                self._own(i, other, span)
        return other

    def _own(self, index: int, figure: Figure, span: Span) -> None:
        self._by_token[index] = figure
        self._spans[index] = span

    def at(self, token: Token) -> Figure | None:
        """The figure whose mention covers the token."""
        return self._by_token.get(token.i)

    def at_index(self, index: int) -> Figure | None:
        """The figure whose mention covers the token of that number."""
        return self._by_token.get(index)

    def span(self, token: Token) -> Span:
        """The mention that makes the token its figure's; of a token that is nobody's, the token alone."""
        return self._spans.get(token.i) or token.doc[token.i : token.i + 1]

    def within(self, start: int, end: int) -> list[Figure]:
        """Figures with a mention among the tokens from start to before end, in order."""
        found = [self._by_token[i] for i in range(start, end) if i in self._by_token]
        return [f for n, f in enumerate(found) if all(f is not before for before in found[:n])]


def finish(cast: Cast) -> tuple[Entity, ...]:
    """The entities of the extraction object, numbered in the order of their first mention."""
    figures = sorted((f for f in cast.figures if f.mentions), key=lambda f: f.mentions[0][0].start)
    for number, figure in enumerate(figures, 1):
        figure.id = f"e{number}"
    return tuple(_entity(f, cast.words.article) for f in figures)


def _entity(figure: Figure, text: str) -> Entity:
    code = figure.code
    mentions = sorted(((s.start_char, s.end_char, kind) for s, kind in figure.mentions), key=itemgetter(0))
    return Entity(
        id=figure.id,
        type=figure.type,
        name=figure.name,
        country=code.country if code else None,
        sector=figure.sector,
        code=code.text if code else None,
        office=figure.office,
        mentions=tuple(Mention(start=start, end=end, text=text[start:end], kind=kind) for start, end, kind in mentions),
    )
