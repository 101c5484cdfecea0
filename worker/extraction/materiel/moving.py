"""What a sentence does with a thing: the words above it, or below it, that move, ask for, hold back or use it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from spacy.tokens import Token

from worker.extraction.grammar import is_passive, is_stacked, particle, surface_subject
from worker.extraction.materiel.things import MONEY, NOUNS, Thing
from worker.extraction.tree import DEPTH, children
from worker.model import EventType
from worker.ontology import senses
from worker.ontology.moves import Move, load, words

BESIDE = frozenset({"compound", "nmod", "amod", "nummod"})
CLAUSES = frozenset({"xcomp", "ccomp", "acl", "advcl", "pcomp"})
# A thing stays the same thing through these: "a package of", "aid in the form of", "supplies including".
PART = frozenset({"of", "in", "including", "like", "worth", "as", "with"})
RELATIVE = frozenset({"who", "which", "that"})
HARM = EventType.ASSAULT
# What a word above another may do to it: "the delivery of tanks was approved".
OUTER = frozenset({"ask", "promise", "allocate", "refuse", "withhold", "restrict"})


@dataclass(frozen=True)
class Step:
    """A word that does something with the thing, and what it does."""

    token: Token
    move: Move


def steps(thing: Thing) -> list[Step]:
    """Nearest first; the words above the thing, else those of the clauses that hang on it."""
    return list(_above(thing.head, thing)) or below(thing)


def _above(start: Token, thing: Thing) -> Iterator[Step]:
    current, found, seen, means = start, False, 0, ""
    while seen < DEPTH * 2:
        seen += 1
        if not found and _listed(current):
            current = current.head
            continue
        link = _link(current)
        if link is None:
            return
        governor, role = link
        # "hit the town with rockets": the parser may hang the means on the object.
        move = _match(governor, role, thing) or (_match(governor, means, thing) if means and role == "object" else None)
        means = role if role == "with" else ""
        if found and move is not None and move.kind not in OUTER:
            move = None
        if move is not None and move.kind == "hold" and not found:
            # What becomes of the contents becomes of what contains them.
            subject = next(iter(surface_subject(governor)), None)
            if subject is None or subject.i >= start.i:
                return
            governor, move = subject, _match(subject, None, thing)
            if move is None:
                current = subject
                continue
        if move is not None:
            yield Step(governor, move)
            found = True
        elif not _passes(current, governor, role, found=found):
            return
        current = governor


def _listed(token: Token) -> bool:
    """Whether it stands in a list with its head: also where the parser takes the first for a part of the last."""
    if token.head.pos_ not in NOUNS | {"NUM", "SYM"}:
        return False
    return token.dep_ in {"conj", "appos"} or (token.dep_ in BESIDE and any(c.dep_ == "cc" for c in children(token)))


def _link(token: Token) -> tuple[Token, str] | None:
    """The governing content word and the role in it: subject, object, clause, compound, or a preposition."""
    head, dep = token.head, token.dep_
    if head == token or dep in {"relcl", "poss", "parataxis"}:
        return None
    if head.pos_ in {"ADP", "SCONJ"} or head.dep_ in {"prep", "agent", "dative"}:
        word = head.lower_
        for _ in range(DEPTH):
            if head.pos_ not in {"ADP", "SCONJ"} and head.dep_ not in {"prep", "agent", "dative"}:
                break
            if head.head == head:
                return None
            agent, head = head.dep_ == "agent", head.head
            word = "subject" if agent else word
        return _unstacked(head), word
    if head.pos_ in NOUNS | {"NUM"}:
        return head, "clause" if dep in CLAUSES else "compound" if dep in BESIDE else dep
    return _unstacked(head), _verbal_role(token, dep)


def _verbal_role(token: Token, dep: str) -> str:
    if dep == "nsubj":
        return "object" if is_passive(token.head) and token.head.tag_ == "VBN" else "subject"
    return {"dobj": "object", "nsubjpass": "object", "dative": "object", "oprd": "object"}.get(
        dep, "clause" if dep in CLAUSES else dep
    )


def _unstacked(verb: Token) -> Token:
    """The first verb of "delivered promised missiles", which is parsed as two."""
    return verb.nbor(-1) if verb.tag_ == "VBN" and is_stacked(verb) else verb


def _passes(current: Token, governor: Token, role: str, *, found: bool) -> bool:
    """Whether what governs the governor may still speak of the thing."""
    if governor.pos_ in NOUNS | {"NUM", "SYM"}:
        if role == "compound":
            # "tank commander" is no tank, "weapons package" is weapons.
            return found or not words("portions").isdisjoint({governor.lemma_.lower(), governor.lower_})
        return found or role in PART or (role == "for" and governor.lemma_.lower() in MONEY)
    if not found:
        return False
    return "advcl" not in {role, current.dep_}


def _match(governor: Token, role: str | None, thing: Thing) -> Move | None:
    """The move of a word whose thing stands in that role; any role if None."""
    noun = governor.pos_ in NOUNS
    for move in load().get((governor.lemma_.lower(), noun), ()):
        if role is not None and role not in move.item:
            continue
        if (move.particle is None or particle(governor) == move.particle) and _fits(move, thing):
            return move
    attack = load()["*", noun][0]
    if thing.item.category == "AD" and any(m.kind == "intercept" for m in load().get((governor.lemma_.lower(), noun), ())):
        # "Air defences shot down": what shoots drones down attacks nobody.
        return None
    return attack if role in attack.item and _fits(attack, thing) and _harms(governor, noun) else None


def _fits(move: Move, thing: Thing) -> bool:
    """Whether the move is made with things of this kind."""
    kind = thing.item.kind
    if move.makes:
        return False
    if kind == "personnel":
        return "personnel" in move.items or move.kind in {"ask", "promise", "allocate", "refuse", "withhold"}
    if move.kind == "intercept" and "launcher" in thing.item.name:
        return False
    if not move.items:
        return True
    groups = {"armed"} if thing.item.armed else {"aid"}
    return any(one in groups or one in kind or one in thing.item.name for one in move.items) or (
        "arms" in move.items and thing.item.armed and (kind not in words("unarmed") or "weapon" in thing.item.name)
    )


def _harms(word: Token, noun: bool) -> bool:
    return any(s.type is HARM and s.noun == noun and not s.extra for s in senses.load().get(word.lemma_.lower(), ()))


def below(thing: Thing) -> list[Step]:
    """By its own clauses and participles: "missiles that Kyiv has asked for", "tanks promised by Berlin", "promised jets"."""
    for noun in same(thing.head):
        for child in children(noun):
            if child.dep_ == "relcl" and child.i > thing.head.i and (found := _relative(child, thing)):
                return found
            if child.dep_ in {"acl", "advcl"} and child.i > thing.head.i and (found := _participle(child, thing)):
                return found
            if child.dep_ == "amod" and child.tag_ == "VBN" and (move := _match(child, "object", thing)):
                return [Step(child, move)]
    return []


def same(head: Token) -> Iterator[Token]:
    """The noun, then those that a clause behind it may have been hung on: of a list, or of its portion."""
    yield head
    for _ in range(DEPTH):
        if head.dep_ in {"conj", "appos"} and head.head.pos_ in NOUNS:
            head = head.head
        elif head.dep_ == "pobj" and head.head.lower_ == "of" and head.head.head.lemma_.lower() in words("portions"):
            head = head.head.head
        else:
            return
        yield head


def _relative(verb: Token, thing: Thing) -> list[Step]:
    chain = [verb]
    while inner := next((c for c in children(chain[-1]) if c.dep_ in {"xcomp", "ccomp"}), None):
        chain.append(inner)
        if len(chain) > DEPTH:
            break
    for n, current in reversed(list(enumerate(chain))):
        if move := _match(current, _gap(current), thing):
            return [Step(current, move), *(Step(v, m) for v in reversed(chain[:n]) if (m := _match(v, "clause", thing)))]
    return []


def _gap(verb: Token) -> str:
    """The role of what a relative clause leaves out."""
    for child in children(verb):
        if child.dep_ in {"nsubj", "nsubjpass"} and child.lower_ in RELATIVE:
            return "subject" if child.dep_ == "nsubj" else "object"
        if child.dep_ == "prep" and not any(c.dep_ in {"pobj", "pcomp"} and c.lower_ not in RELATIVE for c in children(child)):
            return child.lower_
    return "object"


def _participle(verb: Token, thing: Thing) -> list[Step]:
    role = "subject" if verb.tag_ == "VBG" else "object"
    move = _match(verb, role, thing)
    return [Step(verb, move)] if move else _relative(verb, thing) if verb.tag_ == "VBN" else []
