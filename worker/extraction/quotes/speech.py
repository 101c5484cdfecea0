"""Reported speech and thought by grammar: the cue, who it is ascribed to, and all the words that it reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from spacy.tokens import Doc, Token

from worker.extraction.grammar import is_stacked, surface_subject
from worker.extraction.quotes.tellers import (
    CLAUSES,
    CUES,
    DASHES,
    FREE,
    SUBJECTS,
    WORDS,
    issuer,
    owner,
    speaker,
    teller,
    trimmed,
)
from worker.extraction.tree import sentence

# Prepositions of an object's complement: "described it as", "accused him of", "blamed them for".
COMPLEMENT = frozenset({"as", "of", "for", "against", "to", "about", "over", "with", "from", "into", "by"})
RELATIVE = frozenset({"WDT", "WP", "WP$", "WRB", "TO"})
SAID_OF = frozenset({"as", "of", "for"})
PAUSES = DASHES | {","}
# A dateline of place, date and agency is not longer than this many tokens.
DATELINE = 15


@dataclass(frozen=True)
class Statement:
    """What is reported: tokens from `start` to before `end`."""

    doc: Doc
    start: int
    end: int
    cue: Token
    source: Token | None
    frame: str = ""


def find(doc: Doc) -> list[Statement]:
    """All reported speech, in the order of the cues."""
    lemmas = doc.to_array("LEMMA").tolist()
    found = []
    for i, lemma in enumerate(lemmas):
        word = CUES.get(lemma)
        if word is not None:
            found += list(_read(doc[i], word))
    return [s for s in found if s.end - s.start > 0]


def _read(token: Token, word: str) -> Iterator[Statement]:
    if token.pos_ == "VERB":
        if not is_stacked(token):
            yield from _verb(token, word)
    elif token.pos_ == "NOUN":
        yield from _noun(token, word)
    elif token.pos_ == "ADJ":
        yield from _adjective(token, word)


def _verb(verb: Token, word: str) -> Iterator[Statement]:
    if word == "accord":
        yield from _according(verb)
        return
    children = list(verb.children)
    for frame, reader in READERS.items():
        if span := reader(verb, word, children):
            yield Statement(verb.doc, *_until_next(verb.doc, *span, verb), verb, speaker(verb), frame)
            return


def _behind_dateline(doc: Doc, start: int, end: int) -> int:
    """The token behind "CAIRO, May 3 (Agency) -", which the parser takes for the beginning of the sentence."""
    for i in range(start + 1, min(start + DATELINE, end)):
        if doc[i].text in DASHES and (doc[i - 1].text == ")" or doc[start].is_upper):
            return i + 1
    return start


def _until_next(doc: Doc, start: int, end: int, verb: Token) -> tuple[int, int]:
    """A report ends before the next cue of the same speaker: "welcomed the plan, adding that ..."."""
    for i in range(max(start, verb.i) + 1, end):
        if _goes_on(doc[i], start) or teller(doc[i]) == verb:
            return trimmed(doc, start, i)
        if doc[i].tag_ == "VBG" and doc[i - 1].text == "," and CUES.get(doc[i].lemma) in FREE:
            return trimmed(doc, start, i)
    return trimmed(doc, start, end)


def _goes_on(token: Token, start: int) -> bool:
    """What a finite verb behind an infinitive tells is no part of it: "urged them to wait and offered help"."""
    head = token.head
    if token.dep_ != "conj" or token.tag_ not in {"VBD", "VBZ"} or head.tag_ != "VB" or head.i < start or not _to(head):
        return False
    return not any(c.dep_ in SUBJECTS for c in token.children)


def _clause(verb: Token, word: str, children: list[Token]) -> tuple[int, int] | None:
    if word not in WORDS["clause"]:
        return None
    clauses = [c for c in children if c.dep_ == "ccomp" and not _severed(c, verb, children)]
    if not clauses:
        return _torn_clause(verb, word, children)
    start, end = _extent(clauses[0], verb, children)
    # Two clauses behind the cue are one report, torn apart by the parser.
    return start, max(end, clauses[-1].right_edge.i + 1) if clauses[0].i > verb.i else end


def _severed(clause: Token, verb: Token, children: list[Token]) -> bool:
    """Whether a semicolon parts them: "Kenya backs the plan; Chad has not said ..." reports nothing of Kenya."""
    return any(c.text == ";" and clause.i < c.i < verb.i for c in children)


def _torn_clause(verb: Token, word: str, children: list[Token]) -> tuple[int, int] | None:
    """A clause that the parser hung on a noun: "said in a statement that ...", "indicating the UK had not delivered"."""
    for child in children:
        if child.i < verb.i:
            continue
        for noun in child.children if child.dep_ == "prep" else [child]:
            if noun.dep_ in {"pobj", "dobj"} and (found := _that_clause(noun, addressed=word in WORDS["addressed"])):
                return found
        if child.dep_ == "dobj" and word not in WORDS["object"] and _is_clause(child):
            return child.left_edge.i, child.right_edge.i + 1
    return None


def _is_clause(noun: Token) -> bool:
    """Whether its relative clause is none, having neither subject nor relative pronoun of its own."""
    relative = next((c for c in noun.children if c.dep_ == "relcl"), None)
    return relative is not None and not any(c.dep_ in SUBJECTS or c.tag_ in RELATIVE for c in relative.children)


def _that_clause(noun: Token, *, addressed: bool) -> tuple[int, int] | None:
    """Behind the one who is told something, "that" with a subject after it begins what is told, not a relative clause."""
    for child in noun.children:
        if child.dep_ not in CLAUSES:
            continue
        inner = list(child.children)
        mark = any(c.dep_ == "mark" and c.lower_ == "that" for c in inner)
        that = addressed and child.left_edge.lower_ == "that" and any(c.dep_ in SUBJECTS and c.lower_ != "that" for c in inner)
        if mark or that:
            return child.left_edge.i, child.right_edge.i + 1
    return None


def _extent(clause: Token, verb: Token, children: list[Token]) -> tuple[int, int]:
    start, end = clause.left_edge.i, clause.right_edge.i + 1
    if clause.i > verb.i:
        return max(start, verb.i + 1), end
    edge = min([c.left_edge.i for c in children if c.dep_ in SUBJECTS and c.i > clause.i], default=verb.i)
    first = _behind_dateline(verb.doc, sentence(verb).start, clause.i)
    return first, max(min(end, edge), clause.i + 1)


def _to(verb: Token) -> bool:
    return any(c.lower_ == "to" and c.dep_ == "aux" for c in verb.children)


def _infinitive(verb: Token, word: str, children: list[Token]) -> tuple[int, int] | None:
    for child in children:
        if child.dep_ == "xcomp" and child.i > verb.i and child.tag_ == "VBG" and word in WORDS["object"]:
            return child.left_edge.i, child.right_edge.i + 1
        if child.dep_ == "xcomp" and child.i > verb.i and _to(child):
            subject = next((c for c in children if c.dep_ == "nsubjpass"), None)
            if subject is not None and word in WORDS["unattributed"]:
                return subject.left_edge.i, child.right_edge.i + 1
            objects = [c for c in children if c.dep_ in {"dobj", "dative"} and verb.i < c.i < child.i]
            if objects and word in WORDS["complement"]:
                return objects[0].left_edge.i, child.right_edge.i + 1
            if word in WORDS["infinitive"] and not objects:
                return child.left_edge.i, child.right_edge.i + 1
    return None


def _object(verb: Token, word: str, children: list[Token]) -> tuple[int, int] | None:
    for child in children:
        if (
            child.dep_ in {"dobj", "oprd"}
            and child.i > verb.i
            and (word in WORDS["claim"] or child.lemma_ not in WORDS["document"])
        ):
            more = [c for c in children if c.i > child.i and _completes(c)]
            if more and word in WORDS["complement"]:
                return child.left_edge.i, more[-1].right_edge.i + 1
            if word in WORDS["object"]:
                return child.left_edge.i, (more or [child])[-1].right_edge.i + 1
    return None


def _passive(verb: Token, word: str, children: list[Token]) -> tuple[int, int] | None:
    """What is said of a passive's subject: "the plan was criticised as hasty", "he was accused of lying"."""
    subject = next((c for c in children if c.dep_ == "nsubjpass"), None)
    if subject is None or word not in WORDS["complement"]:
        return None
    more = [c for c in children if c.i > verb.i and (c.dep_ == "oprd" or (c.dep_ == "prep" and c.lower_ in SAID_OF))]
    return (subject.left_edge.i, more[-1].right_edge.i + 1) if more else None


def _completes(child: Token) -> bool:
    return child.dep_ in {"oprd", "xcomp", "ccomp"} or (child.dep_ == "prep" and child.lower_ in COMPLEMENT)


def _prepositional(verb: Token, word: str, children: list[Token]) -> tuple[int, int] | None:
    for child in children:
        if child.dep_ == "prep" and child.i > verb.i and f"{word} {child.lower_}" in WORDS["prepositional"]:
            inner = [p for p in child.children if p.dep_ in {"pobj", "pcomp"}]
            if inner:
                more = [c for c in children if c.i > child.i and (c.dep_ == "xcomp" or (c.dep_ == "prep" and c.lower_ == "as"))]
                return inner[0].left_edge.i, (more or [child])[-1].right_edge.i + 1
    return None


def _parenthetical(verb: Token, word: str, children: list[Token]) -> tuple[int, int] | None:
    """Set off by commas: "the plan, he said, had failed", "as she put it, ...": the rest of the sentence is theirs."""
    says = word in WORDS["clause"] or (word == "put" and any(c.lower_ == "it" for c in children))
    finite = verb.tag_ != "VBG" and verb.dep_ != "relcl" and any(c.dep_ == "nsubj" for c in children)
    if not says or not finite:
        return None
    doc, whole = verb.doc, sentence(verb)
    start, end = verb.left_edge.i, verb.right_edge.i + 1
    closed = end >= whole.end or doc[end].text in PAUSES or doc[end - 1].text in PAUSES
    fronted = start <= whole.start and any(c.lower_ == "as" for c in children)
    if not closed or not (fronted or doc[start].text in PAUSES or (start > 0 and doc[start - 1].text in PAUSES)):
        return None
    before, after = trimmed(doc, whole.start, start), trimmed(doc, end, whole.end)
    if fronted:
        return after
    return (before[0], after[1]) if after[1] - after[0] > 1 else before


READERS: Mapping[str, Callable[[Token, str, list[Token]], tuple[int, int] | None]] = {
    "clause": _clause,
    "infinitive": _infinitive,
    "object": _object,
    "passive": _passive,
    "prepositional": _prepositional,
    "parenthetical": _parenthetical,
}


def _noun(noun: Token, word: str) -> Iterator[Statement]:
    verb = noun.head.head if noun.dep_ == "pobj" else noun
    if verb.pos_ == "VERB" and verb.i < noun.i and CUES.get(verb.lemma) in WORDS["clause"]:
        return  # "said in a statement that ..." is read with its verb.
    for child in noun.children:
        if child.i > noun.i and (span := _noun_content(child, word)):
            yield Statement(noun.doc, *trimmed(noun.doc, *span), noun, owner(noun), "noun")
            return


def _noun_content(child: Token, word: str) -> tuple[int, int] | None:
    if child.dep_ in {"acl", "ccomp", "relcl"} and word in WORDS["noun"]:
        that = any(c.dep_ == "mark" and c.lower_ == "that" for c in child.children)
        return (child.left_edge.i, child.right_edge.i + 1) if that or _to(child) else None
    return _behind_preposition(child) if f"{word} {child.lower_}" in WORDS["noun_about"] else None


def _adjective(adjective: Token, word: str) -> Iterator[Statement]:
    for child in adjective.children:
        if child.i > adjective.i and (span := _adjective_content(child, word)):
            found = surface_subject(adjective.head if adjective.dep_ == "acomp" else adjective)
            yield Statement(adjective.doc, *trimmed(adjective.doc, *span), adjective, found[0] if found else None, "adjective")
            return


def _adjective_content(child: Token, word: str) -> tuple[int, int] | None:
    if child.dep_ == "ccomp" and word in WORDS["adjective"]:
        return child.left_edge.i, child.right_edge.i + 1
    return _behind_preposition(child) if f"{word} {child.lower_}" in WORDS["adjective_about"] else None


def _behind_preposition(child: Token) -> tuple[int, int] | None:
    inner = next((p for p in child.children if p.dep_ in {"pobj", "pcomp"}), None)
    return (inner.left_edge.i, child.right_edge.i + 1) if inner is not None and child.dep_ == "prep" else None


def _according(verb: Token) -> Iterator[Statement]:
    """With "according to the ministry" the rest of the sentence is theirs."""
    doc = verb.doc
    preposition = next((c for c in verb.children if c.lower_ == "to" and c.i > verb.i), None)
    if preposition is None:
        return
    inner = next((p for p in preposition.children if p.dep_ == "pobj"), None)
    if inner is None:
        return
    whole = sentence(verb)
    start, end = _behind_dateline(doc, whole.start, verb.i), whole.end
    close = inner.right_edge.i + 1
    before, after = trimmed(doc, start, verb.i), trimmed(doc, close, end)
    span = before if before[1] - before[0] >= 3 else after
    if before[1] - before[0] >= 3 and after[1] - after[0] >= 3 and doc[close].text == ",":
        span = before[0], after[1]
    yield Statement(doc, *span, verb, issuer(inner, verb) or inner, "according")
