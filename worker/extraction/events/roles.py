"""Who stands in which slot of a trigger: its actors and its recipients, as the trigger's sense asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from spacy.tokens import Token

from worker.extraction.actors.actors import Actors, Party
from worker.extraction.events.factuality import judge
from worker.extraction.events.light import light_verb
from worker.extraction.events.types import FORCE, OFFERS
from worker.extraction.grammar import (
    agents,
    datives,
    is_passive,
    oblique,
    patients,
    phrases,
    possessors,
    spread,
    surface_subject,
)
from worker.extraction.materiel.things import item, system
from worker.extraction.tree import children, climb, kept, sentence
from worker.model import EventType
from worker.ontology import Code, lexicon
from worker.ontology.senses import Sense

MODIFIERS = frozenset({"amod", "compound", "nmod"})
# Whose name before a deed tells the doer: "police firing" is by the police, a "hotel attack" not by hotels.
ARMED = frozenset({"MIL", "COP", "REB", "UAF", "PRM"})
CLAUSAL = frozenset({"xcomp", "ccomp", "pcomp", "acl"})
BESIDE = frozenset({"amod", "compound", "nmod"})
# Words: what they are about is a thing done or said by those who are praised, blamed or refused.
VERBAL = frozenset(
    {EventType.ACCUSE, EventType.REJECT, EventType.REQUEST, EventType.THREATEN, EventType.SUPPORT, EventType.AGREE},
)
ABOUT_THINGS = frozenset({EventType.ACCUSE, EventType.REJECT, EventType.SUPPORT})
# Behind these stands whom a promise or a refusal is for.
CONCERNED = frozenset({"to", "for", "with", "against"})
# Not with whom but for whom something mutual is done: "Chad and Niger agreed to build a bridge for Mali".
APART = frozenset({"complement", "for", "in"})
# What these move is no party to them, be it troops or a hospital.
MOVING = frozenset({EventType.AID, EventType.MOBILIZE})
# Nouns that end so are people, ships and planes, also those that no list knows: "metalworkers", "freighters".
DOING = ("er", "or", "ist", "man", "ian", "ee", "ant", "craft", "vessel")
# A phrase goes on inside these: "a package of aid for Kyiv", "the ban on flights from Chad".
INNER = ("of", "for", "on", "from", "with", "in", "at", "to")


@dataclass(frozen=True)
class Sides:
    """The parties of a trigger; `together` where its recipients do it with its actors."""

    actors: list[Party]
    recipients: list[Party]
    together: bool = False


class Roles:
    """Finds the parties of triggers in one article."""

    def __init__(self, actors: Actors, senses: Mapping[str, tuple[Sense, ...]]) -> None:
        self.actors, self.senses = actors, senses
        # Slots that a word fills whatever its sense.
        self.own: Mapping[str, Callable[[Token], list[Token]]] = {
            "subject": lambda verb: self._doers(agents(verb)),
            "dative": datives,
            "complement": self._complement,
            "owner": self._owners,
            "beside": self._beside,
            "means": self._means,
            "speaker": _speaker,
        }

    def sides(self, token: Token, sense: Sense) -> Sides:
        """Actors and recipients: in each list of slots the first that holds a party wins."""
        light = light_verb(token) if sense.noun else None
        if light is not None and _undergoes(token, light):
            suffering = self.actors.parties(self._suffering(surface_subject(light), sense))
            return Sides(self._acting(self._doing(token)), suffering)
        slot, recipients = self._recipients(token, sense, light)
        actors = next((found for slot in sense.actor if (found := self._acting(self._slot(token, slot, light, sense)))), [])
        actors = actors or self._acting(self._far_subject(token, sense, recipients))
        return Sides(actors, recipients, together=sense.mutual and slot not in APART)

    def _doing(self, noun: Token) -> list[Token]:
        """Who does what a noun tells, by its own phrase: "an attack by rebels", "rebel attacks"."""
        return [*self._owners(noun), *oblique(noun, {"by", "from"})] or self._beside(noun)

    def _owners(self, noun: Token) -> list[Token]:
        """Whose deed it is by what stands before it: "Mali's raid", "the Malian raid"."""
        return [*possessors(noun), *self._adjectives(noun)]

    def _beside(self, noun: Token) -> list[Token]:
        """The armed that a deed is called by."""
        beside = (c for c in children(noun) if c.dep_ in MODIFIERS)
        return [c for c in beside if (p := self.actors.party(c)) and p.code and p.code.sector in ARMED]

    def _means(self, verb: Token) -> list[Token]:
        """Doers of the deed that one suffered in: "killed in an Israeli strike", "died in a raid by rebels"."""
        things = [t for t in oblique(verb, {"in", "during", "of", "from", "under"}) if t.pos_ == "NOUN"]
        doers = [doer for deed in things if self._is_deed(deed) for doer in self._doing(deed)]
        # "died in police firing": the parser takes the deed for what the police do.
        return self._doers([*doers, *(t for t in things if any(c.dep_ == "acl" and self._is_deed(c) for c in children(t)))])

    def _recipients(self, token: Token, sense: Sense, light: Token | None) -> tuple[str, list[Party]]:
        """The parties of the first slot that holds any, and its name."""
        if own := self._behind_words(token, sense):
            return "object", own
        for slot in sense.recipient:
            found = self.actors.parties(self._slot(token, slot, light, sense))
            if slot == "object" and token.lemma_.lower() in OFFERS:
                # What is promised is not to whom: "promised forty more soldiers".
                found = [p for p in found if p.figure and not p.figure.described]
            if found:
                return slot, found
        if light is not None and token.dep_ == "pobj":
            # "engaged the rebels in a firefight"
            return "", self.actors.parties(patients(light))
        if sense.type is EventType.AID and not sense.noun:
            # "provided money to support refugees"
            purposes = [c for c in children(token) if c.dep_ == "advcl" and c.tag_ == "VB"]
            return "", self.actors.parties([t for p in purposes for t in self._affected(p, set(), 1)])
        if not sense.recipient or sense.noun or token.lemma_.lower() in OFFERS:
            return "", []
        # "asked Athens for batteries": the object is a party too, but for what the sense asks for as its thing.
        return "", self.actors.parties([t for t in patients(token) if t.lemma_.lower() not in sense.object])

    def _behind_words(self, token: Token, sense: Sense) -> list[Party]:
        """Who said or did what is refused, praised or blamed, where the thing's own phrase tells: "a Kenyan proposal on"."""
        if sense.noun or sense.type not in ABOUT_THINGS:
            return []
        things = [t for t in patients(token) if t.pos_ == "NOUN" and not self.actors.party(t)]
        owners = self.actors.parties([owner for t in things for owner in self._doing(t)])
        mine = self.actors.parties(agents(token)) if owners else []
        return [p for p in owners if not any(p.is_one_with(m) for m in mine)]

    def _acting(self, tokens: list[Token]) -> list[Party]:
        """Parties that can do something: a place cannot, a capital is its government."""
        return [self._seat(p) for p in self.actors.parties(tokens) if not p.place]

    @staticmethod
    def _seat(party: Party) -> Party:
        capital = party.figure and party.figure.term and party.figure.term.kind == "capital"
        return replace(party, code=Code(f"{party.code.text} GOV")) if capital and party.code else party

    def _slot(self, token: Token, slot: str, light: Token | None, sense: Sense) -> list[Token]:
        if own := self.own.get(slot):
            # "gave Sudan an assurance"
            return own(light if light is not None and slot == "dative" else token)
        if slot == "object":
            return self._suffering(patients(token), sense)
        if slot == "light":
            return self._doers(agents(light)) if light is not None else []
        if slot == "by" and is_passive(token):
            # The verb's own "by" is the doer: "the plan by Chad was rejected by Niger".
            found = [p for thing, _ in _inner(token) for p in _reach(thing, 1).get(slot, ())]
        else:
            found = _reached(token).get(slot) or (oblique(light, {slot}) if light is not None else [])
        return self._suffering(found, sense)

    def _far_subject(self, token: Token, sense: Sense, recipients: list[Party]) -> list[Token]:
        """The doer outside the trigger's own clause.

        "X acknowledged the steps taken, thanking Y": the parser hangs the participle on the nearer verb. "At a meeting
        with Y, X said": who meets is the subject of the main clause. "its support ..., with the pledge to send jets":
        a definite noun without owner is that of the only state or organisation of its sentence.
        """
        verbs = [v for v in climb(token) if v.pos_ == "VERB"]
        if not sense.noun:
            participle = token.dep_ == "advcl" and token.tag_ == "VBG"
            subjects = (surface_subject(v) for v in verbs if participle)
            return next((found for found in subjects if self._acting(found)), [])
        if sense.type is EventType.CONSULT and recipients and token.dep_ == "pobj" and verbs:
            return surface_subject(verbs[0])
        definite = any(c.lower_ == "the" and c.dep_ == "det" for c in children(token))
        if not definite or sense.type is not EventType.AGREE:
            return []
        named = [t for t in sentence(token) if (f := self.actors.cast.at(t)) and f.code and not f.described]
        codes = {f.code.text for t in named if (f := self.actors.cast.at(t)) and f.code}
        return named[:1] if len(codes) == 1 else []

    def _doers(self, tokens: list[Token]) -> list[Token]:
        """Doers behind the words: "Russian strikes hit" and "Russian drones hit" are Russia's, by what stands beside the noun.

        Not for a named system, nor by a possessive: "Iran's Shahed drones" tells the maker.
        """
        found: list[Token] = []
        for token in tokens:
            if self.actors.party(token) or token.pos_ != "NOUN" or system(token, self.actors):
                found.append(token)
            elif token.lemma_.lower() in self.senses:
                found += self._doing(token) or [token]
            elif token.lemma_.lower() in lexicon("grammar")["utterances"]:
                found += self._maker(token) or [token]
            elif token.lemma_.endswith(DOING) or item(token, self.actors) is not None:
                found += self._adjectives(token) or [token]
            else:
                # "The Thai recipe calls for": a nationality makes no doer of a thing.
                found.append(token)
        return found

    def _maker(self, noun: Token) -> list[Token]:
        """Whose words they are: "passed a resolution condemning", "a statement by the ministry accused"."""
        own = self._doing(noun)
        return own if own or noun.dep_ not in {"dobj", "nsubjpass"} else agents(noun.head)

    def _suffering(self, tokens: list[Token], sense: Sense) -> list[Token]:
        """Those behind a suffering thing: "destroyed Ukrainian drones", "forgave half of Zambia's debt".

        Words about a deed are words to its doer: "condemned the killing of two nurses by soldiers".
        """
        verbal = sense.type in VERBAL
        found: list[Token] = []
        for token in tokens:
            found += self._doing(token) if verbal and self._is_deed(token) else self._behind(token, 2, places=not verbal)
        return found

    def _is_deed(self, noun: Token) -> bool:
        told = any(s.noun and s.type in FORCE for s in self.senses.get(noun.lemma_.lower(), ()))
        return told and self.actors.party(noun) is None

    def _behind(self, token: Token, depth: int, *, places: bool = False) -> list[Token]:
        """The token if it is a party, else whose it is; of what can only be done to persons, a place is its owner's too."""
        known = item(token, self.actors)
        if known is not None and known.armed and system(token, self.actors):
            return []
        party = self.actors.party(token)
        nowhere = party is not None and party.place and (party.code is None or not places)
        if (party and not nowhere) or token.pos_ not in {"NOUN", "NUM"} or not depth:
            return [token]
        owners = [c for c in children(token) if c.dep_ == "appos" and self.actors.party(c)]
        owners = owners or [*possessors(token), *self._adjectives(token), *_claimed(token)]
        inside = oblique(token, {"of", "in"}) or _beyond(token)
        return owners or [found for t in inside for found in self._behind(t, depth - 1, places=places)] or [token]

    def _adjectives(self, noun: Token) -> list[Token]:
        """Nationalities and names that stand before a noun: "the Russian attack", "a Yemeni school bus", "a Saudi-led raid"."""
        found: list[Token] = []
        for child in children(noun):
            if child.dep_ in BESIDE and child.i < noun.i:
                led = child.lower_ == "led"
                within = [c for c in children(child) if c.dep_ in BESIDE or (led and c.dep_ == "npadvmod")]
                found += [t for t in (child, *within) if self._has_code(t)]
        return found

    def _has_code(self, token: Token) -> bool:
        figure = self.actors.cast.at(token)
        return figure is not None and figure.code is not None and not figure.described

    def _complement(self, token: Token) -> list[Token]:
        """Parties inside what is promised, asked or refused: "refused to send arms to Kyiv"."""
        inner = [c for c in children(token) if c.dep_ in CLAUSAL]
        inner += [p for c in children(token) if c.dep_ == "prep" for p in children(c) if p.dep_ == "pcomp"]
        for child in children(token):
            if child.dep_ in {"dobj", "prep"}:
                inner += [c for c in children(child) if c.dep_ in CLAUSAL | {"advcl"}]
        mine = {t.i for t in surface_subject(token)}
        # "voiced its readiness to sell gas to Kabul": nobody is asked.
        subjects = [t for clause in inner for t in surface_subject(clause) if t.dep_ != "poss"]
        asked = [t for t in subjects if t.i not in mine and t.i > token.i]
        if asked:
            return spread(asked)
        return [found for clause in inner for found in self._affected(clause, mine, 2)]

    def _affected(self, clause: Token, mine: set[int], depth: int) -> list[Token]:
        """Whom a clause is about, in it or in the clause below it: "refused to allow two airlines to land"."""
        found = [*datives(clause), *oblique(clause, CONCERNED)]
        moved = [s for s in self.senses.get(clause.lemma_.lower(), ()) if s.type in MOVING and not s.noun]
        goods = bool(moved) and not any(s.recipient[:1] == ("object",) for s in moved)
        found += [party for thing in patients(clause) for party in self._concerned(thing, goods=goods)]
        if found or not depth:
            return found
        below = [c for c in children(clause) if c.dep_ in CLAUSAL]
        subjects = [t for c in below for t in surface_subject(c) if t.i not in mine and t.i > clause.i]
        return spread(subjects) or [p for c in below for p in self._affected(c, mine, depth - 1)]

    def _concerned(self, thing: Token, *, goods: bool) -> list[Token]:
        """Whom a thing that is given, lifted or accepted concerns: "the ban on Cypriot ships", "a request from envoys".

        What is sent is not to whom: "offered to send a field hospital".
        """
        if not goods and (party := self.actors.party(thing)) and not party.place:
            return [thing]
        made = [c for c in children(thing) if c.dep_ == "acl" and c.tag_ == "VBN"]
        there = [t for head in (thing, *made) for t in oblique(head, CONCERNED | {"from", "on", "by"})]
        there += [t for verb in made for t in agents(verb)]
        return [found for token in there for found in self._behind(token, 2)] or (
            self._adjectives(thing) if goods else self._behind(thing, 1)
        )


def _claimed(noun: Token) -> list[Token]:
    """Of whom something is claimed: "claims that soldiers beat prisoners"."""
    clauses = [c for c in children(noun) if c.dep_ == "acl" and any(m.dep_ == "mark" for m in children(c))]
    return [subject for clause in clauses for subject in surface_subject(clause)]


@kept
def _reached(trigger: Token) -> dict[str, list[Token]]:
    """Objects of prepositions below the trigger, its own first, then those of its objects and inside their phrases."""
    return _reach(trigger, 2)


def _reach(head: Token, depth: int) -> dict[str, list[Token]]:
    found = dict(_own(head))
    for thing, clauses in _inner(head) if depth else ():
        # "delivered the missiles that it had pledged to Kyiv"
        for below in (_reach(thing, depth - 1), *map(_own, clauses)):
            for preposition, objects in below.items():
                found.setdefault(preposition, objects)
    return found


@kept
def _own(head: Token) -> dict[str, list[Token]]:
    """Objects of a word's own prepositions; days are none: "served an ultimatum on the rebels on Friday"."""
    found: dict[str, list[Token]] = {}
    for preposition, objects in phrases(head):
        if rest := [t for t in objects if t.ent_type_ not in {"DATE", "TIME"}]:
            found[preposition] = found.get(preposition, []) + rest
    return found


@kept
def _inner(head: Token) -> list[tuple[Token, list[Token]]]:
    """What goes on inside the phrase of a head: objects, with the relative clauses and participles below each."""
    things = patients(head) if head.pos_ == "VERB" else []
    # "thousands of soldiers along the border": the phrase hangs on the number.
    things = [*things, *(c for c in children(head) if c.dep_ == "dobj" and c not in things)]
    return [
        (t, [c for c in children(t) if c.dep_ == "relcl" or (c.dep_ == "acl" and c.tag_ == "VBN")])
        for t in [*things, *oblique(head, INNER)]
    ]


def _speaker(token: Token) -> list[Token]:
    reporter = judge(token).reporter
    return [reporter] if reporter is not None else []


def _beyond(border: Token) -> list[Token]:
    """Whose border it is: "the border with Finland", wherever the parser hangs the phrase."""
    after = border.nbor() if border.i + 1 < len(border.doc) else border
    return [c for c in children(after) if c.dep_ == "pobj"] if after.lower_ == "with" else []


def _undergoes(noun: Token, light: Token) -> bool:
    """Whether the subject suffers the noun: "came under attack", "repelled an assault"."""
    under = noun.dep_ == "pobj" and noun.head.lower_ == "under"
    return under or light.lemma_.lower() in lexicon("grammar")["undergone"]
