"""How much of a thing: "31", "up to 1,000", "$2.3 billion", "two batteries", "a first batch", "thousands"."""

from __future__ import annotations

from spacy.tokens import Token

from worker.extraction.materiel.things import CURRENCY, MONEY
from worker.extraction.tree import children
from worker.ontology import lexicon
from worker.ontology.moves import words

QUANTITIES = lexicon("nouns")["quantities"] | lexicon("nouns")["money"]
UNITS = frozenset({"mm", "millimetre", "millimeter", "-"})
PLAIN = frozenset({"the", "this", "these", "those", "that", "its", "their"})


def quantity(head: Token, start: int) -> str | None:
    """The words of the amount as the text has them, None where it gives none; `start` is where the thing's name begins."""
    return _own(head, start) or _portion(head) or _sum(head, start) or _worth(head) or _before(head.doc[start])


def _own(head: Token, start: int) -> str | None:
    """A number before the name, over the adjectives between them: "31 advanced Abrams tanks"."""
    i = start - 1
    while i >= 0 and head.doc[i].dep_ in {"amod", "compound", "nmod"} and head.doc[i].pos_ != "NUM":
        i -= 1
    number = head.doc[i] if i >= 0 else head
    if number.ent_type_ in {"DATE", "MONEY"} or not (number.tag_ == "CD" or number.lower_ == "dozen") or _is_calibre(number):
        return None
    return _text(_first(number), number)


def _is_calibre(number: Token) -> bool:
    """Of "155mm shells" and "T-72 tanks": a number with letters counts nothing."""
    mixed = any(c.isdigit() for c in number.text) and any(c.isalpha() for c in number.text)
    if number.lower_ in UNITS:
        return True
    return mixed or (number.i + 1 < len(number.doc) and number.nbor().lower_ in UNITS)


def _first(number: Token) -> Token:
    """Where the amount begins: what belongs to the number before it, with its article."""
    first = number.doc[number.left_edge.i]
    while first.i and first.nbor(-1).dep_ in {"quantmod", "advmod"} and first.nbor(-1).head in {number, number.head}:
        first = first.nbor(-1)
    return first


def _portion(head: Token) -> str | None:
    """Of a portion: "two batteries of missiles", "thousands of shells", "$2 billion in aid", "$5 million worth of shells"."""
    preposition = head.head
    if head.dep_ != "pobj" or preposition.lower_ not in {"of", "in", "worth", "for"}:
        return None
    portion = preposition.head
    if portion.lower_ == "worth":
        before = portion.nbor(-1) if portion.i else portion
        return _text(before.left_edge, before) if before.lemma_.lower() in MONEY or before.like_num else None
    if preposition.lower_ in {"in", "for"} and portion.lemma_.lower() not in MONEY and not portion.like_num:
        return None
    if portion.lemma_.lower() not in words("portions") and portion.lower_ not in words("portions") and not portion.like_num:
        return None
    if portion.lemma_.lower() in words("sorts"):
        return None
    above = portion.head.head if portion.dep_ == "pobj" and portion.head.lower_ == "of" else portion
    if above.lemma_.lower() in words("portions"):
        return _text(above.left_edge, portion)
    counted = portion.like_num or portion.lemma_.lower() in QUANTITIES
    counted = counted or any(c.dep_ in {"nummod", "quantmod", "compound"} or c.lower_ in {"a", "an"} for c in children(portion))
    return _text(portion.left_edge, portion) if counted else None


def _sum(head: Token, start: int) -> str | None:
    """The sum inside the phrase: "a $500 million package of", "$2 billion military aid"; a sum by itself is its own amount."""
    if head.ent_type_ == "MONEY":
        return _money(head)
    inside = [
        t for t in head.doc[max(head.left_edge.i, start - 5) : head.i] if t.ent_type_ == "MONEY" and t.lemma_.lower() in MONEY
    ]
    return _money(inside[-1]) if inside else None


def _money(token: Token) -> str:
    first = token
    while first.i and (first.nbor(-1).ent_type_ == "MONEY" or first.nbor(-1).text in CURRENCY):
        first = first.nbor(-1)
    last = token
    while last.i + 1 < len(last.doc) and last.nbor().ent_type_ == "MONEY" and last.nbor().lemma_.lower() in MONEY:
        last = last.nbor()
    return _text(first, last)


def _before(first: Token) -> str | None:
    """A sum that the parser hangs elsewhere: "earmarked 5 billion francs in aid"."""
    for token in reversed(first.doc[max(0, first.i - 3) : first.i]):
        if token.lower_ in {"in", "of"}:
            return _money(token.nbor(-1)) if token.i and token.nbor(-1).lemma_.lower() in MONEY else None
    return None


def _worth(head: Token) -> str | None:
    """Behind the thing: "missiles worth $40 million"."""
    after = head.nbor() if head.i + 1 < len(head.doc) else None
    if after is None or after.lower_ not in {"worth", "valued", "totalling", "totaling"}:
        return None
    sums = [t for t in head.doc[after.i : after.i + 7] if t.ent_type_ == "MONEY"]
    return _text(sums[0], sums[-1]) if sums else None


def _text(first: Token, last: Token) -> str:
    doc, start = first.doc, first.i
    while start < last.i and doc[start].lower_ in PLAIN:
        start += 1
    if start and doc[start - 1].text in CURRENCY:
        start -= 1
    return " ".join(doc[start : last.i + 1].text.split())
