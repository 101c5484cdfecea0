"""Which way a time expression looks, back or ahead, by the tense of the verb that it hangs on."""

from __future__ import annotations

from enum import Enum

from spacy.tokens import Span, Token

from worker.extraction.tree import DEPTH, children
from worker.ontology import lexicon

HAVE = frozenset({"have", "had", "has", "having", "'ve", "’ve"})
AHEAD_WORDS = frozenset().union(*(lexicon("factuality")[name] for name in ("promise", "intend", "request", "threaten"))) - {
    *("try", "attempt", "effort", "move"),  # these take place when they are told of
}
DUE = lexicon("dates")["due"]
# "held the post until May": the end of what lasts may lie on either side.
LIMITS = frozenset({"until", "till", "by", "through"})


class Lean(Enum):
    """The direction of a time: before the article, after it, or not said."""

    BACK = "back"
    AHEAD = "ahead"
    OPEN = "open"


def lean(span: Span) -> Lean:
    """The direction of the verb above; a time below a noun of its own ("the Dec. 7 talks") says little and stays open."""
    token, nominal = span.root, False
    limit = token.head.lower_ in LIMITS
    for _ in range(DEPTH):
        if token.head == token:
            break
        token = token.head
        if token.pos_ in {"VERB", "AUX"}:
            found = of_verb(token)
            unsure = nominal and not _modal(token)
            return Lean.OPEN if unsure or (limit and found is Lean.BACK) else found
        if token.lower_ in DUE:
            return Lean.AHEAD
        nominal = nominal or token.pos_ in {"NOUN", "PROPN", "NUM"}
    return Lean.OPEN


def of_verb(verb: Token, depth: int = 0) -> Lean:
    """The direction of a verb form."""
    words = {c.lower_ for c in children(verb) if c.dep_ in {"aux", "auxpass"}}
    if "had" in words or ("to" in words and words & HAVE):
        return Lean.BACK
    if _modal(verb):
        return Lean.BACK if words & HAVE else Lean.AHEAD
    if "to" in words:
        return _of_infinitive(verb, depth)
    if verb.lemma_ in DUE:
        return Lean.AHEAD
    tags = {verb.tag_, *(c.tag_ for c in children(verb) if c.dep_ in {"aux", "auxpass"})}
    if "VBD" in tags or (verb.tag_ == "VBN" and (not words or words & HAVE)):
        return Lean.BACK
    if tags & {"VBZ", "VBP"}:
        return Lean.OPEN if verb.tag_ == "VBN" else Lean.AHEAD
    return (
        of_verb(verb.head, depth + 1)
        if depth < DEPTH and verb.head != verb and verb.head.pos_ in {"VERB", "AUX"}
        else Lean.OPEN
    )


def _modal(verb: Token) -> bool:
    return any(c.dep_ == "aux" and c.tag_ == "MD" for c in children(verb))


def _of_infinitive(verb: Token, depth: int) -> Lean:
    """What is agreed or due to be done lies ahead; what began to be done lies where its verb does."""
    head = verb.head
    if head == verb or depth >= DEPTH:
        return Lean.AHEAD
    if any(c.lower_ == "had" for c in (*children(head), *children(head.head)) if c.dep_ == "aux"):
        return Lean.BACK
    if head.lemma_.lower() in AHEAD_WORDS or head.lower_ in AHEAD_WORDS or head.lemma_ == "be" or head.pos_ in {"NOUN", "ADJ"}:
        return Lean.AHEAD
    return of_verb(head, depth + 1) if head.pos_ in {"VERB", "AUX"} else Lean.OPEN
