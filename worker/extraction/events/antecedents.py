"""Parties that a clause leaves to what the article has told before.

"North Korea fired two missiles. Seoul condemned the launches.": a reaction to a deed is a reaction to its doer. "Sweden
sent tanks to Kyiv. The Netherlands pledged 150 million.": help whose receiver goes unsaid is for the one just helped.
"Twelve people were arrested, police said": arrests that the police tell of, or that follow their raid, are theirs.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from spacy.tokens import Token

from worker.extraction.actors.actors import Party
from worker.extraction.events.choosing import Choice
from worker.extraction.events.found import Found
from worker.extraction.grammar import oblique, patients, possessors
from worker.extraction.tree import children
from worker.model import EventType
from worker.ontology import lexicon

REACTIONS = frozenset({EventType.ACCUSE, EventType.SUPPORT, EventType.REJECT, EventType.AGREE})
# Who these are, the other side tells.
OTHERS = lexicon("nouns")["relational"] | lexicon("nouns")["counterparts"]
ANSWERS = REACTIONS | {EventType.CONCEDE}
# Who deals with other states; courts and farmers have their own people in mind.
POWERS = frozenset({None, "GOV", "MIL", "REB"})
HELP = frozenset({EventType.AID, EventType.AGREE})
GOODS = frozenset({"@materiel", "@aid", "@money"})
# Where a reaction has its deed: "thanked them for the release", "protested against the raid".
ABOUT = ("for", "over", "to", "of", "against", "at")
DEFINITE = frozenset({"the", "this", "that", "these", "those", "such"})
# What only those with powers of arrest do, and who they are.
CUSTODY = frozenset({"arrest", "seize"})
ARRESTERS = frozenset({"COP", "MIL", "SPY"})
# Sentences after which a reader no longer takes help for the same one's, or "the attack" for the same attack.
NEAR_HELP, NEAR_DEED = 3, 8
# Sentences after which an arrest need no longer be that of the raid.
NEAR_RAID = 2


def fill(found: Sequence[Found], choice: Choice) -> list[Found]:
    """The events, those without recipients with the ones that earlier events give them; `found` is in text order."""
    ends = [sentence.end for sentence in choice.actors.parsed.sentences]
    known: list[Found] = []
    for event in found:
        known.append(_arrested(event, known, choice, ends) or _filled(event, known, choice, ends))
    return known


def _arrested(event: Found, earlier: Sequence[Found], choice: Choice, ends: Sequence[int]) -> Found | None:
    """The event with those who made the arrest, if nobody else is said to have made it."""
    if event.actors or event.type is not EventType.COERCE or event.mode not in CUSTODY:
        return None
    teller = choice.actors.party(event.world.reporter) if event.world.reporter is not None else None
    raids = (
        a
        for other in reversed(earlier)
        if bisect_right(ends, event.trigger.i) - bisect_right(ends, other.trigger.i) < NEAR_RAID
        and other.type is EventType.COERCE
        for a in other.actors
    )
    doer = next((p for p in (teller, *raids) if p is not None and p.sector in ARRESTERS), None)
    return replace(event, actors=(doer,), inferred=True) if doer is not None else None


def _filled(event: Found, earlier: Sequence[Found], choice: Choice, ends: Sequence[int]) -> Found:
    if not _names_nobody(event) or len(event.actors) != 1 or not earlier:
        return event
    for other in reversed(earlier):
        distance = bisect_right(ends, event.trigger.i) - bisect_right(ends, other.trigger.i)
        if distance > NEAR_DEED:
            break
        meant = _doers(event, other, choice) or (
            _helped(event, other, choice) or _counterpart(event, other) if distance <= NEAR_HELP else ()
        )
        if meant and not {p.key for p in meant} & {a.key for a in event.actors}:
            return replace(event, recipients=meant, inferred=True)
    return event


def _names_nobody(event: Found) -> bool:
    """Whether its recipients stand elsewhere: it has none, or "his hosts", "their neighbour"."""
    return all(r.code is None and r.span.root.lemma_.lower() in OTHERS for r in event.recipients)


def _doers(event: Found, other: Found, choice: Choice) -> tuple[Party, ...]:
    """Who did the deed that this is a reaction to, if the other event is that deed."""
    if event.type not in REACTIONS or not all(a.code for a in other.actors):
        return ()
    told = other.trigger.lemma_.lower()
    same = any(told == deed.lemma_.lower() or other.type in _types(deed, choice) for deed in _deeds(event.trigger))
    return other.actors if same else ()


def _deeds(trigger: Token) -> Iterator[Token]:
    """Definite nouns that the trigger is about, and whose doer is not named with them."""
    for noun in [*patients(trigger), *oblique(trigger, ABOUT)]:
        definite = any(c.dep_ == "det" and c.lower_ in DEFINITE for c in children(noun))
        if noun.pos_ == "NOUN" and definite and not possessors(noun) and not oblique(noun, {"by", "from"}):
            yield noun


def _types(noun: Token, choice: Choice) -> set[EventType]:
    return {s.type for s in choice.senses.get(noun.lemma_.lower(), ()) if s.noun}


def _helped(event: Found, other: Found, choice: Choice) -> tuple[Party, ...]:
    """Who got, was promised or asked for help last, if both events are about help."""
    if event.type not in HELP or not _gives(event, choice):
        return ()
    if other.type is EventType.REQUEST and other.mode == "assist":
        return other.actors
    return other.recipients if other.type in HELP and _gives(other, choice) else ()


def _counterpart(event: Found, other: Found) -> tuple[Party, ...]:
    """The other state of the two that the article was just speaking of: "Chad accused Sudan. It dropped its objection"."""
    mine = event.actors[0].country
    if event.type not in ANSWERS or mine is None or event.actors[0].sector not in POWERS:
        return ()
    for own, opposite in ((other.actors, other.recipients), (other.recipients, other.actors)):
        if mine in {p.country for p in own}:
            strangers = [p for p in opposite or own if p.country and p.country != mine]
            if len({p.country for p in strangers}) == 1:
                return tuple(strangers)
    return ()


def _gives(event: Found, choice: Choice) -> bool:
    return event.sense.type is EventType.AID or bool(choice.direct(event.trigger, noun=event.sense.noun) & GOODS)
