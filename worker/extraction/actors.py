"""Who a noun phrase is, as an actor: a state, an office, an organisation, or people of a sector and a country."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from spacy.tokens import Doc, Span, Token

from worker.extraction import gender
from worker.extraction.entities import Cast, Figure
from worker.extraction.grammar import climb, oblique, phrase_start, sentence
from worker.extraction.parse import DATELINE, Parsed
from worker.model import Actor, EntityType, MentionKind
from worker.ontology import NON_STATE, Code, Ontology, Person, lexicon

GROUPS = lexicon("nouns")["groups"]
POLITIES = lexicon("nouns")["polities"]
RELATIONAL = lexicon("nouns")["relational"]
COUNTERPARTS = lexicon("nouns")["counterparts"]
PEOPLE = lexicon("nouns")["people"]
SIDES = lexicon("nouns")["sides"]
WEEKDAYS = frozenset({"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"})
BESIDE = frozenset({"amod", "compound", "nmod"})
PLACES = lexicon("nouns")["places"]
# Sectors that a named body's head noun tells ("Interior Ministry", "Supreme Court"); a "group" or "agency" may be anybody's.
OFFICIAL = frozenset({"GOV", "MIL", "COP", "LEG", "JUD", "SPY"})
# What can place a sentence in a country.
LOCAL = frozenset({EntityType.GPE, EntityType.NORP, EntityType.LOC, EntityType.FAC})
# Sectors that belong to the article's own country when nothing else is said.
DOMESTIC = frozenset("COP MIL JUD LEG GOV SPY REB UAF CVL LAB EDU OPP PTY CRM JRN MED REL AGR BUS SOC ELI".split())


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
class Actors:
    """Answers who a token is; knows the cast, its titles, and where the article was written."""

    parsed: Parsed
    cast: Cast
    ontology: Ontology
    home: str | None = None
    pronouns: dict[int, Figure] = field(default_factory=dict)
    nominals: dict[int, Token] = field(default_factory=dict)
    pairs: dict[int, list[Figure]] = field(default_factory=dict)

    def party(self, token: Token) -> Party | None:
        """The party whose head is the token, or None for what can neither act nor be acted upon."""
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
        names = [c for c in token.children if c.dep_ in BESIDE and self.cast.at(c)]
        figure = self.cast.at(names[-1]) if names else None
        return self._named(names[-1], figure) if figure else None

    def parties(self, tokens: list[Token]) -> list[Party]:
        """The parties among some tokens, each once; "both sides" are the two that the article speaks of."""
        found: dict[str, Party] = {}
        for token in tokens:
            one = self.party(token)
            for party in self._several(token) or ([one] if one else []):
                found.setdefault(party.key, party)
        return list(found.values())

    def _several(self, token: Token) -> list[Party]:
        """One noun, several parties: "both sides", "Chilean and Indonesian ministers"."""
        if pair := self.pairs.get(token.i):
            here = token.doc[token.i : token.i + 1]
            return [Party(here, figure.name, figure, figure.code) for figure in pair]
        first = [c for c in token.children if c.dep_ in BESIDE and c.i < token.i]
        adjectives = [a for c in first for a in [c, *(x for x in c.children if x.dep_ == "conj")]]
        owners = [f.code for a in adjectives if (f := self.cast.at(a)) and f.code and f.country]
        party = self.party(token) if len(owners) > 1 else None
        if party is None:
            return []
        sector = self.sector(token)
        return [replace(party, code=_combine(owner, sector), name=f"{owner.text} {party.name}") for owner in owners]

    def _named(self, token: Token, figure: Figure) -> Party:
        span = self.cast.span(token)
        code = figure.code
        if figure.everywhere:
            # Every country has a "Foreign Ministry": whose it is, each mention says anew.
            code = self.nominal_code(span.root, self.sector(span.root)) or code
        if figure.type is EntityType.NORP and code and not code.sector and token.pos_ != "ADJ" and token.dep_ not in BESIDE:
            # "Ukrainians" are people, "Ukrainian" in "the Ukrainian attack" is the state.
            code = Code(f"{code.text} CVL")
        return Party(span, figure.name, figure, code)

    def _pronoun(self, token: Token) -> Party | None:
        beside = next((c for c in token.children if c.dep_ == "appos"), None)
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

    def sector(self, head: Token) -> str | None:
        """Sector of an agent noun ("police", "foreign ministry"); the longest compound that is known wins."""
        words = [head.lemma_.lower()]
        phrase = head.doc[phrase_start(head) : head.i]
        for token in reversed(list(phrase)):
            words.insert(0, token.lower_)
            found = self.ontology.roles.get(" ".join(words)) or self.ontology.titles.get(" ".join(words))
            if found:
                return found
        lemma = head.lemma_.lower()
        if lemma in RELATIONAL:
            return None
        if lemma in COUNTERPARTS:
            return "GOV"
        if lemma in SIDES:
            return None
        if lemma in PEOPLE:
            return "CVL"
        return self.ontology.roles.get(lemma) or self.ontology.titles.get(lemma) or self.ontology.roles.get(head.lower_)

    def nominal_code(self, head: Token, sector: str | None) -> Code | None:
        """Code of a described actor, from the nationality, owner or place beside the noun, else from the article's own."""
        owner = self._owner(head)
        if owner:
            return _combine(owner, sector)
        elsewhere = head.lemma_.lower() in COUNTERPARTS | POLITIES or self._is_from_afar(head)
        country = self.local(head) if sector in DOMESTIC and not elsewhere else None
        return Code(f"{country} {sector}") if country else None

    def _is_from_afar(self, head: Token) -> bool:
        """Whether a region describes it: "Western officials" are not the article's own."""
        return any(f.type in {EntityType.NORP, EntityType.LOC} for f in self.cast.within(phrase_start(head), head.i))

    def _local_code(self, head: Token) -> Code | None:
        country = self.local(head)
        return Code(country) if country else None

    def local(self, head: Token) -> str | None:
        """The country whose police, rebels or civilians go without saying: of the clause, the sentence, else the article."""
        clause = next((v for v in [head, *climb(head)] if v.pos_ in {"VERB", "AUX"}), head)
        for token in oblique(clause, {"in", "at", "across", "through"}):
            place = self.cast.at(token)
            if place and place.country and place.type in LOCAL:
                return place.country
        near = [f.country for f in self.cast.within(sentence(head).start, sentence(head).end) if f.type in LOCAL and f.country]
        countries = list(dict.fromkeys(near))
        if not countries or self.home in countries:
            return self.home
        return countries[0] if len(countries) == 1 else None

    def _owner(self, head: Token, depth: int = 2) -> Code | None:
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
            deeper = self._owner(token, depth - 1) if place is None or not place.code else None
            if deeper:
                return deeper
        return None


def _combine(owner: Code, sector: str | None) -> Code:
    """Owner and sector in one: "Ukrainian" and "troops" are UKR MIL; "NATO" and "officials" stay IGO NATO."""
    if owner.country is None or sector is None:
        return owner
    return Code(f"{owner.country} {sector}")


def resolve(parsed: Parsed, cast: Cast, ontology: Ontology) -> Actors:
    """Give every figure its code and office on the article's day."""
    day = parsed.article.day
    actors = Actors(parsed, cast, ontology)
    for figure in cast.figures:
        if figure.term:
            figure.code = figure.term.at(day)
    actors.home = _home(parsed.doc, cast, ontology)
    for figure in cast.figures:
        if figure.type is EntityType.PERSON:
            _office(figure, actors)
        elif figure.type is EntityType.ORG and not figure.code:
            figure.code = _organisation(figure, actors)
    return actors


def _home(doc: Doc, cast: Cast, ontology: Ontology) -> str | None:
    """The article's own country: of its dateline, else the one that most of its names point to."""
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
    named = Counter(f.country for f in cast.figures for _ in f.mentions if f.country and f.type is not EntityType.PERSON)
    if not named:
        return None
    (country, most), total = named.most_common(1)[0], named.total()
    # Half of all: with two states in the news, neither is the article's own.
    return country if most * 2 > total else None


def _office(figure: Figure, actors: Actors) -> None:
    """From the title beside the name, else from the table of office holders on the article's day."""
    titles = [t for span, _ in figure.mentions for t in (_title_before(span, actors), _title_after(span, actors)) if t]
    # A title that names its country says more than a bare rank, which takes the article's own.
    best = next((t for t in titles if t.stated), titles[0] if titles else None)
    person = figure.person or _by_last_name(figure, actors)
    held = person.at(actors.parsed.article.day) if person else None
    if best and (best.stated or held is None or held.title is None):
        figure.office, figure.code = best.title, best.code
    elif held:
        figure.office, figure.code = held.title, held.code
    figure.person = person
    figure.gender = (person.gender if person else None) or figure.gender or gender.of_name(figure)


def _by_last_name(figure: Figure, actors: Actors) -> Person | None:
    """A last name alone ("Macron"), if the table knows just one such person in office on that day."""
    if " " in figure.name:
        return None
    day = actors.parsed.article.day
    holders = [p for p in actors.ontology.last_names.get(figure.name, ()) if (o := p.at(day)) and o.title]
    return holders[0] if len(holders) == 1 else None


@dataclass(frozen=True)
class Title:
    """An office as the text gives it; `stated` if the text also says whose it is."""

    title: str
    code: Code
    stated: bool


def _title_before(span: Span, actors: Actors) -> Title | None:
    """The title before a name: "NATO Secretary General Mark Rutte", "Ukraine's foreign minister Ivan X"."""
    start = phrase_start(span.root)
    words = actors.parsed.doc[start : span.start]
    # "President Joko Widodo of Indonesia"
    of = next((f.code for t in oblique(span.root, {"of"}) if (f := actors.cast.at(t)) and f.code), None)
    return _read_title(words, actors, owner=of) if len(words) else None


def _title_after(span: Span, actors: Actors) -> Title | None:
    """The title behind a name: "X, the Ukrainian foreign minister," "X, a spokesman for the interior ministry,"."""
    for child in span.root.children:
        if child.dep_ == "appos" and child.i > span.root.i:
            right = max((t.i for t in child.subtree), default=child.i)
            return _read_title(actors.parsed.doc[child.left_edge.i : min(right + 1, child.i + 8)], actors, child)
    before = span.root.head
    if span.root.dep_ == "appos" and before.i < span.start:
        return _read_title(actors.parsed.doc[phrase_start(before) : before.i + 1], actors, before)
    return None


def _read_title(words: Span, actors: Actors, head: Token | None = None, owner: Code | None = None) -> Title | None:
    own = words.doc[words.start : head.i + 1] if head is not None else words
    plain = [t.text for t in own if t.is_alpha and not _names_place(t, actors.cast)]
    sector = actors.ontology.title_sector(" ".join(plain)) or (actors.sector(head) if head is not None else None)
    owners = [f.code for f in actors.cast.within(words.start, words.end) if f.code and f.type is not EntityType.PERSON]
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
    country = stated.country if stated else actors.local(words.root)
    return Title(title, Code(f"{country} {own_sector}"), stated=stated is not None) if country else None


def _names_place(token: Token, cast: Cast) -> bool:
    figure = cast.at(token)
    return figure is not None and figure.type in {EntityType.NORP, EntityType.GPE, EntityType.LOC}


def _organisation(figure: Figure, actors: Actors) -> Code | None:
    """Code of "the Ukrainian Defence Ministry": sector from its words, country from an adjective, else from home."""
    span = figure.mentions[0][0]
    sector = actors.sector(span.root)
    if sector not in OFFICIAL or "international" in figure.name.lower():
        return None
    for word in span:
        term = actors.ontology.terms.get(word.text)
        if term and term.country:
            return Code(f"{term.country} {sector}")
    figure.everywhere = True
    return actors.nominal_code(span.root, sector) or (Code(f"{actors.home} {sector}") if actors.home else None)


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
