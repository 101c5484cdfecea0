"""What a noun phrase tells of those it describes: their sector by its nouns, their country by what stands beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from spacy.tokens import Token

from worker.extraction.entities import Cast, Figure
from worker.extraction.grammar import oblique
from worker.extraction.parse import Parsed
from worker.extraction.tree import climb, phrase_start, root
from worker.model import EntityType
from worker.ontology import Code, Ontology, agents, lexicon
from worker.ontology.gazetteer import Gazetteer, Site

POLITIES = lexicon("nouns")["polities"]
RELATIONAL = lexicon("nouns")["relational"]
COUNTERPARTS = lexicon("nouns")["counterparts"]
SIDES = lexicon("nouns")["sides"]
# What can place a sentence in a country.
LOCAL = frozenset({EntityType.GPE, EntityType.NORP, EntityType.LOC, EntityType.FAC})
# Where a state stands as one that acts or owns rather than as a place.
ACTING = frozenset({"nsubj", "nsubjpass", "agent", "poss", "amod", "compound", "nmod", "det", "case"})
# Sectors that belong to the article's own country when nothing else is said.
DOMESTIC = frozenset("COP MIL JUD LEG GOV SPY REB UAF PRM CVL LAB EDU OPP PTY CRM JRN MED REL AGR BUS SOC ELI".split())
# People whose nationality is told because they are abroad, where they suffer something: "freed two Japanese engineers".
ABROAD = frozenset({"CVL", "LAB", "JRN", "BUS", "EDU", "MED", "REL", "SOC"})
# Behind these stands whose leader, member or office it is; behind "in" and "at" too, but places more often.
WHOSE = ("of", "for", "from", "at", "in", "to")


@dataclass
class Affiliation:
    """Answers of which sector and country the people of a noun phrase are, in one article."""

    parsed: Parsed
    cast: Cast
    ontology: Ontology
    gazetteer: Gazetteer
    home: str | None = None
    pronouns: dict[int, Figure] = field(default_factory=dict)
    _sectors: dict[int, str | None] = field(default_factory=dict)
    _nearby: dict[int, list[str]] = field(default_factory=dict)
    lexicon: agents.Agents = field(default_factory=agents.load)

    @cached_property
    def sites(self) -> dict[int, Site]:
        """The places that the text names, also inside the names of bodies, by their first code point."""
        return {t.start: t.site for t in self.cast.toponyms if t.site}

    @cached_property
    def countries(self) -> frozenset[str]:
        """The countries that the article names."""
        return frozenset(f.country for f in self.cast.figures if f.country and f.type is not EntityType.PERSON)

    def sector(self, head: Token) -> str | None:
        """PLOVER sector of an agent noun with its compound and its "of" phrase; None for what is no agent."""
        if head.i not in self._sectors:
            self._sectors[head.i] = self._sector(head, 2)
        return self._sectors[head.i]

    def _sector(self, head: Token, depth: int) -> str | None:
        lemma = head.lemma_.lower()
        if lemma not in self.lexicon.heads and head.lower_ not in self.lexicon.heads:
            return "GOV" if lemma in COUNTERPARTS else None
        words = [t.lower_ for t in head.doc[phrase_start(head) : head.i]]
        known = lemma if lemma in self.lexicon.heads else head.lower_
        plain = [*(w for w in words if w not in agents.MARKS), known]
        found = self.lexicon.compound(plain)
        if len(plain) > 1 and self.lexicon.is_past(plain, found):
            found = "ELI"
        if found is None and depth and self.lexicon.takes(known, "GOV"):
            found = self._of_whom(head, known, depth - 1)
        if found or lemma in RELATIONAL or lemma in SIDES:
            return found
        return "GOV" if lemma in COUNTERPARTS else self.lexicon.sector([known]) or self.lexicon.sector([head.lower_])

    def _of_whom(self, head: Token, lemma: str, depth: int) -> str | None:
        """The sector of those to whom the leader, member or spokesman belongs: "head of the appeals court"."""
        for token in oblique(head, WHOSE):
            figure = self.cast.at(token)
            if figure is None or figure.described:
                found = self._sector(token, depth)
            else:
                found = figure.sector if figure.type is EntityType.ORG else None
            if found != "UNK" and self.lexicon.takes(lemma, found):
                return found
        return None

    def nominal_code(self, head: Token, sector: str | None) -> Code | None:
        """Code of a described actor, from the nationality, owner or place beside the noun, else from the article's own."""
        owner = self.owner(head)
        if owner:
            return self.combine(owner, sector, head)
        elsewhere = head.lemma_.lower() in COUNTERPARTS | POLITIES or self._is_from_afar(head)
        country = self.local(head) if sector in DOMESTIC and not elsewhere else None
        return Code(f"{country} {sector}") if country else None

    def combine(self, owner: Code, sector: str | None, head: Token) -> Code:
        """Owner and sector in one: "Ukrainian" and "troops" are UKR MIL, members of a body are of the body's sector.

        "NATO" and "officials" stay IGO NATO.
        """
        if owner.country is None or sector is None:
            return owner
        inherited = owner.sector if self.lexicon.takes(head.lemma_.lower(), owner.sector) and sector != "ELI" else None
        return Code(f"{owner.country} {inherited or sector}")

    def _is_from_afar(self, head: Token) -> bool:
        """Whether a region describes it: "Western officials" are not the article's own; Muslim ones may be."""
        before = self.cast.within(phrase_start(head), head.i)
        foreign = (f for f in before if f.type in {EntityType.NORP, EntityType.LOC})
        return any(self.lexicon.modifiers.get(f.name.lower()) != "REL" for f in foreign)

    def local(self, head: Token) -> str | None:
        """The country whose police, rebels or civilians go without saying: of the clause, the sentence, else the article."""
        clause = next((v for v in [head, *climb(head)] if v.pos_ in {"VERB", "AUX"}), head)
        for token in oblique(clause, {"in", "at", "across", "through"}):
            place = self.cast.at(token)
            if place and place.country and place.type in LOCAL:
                return place.country
        countries = self._near(head)
        if not countries or self.home in countries:
            return self.home
        if len(countries) > 1:
            return None
        # A state that acts, or lends its adjective, does so in another one's news: "Spain pledged money for victims".
        return countries[0] if self.home is None or self._is_place(head) else self.home

    def _near(self, head: Token) -> list[str]:
        """The countries that the sentence names, read once a sentence."""
        top = root(head)
        if top.i not in self._nearby:
            found = (f.country for f in self._local_figures(top))
            self._nearby[top.i] = [country for country in dict.fromkeys(found) if country]
        return self._nearby[top.i]

    def _is_place(self, head: Token) -> bool:
        """Whether a state or a place of the sentence stands where something happens, not as one that acts."""
        top = root(head)
        low, high = top.left_edge.i, top.right_edge.i
        here = (f for f in self._local_figures(top) if f.country and f.type is not EntityType.NORP)
        return any(low <= s.start <= high and s.root.dep_ not in ACTING for f in here for s, _ in f.mentions)

    def _local_figures(self, top: Token) -> list[Figure]:
        within = self.cast.within(top.left_edge.i, top.right_edge.i + 1)
        return [f for f in within if f.type in LOCAL and not all(self.is_guest(span.root) for span, _ in f.mentions)]

    def is_guest(self, nationality: Token) -> bool:
        """Whether it is that of people who may be abroad: it does not tell where the news takes place."""
        noun = nationality.head
        described = nationality.dep_ == "amod" and noun.dep_ in {"dobj", "nsubjpass"}
        return described and self.sector(noun) in ABROAD

    def owner(self, head: Token, depth: int = 2) -> Code | None:
        """The code that a noun phrase's modifiers give: adjectives and owners first, then "of", "in" and the like."""
        start = phrase_start(head)
        related = head.lemma_.lower() in RELATIONAL | COUNTERPARTS
        for token in reversed(head.doc[start : head.i]):
            figure = self.cast.at(token) or (self.pronouns.get(token.i) if token.dep_ == "poss" else None)
            owned = related and token.dep_ in {"poss", "case"}
            if figure and figure.code and not owned and (figure.type is not EntityType.PERSON or token.dep_ == "poss"):
                return figure.code
        return self._placed(head, depth) if depth else None

    def _placed(self, head: Token, depth: int) -> Code | None:
        for token in [*oblique(head, {"of", "from"}), *oblique(head, {"in", "at", "for", "near"})]:
            place = self.cast.at(token)
            if place and place.code and place.type is not EntityType.PERSON:
                return place.code
            deeper = self.owner(token, depth - 1) if place is None or not place.code else None
            if deeper:
                return deeper
        return None
