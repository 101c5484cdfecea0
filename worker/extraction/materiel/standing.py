"""How far a transfer has come: by the words that move a thing, the outermost deciding, and by the world they stand in."""

from __future__ import annotations

from collections.abc import Sequence

from spacy.tokens import Token

from worker.extraction.events.factuality import Hold, World, is_first, judge
from worker.extraction.materiel.moving import Step
from worker.extraction.tree import children, climb
from worker.model import MaterielStatus as Status
from worker.model import Polarity
from worker.ontology import lexicon
from worker.ontology.moves import load, words

HELD = {
    Hold.PROMISE: Status.PROMISED,
    Hold.AHEAD: Status.PROMISED,
    Hold.INTEND: Status.INTENDED,
    Hold.PURPOSE: Status.INTENDED,
    Hold.POSSIBLE: Status.INTENDED,
    Hold.CONDITION: Status.INTENDED,
    Hold.REQUEST: Status.REQUESTED,
    Hold.REFUSE: Status.REFUSED,
    Hold.DENY: Status.NOT_DELIVERED,
}
# Who thanks, praises or blames for a deed takes it as done.
DONE = frozenset({"for", "after", "by", "since"})
AHEAD = frozenset({Hold.AHEAD, Hold.INTEND, Hold.PROMISE})


def status(done: Sequence[Step]) -> Status | None:
    """The standing of a thing by all that is done with it, nearest word first; None where nothing came of it."""
    inner, outer = done[0], done[-1]
    kinds = [s.move.kind for s in done]
    world = _world(outer.token)
    if "restrict" in kinds:
        lifted = "ask" not in kinds and _lifted(done[kinds.index("restrict")].token)
        return Status.ALLOCATED if lifted else Status.RESTRICTED
    if inner.move.kind == "ask":
        return _asked(done)
    if inner.move.kind in {"use", "intercept"} and len(done) > 1:
        return _licensed(done[1:], world)
    return STANDING[outer.move.kind](outer, world)


def _world(token: Token) -> World:
    """The world of a word; a noun has that of the verb whose subject it is: "deliveries will begin"."""
    world = judge(token)
    verb = next((t for t in climb(token) if t.pos_ in {"VERB", "AUX"}), None)
    if token.pos_ == "VERB" or world.hold is not None or verb is None:
        return world
    carried = token.dep_ in {"nsubj", "nsubjpass"} or (token.dep_ in {"dobj", "attr"} and verb.lemma_.lower() in CARRYING)
    if token.head != verb or not carried:
        return world
    above = judge(verb)
    negated = Polarity.NEGATED if above.polarity is not world.polarity else Polarity.AFFIRMED
    return World(negated, above.tense, above.hold, above.governor, above.reporter, above.doubted)


CARRYING = lexicon("grammar")["light"] | lexicon("factuality")["real"]


def _transfer(step: Step, world: World) -> Status | None:
    negated = world.polarity is Polarity.NEGATED
    if negated and world.hold in AHEAD:
        return Status.REFUSED
    if negated:
        return None if world.hold in {Hold.REQUEST, Hold.CONDITION} else Status.NOT_DELIVERED
    if _to_do(step.token) and (settled := _settled(step.token, world)):
        return settled
    if world.hold is Hold.CONDITION and not _would(step.token):
        return None
    if world.hold is not None:
        governor = world.governor.lemma_.lower() if world.governor is not None else ""
        approved = any(m.kind == "allocate" for m in load().get((governor, False), ()))
        if world.hold is Hold.ACCUSE:
            return Status.DELIVERED
        return Status.ALLOCATED if world.hold is Hold.PROMISE and approved else HELD.get(world.hold)
    return Status.DELIVERING if _goes_on(step.token) else Status.DELIVERED


def _to_do(verb: Token) -> bool:
    return any(c.lower_ == "to" and c.dep_ == "aux" for c in children(verb))


def _settled(verb: Token, world: World) -> Status | None:
    """Infinitives that the world takes for done: "voted to send", "money to buy tanks"; as a headline, "US to send"."""
    if verb.dep_ == "ROOT" or (verb.dep_ == "xcomp" and verb.head.lemma_.lower() in words("resolved")):
        return Status.PROMISED
    meant = world.hold is None and verb.dep_ in {"acl", "advcl", "relcl"} and not is_first(verb)
    return Status.INTENDED if meant else None


def _would(verb: Token) -> bool:
    return any(c.lower_ in {"would", "'d", "’d"} for c in children(verb))


def _goes_on(token: Token) -> bool:
    """Whether it is under way or done again and again."""
    if token.pos_ != "VERB":
        return False
    if token.tag_ != "VBG":
        return token.tag_ in {"VBZ", "VBP"}
    return not (token.dep_ == "pcomp" and token.head.lower_ in DONE)


def _ask(_: Step, world: World) -> Status | None:
    wanted = world.polarity is Polarity.AFFIRMED and world.hold not in {Hold.REFUSE, Hold.DENY}
    return Status.REQUESTED if wanted else None


def _promise(step: Step, world: World) -> Status | None:
    return _given(step, world, Status.PROMISED)


def _allocate(step: Step, world: World) -> Status | None:
    return _given(step, world, Status.ALLOCATED)


def _given(step: Step, world: World, plain: Status) -> Status | None:
    """Words given and sums set aside: under other words they are asked for, refused or meant."""
    if world.polarity is Polarity.NEGATED:
        return Status.REFUSED if world.hold in AHEAD else Status.NOT_DELIVERED
    if world.hold in {None, Hold.PROMISE, Hold.ACCUSE}:
        return plain
    if world.hold is Hold.AHEAD:
        return Status.PROMISED
    return None if world.hold is Hold.CONDITION and not _would(step.token) else HELD.get(world.hold)


def _refuse(_: Step, world: World) -> Status | None:
    if world.polarity is Polarity.NEGATED or world.hold in {Hold.REQUEST, Hold.DENY}:
        return None
    return Status.REFUSED


def _withhold(_: Step, world: World) -> Status | None:
    if world.polarity is Polarity.NEGATED or world.hold in {Hold.REQUEST, Hold.DENY, Hold.CONDITION, Hold.POSSIBLE}:
        return None
    return Status.REFUSED if world.hold in AHEAD | {Hold.THREATEN} else Status.NOT_DELIVERED


def _use(_: Step, world: World) -> Status | None:
    if world.polarity is Polarity.NEGATED or world.hold in {Hold.REFUSE, Hold.DENY}:
        return None
    return Status.USED if world.hold in {None, Hold.ACCUSE} else _unless_requested(world)


def _unless_requested(world: World) -> Status:
    return Status.REQUESTED if world.hold is Hold.REQUEST else Status.INTENDED


def _intercept(_: Step, world: World) -> Status | None:
    return Status.USED if world.polarity is Polarity.AFFIRMED and world.hold in {None, Hold.ACCUSE} else None


STANDING = {
    "transfer": _transfer,
    "ask": _ask,
    "promise": _promise,
    "allocate": _allocate,
    "refuse": _refuse,
    "withhold": _withhold,
    "use": _use,
    "intercept": _intercept,
}


# What is done to a limit that ends it.
LIFTING = frozenset(
    {"lift", "lifting", "ease", "easing", "remove", "removal", "drop", "end", "waive", "scrap", "loosen", "relax"}
)


def _lifted(limit: Token) -> bool:
    """Whether the limit has been taken away."""
    lifting = next((t for t in climb(limit) if t.lemma_.lower() in LIFTING), None)
    world = judge(lifting) if lifting is not None else None
    return world is not None and world.hold is None and world.polarity is Polarity.AFFIRMED


def _asked(done: Sequence[Step]) -> Status | None:
    """A request stands, unless it is refused: "rejected the request for jets"."""
    if done[-1].move.kind == "refuse":
        return _refuse(done[-1], _world(done[-1].token))
    return _ask(done[0], _world(done[0].token))


def _licensed(outer: Sequence[Step], world: World) -> Status | None:
    """Use that another has a say in: "allowed Kyiv to fire missiles", "asked to be allowed to"."""
    allowed = [s for s in outer if s.move.kind == "allocate"]
    if allowed and len(outer) == 1 and world.polarity is Polarity.AFFIRMED and world.hold in {None, Hold.PROMISE}:
        return Status.ALLOCATED
    if allowed or outer[-1].move.kind in {"refuse", "withhold"}:
        return Status.RESTRICTED
    return Status.REQUESTED if outer[-1].move.kind == "ask" else Status.INTENDED
