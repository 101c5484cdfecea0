"""In which world an event takes place: polarity, modality and tense of a trigger, by its clause and what governs it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from spacy.tokens import Token

from worker.extraction.events.light import light_verb
from worker.extraction.grammar import SUBJECT_CONTROL, is_headline, partner, surface_subject
from worker.extraction.tree import DEPTH, children, kept
from worker.model import Modality, Polarity, Tense
from worker.ontology import lexicon

CLAUSES = frozenset({"xcomp", "ccomp", "advcl", "acl", "pcomp", "relcl", "csubj", "oprd"})
WORDS = lexicon("factuality")
MODALS = frozenset({"must", "should", "shall", "ought"})


class Hold(Enum):
    """What the governing word does to the event under it."""

    PROMISE = "promise"
    INTEND = "intend"
    REQUEST = "request"
    THREATEN = "threaten"
    REFUSE = "refuse"
    DENY = "deny"
    FAIL = "fail"
    ACCUSE = "accuse"
    CONDITION = "condition"
    POSSIBLE = "possible"
    PURPOSE = "purpose"
    AHEAD = "ahead"


COMMITTED = frozenset({Hold.PROMISE, Hold.INTEND, Hold.THREATEN})
# Under these nothing is promised, planned or threatened any more.
UNREAL = frozenset({Hold.ACCUSE, Hold.DENY, Hold.CONDITION, Hold.POSSIBLE})
# The order matters: a word may be in several lists ("offer", "seek", "warn").
HOLDS = (Hold.REQUEST, Hold.REFUSE, Hold.THREATEN, Hold.DENY, Hold.FAIL, Hold.ACCUSE, Hold.PROMISE, Hold.INTEND)


@dataclass(frozen=True)
class World:
    """The verdict on a trigger."""

    polarity: Polarity
    tense: Tense
    hold: Hold | None = None
    governor: Token | None = None
    reporter: Token | None = None
    doubted: bool = False

    @property
    def modality(self) -> Modality:
        """As the wire format names it."""
        if self.hold is None:
            return Modality.ALLEGED if self.doubted else Modality.ACTUAL
        return MODALITY[self.hold]

    @property
    def told(self) -> str:
        """The verdict in words, for a person."""
        if self.hold is None:
            return "told as a fact"
        by = f" by {self.governor.text!r}" if self.governor is not None else ""
        return f"{TOLD[self.hold]}{by}"


# What a hold makes of what it holds, for a person.
TOLD = {
    Hold.PROMISE: "only promised",
    Hold.INTEND: "only intended",
    Hold.AHEAD: "still ahead",
    Hold.REQUEST: "only asked for or said to be due",
    Hold.THREATEN: "only threatened",
    Hold.REFUSE: "refused",
    Hold.DENY: "denied or ended",
    Hold.FAIL: "failed",
    Hold.ACCUSE: "somebody's accusation",
    Hold.CONDITION: "depends on a condition",
    Hold.POSSIBLE: "only possible",
    Hold.PURPOSE: "a purpose, not a deed",
}
MODALITY = {
    Hold.PROMISE: Modality.PROMISED,
    Hold.INTEND: Modality.INTENDED,
    Hold.AHEAD: Modality.PROMISED,
    Hold.REQUEST: Modality.REQUESTED,
    Hold.THREATEN: Modality.THREATENED,
    Hold.REFUSE: Modality.HYPOTHETICAL,
    Hold.DENY: Modality.HYPOTHETICAL,
    Hold.FAIL: Modality.ACTUAL,
    Hold.ACCUSE: Modality.ALLEGED,
    Hold.CONDITION: Modality.HYPOTHETICAL,
    Hold.POSSIBLE: Modality.POSSIBLE,
    Hold.PURPOSE: Modality.HYPOTHETICAL,
}


@kept
def judge(trigger: Token) -> World:
    """Read the trigger's own auxiliaries, then climb until something decides."""
    return _judge(trigger, trigger)


@kept
def told(trigger: Token) -> World:
    """The same, for a noun with the auxiliaries and the negation of the verb that carries it: "will not hold talks"."""
    return _judge(trigger, carrier(trigger) or trigger)


def _judge(trigger: Token, verb: Token) -> World:
    own = None if trigger is verb and _is_verbal(trigger) else _noun_hold(trigger)
    if own is None and _is_verbal(verb):
        own = _own_hold(verb)
    negated = _negated(trigger) or (verb is not trigger and _negated(verb))
    reporter, doubted = None, False
    governor: Token | None = None
    current = trigger
    for _ in range(DEPTH):
        step = _step(current)
        if step is None:
            break
        head, dep = step
        hold = _held_by(current, head, dep)
        if hold is not None and (own in {None, Hold.PURPOSE, Hold.AHEAD} or (governor is not None and hold in UNREAL)):
            # What is promised, planned or threatened has the world of the promise: "may agree to send".
            own, governor = _outer(hold, head), head
            negated = negated or (hold in COMMITTED and _negated(head))
        elif own is Hold.PURPOSE and dep == "xcomp" and head.lemma_.lower() in WORDS["real"]:
            own, negated = _own_hold(head), negated or _negated(head)
        if dep == "ccomp" and head.lemma_.lower() in WORDS["report"]:
            reporter = reporter or next(iter(surface_subject(head)), None)
            doubted = doubted or head.lemma_.lower() in WORDS["doubtful"]
        if dep in {"relcl", "ROOT"} and not _infinitive(current):
            break
        current = head
    if own is Hold.FAIL:
        negated = not negated
        own = None
    polarity = Polarity.NEGATED if negated else Polarity.AFFIRMED
    return World(polarity, tense(trigger), own, governor, reporter, doubted)


def _is_verbal(token: Token) -> bool:
    return token.pos_ in {"VERB", "AUX"}


def _outer(hold: Hold, governor: Token) -> Hold:
    """What is left of a promise, plan or threat that is itself only possible."""
    if hold not in COMMITTED or not _is_verbal(governor):
        return hold
    own = _own_hold(governor)
    return own if own in UNREAL else hold


@kept
def carrier(noun: Token) -> Token | None:
    """The verb that tells whether what the noun names takes place: "held talks", "talks did not take place"."""
    if noun.pos_ not in {"NOUN", "PROPN"}:
        return None
    light = light_verb(noun)
    if light is not None:
        return light if light.i > noun.i or light.dep_ != "acl" else None
    takes_place = noun.dep_ in {"nsubj", "nsubjpass"} and noun.head.lemma_.lower() in WORDS["occur"]
    return noun.head if takes_place else None


def _own_hold(verb: Token) -> Hold | None:
    auxiliaries = {c.lower_ for c in children(verb) if c.dep_ in {"aux", "auxpass"}}
    if auxiliaries & WORDS["possible"] and not _negated(verb):
        return Hold.POSSIBLE
    if auxiliaries & MODALS:
        return Hold.REQUEST
    marked = any(c.dep_ in {"mark", "advmod"} and c.lower_ in WORDS["condition"] for c in children(verb))
    if marked or _inverted(verb):
        return Hold.CONDITION
    if auxiliaries & {"will", "'ll", "’ll"} or _going_to(verb) or is_headline(verb):
        return Hold.AHEAD
    if auxiliaries & {"would", "'d"}:
        return Hold.AHEAD if _reported(verb) else Hold.CONDITION
    if (
        verb.dep_ == "conj"
        and verb.head.pos_ == "VERB"
        and not any(c.dep_ in {"nsubj", "nsubjpass", "aux"} for c in children(verb))
    ):
        return _own_hold(verb.head)
    # "is said to have sent" tells what was done.
    if "to" in auxiliaries and "have" not in auxiliaries and not is_first(verb):
        return Hold.PURPOSE
    return None


def _inverted(verb: Token) -> bool:
    """A condition without "if": "had they bombed the island", "should talks fail"."""
    own = children(verb)
    helpers = [c.i for c in own if c.dep_ in {"aux", "auxpass"} and c.lower_ in {"had", "should", "were"}]
    subjects = [c.i for c in own if c.dep_ in {"nsubj", "nsubjpass"}]
    return bool(helpers and subjects) and helpers[0] < subjects[0] and verb.dep_ != "ROOT"


def is_first(verb: Token) -> bool:
    """Whether it was done: "the first country to send", "the last to leave"."""
    noun = verb.head
    return verb.dep_ in {"relcl", "acl", "xcomp"} and (
        noun.lower_ in {"first", "last"} or any(c.lower_ in {"first", "last", "only", "latest"} for c in children(noun))
    )


def _noun_hold(noun: Token) -> Hold | None:
    words = {c.lemma_.lower() for c in children(noun) if c.dep_ in {"amod", "compound"}} | {
        c.lower_ for c in children(noun) if c.dep_ == "amod"
    }
    planned = any(c.dep_ == "acl" and c.tag_ == "VBN" and c.lower_ in WORDS["ahead"] for c in children(noun))
    if planned or words & WORDS["ahead"]:
        return Hold.AHEAD
    return Hold.POSSIBLE if words & (WORDS["supposed"] - {"alleged", "reported"}) else None


def _going_to(verb: Token) -> bool:
    """Whether it is to come: "is going to send", "is to send", but not "the aim is to send" nor "is to blame"."""
    head = verb.head
    if verb.dep_ != "xcomp" or not _infinitive(verb):
        return False
    if head.lemma_ != "be" or verb.lemma_ == "blame":
        return head.lower_ == "going"
    # "Were they to attack" is a condition.
    subjects = [c for c in children(head) if c.dep_ == "nsubj" and c.i < head.i]
    return bool(subjects) and not any(s.lemma_.lower() in WORDS["aims"] for s in subjects)


def _reported(verb: Token) -> bool:
    return verb.dep_ == "ccomp" and verb.head.lemma_.lower() in WORDS["report"]


def _infinitive(verb: Token) -> bool:
    return any(c.dep_ == "aux" and c.lower_ == "to" for c in children(verb))


def _step(token: Token) -> tuple[Token, str] | None:
    """The governing content word and the relation to it; prepositions are passed through, sentences are not left."""
    head, dep = partner(token) if token.dep_ == "conj" else token.head, token.dep_
    if head == token or dep == "ROOT":
        return None
    for _ in range(DEPTH):
        if head.pos_ != "ADP" or head.head == head:
            break
        dep = f"{dep}:{head.lower_}" if dep in {"pcomp", "pobj"} else dep
        head = head.head
    if dep == "pcomp:of" and head.dep_ in {"dobj", "nsubjpass"} and head.head.lemma_.lower() in WORDS["accuse"]:
        # "accused the army of shelling": the parser may hang the deed on the accused.
        head = head.head
    return head, dep


def _held_by(token: Token, head: Token, dep: str) -> Hold | None:
    """What a governor does to what it governs, if the relation is one that it holds."""
    base, _, preposition = dep.partition(":")
    lemma = head.lemma_.lower()
    if base == "conj" or lemma in WORDS["real"]:
        return None
    clausal = base in CLAUSES and base != "relcl" and not (base == "advcl" and not _infinitive(token))
    nominal = base in {"dobj", "pobj", "nsubjpass", "compound"} and token.pos_ in {"NOUN", "PROPN"}
    # "The walkout stopped the trains": what stops others takes place.
    subject = base == "nsubj" and not any(c.dep_ == "dobj" for c in children(head))
    if not clausal and not nominal and not subject:
        return None
    if base == "ccomp" and _is_finite(token) and lemma not in WORDS["subjunctive"]:
        return {"accuse": Hold.ACCUSE, "allege": Hold.ACCUSE, "deny": Hold.DENY}.get(lemma)
    if base == "nsubj" and token.pos_ == "NOUN" and lemma in WORDS["breaks_down"]:
        return Hold.DENY
    ended = "end" if base in {"dobj", "nsubjpass"} else "stops" if base == "pobj" and head.pos_ == "NOUN" else None
    if nominal and ended and lemma in WORDS[ended]:
        return Hold.DENY
    if nominal and not _holds_nouns(lemma, base, preposition):
        return None
    found = next((h for h in HOLDS if lemma in WORDS[h.value]), None)
    if found is Hold.THREATEN and not nominal and lemma not in SUBJECT_CONTROL and _infinitive(token):
        # "warned the crowd not to march": the crowd would do it.
        return Hold.REQUEST
    return found


def _holds_nouns(lemma: str, dep: str, preposition: str) -> bool:
    if dep == "pobj" and preposition not in {"for", "of", "to", "against", "on"}:
        return False
    return lemma in WORDS["noun_holders"]


def _is_finite(verb: Token) -> bool:
    return verb.tag_ in {"VBD", "VBZ", "VBP", "MD"} or any(
        c.dep_ in {"aux", "auxpass"} and c.tag_ in {"VBD", "VBZ", "VBP", "MD"} for c in children(verb)
    )


def _negated(token: Token) -> bool:
    if token.dep_ == "acomp" and _negated(token.head):
        return True
    for child in children(token):
        denies = child.dep_ == "neg" or (child.dep_ in {"det", "advmod", "preconj"} and child.lower_ in WORDS["negation"])
        if denies and not _mock(child):
            return True
        if child.dep_ == "dobj" and any(
            c.dep_ in {"det", "nummod", "quantmod", "advmod"} and c.lower_ == "no" for c in children(child)
        ):
            # "gave no money"; but "left no doubt that"
            return True
    if token.dep_ == "pcomp" and token.head.lower_ == "without":
        return True
    if token.dep_ == "pobj" and token.head.lower_ == "without":
        return True
    subjects = [c for c in children(token) if c.dep_ in {"nsubj", "nsubjpass"}]
    nobody = any(s.lower_ in {"nobody", "none", "few", "neither"} for s in subjects)
    return nobody or any(g.lower_ in {"no", "neither", "few", "not"} for s in subjects for g in children(s))


def _nothing(thing: Token) -> bool:
    """Whether an object denies its verb: "gave no money", "agreed on little"."""
    if thing.dep_ == "prep":
        return any(c.lower_ in {"nothing", "little", "nobody"} for c in children(thing))
    return thing.lower_ in {"nothing", "nobody", "little"} or any(c.lower_ == "no" for c in children(thing))


def _mock(negation: Token) -> bool:
    """Whether the deed itself stands: "not only", "never seemed more"."""
    if negation.i + 1 < len(negation.doc) and negation.nbor().lower_ in WORDS["mock_negation"]:
        return True
    near = [c for c in children(negation.head) if c.dep_ in {"acomp", "advmod", "attr", "oprd"}]
    return negation.lower_ == "never" and any(t.tag_ in {"JJR", "RBR"} for c in near for t in (c, *children(c)))


def tense(token: Token) -> Tense:
    """Grammatical time of a verb, or of the verb that a noun depends on."""
    verb = token
    for _ in range(DEPTH):
        if verb.pos_ in {"VERB", "AUX"} or verb.head == verb:
            break
        verb = verb.head
    group = [verb, *(c for c in children(verb) if c.dep_ in {"aux", "auxpass"})]
    words = {t.lower_ for t in group}
    if words & {"will", "'ll", "’ll", "shall"} or _going_to(verb):
        return Tense.FUTURE
    tags = {t.tag_ for t in group}
    if tags & {"VBD", "VBN"} and not (tags & {"VBZ", "VBP"} and words & {"is", "are", "am", "'s", "’s"}):
        return Tense.PAST
    if not tags & {"VBZ", "VBP", "MD", "VBD"} and verb.head != verb and verb.dep_ in CLAUSES | {"conj"}:
        return tense(verb.head)
    return Tense.PRESENT
