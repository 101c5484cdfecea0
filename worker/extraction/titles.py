"""Offices: what the title beside a name, or the table of office holders, says of a person; what a body's name says of it."""

from __future__ import annotations

from dataclasses import dataclass

from spacy.tokens import Span, Token

from worker.extraction import gender
from worker.extraction.affiliation import Affiliation
from worker.extraction.entities import Cast, Figure
from worker.extraction.grammar import children, oblique, phrase_start
from worker.model import EntityType
from worker.ontology import NON_STATE, Code

# Sectors that a named body's head noun tells ("Interior Ministry", "Supreme Court"); a "group" or "agency" may be anybody's.
OFFICIAL = frozenset({"GOV", "MIL", "COP", "LEG", "JUD", "SPY"})


def give_office(figure: Figure, of: Affiliation) -> None:
    """From the title beside the name, else from the table of office holders on the article's day."""
    titles = [t for span, _ in figure.mentions for t in (_title_before(span, of), _title_after(span, of)) if t]
    # A title that names its country says more than a bare rank, which takes the article's own.
    best = next((t for t in titles if t.stated), titles[0] if titles else None)
    day = of.parsed.article.day
    person = figure.person or of.ontology.holder(figure.name, day)
    held = person.at(day) if person else None
    if best and (best.stated or held is None or held.title is None):
        figure.office, figure.code = best.title, best.code
    elif held:
        figure.office, figure.code = held.title, held.code
    figure.person = person
    figure.gender = (person.gender if person else None) or figure.gender or gender.of_name(figure)


@dataclass(frozen=True)
class Title:
    """An office as the text gives it; `stated` if the text also says whose it is."""

    title: str
    code: Code
    stated: bool


def _title_before(span: Span, of: Affiliation) -> Title | None:
    """The title before a name: "NATO Secretary General Mark Rutte", "Ukraine's foreign minister Ivan X"."""
    start = phrase_start(span.root)
    words = of.parsed.doc[start : span.start]
    # "President Joko Widodo of Indonesia"
    whose = next((f.code for t in oblique(span.root, {"of"}) if (f := of.cast.at(t)) and f.code), None)
    return _read_title(words, of, owner=whose) if len(words) else None


def _title_after(span: Span, of: Affiliation) -> Title | None:
    """The title behind a name: "X, the Ukrainian foreign minister," "X, a spokesman for the interior ministry,"."""
    for child in children(span.root):
        if child.dep_ == "appos" and child.i > span.root.i:
            right = max((t.i for t in child.subtree), default=child.i)
            return _read_title(of.parsed.doc[child.left_edge.i : min(right + 1, child.i + 8)], of, child)
    before = span.root.head
    if span.root.dep_ == "appos" and before.i < span.start:
        return _read_title(of.parsed.doc[phrase_start(before) : before.i + 1], of, before)
    return None


def _read_title(words: Span, of: Affiliation, head: Token | None = None, owner: Code | None = None) -> Title | None:
    own = words.doc[words.start : head.i + 1] if head is not None else words
    plain = [t.text for t in own if t.is_alpha and not _names_place(t, of.cast)]
    sector = of.lexicon.title(plain) or (of.sector(head) if head is not None else None)
    owners = [f.code for f in of.cast.within(words.start, words.end) if f.code and f.type is not EntityType.PERSON]
    owners += [owner] if owner else []
    title = " ".join(t.text for t in own if not t.is_punct and t.lower_ not in {"the", "a", "an", "'s", "’s"})
    organisation = next((c for c in owners if c.country is None), None)
    if organisation and plain:
        return Title(title, organisation, stated=True)
    if sector is None or sector in NON_STATE:
        return None
    stated = next((c for c in owners if c.country), None)
    # "spokesman for the Ukrainian army" is of the army: a word for speaking takes the sector of whom it speaks for.
    own_sector = stated.sector if stated and stated.sector and sector == "GOV" else sector
    country = stated.country if stated else of.local(words.root)
    return Title(title, Code(f"{country} {own_sector}"), stated=stated is not None) if country else None


def _names_place(token: Token, cast: Cast) -> bool:
    figure = cast.at(token)
    return figure is not None and figure.type in {EntityType.NORP, EntityType.GPE, EntityType.LOC}


def organisation(figure: Figure, of: Affiliation) -> Code | None:
    """Code of "the Ukrainian Defence Ministry": sector from its words, country from an adjective, else from home."""
    span = figure.mentions[0][0]
    sector = of.sector(span.root)
    if sector not in OFFICIAL or "international" in figure.name.lower():
        return None
    for word in span:
        term = of.ontology.terms.get(word.text)
        if term and term.country:
            return Code(f"{term.country} {sector}")
    figure.everywhere = True
    return of.nominal_code(span.root, sector) or (Code(f"{of.home} {sector}") if of.home else None)
