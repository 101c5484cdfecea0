"""Which time expression of its sentence an event has: the one that hangs on its own clause, or none."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import chain, islice

from spacy.tokens import Doc, Token

from worker.extraction.dates.leaning import Lean, of_verb
from worker.extraction.tree import DEPTH, children, sentence
from worker.model import DateMention, EventDate
from worker.ontology import lexicon

# "since 2014", "before Friday": when something else was, or where it begins or ends.
BOUNDS = frozenset({"since", "until", "till", "before", "after", "of", "from", "to", "than"})
# "the 1951 treaty", "Tuesday's talks": the time of that noun alone.
MODIFIERS = frozenset({"nummod", "compound", "amod", "nmod", "poss"})
# "arrested him as he fled": at the same time.
MEANWHILE = frozenset({"when", "as", "while"})
CONTAINERS = lexicon("dates")["containers"] | lexicon("dates")["due"]


def of_event(trigger: Token, mentions: tuple[DateMention, ...]) -> EventDate | None:
    """The time of the event's own clause, else of the one that it shares its time with; None where neither has one.

    `mentions` are all of the article, in order.
    """
    here = sentence(trigger)
    # A long text has thousands of both; mentions are in order.
    first, last = (bisect_left(mentions, at, key=lambda m: m.start) for at in (here.start_char, here.end_char))
    inside = mentions[first:last]
    if not inside:
        return None
    reaches = [(m, _reach(trigger.doc, m)) for m in inside]
    for token in _clauses(trigger):
        dated = [m for m, reach in reaches if token in reach]
        if dated:
            chosen = min(dated, key=lambda m: (m.from_ is None, abs(m.start - token.idx)))
            return EventDate(text=chosen.text, from_=chosen.from_, to=chosen.to, granularity=chosen.granularity)
    return None


def _reach(doc: Doc, mention: DateMention) -> list[Token]:
    """What a time expression dates: the nouns above it up to the first verb, and the clause that begins with its "when"."""
    span = doc.char_span(mention.start, mention.end, alignment_mode="expand")
    if span is None:
        return []
    root = span.root
    found = [c for c in children(root) if c.dep_ == "relcl" and any(w.lower_ == "when" for w in children(c))]
    before = doc[span.start - 1] if span.start else root
    # "on Friday and": what stands behind a preposition hangs on it, whatever the parser makes of it.
    preposition = before if before.pos_ in {"ADP", "SCONJ"} else root.head
    if preposition.lower_ in BOUNDS:
        return found
    if root.dep_ in MODIFIERS and preposition is not before:
        return [*found, root.head]
    above = preposition.ancestors if preposition.pos_ in {"ADP", "SCONJ"} else chain([preposition], preposition.ancestors)
    for token in islice(above, DEPTH):
        found.append(token)
        if token.pos_ in {"VERB", "AUX"}:
            # "promised an answer by October": the promise was before.
            return [] if preposition.lower_ == "by" and of_verb(token) is Lean.BACK else found
    return found


def _clauses(trigger: Token) -> Iterator[Token]:
    """The trigger, then what it shares its time with, the nearest first."""
    token = trigger
    yield token
    if token.pos_ not in {"VERB", "AUX"}:
        yield from (c for c in children(token) if c.dep_ == "acl" and c.lemma_ in CONTAINERS)
    for _ in range(DEPTH):
        if token.head == token or not _shares(token):
            return
        token = token.head
        yield token


def _shares(token: Token) -> bool:
    """Whether what a token tells of takes place when its head does."""
    head = token.head
    if token.pos_ not in {"VERB", "AUX"}:
        return head.pos_ == "VERB" and head.lemma_ in CONTAINERS
    if token.dep_ == "conj":
        # "shelled the port on Monday and killed two", but not "fled on Monday, and Peru has asked for him".
        same = token.tag_ == head.tag_ or {token.tag_, head.tag_} == {"VBD", "VBN"}
        return same and _auxiliaries(token) <= _auxiliaries(head)
    if token.dep_ == "advcl":
        marks = {c.lower_ for c in children(token) if c.dep_ in {"mark", "advmod"}}
        return bool(marks & MEANWHILE) or (token.tag_ == "VBG" and not marks)
    # "agreed on Monday to send": the event is the agreement.
    return token.dep_ == "xcomp" or (token.dep_ == "pcomp" and token.tag_ == "VBG")


def _auxiliaries(verb: Token) -> set[str]:
    return {c.lemma_ for c in children(verb) if c.dep_ == "aux"}
