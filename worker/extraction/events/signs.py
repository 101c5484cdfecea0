"""What tells of the event between two parties in a sentence: words, grammar and lexicon, as names that a model can count.

The parties themselves are left out, so that what is learned holds whoever they are.
"""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Doc, Span, Token

from worker.extraction.events.choosing import NOUNS, Choice
from worker.extraction.events.factuality import World, told
from worker.extraction.events.types import turned
from worker.extraction.grammar import is_passive, particle
from worker.extraction.tree import children, climb
from worker.model import Polarity

CONTENT = frozenset({"VERB", "NOUN", "ADJ", "ADV", "AUX"})
JUDGED = frozenset({"VERB", "NOUN"})
# Names, dates and amounts differ in every sentence.
MASKED = frozenset({"GPE", "PERSON", "DATE", "TIME", "CARDINAL", "ORDINAL", "MONEY", "PERCENT"})
CLAUSES = frozenset({"xcomp", "ccomp", "pcomp", "advcl"})
THINGS = frozenset({"dobj", "attr", "nsubjpass", "oprd", "acomp"})
# Words behind the later party that still belong to what is told of it: "urged Kyiv to hold an election".
AFTER = 4
# Words between the parties that make one phrase, "has condemned".
SHORT = 5

# A word of the clause that holds both parties, and how it stands to them.
Placed = tuple[str, Token]


def signs(choice: Choice, source: Span | None, target: Span | None) -> list[str]:
    """All signs of the sentences that name the two; parties are None where the text names none."""
    doc = choice.actors.parsed.doc
    parties = [party for party in (source, target) if party is not None]
    inside = {i for party in parties for i in range(party.start, party.end)}
    found = [f"have:{source is not None},{target is not None}"]
    sentences = [s for s in doc.sents if any(s.start <= p.root.i < s.end for p in parties)] or list(doc.sents)
    for sentence in sentences:
        for token in sentence:
            if token.i not in inside and not token.is_punct and not token.is_space:
                found += _word(token, choice)
    if source is not None and target is not None:
        found += _between(doc, source, target)
    if parties:
        for kind, token in _clause(source, target, inside):
            found += _governing(kind, token, choice)
    return found


def _word(token: Token, choice: Choice) -> Iterator[str]:
    """A word anywhere: itself, what the lexicon lists it for, and what it means here."""
    if token.pos_ != "PROPN" and not (token.ent_type_ in MASKED and token.pos_ != "VERB"):
        yield f"w:{token.lemma_.lower()}"
    for name in _listed(token, choice):
        yield f"lw:{name}"
    meant = next(choice.meant(token), None)
    if meant is not None:
        kind = turned(meant, told(token))[0]
        yield f"mw:{meant.type}"
        yield f"tw:{kind}"


def _listed(token: Token, choice: Choice) -> set[str]:
    noun = token.pos_ in NOUNS
    return {sense.type.value for sense in choice.senses.get(token.lemma_.lower(), ()) if sense.noun == noun}


def _between(doc: Doc, source: Span, target: Span) -> Iterator[str]:
    first, last = sorted((source, target), key=lambda party: party.start)
    words = [t.lemma_.lower() for t in doc[first.end : max(first.end, last.start)] if not t.is_punct and t.pos_ != "PROPN"]
    yield "order:" + ("straight" if first is source else "turned")
    yield from (f"m:{word}" for word in words)
    if len(words) <= SHORT:
        yield "phrase:" + " ".join(words)
    yield from (f"a:{t.lemma_.lower()}" for t in doc[last.end : last.end + AFTER] if t.pos_ not in {"PROPN", "PUNCT"})


# ------------------------------------------------------------ the clause


def predicate(source: Span | None, target: Span | None) -> Token:
    """The lowest word that governs both parties, or the verb of the only one; at least one is asked for."""
    top = _path(source, target)[0]
    inside = any(party is not None and party.start <= top.i < party.end for party in (source, target))
    return top.head if inside else top


def _clause(source: Span | None, target: Span | None, inside: set[int]) -> list[Placed]:
    """The lowest word that governs both, those on the way down to either, and what depends on them."""
    down = _path(source, target)[1]
    placed = [("P", predicate(source, target))]
    placed += [(kind, t) for kind, t in down if t.pos_ in CONTENT and t.i not in inside]
    seen = {t.i for _, t in placed} | inside
    for below in (_dependent, _inner):
        for kind, token in list(placed):
            for role, child in below(kind, token):
                if child.i not in seen:
                    placed.append((role, child))
                    seen.add(child.i)
    return placed


def _path(source: Span | None, target: Span | None) -> tuple[Token, list[Placed]]:
    if source is None or target is None:
        way = _way(source.root if source is not None else target.root if target is not None else None)
        top = next((n for n, t in enumerate(way) if n and t.pos_ == "VERB"), len(way) - 1)
        return way[top], [("U" if source is not None else "D", t) for t in way[1:top]]
    up, down = _way(source.root), _way(target.root)
    met = {t.i: n for n, t in enumerate(down)}
    top = next((n for n, t in enumerate(up) if t.i in met), len(up) - 1)
    end = met.get(up[top].i, len(down))
    return up[top], [*(("U", t) for t in up[1:top]), *(("D", t) for t in down[1:end])]


def _way(token: Token | None) -> list[Token]:
    return [token, *climb(token)] if token is not None else []


def _dependent(_: str, token: Token) -> Iterator[Placed]:
    """Clauses, things and verbs that depend on a word of the path."""
    for child in children(token):
        if child.dep_ in CLAUSES:
            yield "C", child
        elif child.dep_ in THINGS:
            yield "O", child
        elif child.dep_ == "conj" and child.pos_ == "VERB":
            yield "J", child
        elif child.dep_ == "prep":
            yield from (("C", grand) for grand in children(child) if grand.dep_ == "pcomp")


def _inner(kind: str, token: Token) -> Iterator[Placed]:
    """What stands inside those: the thing of a clause, the clause or the phrase of a thing."""
    for child in children(token):
        if kind == "C" and child.dep_ in {"dobj", "xcomp", "ccomp"}:
            yield "CO", child
        elif kind == "O" and child.dep_ == "acl":
            yield "C", child
        elif kind == "O" and child.dep_ == "prep":
            yield from (("OO", grand) for grand in children(child) if grand.dep_ in {"pobj", "pcomp"})


def _governing(kind: str, token: Token, choice: Choice) -> Iterator[str]:
    """A word of the clause: itself, its world, what the lexicon says of it."""
    lemma = token.lemma_.lower()
    yield f"{kind}:{lemma}"
    yield f"any:{lemma}"
    phrasal = particle(token)
    if phrasal:
        yield f"{kind}:{lemma} {phrasal}"
    world = told(token) if token.pos_ in JUDGED else None
    held = _held(world)
    if world is not None:
        yield f"{kind}~{held}"
        yield f"{kind}={world.tense}"
        yield f"{kind}:{lemma}~{held}"
        yield from _meaning(kind, token, world, choice)
    for name in _listed(token, choice):
        yield f"{kind}l:{name}"
        yield f"l:{name}~{held}"
    if token.pos_ == "VERB" and is_passive(token):
        yield f"{kind} passive"
    for child in children(token):
        if child.dep_ in {"aux", "neg"}:
            yield f"{kind}+{child.lower_}"
        elif child.dep_ == "prep" and kind in {"P", "O"}:
            yield f"{kind}:{lemma}+{child.lower_}"


def _held(world: World | None) -> str:
    if world is None:
        return ""
    return (world.hold.value if world.hold else "") + ("!" if world.polarity is Polarity.NEGATED else "")


def _meaning(kind: str, token: Token, world: World, choice: Choice) -> Iterator[str]:
    meant = next(choice.meant(token), None)
    if meant is not None:
        became = turned(meant, world)[0]
        yield f"{kind}m:{meant.type}"
        yield f"{kind}t:{became}"
        yield f"t:{became}"
        yield f"m:{meant.type}~{_held(world)}"
