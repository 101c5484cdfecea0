"""Whether a person is "he" or "she": by title, kinship, first name or noun; None where nothing tells."""

from __future__ import annotations

from spacy.tokens import Span, Token

from worker.extraction.entities import Figure
from worker.extraction.tree import children
from worker.ontology import lexicon

FEMALE = lexicon("genders")["female"]
MALE = lexicon("genders")["male"]
FIRST_NAMES = {name: gender for gender in ("f", "m") for name in lexicon("first_names")[gender]}
BESIDE = frozenset({"compound", "nmod", "amod"})
# A name's first mentions tell; the later ones are short.
FIRST_MENTIONS = 4


def of_name(figure: Figure) -> str | None:
    """By the words beside the name ("Mrs", "his wife X"), then by first name, then by a telling office."""
    beside = (w for span, _ in figure.mentions[:FIRST_MENTIONS] for w in _beside(span))
    told = next((g for w in beside if (g := _of_word(w))), None)
    words = figure.name.split()
    first = next((g for w in words[:-1][:2] if (g := FIRST_NAMES.get(w))), None)
    office = (g for w in str(figure.office or "").lower().split() if (g := _of_word(w)))
    return told or first or next(office, None)


def of_noun(head: Token) -> str | None:
    """What a noun tells of one person: "spokeswoman", "widow"; or the word before it: "a woman officer"."""
    if head.tag_ == "NNS":
        return None
    return _of_word(head.lemma_.lower()) or (_of_word(head.nbor(-1).lower_) if head.i else None)


def _of_word(word: str) -> str | None:
    return "f" if word in FEMALE else "m" if word in MALE else None


def _beside(span: Span) -> list[str]:
    """Words that stand in apposition to a name or before it in one phrase."""
    root = span.root
    found = [c.lower_.rstrip(".") for c in children(root) if c.dep_ == "appos" or (c.dep_ in BESIDE and c.i < span.start)]
    if root.dep_ == "appos" and root.head.pos_ == "NOUN":
        found.append(root.head.lemma_.lower())
    if span.start and span[0].lower_.rstrip(".") in {"mr", "mrs", "ms"}:
        found.append(span[0].lower_.rstrip("."))
    return found
