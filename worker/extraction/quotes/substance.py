"""Which reports tell what somebody said: propositions with a speaker; no deeds, no attitudes, no bare things."""

from __future__ import annotations

from spacy.tokens import Doc, Token

from worker.extraction.grammar import is_passive
from worker.extraction.quotes.speech import Statement
from worker.extraction.quotes.tellers import WORDS

FINITE = frozenset({"VBD", "VBZ", "VBP", "MD", "VB"})
# A participle is a clause where it depends on what it tells of, not before a noun ("the acting mayor").
PARTICIPLE = frozenset({"pcomp", "acl", "xcomp", "ccomp", "advcl", "relcl", "conj"})
COMPLEMENTS = frozenset({"prep", "acl", "relcl"})
# Frames whose content is a clause by itself.
CLAUSAL = frozenset({"clause", "according", "parenthetical"})
# Money and other amounts are deeds to come, not words: "pledged 10 million euros for victims".
AMOUNTS = frozenset({"NUM", "SYM"})

# How many of the reports of each frame human readers marked as such too, with the same words or nearly (news of 2016-17).
CONFIDENCE = {
    "according": 0.85,
    "parenthetical": 0.8,
    "clause": 0.8,
    "object": 0.7,
    "prepositional": 0.7,
    "adjective": 0.6,
    "infinitive": 0.6,
    "noun": 0.6,
    "passive": 0.6,
}
# Whoever is named so says nothing: "this suggests that ...", "nobody said that ...", "one would think that ...".
HOLLOW = frozenset({"this", "that", "one", "you", "nobody", "none", "anybody", "anyone"})
MARKED, THOUGHT = 0.9, 0.5
# Without a speaker that is known elsewhere in the article, fewer have the right one.
UNKNOWN = 0.75


def confidence(said: Statement, *, marked: bool, known: bool) -> float:
    """How likely it is a report, 0 to 1, by its cue and grammar: words in marks, saying, demanding, thinking.

    `known`: its speaker is an entity of the article.
    """
    likely = CONFIDENCE[said.frame]
    if said.cue.lemma_ in WORDS["thought"]:
        likely = min(likely, THOUGHT)
    return round((MARKED if marked else likely) * (1 if known else UNKNOWN), 2)


def is_told(said: Statement, start: int, end: int, *, marked: bool) -> bool:
    """Whether the words from token `start` to before `end` are a proposition that a speaker put into words.

    `marked`: they hold words in quotation marks, which somebody has said in any case.
    """
    if marked:
        return True
    if _is_denied(said) or (not _is_reported(said.cue) if said.source is None else said.source.lower_ in HOLLOW):
        return False
    if said.frame in CLAUSAL:
        wanted = said.cue.lemma_ in WORDS["attitude"] and said.doc[start].lower_ == "to"
        return said.cue.lemma_ not in WORDS["known"] and end - start > 1 and not wanted
    if said.cue.pos_ == "VERB" and (said.cue.lemma_ in WORDS["attitude"] or said.cue.lemma_ in WORDS["deed"]):
        return False
    if said.frame == "noun" and said.cue.lemma_ in WORDS["intent"] and not _has_that(said.doc, start):
        return False
    return has_clause(said.doc, start, end) or _is_claim(said, start, end)


def _is_reported(cue: Token) -> bool:
    """The passive of saying: "it was announced that ...", "was said to have fled"."""
    if cue.pos_ != "VERB" or cue.lemma_ not in WORDS["reported"] or not is_passive(cue):
        return False
    return any(c.dep_ == "auxpass" for c in cue.children)


def _is_denied(said: Statement) -> bool:
    """Whether it tells what was not said: "did not say when ...", "declined to comment on ...", "asked not to be named"."""
    cue = said.cue
    if cue.pos_ != "VERB" or cue.lemma_ in WORDS["thought"]:
        return False
    if any(c.dep_ == "neg" for c in cue.children):
        return True
    if said.frame != "infinitive":
        return False
    hidden = WORDS["hidden"] | (WORDS["clause"] if cue.lemma_ in {"decline", "refuse"} else frozenset())
    return any(c.dep_ == "xcomp" and c.lemma_ in hidden for c in cue.children)


def _has_that(doc: Doc, start: int) -> bool:
    return doc[start].lower_ == "that"


def has_clause(doc: Doc, start: int, end: int) -> bool:
    """Whether a verb with its own complements is among the tokens, before what a comma and "which" only add."""
    for token in doc[start:end]:
        if token.tag_ in {"WDT", "WP"} and token.i > start and doc[token.i - 1].text == ",":
            return False
        if (token.pos_ in {"VERB", "AUX"} and token.tag_ in FINITE) or (token.tag_ == "VBG" and token.dep_ in PARTICIPLE):
            return True
    return False


def _is_claim(said: Statement, start: int, end: int) -> bool:
    """What is demanded, told by a noun with more words ("the release of two reporters"), or judged, by noun and complement."""
    # A strike is called, a truce is called for; "appealed to the voters" tells who, not what.
    demanded = said.cue.lemma_ in WORDS["claim"] and (said.cue.lemma_ != "call" or said.frame == "prepositional")
    judged = said.cue.lemma_ in WORDS["verdict"] and said.frame == "object"
    if said.frame not in {"object", "prepositional"} or said.doc[start - 1].lower_ == "to" or not (demanded or judged):
        return False
    head = next((t for t in said.doc[start:end] if not start <= t.head.i < end or t.head is t), None)
    if head is None or head.pos_ != "NOUN":
        return False
    children = list(head.children)
    more = any(c.dep_ in COMPLEMENTS or (demanded and c.dep_ == "amod") for c in children)
    return more and not any(c.pos_ in AMOUNTS for c in children)
