"""Names: what the language model finds, corrected and widened by the lexicons, merged over the article."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span, Token

from worker.extraction.parse import Parsed
from worker.model import Entity, EntityType, Mention, MentionKind
from worker.ontology import Code, Ontology, Person, Term
from worker.ontology.gazetteer import Gazetteer, Site

KEPT = {t.value for t in EntityType} - {"WEAPON"}
QUOTES_AND_SPACE = " \t\n'’\"“”‘"


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
class Cast:
    """Everybody and everything that the article names; `at` answers who a token belongs to."""

    doc: Doc
    figures: list[Figure] = field(default_factory=list)
    _by_token: dict[int, Figure] = field(default_factory=dict)

    def add(self, figure: Figure, span: Span, kind: MentionKind) -> None:
        """One more mention; tokens that are taken stay with their first owner."""
        figure.mentions.append((span, kind))
        for token in span:
            self._by_token.setdefault(token.i, figure)

    def describe(self, figure: Figure, span: Span, head: Token) -> None:
        """One more mention without a name; only its head answers to it, what stands before it keeps its own figure."""
        if not figure.mentions:
            self.figures.append(figure)
        figure.mentions.append((span, MentionKind.NOMINAL))
        self._by_token[head.i] = figure

    def forget(self, head: Token) -> None:
        """The description with this head has turned out to be somebody else's."""
        figure = self._by_token.get(head.i)
        if figure is not None and figure.described:
            figure.mentions = [m for m in figure.mentions if not m[0].start <= head.i < m[0].end]
            del self._by_token[head.i]

    @property
    def named(self) -> list[Figure]:
        """The figures that have a name."""
        return [f for f in self.figures if not f.described]

    def replace(self, figure: Figure, span: Span, kind: MentionKind) -> None:
        """A figure that is known from elsewhere takes its tokens from whoever had them."""
        self.figures.append(figure)
        figure.mentions.append((span, kind))
        for token in span:
            self._by_token[token.i] = figure

    def part(self, figure: Figure, spans: Iterable[Span]) -> Figure:
        """Some mentions of a figure are another one of the same name: "Paris, Texas"."""
        other = Figure(figure.type, figure.name)
        starts = {span.start for span in spans}
        moved = [m for m in figure.mentions if m[0].start in starts]
        figure.mentions = [m for m in figure.mentions if m[0].start not in starts]
        self.figures.append(other)
        for span, kind in moved:
            other.mentions.append((span, kind))
            self._by_token.update((i, other) for i in range(span.start, span.end))
        return other

    def at(self, token: Token) -> Figure | None:
        """The figure whose mention covers the token."""
        return self._by_token.get(token.i)

    def within(self, start: int, end: int) -> list[Figure]:
        """Figures with a mention among the tokens from start to before end, in order."""
        found = [self._by_token[i] for i in range(start, end) if i in self._by_token]
        return [f for n, f in enumerate(found) if all(f is not before for before in found[:n])]


@dataclass(frozen=True)
class Name:
    """One name in the text: its tokens, what kind of thing it is, and its lexicon entry if it has one."""

    span: Span
    type: EntityType
    term: Term | None = None
    person: Person | None = None


class NameFinder:
    """Finds names; built once for a pipeline, because the lexicons have to be tokenised."""

    def __init__(self, nlp: Language, ontology: Ontology) -> None:
        self.ontology = ontology
        self.gazetteer = Gazetteer(ontology)
        self.matcher = PhraseMatcher(nlp.vocab, attr="ORTH")
        surfaces = [*ontology.terms, *ontology.people]
        self.matcher.add("name", [nlp.make_doc(surface) for surface in surfaces])

    def find(self, parsed: Parsed) -> Cast:
        """All names of an article, merged into figures."""
        names = _settle([*self._known(parsed.doc), *self._recognised(parsed.doc)])
        names = _settle([*names, *_last_names(parsed.doc, names)])
        return _merge(parsed, names)

    def _known(self, doc: Doc) -> Iterator[Name]:
        for span in self.matcher(doc, as_spans=True):
            term, person = self.ontology.terms.get(span.text), self.ontology.people.get(span.text)
            if person:
                yield Name(span, EntityType.PERSON, person=person)
            elif term and not (term.kind in {"weapon", "party"} and len(span) == 1 and not _is_name(span[0], term.kind)):
                yield Name(span, term.type, term)

    def _recognised(self, doc: Doc) -> Iterator[Name]:
        """Names by the model; a single word that is an office holder's last name is that person, not a place or firm."""
        for span in doc.ents:
            if span.label_ in KEPT and (trimmed := _trim(span)) is not None and not _is_title(trimmed):
                person = len(trimmed) == 1 and trimmed.text in self.ontology.last_names
                yield Name(trimmed, EntityType.PERSON if person else EntityType(span.label_))


def _is_name(token: Token, kind: str) -> bool:
    """Short names of weapons and parties are also words: "Patriot" begins a sentence, "Labour Minister" is an office."""
    if kind == "party":
        return not (token.dep_ == "compound" and token.head.i > token.i)
    return not token.is_sent_start and token.ent_type_ not in {"PERSON", "GPE"}


def _is_title(span: Span) -> bool:
    """ORG by mistake: part of the title before a person's name ("Chilean Trade" Undersecretary X)."""
    head = span.root.head
    return (
        span.label_ == ""
        and span.root.dep_ == "compound"
        and head.ent_type_ == "PERSON"
        and head.i >= span.end
        and (all(t.ent_type_ == "ORG" for t in span))
    )


def _trim(span: Span) -> Span | None:
    """Without article, possessive mark, quotation marks and line ends."""
    start, end = span.start, span.end
    doc = span.doc
    while start < end and (doc[start].lower_ in {"the", "a", "an"} or doc[start].text.strip(QUOTES_AND_SPACE) == ""):
        start += 1
    while start < end and (doc[end - 1].tag_ == "POS" or doc[end - 1].text.strip(QUOTES_AND_SPACE) == ""):
        end -= 1
    inner = doc[start:end]
    return inner if end > start and "\n" not in inner.text and any(c.isalnum() for c in inner.text) else None


def _settle(names: list[Name]) -> list[Name]:
    """No overlaps: people of the table first, then the longer name, then the lexicon over the model."""
    taken: set[int] = set()
    kept = []
    for name in sorted(names, key=lambda n: (n.person is None, -len(n.span), n.term is None, n.span.start)):
        tokens = set(range(name.span.start, name.span.end))
        if not tokens & taken:
            taken |= tokens
            kept.append(name)
    return sorted(kept, key=lambda n: n.span.start)


def _last_names(doc: Doc, names: list[Name]) -> Iterator[Name]:
    """Once a person is named in full, the last name alone is that person, whatever the model thinks of it."""
    full = {n.span[-1].text: n for n in names if n.type is EntityType.PERSON and len(n.span) > 1}
    covered = {i for n in names if len(n.span) > 1 for i in range(n.span.start, n.span.end)}
    for token in doc:
        if token.text in full and token.i not in covered and token.text[:1].isupper():
            yield Name(doc[token.i : token.i + 1], EntityType.PERSON, person=full[token.text].person)


def _merge(parsed: Parsed, names: list[Name]) -> Cast:
    cast = Cast(parsed.doc)
    index: dict[tuple[str, str], Figure] = {}
    for name in names:
        key = _key(name, index)
        if key not in index:
            index[key] = _figure(name)
            cast.figures.append(index[key])
        cast.add(index[key], name.span, MentionKind.NAME)
    return cast


def _figure(name: Name) -> Figure:
    if name.person:
        return Figure(name.type, name.person.name, person=name.person, gender=name.person.gender)
    if name.term:
        return Figure(name.type, name.term.name, name.term)
    return Figure(name.type, " ".join(name.span.text.split()))


def _key(name: Name, index: dict[tuple[str, str], Figure]) -> tuple[str, str]:
    if name.person:
        return "PERSON", name.person.name
    if name.term:
        # Ukraine and Ukrainian are two entities with one country.
        return name.type, name.term.name
    text = " ".join(name.span.text.split())
    if name.type is EntityType.PERSON:
        return "PERSON", _full_name(text, index)
    initials = "".join(w[0] for w in text.split() if w[:1].isupper())
    known = next((k for k in index if k[0] == name.type and k[1] in {text, initials}), None)
    return known or (name.type, text)


def _full_name(text: str, index: dict[tuple[str, str], Figure]) -> str:
    """The name under which a person was introduced: the latest one that ends or begins with this."""
    for kind, known in reversed(index):
        if kind == "PERSON" and known != text:
            words = known.split()
            if text in {words[-1], " ".join(words[1:]), words[0]} or text.split()[-1:] == words[-1:] == [text]:
                return known
    return text


def finish(cast: Cast) -> tuple[Entity, ...]:
    """The entities of the extraction object, numbered in the order of their first mention."""
    figures = sorted((f for f in cast.figures if f.mentions), key=lambda f: f.mentions[0][0].start)
    for number, figure in enumerate(figures, 1):
        figure.id = f"e{number}"
    return tuple(_entity(f) for f in figures)


def _entity(figure: Figure) -> Entity:
    code = figure.code
    return Entity(
        id=figure.id,
        type=figure.type,
        name=figure.name,
        country=code.country if code else None,
        sector=figure.sector,
        code=code.text if code else None,
        office=figure.office,
        mentions=tuple(
            Mention(start=s.start_char, end=s.end_char, text=s.text, kind=kind)
            for s, kind in sorted(figure.mentions, key=lambda m: m[0].start)
        ),
    )
