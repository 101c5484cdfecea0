"""Lasting ties that the text states: offices, makers of weapons, and what `ties` reads from nouns and verbs."""

from __future__ import annotations

from collections.abc import Iterator

from worker.extraction.actors.actors import Actors
from worker.extraction.entities import Figure
from worker.extraction.quotes.quotes import text_span
from worker.extraction.relations import ties
from worker.extraction.relations.ties import BESIDE, Bond
from worker.extraction.tree import phrase_start
from worker.model import EntityType, MentionKind, Relation
from worker.ontology import moves
from worker.ontology.ties import words

# Bodies whose leaders hold no office of a state.
UNOFFICIAL = frozenset({"group", "party"})
# Sectors in which a title is an office.
OFFICIAL = frozenset({"GOV", "MIL", "COP", "LEG", "JUD", "SPY", "PTY", "OPP", "REB"})
CALLINGS = words("callings")
PAST = words("past")
POSSESSIVE = frozenset({"its", "his", "her", "their", "our", "my", "the", "a", "an"})
# What an office is of, the plainest name of it first; a capital is not.
NAMED = ({"country", "organisation", "group", "party"}, {"adjective", "people"})


def find(actors: Actors) -> tuple[Relation, ...]:
    """All relations, each once, those of the entities first; to be called when the entities have their ids."""
    found: dict[tuple[object, ...], Relation] = {}
    bonds = [b for b in ties.find(actors) if b.subject.id and b.object.id]
    led = {b.subject.id for b in bonds if b.type == "leadership" and b.object.term and b.object.term.kind in UNOFFICIAL}
    for figure in actors.cast.figures:
        for relation in (*_offices(figure, actors, led), *_origins(figure, actors)):
            found.setdefault((relation.type, relation.subject, relation.object), relation)
    for bond in bonds:
        found.setdefault(_key(bond), _relation(bond))
    return tuple(found.values())


def _key(bond: Bond) -> tuple[object, ...]:
    sides = [f.code.text if f.code and f.type is not EntityType.PERSON else f.id for f in (bond.subject, bond.object)]
    return (bond.type, frozenset(sides)) if bond.symmetric else (bond.type, *sides)


def _relation(bond: Bond) -> Relation:
    return Relation(
        type=bond.type, subject=bond.subject.id, object=bond.object.id, value=bond.value, evidence=text_span(bond.evidence)
    )


def _offices(figure: Figure, actors: Actors, led: set[str]) -> Iterator[Relation]:
    """The office of a person, of the text or the table; its object is the state or body, by entity id if it is named."""
    if figure.type is not EntityType.PERSON or not figure.code or not figure.id or figure.described:
        return
    office = _title(figure, actors)
    if figure.id in led or office is None:
        return
    span = next((s for s, kind in figure.mentions if kind is MentionKind.NAME), None)
    if span is not None:
        evidence = actors.parsed.doc[min(phrase_start(span.root), span.start) : span.end]
        yield Relation(
            type="office_held",
            subject=figure.id,
            object=_body(figure, actors),
            value=office,
            evidence=text_span(evidence),
        )


def _title(person: Figure, actors: Actors) -> str | None:
    """The office without the owner's pronoun; None for callings ("farmer", "lawyer") and for what one was once."""
    assert person.code is not None  # noqa: S101  the caller has looked
    plain = [word for word in (person.office or "").split() if word.lower() not in POSSESSIVE]
    first = plain[0].lower() if plain else "former"
    official = person.code.country is None or person.code.sector in OFFICIAL
    if not official or first in PAST or plain[-1].lower() in CALLINGS:
        return None
    known = person.person is not None or actors.lexicon.title(plain) is not None
    return " ".join(plain) if known else None


def _body(person: Figure, actors: Actors) -> str:
    """Id of the entity that the office is of: the body of the same code, else the state; its code where it is not named."""
    assert person.code is not None  # noqa: S101  the caller has looked
    wanted = person.code.country or person.code.text
    for kinds in NAMED:
        for figure in actors.cast.figures:
            if figure.term and figure.term.kind in kinds and figure.code and figure.code.text == wanted and figure.id:
                return figure.id
    return wanted


def _origins(figure: Figure, actors: Actors) -> Iterator[Relation]:
    """The owner of a named system, where the text names one, is its origin: "Iran's Shahed drones", "US-made Patriots"."""
    if figure.type is not EntityType.WEAPON or not figure.id:
        return
    item = actors.ontology.items.get(figure.name)
    for span, _ in figure.mentions:
        head = span.root if span.root.dep_ not in BESIDE else span.root.head
        start = min(phrase_start(head), span.start)
        for maker in actors.cast.within(start, span.start):
            if (
                item
                and maker.country
                and maker.type is not EntityType.PERSON
                and maker.id
                and _makes(maker, item.origin, actors)
            ):
                evidence = actors.parsed.doc[start : max(head.i + 1, span.end)]
                yield Relation(type="origin", subject=figure.id, object=maker.id, evidence=text_span(evidence))
                return


def _makes(maker: Figure, origin: tuple[str, ...], actors: Actors) -> bool:
    """Whether the lexicon says so, or the text: "Turkish-built"."""
    if maker.country in origin:
        return True
    ends = [span.end for span, _ in maker.mentions]
    doc = actors.parsed.doc
    return any(i + 1 < len(doc) and doc[i].text == "-" and doc[i + 1].lower_ in moves.words("makers") for i in ends)
