"""Offices that the text gives a person: "Ukraine's foreign minister X", "X, a spokesman for the army", "former minister X".

A title defines a person for the whole article, without any table; one that names its country beats the table of office
holders, which has the office of the article's day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from spacy.tokens import Span, Token

from worker.extraction.actors.affiliation import Affiliation
from worker.extraction.coreference import gender
from worker.extraction.entities import Figure
from worker.extraction.grammar import oblique
from worker.extraction.tree import children, phrase_start
from worker.model import EntityType
from worker.ontology import NON_STATE, Code

# An apposition longer than this has lost its title: "the minister, who ...".
REACH = 8
ARTICLES = frozenset({"the", "a", "an", "'s", "’s"})
PLACES = frozenset({EntityType.NORP, EntityType.GPE, EntityType.LOC})
# Offices that one no longer holds, if one "was" in them beside the news of the day.
OFFICES = frozenset({"GOV", "LEG", "JUD", "SPY"})


@dataclass(frozen=True)
class Title:
    """An office as the text gives it; the code where its country is known, `stated` if the text itself names that."""

    words: str
    sector: str | None
    code: Code | None
    stated: bool


def give_office(figure: Figure, told: Affiliation) -> None:
    """Office and code of a person, from the title beside the name, else from the table on the article's day."""
    titles = [title for span, _ in figure.mentions for title in _titles(span, told)]
    # A title that names its country says more than a bare rank, which takes the article's own.
    best = min(titles, key=lambda t: (not t.stated, t.code is None), default=None)
    day = told.parsed.article.day
    person = figure.person or told.ontology.who(figure.name, day, told.countries)
    held = person.at(day) if person else None
    if best and (best.stated or held is None or (held.title is None and best.code)):
        figure.office, figure.code, figure.role = best.words, best.code, best.sector
    elif held:
        figure.office, figure.code = held.title, held.code
    figure.person = person
    figure.gender = (person.gender if person else None) or figure.gender or gender.of_name(figure)


def _titles(span: Span, told: Affiliation) -> Iterator[Title]:
    for title in (_before(span, told), _after(span, told), _clause(span, told)):
        if title is not None:
            yield title


def _before(span: Span, told: Affiliation) -> Title | None:
    """The title before a name: "NATO Secretary General Mark Rutte", "Ukraine's foreign minister Ivan X"."""
    words = span.doc[phrase_start(span.root) : span.start]
    if not len(words):
        return None
    # "President Joko Widodo of Indonesia"
    of = next((f.code for t in oblique(span.root, {"of"}) if (f := told.cast.at(t)) and f.code), None)
    return _read(words, told, owner=of)


def _after(span: Span, told: Affiliation) -> Title | None:
    """The title behind a name: "X, the Ukrainian foreign minister," "X, a spokesman for the interior ministry,"."""
    for child in children(span.root):
        if child.dep_ == "appos" and child.i > span.root.i:
            return _read(_phrase(child), told, child)
    before = span.root.head
    if span.root.dep_ == "appos" and before.i < span.start:
        return _read(span.doc[phrase_start(before) : before.i + 1], told, before)
    return None


def _clause(span: Span, told: Affiliation) -> Title | None:
    """The title in a clause: "X, who is Kenya's trade minister"; who "was" it is no longer."""
    for clause in children(span.root):
        if clause.dep_ != "relcl" or clause.lemma_ != "be":
            continue
        title = next((_read(_phrase(c), told, c) for c in children(clause) if c.dep_ == "attr"), None)
        if title and title.code and title.code.country and clause.tag_ == "VBD" and title.sector in OFFICES:
            return Title(title.words, "ELI", Code(f"{title.code.country} ELI"), title.stated)
        return title
    return None


def _phrase(head: Token) -> Span:
    """A noun with what stands before it and the beginning of what follows."""
    right = max((t.i for t in head.subtree), default=head.i)
    return head.doc[head.left_edge.i : min(right + 1, head.i + REACH)]


def _read(words: Span, told: Affiliation, head: Token | None = None, owner: Code | None = None) -> Title | None:
    """The title that some words give; `head` is their noun where they stand apart from the name."""
    own = words.doc[words.start : head.i + 1] if head is not None else words
    telling = [t for t in own if t.is_alpha and not _names_place(t, told)]
    sector = (
        told.lexicon.sector([*(t.lower_ for t in telling[:-1]), telling[-1].lemma_.lower()], title=True) if telling else None
    )
    sector = (told.sector(head) if head is not None else None) or sector
    owners = [f.code for f in told.cast.within(words.start, words.end) if f.code and f.type is not EntityType.PERSON]
    owners += [owner] if owner else []
    title = " ".join(t.text for t in own if not t.is_punct and t.lower_ not in ARTICLES)
    organisation = next((c for c in owners if c.country is None), None)
    if organisation and telling and sector != "ELI":
        return Title(title, None, organisation, stated=True)
    if sector is None or sector in NON_STATE:
        return None
    stated = next((c for c in owners if c.country), None)
    # "spokesman for the Ukrainian army" is of the army: a word for speaking takes the sector of whom it speaks for.
    lent = stated.sector if stated and telling and told.lexicon.takes(telling[-1].lemma_.lower(), stated.sector) else None
    sector = lent if lent and sector != "ELI" else sector
    country = stated.country if stated else told.local(words.root)
    return Title(title, sector, Code(f"{country} {sector}") if country else None, stated=stated is not None)


def _names_place(token: Token, told: Affiliation) -> bool:
    figure = told.cast.at(token)
    return figure is not None and figure.type in PLACES
