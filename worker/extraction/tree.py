"""The parse as a tree: what depends on a word, what stands above it, its sentence and its phrase; each asked once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from spacy.strings import get_string_id
from spacy.tokens import Doc, Span, Token

P = ParamSpec("P")
T = TypeVar("T")

# Where `children` and `among` keep their answers in a document.
FAMILIES = "newsworker.children"
AMONG = "newsworker.among"
# Deeper embedding than this is a parse error or a legal text.
DEPTH = 8
INSIDE_PHRASE = frozenset(
    {"amod", "compound", "poss", "nmod", "nummod", "case", "advmod", "quantmod", "npadvmod", "punct"},
)


def kept(ask: Callable[Concatenate[Token, P], T]) -> Callable[Concatenate[Token, P], T]:
    """Lets a question be asked once for each token: tokens are slow to ask, and the same things are asked again and again.

    Answers are kept with the parse, by the token alone: whatever else a question takes must be the same for the whole
    document. Callers must not change an answer.
    """
    place = f"newsworker.{ask.__module__}.{ask.__qualname__}"

    @wraps(ask)
    def answer(token: Token, /, *rest: P.args, **named: P.kwargs) -> T:
        data = token.doc.user_data
        try:
            found: T = data[place][token.i]
        except KeyError:
            found = ask(token, *rest, **named)
            data.setdefault(place, {})[token.i] = found
        return found

    return answer


def ids(words: Iterable[str]) -> frozenset[int]:
    """Words as spaCy's numbers, with their regular plurals: names keep theirs in the lemma."""
    return frozenset(get_string_id(form) for word in words for form in (word, f"{word}s", f"{word}es"))


def among(doc: Doc, wanted: frozenset[int]) -> list[int]:
    """Tokens whose lemma or lower case is among some words; in one pass over numbers, for tokens are slow to ask."""
    answers: dict[frozenset[int], list[int]] = doc.user_data.setdefault(AMONG, {})
    if wanted not in answers:
        rows = doc.to_array(["LEMMA", "LOWER"]).tolist() if len(doc) else []
        answers[wanted] = [i for i, (lemma, lower) in enumerate(rows) if lemma in wanted or lower in wanted]
    return answers[wanted]


def children(token: Token) -> list[Token]:
    """What depends on a token, in the order of the text: as `Token.children`, which looks for them anew at each call."""
    data = token.doc.user_data
    try:
        families: list[list[Token]] = data[FAMILIES]
    except KeyError:
        families = data[FAMILIES] = _families(token.doc)
    return families[token.i]


def _families(doc: Doc) -> list[list[Token]]:
    found: list[list[Token]] = [[] for _ in range(len(doc))]
    for token in doc:
        head = token.head.i
        if head != token.i:
            found[head].append(token)
    return found


def climb(token: Token) -> Iterator[Token]:
    """The heads above a token, nearest first."""
    for _ in range(DEPTH * 2):
        if token.head is token or token.head == token:
            return
        token = token.head
        yield token


def root(token: Token) -> Token:
    """The head of its sentence."""
    while token.head.i != token.i:
        token = token.head
    return token


@kept
def sentence(token: Token) -> Span:
    """Its sentence. Asked of the parse tree, because `Token.sent` looks through the whole text each time."""
    top = root(token)
    return token.doc[top.left_edge.i : top.right_edge.i + 1]


@kept
def phrase_start(head: Token) -> int:
    """Index of the first token of a noun phrase without its article and with what stands unbroken before the head."""
    start, edge = head.i, head.left_edge.i
    while start > edge:
        before = head.doc[start - 1]
        if before.dep_ not in INSIDE_PHRASE or before.is_quote or before.text == ",":
            break
        start -= 1
    return start
