"""What grammar rules out for a pronoun, and what it prescribes: binding, control and fronted phrases.

After Chomsky's principles as Lappin and Leass use them: a pronoun is not another argument of its own predicate, a
reflexive is; a pronoun above a name in the tree is not that name; and no pronoun stands for the phrase that holds it.
"""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from worker.extraction.grammar import conjuncts, possessors, surface_subject
from worker.extraction.tree import DEPTH, children
from worker.ontology import lexicon

SUBJECTS = frozenset({"nsubj", "nsubjpass"})
ARGUMENTS = SUBJECTS | {"dobj", "dative", "attr", "oprd"}
PREPOSITIONS = frozenset({"prep", "agent", "dative"})
VERBAL = frozenset({"VERB", "AUX"})
# "Macron took it with him", "looked around him": of place, the subject may come again.
LOCATIVE = frozenset(
    {"with", "around", "behind", "before", "beside", "near", "above", "under", "after", "ahead", "about", "on", "upon"}
)
ABOUT = frozenset({"for", "over"})
# Coordinated phrases stand as near as this to each other, in tokens.
NEAR = 8
REPORT = lexicon("factuality")["report"]
EQUIP = lexicon("reference")["equip"]
# So many words of a clause are looked at: more is a list or no sentence.
LONGEST = 80
# What hangs a clause on another.
CLAUSES = frozenset({"advcl", "ccomp", "prep", "npadvmod", "nmod"})


def base(token: Token) -> Token:
    """The phrase whose role a token shares: the first of a coordination, the noun that an apposition explains."""
    for _ in range(DEPTH):
        if token.dep_ not in {"conj", "appos"} or token.head.pos_ in VERBAL:
            return token
        token = token.head
    return token


def governor(token: Token) -> tuple[Token, str]:
    """The verb or noun whose argument a nominal is, through prepositions, and the last preposition on the way."""
    preposition = ""
    head = base(token).head
    for _ in range(DEPTH):
        if head.pos_ != "ADP" and head.dep_ not in PREPOSITIONS:
            break
        preposition, head = head.lower_, head.head
    return head, preposition


def arguments(head: Token) -> Iterator[Token]:
    """Everything that one predicate takes, coordination opened; a subject may stand far off."""
    own = False
    for child in children(head):
        if child.dep_ in ARGUMENTS:
            own = own or child.dep_ in SUBJECTS
            yield from conjuncts(child)
        elif child.dep_ in PREPOSITIONS:
            for inner in children(child):
                if inner.dep_ == "pobj":
                    yield from conjuncts(inner)
    if not own and head.pos_ in VERBAL:
        yield from surface_subject(head)


def barred(token: Token) -> set[int]:
    """Tokens that a personal pronoun cannot stand for although they are near."""
    first = base(token)
    # "Rutte and he"; "his deputy, Tomas Berg".
    found = {t.i for t in conjuncts(first)}
    if token.tag_ == "PRP$" or token.dep_ == "poss":
        return found | (_owned(token) if token.dep_ == "poss" else set())
    head, preposition = governor(token)
    if head.pos_ in VERBAL:
        locative = preposition in LOCATIVE and any(c.dep_ == "dobj" for c in children(head))
        found |= {t.i for t in arguments(head) if not (locative and base(t).dep_ in SUBJECTS)}
        if head.dep_ == "relcl":
            # "the photographer she had hired": she is somebody else.
            found.add(head.head.i)
    else:
        found |= {t.i for t in possessors(head)} | {head.i}
    found.discard(token.i)
    return found


def _owned(token: Token) -> set[int]:
    """A possessive is neither what is owned, nor its apposition, nor the object of "his praise of Macron"."""
    found: set[int] = set()
    head = token.head
    for _ in range(DEPTH):
        found.add(head.i)
        found |= {c.i for c in children(head) if c.dep_ == "appos"}
        found |= {p.i for c in children(head) if c.dep_ == "prep" and c.lower_ == "of" for p in children(c) if p.i != token.i}
        if head.dep_ not in {"compound", "poss", "appos", "nmod"}:
            break
        head = head.head
    return found


def commanded(token: Token) -> Iterator[int]:
    """Where no name can stand for a subject's pronoun: in what its verb says, before or after ("He said Macron ...").

    Names in relative and adverbial clauses are left out: there, writers do repeat them.
    """
    verb = token.head
    if token.dep_ not in SUBJECTS or verb.pos_ not in VERBAL:
        return
    # What precedes with ";" between is parsed like reported speech, too.
    said = verb.lemma_ in REPORT
    found = 0
    queue = [c for c in children(verb) if c.i > token.i or (said and c.dep_ == "ccomp")]
    while queue and found < LONGEST:
        found += 1
        current = queue.pop()
        if current.dep_ not in {"relcl", "advcl"} and not (current.dep_ == "conj" and current.pos_ in VERBAL):
            yield current.i
            queue += children(current)


def looks_ahead(token: Token, name: Token) -> bool:
    """Whether a pronoun in a fronted phrase or clause may stand for the subject behind it: "In his speech, Macron ..."."""
    if name.dep_ not in SUBJECTS or name.i < token.i:
        return False
    verb, step = name.head, token
    for _ in range(2 * DEPTH):
        if step.head == verb:
            return step.dep_ in CLAUSES and verb.i > token.i
        if step.head == step:
            return False
        step = step.head
    return False


def coordinated(token: Token) -> Token | None:
    """What a possessive's noun is coordinated with: "Putin and his allies", "not by Russia, but by its partnerships"."""
    noun = token.head
    if noun.dep_ == "conj":
        return base(noun)
    preposition = noun.head
    if noun.dep_ != "pobj" or preposition.i == 0:
        return None
    joined = preposition.nbor(-1).dep_ == "cc"
    before = reversed(token.doc[max(0, preposition.i - NEAR) : preposition.i]) if joined else ()
    twin = next((t for t in before if t.lower_ == preposition.lower_), None)
    return next((c for c in children(twin) if c.dep_ == "pobj"), None) if twin is not None else None


def reporter(token: Token) -> list[Token]:
    """Who says what a subject's clause tells: "Macron told Scholz that he would come"."""
    verb = token.head
    if token.dep_ not in SUBJECTS or verb.dep_ != "ccomp" or verb.head.lemma_ not in REPORT:
        return []
    return surface_subject(verb.head)


def own_subject(token: Token) -> list[Token]:
    """The subject, also the understood one, of the clause in which a possessive or reflexive stands.

    Of praise and blame it is the object: "thanked Chile for its help", "criticised Mali over its law".
    """
    head, preposition = token.head, ""
    # The phrases that hold the pronoun: it is none of them.
    above: set[int] = set()
    for _ in range(2 * DEPTH):
        if head.pos_ in VERBAL:
            objects = (
                [c for c in children(head) if c.dep_ == "dobj" and c.i < token.i] if preposition in ABOUT else _equipped(head)
            )
            return objects or [t for t in surface_subject(head) if t.i not in above]
        if head.head == head:
            break
        above.add(head.i)
        preposition, head = head.lower_ if head.dep_ == "prep" else preposition, head.head
    return []


def _equipped(verb: Token) -> list[Token]:
    """Who is to do the infinitive: "provides Mali with the means to defend its north"."""
    giver = verb.head
    if verb.dep_ != "advcl" or giver.lemma_ not in EQUIP or not any(c.lower_ == "to" for c in children(verb)):
        return []
    return [c for c in children(giver) if c.dep_ == "dobj"]
