"""The cue of a quotation by what stands beside its marks, for where grammar alone does not tell."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Container, Iterator

from spacy.tokens import Doc, Token

from worker.extraction.grammar import surface_subject
from worker.extraction.tree import sentence
from worker.ontology import lexicon

SAID = lexicon("factuality")["report"]
# What takes a quoted phrase as its object or clause.
WIDE = SAID | lexicon("speech")["clause"] | lexicon("speech")["complement"] | lexicon("speech")["object"]
# What is a cue right behind a quotation.
MANNER = SAID | lexicon("speech")["clause"] | lexicon("speech")["manner"]
NOMINAL = frozenset({"NOUN", "PROPN", "PRON"})
# What a speaker's noun phrase can begin with.
PHRASE = NOMINAL | {"DET", "ADJ", "NUM"}
INNER = frozenset({"compound", "poss", "nmod", "amod", "det", "nummod", "case"})
OPENING = frozenset({"“", "«", "„", '"', "‘", "``"})
CLOSING = frozenset({"”", "»", "“", '"', "''", "’", "'"})
# A cue further away than this many tokens belongs to something else.
REACH = 40
DASH = re.compile(r"[”\"’»]?\s*[-–—―]{1,2}\s*(?=[A-Z])")
# Words of a signature.
NAME = 8
# Between a quotation and the verb stand at most a name, an office and an apposition.
GAP = 25


def is_cue(token: Token) -> bool:
    """Whether it is a verb of saying, or "put it"."""
    if token.pos_ != "VERB":
        return False
    lemma = token.lemma_.lower()
    return lemma in SAID or (lemma == "put" and token.i + 1 < len(token.doc) and token.nbor().lower_ == "it")


def _tells_how(token: Token) -> bool:
    return is_cue(token) or (token.pos_ == "VERB" and token.lemma_.lower() in MANNER)


def _governs(token: Token) -> bool:
    return token.pos_ == "VERB" and token.lemma_.lower() in WIDE


def behind(doc: Doc, end: int, text_end: str, inside: Container[int]) -> tuple[Token, Token] | None:
    """Cue and speaker right behind a quotation that ends in a comma or with its own mark: "..., she said", "...?" asked X."""
    if text_end not in ",?!-–—…":
        return None
    start = end
    while start < len(doc) and start < end + 3 and (doc[start].text in CLOSING or doc[start].text == ","):
        start += 1
    if start == end or start >= len(doc) or not (doc[start].pos_ in PHRASE or doc[start].is_title or _tells_how(doc[start])):
        return None
    for i in range(start, min(start + GAP, len(doc))):
        token = doc[i]
        if i in inside or token.text in {".", ";", ":"} or "\n" in token.text:
            return None
        if _tells_how(token) and (i == start or token.tag_ in {"VBD", "VBZ", "VBP", "VBN"}):
            speaker = _own(token, range(start, min(i + GAP, len(doc))), inside) or (
                _first(doc, start, i) if i > start else _first(doc, i + 1, i + 4)
            )
            return (token, speaker) if speaker is not None else None
    return None


def _own(cue: Token, near: range, inside: Container[int]) -> Token | None:
    return next((t for t in surface_subject(cue) if t.i in near and t.i not in inside), None)


def _first(doc: Doc, start: int, end: int) -> Token | None:
    """The head of the first noun phrase between two tokens."""
    for i in range(start, min(end, len(doc))):
        token = doc[i]
        if token.pos_ in NOMINAL:
            while token.dep_ in INNER and token.head.i > token.i and token.head.i < end and token.head.pos_ in NOMINAL:
                token = token.head
            return token
        if token.pos_ not in PHRASE:
            return None
    return None


def label(doc: Doc, start: int) -> Token | None:
    """The speaker before a colon: "Tomas Berg: ...", "Berg disagreed: ..."."""
    i = start - 1
    while i >= 0 and (doc[i].text in OPENING or doc[i].is_space):
        i -= 1
    if i < 1 or doc[i].text != ":":
        return None
    before = doc[i - 1]
    if before.dep_ in {"dobj", "pobj", "attr", "oprd"}:
        # "She has a new message: ...": the subject speaks, not the message.
        return next((t for t in sentence(before) if t.dep_ == "nsubj" and t.head.dep_ == "ROOT"), None)
    if before.pos_ == "VERB":
        return next(iter(surface_subject(before)), None)
    return before if before.pos_ in {"NOUN", "PROPN"} else None


def signature(doc: Doc, text: str, last: int, idx: list[int]) -> Token | None:
    """The speaker behind a dash after a quotation that ends at code point `last`: "..." - Tomas Berg."""
    dash = DASH.match(text, last)
    start = bisect_left(idx, dash.end()) if dash else len(doc)
    found = _first(doc, start, start + NAME) if start < len(doc) else None
    return found if found is not None and found.pos_ == "PROPN" else None


def nearest(doc: Doc, start: int, end: int, inside: Container[int]) -> Token | None:
    """The nearest verb of saying outside the quotation, in its sentence or right beside it; one it depends on first."""
    own = {t.head.i for t in doc[start:end]}
    near = [t for t in _around(doc, start, end) if t.i not in inside and (is_cue(t) or (t.i in own and _governs(t)))]
    return min(near, key=lambda t: (t.i not in own, start - t.i if t.i < start else t.i - end), default=None)


def _around(doc: Doc, start: int, end: int) -> Iterator[Token]:
    for i in range(start - 1, max(0, start - REACH) - 1, -1):
        token = doc[i]
        if "\n" in token.text or (i < start - 1 and token.text in {"”", "»", ".", "!", "?"}):
            break
        yield token
    # A quote that ends in a full stop has ended its sentence: what follows is about something else.
    if doc[end - 1].text == ".":
        return
    for i in range(end, min(end + REACH, len(doc))):
        token = doc[i]
        if token.text == "." or "\n" in token.text or (i > end and token.text in OPENING):
            break
        yield token
