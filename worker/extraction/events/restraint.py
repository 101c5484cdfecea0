"""What is no event although its trigger, its parties and its world were found: a rule for each reason."""

from __future__ import annotations

from spacy.tokens import Token

from worker.extraction.actors.actors import Actors, Party
from worker.extraction.events.choosing import Choice
from worker.extraction.events.factuality import WORDS
from worker.extraction.events.found import Found
from worker.extraction.events.types import COOPERATION, FORCE, GIVING_WAY
from worker.extraction.grammar import agents, particle
from worker.extraction.materiel.things import item
from worker.extraction.tree import children, kept, sentence
from worker.model import EventType, Polarity
from worker.ontology.senses import Sense, plover

# Without a named doer these are still news: a strike, an arrest, a conviction, a protest.
AGENTLESS = frozenset({EventType.ASSAULT, EventType.COERCE, EventType.SANCTION, EventType.PROTEST})
# Sectors of people who are done to; they do not wage war, trade or sanction.
VICTIMS = frozenset({"CVL", "REF", "MED"})
# Only these happen to places; one does not ask or praise a power station.
TO_PLACES = FORCE | {EventType.THREATEN, EventType.AID, EventType.RETREAT, EventType.CONSULT}
# Between companies these are business.
BUSINESS = frozenset({EventType.AID, EventType.COOPERATE, EventType.AGREE, EventType.SUPPORT, EventType.REJECT})
# Who of these does something does it in public life, wherever the sentence takes place.
PUBLIC = frozenset({"GOV", "MIL", "COP", "JUD", "LEG", "SPY", "REB", "UAF", "PRM", "PTY", "OPP"})
# Between states and forces these are news, between people they are life.
KINDNESS = COOPERATION | GIVING_WAY | {EventType.AGREE, EventType.REJECT, EventType.MOBILIZE}
# What is only played at in matches.
PLAYED = frozenset(EventType) - {EventType.ACCUSE, EventType.REQUEST, EventType.SANCTION, EventType.PROTEST, EventType.REJECT}
# They contend with words and votes: "the two candidates battled".
CONTENDERS = frozenset({"LEG", "PTY", "ELI", "OPP", "JRN", "BUS"})
MEETINGS = frozenset({EventType.CONSULT, EventType.COOPERATE, EventType.ASSAULT})
# Quads above this are conflict.
COOPERATIVE = 2


class Restraint:
    """Judges the events of one article."""

    def __init__(self, actors: Actors, choice: Choice) -> None:
        self.actors, self.choice = actors, choice

    def can_receive(self, party: Party, sense: Sense, kind: EventType) -> bool:
        """Places suffer and get, but are not asked or praised; what is given ("troops") is not who gets it."""
        moved = sense.type is EventType.AID and sense.recipient[:1] != ("object",)
        goods = moved and item(party.span.root, self.actors) is not None
        return not goods and (kind in TO_PLACES or not party.place)

    def objection(self, event: Found) -> str | None:
        """Why it is none, for a person; None where it stands."""
        if not any(p.code for p in (*event.actors, *event.recipients)) and not _both_known(event):
            return "no party that has a code"
        return _of_words(event) or self._of_people(event) or self._of_actors(event) or self._of_recipients(event)

    def _of_people(self, event: Found) -> str | None:
        """What people do who are nobody's government, army or party."""
        if not event.actors or any(_is_public(a) for a in event.actors):
            return "happens in a match" if not event.actors and event.type in PLAYED and _is_match(event.trigger) else None
        if all(_looks_on(a) for a in event.actors):
            return "those who only look on do nothing"
        if event.sense.lemma == "expect" and event.type is EventType.REQUEST:
            return "who only expects it asks for nothing"
        if event.type in PLAYED and _is_match(event.trigger):
            return "happens in a match"
        return _of_companies(event) if all(_is_business(a) for a in event.actors) else _of_private_people(event)

    def _of_actors(self, event: Found) -> str | None:
        if not event.actors and (event.type not in AGENTLESS or event.world.hold is not None):
            return f"nobody is named who does it, and {event.type} needs somebody"
        if event.type is EventType.ASSAULT and _hurts_itself(event.trigger):
            return "nobody else is hurt"
        if event.type is EventType.ASSAULT and not event.actors and not self._is_deed(event):
            return "nobody's deed: neither an attack nor a weapon did it"
        if event.actors and all(_is_victim(a) for a in event.actors) and event.type in {EventType.AID, EventType.SANCTION}:
            return "those who suffer do not give or sanction"
        if event.sense.mutual and event.type in MEETINGS and len(event.actors) < 2 and not _several(event):
            return "it takes two, and one is named"
        return None

    def _of_recipients(self, event: Found) -> str | None:
        to_somebody = bool(event.recipients) or self._moves_goods(event)
        if event.world.polarity is Polarity.NEGATED and not (event.actors and (to_somebody or len(event.actors) > 1)):
            return "what did not happen needs both parties"
        if plover()[event.type].recipient and not to_somebody and len(event.actors) < 2:
            return f"nobody is named to whom it is done, and {event.type} needs somebody"
        return None

    def _is_deed(self, event: Found) -> bool:
        """Whether what killed is a weapon or an attack; earthquakes and accidents assault nobody."""
        doers = agents(event.trigger) if not event.sense.noun else []
        if any(_is_accident(v) for v in (event.trigger, event.trigger.head)):
            return False
        return all(
            self.actors.party(d)
            or ((thing := item(d, self.actors)) and thing.armed)
            or (any(s.type is EventType.ASSAULT for s in self.choice.senses.get(d.lemma_.lower(), ())) and not _is_blaze(d))
            for d in doers
        )

    def _moves_goods(self, event: Found) -> bool:
        """Aid whose receiver goes without saying, because the goods are named."""
        return event.type is EventType.AID and "@materiel" in self.choice.direct(event.trigger, noun=event.sense.noun)


def _both_known(event: Found) -> bool:
    """Whether a conflict tells of both sides what they are, if not of which country: "gunmen kidnapped passengers"."""
    sides = (*event.actors, *event.recipients)
    return plover()[event.type].quad > COOPERATIVE and bool(event.actors and event.recipients) and all(p.sector for p in sides)


def _of_words(event: Found) -> str | None:
    """What is only called so: "called him a liar", the battle of two candidates."""
    if event.type is EventType.CONSULT and event.sense.lemma == "call" and not event.sense.noun and _gives_name(event.trigger):
        return "only gives somebody a name"
    contest = event.type is EventType.ASSAULT and event.sense.lemma in WORDS["contests"]
    if contest and event.actors and all(p.code is None or _sector(p) in CONTENDERS for p in (*event.actors, *event.recipients)):
        return "they contend with words and votes"
    return None


def _gives_name(verb: Token) -> bool:
    # An infinitive is what for: "called the president to offer sympathy".
    return any(c.dep_ in {"oprd", "ccomp", "acomp", "xcomp"} and c.tag_ != "VB" for c in children(verb))


def _of_companies(event: Found) -> str | None:
    if event.type is EventType.ASSAULT:
        return "companies fight with words"
    trades = event.type in BUSINESS and all(_is_customer(r) for r in event.recipients)
    return "business of companies" if trades else None


def _of_private_people(event: Found) -> str | None:
    if all(a.span.root.lemma_.lower() in WORDS["petty"] for a in event.actors):
        return "common crime"
    if event.type is EventType.CONSULT and all(_is_ordinary(p) for p in event.actors):
        return "private travel and talk"
    if (
        event.type in KINDNESS
        and len(event.actors) == 1
        and _is_nobody(event.actors[0])
        and all(map(_is_customer, event.recipients))
    ):
        return "one private person"
    parties = (*event.actors, *event.recipients)
    among_them = all(_is_private(p) for p in parties) and len({p.country for p in parties} - {None}) < 2
    return "between private persons" if among_them else None


def _several(event: Found) -> bool:
    """A plural noun may stand for both sides: "the delegations met"."""
    return any((a.figure is None or a.figure.described) and a.span.root.tag_ in {"NNS", "NNPS"} for a in event.actors)


def _is_victim(party: Party) -> bool:
    return party.code is not None and party.code.sector in VICTIMS


def _sector(party: Party) -> str | None:
    return party.code.sector if party.code is not None else None


def _is_public(party: Party) -> bool:
    """Whether it acts in public life; a capital may also stand for its team or its companies."""
    capital = party.figure is not None and party.figure.term is not None and party.figure.term.kind == "capital"
    # A captain leads a team as often as a ship.
    return _sector(party) in PUBLIC and not capital and party.span.root.lemma_ != "captain"


def _looks_on(party: Party) -> bool:
    return (party.figure is None or party.figure.described) and party.span.root.lemma_.lower() in WORDS["observers"]


def _is_business(party: Party) -> bool:
    return party.code is not None and (party.code.sector == "BUS" or party.code.text.startswith("MNC"))


def _is_customer(party: Party) -> bool:
    return party.code is None or _is_business(party) or _sector(party) == "CVL"


def _is_ordinary(party: Party) -> bool:
    """People without name or office, one or many: "tourists", "a musician"."""
    described = party.figure is None or party.figure.described
    return described and _sector(party) in {None, "CVL"} and party.span.root.lemma_.lower() in WORDS["ordinary"]


def _is_nobody(party: Party) -> bool:
    """One person without a name in private life: "an Austrian", "a musician"."""
    described = party.figure is None or party.figure.described
    return described and party.span.root.tag_ in {"NN", "NNP", "JJ"} and _sector(party) in {"CVL", "LAB"}


def _is_private(party: Party) -> bool:
    """One person without name or office: "a man", "his neighbour"."""
    described = party.figure is None or party.figure.described
    return described and _sector(party) in {None, "CVL"} and party.span.root.tag_ == "NN"


@kept
def _is_match(trigger: Token) -> bool:
    # "The final" is read as an adjective without its noun.
    named = (t for t in sentence(trigger) if t.pos_ == "NOUN" or t.dep_ == "pobj")
    return any(t.lemma_.lower() in WORDS["sport"] for t in named)


def _hurts_itself(verb: Token) -> bool:
    """As in "shot himself in the foot", not as in "blew himself up"."""
    return particle(verb) is None and any(c.dep_ == "dobj" and c.lower_.endswith(("self", "selves")) for c in children(verb))


def _is_blaze(noun: Token) -> bool:
    """Fire that nobody opened, an explosion of gas; not "artillery fire killed"."""
    own = [c for c in children(noun) if c.dep_ in {"amod", "compound", "poss", "prep"}]
    return (noun.lemma_ == "fire" and not own) or any(c.lemma_.lower() in WORDS["leaks"] for c in own)


def _is_accident(verb: Token) -> bool:
    return verb.lemma_.lower() in WORDS["accident"]
