"""Who a noun phrase is, as an actor: a state, an office, an organisation, or people of a sector and a country."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from spacy.tokens import Span, Token

from worker.extraction.actors import organisations, titles
from worker.extraction.actors.affiliation import Affiliation
from worker.extraction.entities import Cast, Figure
from worker.extraction.grammar import oblique
from worker.extraction.parse import DATELINE, Parsed
from worker.extraction.tree import children, phrase_start
from worker.model import Actor, EntityType, MentionKind
from worker.ontology import Code, Ontology, lexicon
from worker.ontology.gazetteer import Gazetteer

GROUPS = lexicon("nouns")["groups"]
WEEKDAYS = frozenset({"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"})
BESIDE = frozenset({"amod", "compound", "nmod"})
# A noun that may have several owners, one each.
PLURAL = frozenset({"NNS", "NNPS"})
PLACES = lexicon("nouns")["places"]
# Whose nationality is that of their forces: "Russian warplanes" are not Russia but its military.
PLATFORMS = lexicon("nouns")["platforms"]


@dataclass(frozen=True)
class Party:
    """A noun phrase as a party to an event."""

    span: Span
    name: str
    figure: Figure | None = None
    code: Code | None = None
    place: bool = False

    @property
    def country(self) -> str | None:
        """ISO country of the code."""
        return self.code.country if self.code else None

    @property
    def sector(self) -> str | None:
        """PLOVER sector of the code, else of the figure's words."""
        return (self.code.sector if self.code else None) or (self.figure.role if self.figure else None)

    @property
    def key(self) -> str:
        """What makes two mentions the same party."""
        if self.code is None:
            return self.name.lower()
        # NATO's members are not NATO.
        named = self.figure is not None and not self.figure.described
        return self.code.text if named or self.code.country else f"{self.code.text} {self.name.lower()}"

    def is_one_with(self, other: Party) -> bool:
        """Whether both are one: the same figure, or a state by whatever name; two of a government's offices are two."""
        if self.figure is not None and self.figure is other.figure:
            return True
        named = self.figure is not None and other.figure is not None
        return self.key == other.key and not (named and self.sector)

    def actor(self) -> Actor:
        """As the extraction object has it."""
        return Actor(
            entity=self.figure.id if self.figure else None,
            name=self.name,
            code=self.code.text if self.code else None,
            country=self.country,
            sector=self.sector,
            start=self.span.start_char,
            end=self.span.end_char,
            text=self.span.text,
        )


@dataclass
class Actors(Affiliation):
    """Answers who a token is; knows the cast, its titles, and where the article was written."""

    nominals: dict[int, Token] = field(default_factory=dict)
    # Answers by token, from when the cast no longer changes.
    known: dict[int, Party | None] | None = None
    pairs: dict[int, list[Figure]] = field(default_factory=dict)

    def settle(self) -> None:
        """Keep answers from now on: who is who is settled."""
        self.known = {}

    def party(self, token: Token) -> Party | None:
        """The party whose head is the token, or None for what can neither act nor be acted upon."""
        if self.known is None:
            return self._party(token)
        i = token.i
        if i not in self.known:
            self.known[i] = self._party(token)
        return self.known[i]

    def _party(self, token: Token) -> Party | None:
        figure = self.cast.at(token)
        if figure and figure.type in {EntityType.WEAPON, EntityType.EVENT}:
            return None
        if figure:
            return self._described(token, figure) if figure.described else self._named(token, figure)
        if token.pos_ == "PRON":
            return self._pronoun(token)
        found = self._nominal(token) if token.pos_ in {"NOUN", "PROPN", "ADJ"} else None
        return found or self._before_date(token)

    def _before_date(self, token: Token) -> Party | None:
        """The name before a day that the parser takes for the object: "met Bashar Assad Tuesday"."""
        if token.ent_type_ != "DATE" and token.text not in WEEKDAYS:
            return None
        names = [c for c in children(token) if c.dep_ in BESIDE and self.cast.at(c)]
        figure = self.cast.at(names[-1]) if names else None
        return self._named(names[-1], figure) if figure else None

    def parties(self, tokens: list[Token]) -> list[Party]:
        """The parties among some tokens, each once; "both sides" are the two that the article speaks of."""
        found: list[Party] = []
        for token in tokens:
            one = self.party(token)
            for party in self._several(token) or ([one] if one else []):
                if not any(party.is_one_with(other) for other in found):
                    found.append(party)
        return found

    def _several(self, token: Token) -> list[Party]:
        """One noun, several parties: "both sides", "Chilean and Indonesian ministers", "the leaders of Chad and Mali"."""
        if pair := self.pairs.get(token.i):
            here = token.doc[token.i : token.i + 1]
            return [Party(here, figure.name, figure, figure.code) for figure in pair]
        if token.tag_ not in PLURAL or not (owners := self._owners(token)):
            return []
        party = self.party(token)
        if party is None or (party.figure is not None and not party.figure.described):
            return []
        sector = self.sector(token)
        # "UK and EU negotiators": only one of them is a body's.
        sector = "GOV" if sector == "IGO" else sector
        span = token.doc[min(token.i, *(o.i for o in owners)) : max(token.i, *(o.i for o in owners)) + 1]
        return [
            replace(party, span=span, figure=None, code=self.combine(code, sector, token), name=f"{owner.text} {token.text}")
            for owner, code in owners.items()
        ]

    def _owners(self, noun: Token) -> dict[Token, Code]:
        """The states that share a plural noun; none where it is only one's."""
        beside = [c for c in children(noun) if (c.dep_ in BESIDE or c.dep_ == "poss") and c.i < noun.i]
        shared = [[c, *(x for x in children(c) if x.dep_ == "conj")] for c in beside]
        for words in ([a for one in shared for a in one], oblique(noun, {"of"})):
            found = {a: f.code for a in words if (f := self.cast.at(a)) and f.code and not f.sector}
            if len({code.text for code in found.values()}) > 1:
                return found
        return {}

    def _named(self, token: Token, figure: Figure) -> Party:
        span = self.cast.span(token)
        code = figure.code
        if figure.everywhere:
            # Every country has a "Foreign Ministry": whose it is, each mention says anew.
            code = self.nominal_code(span.root, self.sector(span.root)) or code
        if (
            figure.type is EntityType.NORP
            and code
            and not code.sector
            and token.pos_ != "ADJ"
            and token.dep_ not in BESIDE | {"npadvmod"}
        ):
            # "Ukrainians" are people, "Ukrainian" in "the Ukrainian attack" is the state.
            code = Code(f"{code.text} CVL")
        elif figure.type is EntityType.NORP and code and not code.sector and token.head.lemma_.lower() in PLATFORMS:
            code = Code(f"{code.text} MIL")
        return Party(span, figure.name, figure, code)

    def _pronoun(self, token: Token) -> Party | None:
        beside = next((c for c in children(token) if c.dep_ == "appos"), None)
        if beside is not None and (named := self.cast.at(beside)):
            return self._named(beside, named)
        here = token.doc[token.i : token.i + 1]
        if (head := self.nominals.get(token.i)) is not None and (party := self.party(head)):
            return replace(party, span=here)
        figure = self.pronouns.get(token.i)
        return Party(here, figure.name, figure, figure.code) if figure else None

    def _nominal(self, head: Token) -> Party | None:
        """What a noun describes that is no figure of its own: a place, a polity."""
        lemma = head.lemma_.lower()
        sector = self.sector(head)
        if not sector and lemma not in GROUPS and lemma not in PLACES:
            return None
        span = head.doc[phrase_start(head) : head.i + 1]
        place = not sector and lemma in PLACES
        code = self.nominal_code(head, sector) or (self._local_code(head) if place else None)
        return self._standing_for(head, code) or Party(span, span.text, None, code, place=place)

    def _described(self, head: Token, figure: Figure) -> Party:
        span = next((s for s, _ in figure.mentions if s.start <= head.i < s.end), head.doc[head.i : head.i + 1])
        return self._standing_for(head, figure.code) or Party(span, figure.name, figure, figure.code)

    def _standing_for(self, head: Token, code: Code | None) -> Party | None:
        """The figure named before that a noun stands for; with the noun's own code, if its words say another sector."""
        figure = self.pronouns.get(head.i)
        if figure is None:
            return None
        same = code is None or code.sector == (figure.code.sector if figure.code else None)
        return Party(head.doc[phrase_start(head) : head.i + 1], figure.name, figure, figure.code if same else code)

    def _local_code(self, head: Token) -> Code | None:
        country = self.local(head)
        return Code(country) if country else None


def resolve(parsed: Parsed, cast: Cast, ontology: Ontology, gazetteer: Gazetteer) -> Actors:
    """Give every figure its code and office on the article's day."""
    day = parsed.article.day
    actors = Actors(parsed, cast, ontology, gazetteer)
    for figure in cast.figures:
        if figure.term:
            figure.code = figure.term.at(day)
    actors.home = _home(actors)
    for figure in cast.figures:
        if figure.type is EntityType.PERSON:
            titles.give_office(figure, actors)
        elif figure.type is EntityType.ORG and not (figure.code and figure.code.country):
            organisations.give_code(figure, actors)
    return actors


def _home(actors: Actors) -> str | None:
    """The article's own country: of its dateline, else the one that most of its names point to."""
    doc, cast, ontology = actors.parsed.doc, actors.cast, actors.ontology
    line = DATELINE.match(doc[:60].text)
    if line:
        for part in (line[1].strip(" .").title(), line[1].strip(" .").split(",")[0].title()):
            term = ontology.terms.get(part)
            if term and term.country:
                return term.country
        span = doc.char_span(line.start(1), line.end(), alignment_mode="expand")
        found = [f.country for f in cast.within(span.start, span.end) if f.country] if span else []
        if found:
            return found[-1]
    named = Counter(
        f.country
        for f in cast.figures
        for span, _ in f.mentions
        if f.country and f.type is not EntityType.PERSON and not actors.is_guest(span.root)
    )
    if not named:
        return None
    (country, most), total = named.most_common(1)[0], named.total()
    # Half of all: with two states in the news, neither is the article's own.
    return country if most * 2 > total else None


def add_nominals(actors: Actors) -> None:
    """What stands for a figure without its name ("the alliance", "both leaders", "they") becomes a mention of it."""
    single = {index: [figure] for index, figure in actors.pronouns.items() if index not in actors.nominals}
    for index, figures in (single | actors.pairs).items():
        token = actors.parsed.doc[index]
        kind = MentionKind.PRONOUN if token.pos_ in {"PRON", "DET"} or token.tag_ == "PRP$" else MentionKind.NOMINAL
        span = _phrase(token) if kind is MentionKind.NOMINAL else actors.parsed.doc[index : index + 1]
        actors.cast.forget(token)
        for figure in figures:
            figure.mentions.append((span, kind))


def _phrase(head: Token) -> Span:
    """A noun with what stands before it, its article included: "the military alliance"."""
    start = phrase_start(head)
    article = start > 0 and head.doc[start - 1].dep_ in {"det", "predet"}
    return head.doc[start - article : head.i + 1]
