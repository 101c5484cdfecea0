"""Why what a trigger tells is no news although it may be true: asked, guessed, done by habit, known before, or staged.

Polarity and modality are of the clause and belong to the event (`factuality`); these are reasons to have no event.
"""

from __future__ import annotations

from spacy.tokens import Token

from worker.extraction.events.factuality import WORDS, Hold, World, carrier
from worker.extraction.events.light import light_verb
from worker.extraction.events.types import COOPERATION
from worker.extraction.grammar import is_main, partner, patients, surface_subject
from worker.extraction.tree import DEPTH, children, kept, root, sentence
from worker.model import EventType
from worker.ontology.senses import Sense, load

LIES_AHEAD = frozenset({Hold.AHEAD, Hold.PROMISE, Hold.INTEND, Hold.THREATEN})
# What these say is about something that the reader is taken to know.
REACTIONS = frozenset({EventType.ACCUSE, EventType.SUPPORT, EventType.REJECT, EventType.REQUEST, EventType.THREATEN})
MEETING_PHRASES = frozenset({"at", "in", "during", "of", "after", "for", "with", "before"})
# In the present these say what a thing is, not that it was done.
STATES = frozenset({"be", "mean", "remain", "matter", "represent", "look", "seem", "cost"})
# These tell how much of it there is: "trade between the two stood at five billion".
MEASURES = frozenset(
    {"stand", "total", "amount", "rise", "fall", "grow", "shrink", "account", "exceed", "average", "double", "drop"}
)
LASTING = COOPERATION | {EventType.AGREE}
FAR_OR_GUESS = WORDS["guess"] | {"far"}
# In these phrases an event noun without "the" may still be the news: "killed in an attack", "answered with strikes".
NEWS_PHRASES = frozenset({"in", "with", "by", "for"})
CONTENTS = frozenset({"ccomp", "csubj", "csubjpass", "pobj:of", "pobj:over", "pobj:about"})
QUESTIONS = frozenset({"who", "whom", "whose", "why", "whether", "which", "when", "where"})
AMOUNTS = frozenset({"many", "much", "long", "far", "often", "soon"})
KNOWN = "known before, only named here"
WOULD = frozenset({"would", "could", "might", "may", "'d", "’d"})


def objection(token: Token, sense: Sense, world: World) -> str | None:
    """Why the trigger tells no news, for a person; None where it does."""
    if _is_asked(token):
        return "only asked about"
    if _is_guessed(token, world):
        return "somebody's guess, hope or fear"
    if _is_habit(carrier(token) or token) or (token.dep_ == "nsubj" and _always(token.head)):
        return "a habit, not a deed"
    if any(_rules(head) for _, head, _ in _climb(token)) or _rules(token):
        return "what a rule says"
    if _is_staged(token):
        return "happens on a stage, on a screen or in a book"
    known = _is_named(token, sense) if sense.noun else _is_background(token)
    return KNOWN if known else None


@kept
def _climb(token: Token) -> list[tuple[Token, Token, str]]:
    """From the token upwards: a word, its governor (prepositions passed through) and the relation between them."""
    steps: list[tuple[Token, Token, str]] = []
    while len(steps) < DEPTH:
        head, dep = partner(token) if token.dep_ == "conj" else token.head, token.dep_
        if head == token:
            break
        while head.pos_ == "ADP" and head.head != head:
            dep = f"pobj:{head.lower_}" if dep in {"pobj", "pcomp"} else dep
            head = head.head
        steps.append((token, head, dep))
        token = head
    return steps


# ---------------------------------------------------------------- asked


def _is_asked(token: Token) -> bool:
    """In a question, or in a clause of which somebody wants to know who, why or whether."""
    if _ends_in_question(token) or (token.lemma_ == "ask" and token.pos_ == "VERB" and _asks_a_question(token)):
        return True
    return _counts(root(token)) or any(dep in CONTENTS and _wonders(here, dep) for here, _, dep in _climb(token))


@kept
def _ends_in_question(token: Token) -> bool:
    last = sentence(token)[-1]
    if last.is_quote and last.i > 0:
        last = last.nbor(-1)
    return last.text == "?"


def _asks_a_question(verb: Token) -> bool:
    """Whether what is asked is to be told, not to be done."""
    start = sentence(verb).start
    if any(t.text == "?" for t in verb.doc[max(0, start - 2) : start]):
        return True
    own = children(verb)
    return any(c.dep_ in CONTENTS and _wonders(c, "ccomp") for c in own) or not any(_is_wish(c) for c in own)


def _is_wish(child: Token) -> bool:
    if child.dep_ in {"prep", "dative"}:
        return child.lower_ in {"for", "of"}
    if child.dep_ == "dobj":
        return child.pos_ not in {"PROPN", "PRON"}
    clausal = child.dep_ in {"xcomp", "ccomp", "advcl", "acl", "relcl"}
    return clausal and not _wonders(child, "ccomp") and not any(c.text == "?" for c in children(child))


def _wonders(clause: Token, dep: str) -> bool:
    """Whether a clause begins with a question word; "how rebels attacked" and "what they promised" may be told as facts."""
    first = clause.left_edge.lower_
    fronted = first == "what" and (dep != "ccomp" or clause.i < clause.head.i)
    return fronted or first in QUESTIONS or _counts(clause)


@kept
def _counts(clause: Token) -> bool:
    """Whether it asks for a number: "how many prisoners are held is unknown"."""
    first = clause.left_edge
    return first.lower_ == "how" and first.i + 1 < len(first.doc) and first.nbor().lower_ in AMOUNTS


# ---------------------------------------------------------------- guessed


def _is_guessed(token: Token, world: World) -> bool:
    if world.hold in LIES_AHEAD and world.reporter is not None and world.reporter.lemma_.lower() in WORDS["guessers"]:
        return True
    return any(_perhaps(here) or _guesses(here, head, dep, world) for here, head, dep in _climb(token)) or _perhaps(token)


@kept
def _perhaps(verb: Token) -> bool:
    return any(c.dep_ == "advmod" and c.lower_ in WORDS["perhaps"] for c in children(verb))


def _guesses(here: Token, head: Token, dep: str, world: World) -> bool:
    lemma = head.lemma_.lower()
    base, _, preposition = dep.partition(":")
    if base in {"acl", "ccomp", "pobj"} and head.pos_ == "NOUN" and lemma in WORDS["prospects"]:
        return base != "pobj" or preposition in {"of", "about", "for", "on"}
    if lemma == "be" and base in {"ccomp", "csubj"}:
        return any(c.dep_ in {"acomp", "attr", "advmod"} and c.lemma_.lower() in FAR_OR_GUESS for c in children(head))
    if lemma in WORDS["guess"]:
        return base in {"ccomp", "dobj", "pobj", "nsubjpass"} or (base == "xcomp" and _of_another(here, head))
    if lemma in WORDS["believe"] and base == "ccomp":
        return world.hold in LIES_AHEAD or any(c.lower_ in WOULD for c in children(here))
    return False


def _of_another(clause: Token, verb: Token) -> bool:
    """Whether others are to do it: "expects China to buy", not "expects to buy"."""
    return bool(patients(verb)) or surface_subject(clause) != surface_subject(verb)


# ---------------------------------------------------------------- by habit


def _is_habit(verb: Token) -> bool:
    """Told in the simple present of what happens again and again."""
    if verb.dep_ == "xcomp" and verb.head.lower_ == "used" and verb.head.tag_ in {"VBD", "VBN"}:
        return True
    own = children(verb)
    if verb.tag_ not in {"VBZ", "VBP"} or any(c.dep_ in {"aux", "auxpass"} for c in own):
        return False
    return any(c.lower_ in WORDS["habit"] and c.dep_ in {"advmod", "npadvmod"} for c in own) or any(
        c.dep_ == "npadvmod" and any(d.lower_ in {"every", "each"} for d in children(c)) for c in own
    )


def _always(verb: Token) -> bool:
    """Whether something is said of all times: "American aid has always been"."""
    return verb.tag_ != "VBD" and any(c.dep_ == "advmod" and c.lower_ in WORDS["habit"] for c in children(verb))


@kept
def _rules(verb: Token) -> bool:
    """Told in the present of what a law says: "the constitution bans", "under the treaty allies may"."""
    if verb.tag_ not in {"VBZ", "VBP", "VB"} or any(c.dep_ == "aux" and c.lower_ in {"will", "would"} for c in children(verb)):
        return False
    for child in children(verb):
        if child.dep_ in {"nsubj", "nsubjpass"} and child.lemma_.lower() in WORDS["rules"]:
            return True
        if child.lower_ == "under" and any(p.lemma_.lower() in WORDS["rules"] for p in children(child)):
            return True
    return False


# ---------------------------------------------------------------- staged


def _is_staged(token: Token) -> bool:
    """Whether it is told of a film or a book: "in the novel a minister is kidnapped", "the film shows how"."""
    return _within_fiction(token) or any(_within_fiction(head) or _fictions(head) for _, head, _ in _climb(token))


@kept
def _within_fiction(verb: Token) -> bool:
    return any(
        c.dep_ == "prep" and c.lower_ == "in" and any(p.lemma_.lower() in WORDS["fiction"] for p in children(c))
        for c in children(verb)
    )


@kept
def _fictions(verb: Token) -> bool:
    return any(c.dep_ == "nsubj" and c.lemma_.lower() in WORDS["fiction"] for c in children(verb))


# ---------------------------------------------------------------- known before


def _is_background(verb: Token) -> bool:
    """Told in passing of somebody or something: "an editor arrested last week", "whom they had jailed"."""
    while verb.dep_ == "conj" and verb.head.pos_ in {"VERB", "AUX"}:
        verb = verb.head
    if verb.dep_ == "acl":
        return verb.tag_ == "VBN" and not is_main(verb) and not _counted(verb.head)
    return verb.dep_ == "relcl" and any(c.lower_ in {"had", "'d"} for c in children(verb))


def _counted(noun: Token) -> bool:
    """Whether the sentence is about how many they were: "there were ten soldiers killed", "he was among those arrested"."""
    head = noun.head
    if noun.dep_ == "attr":
        return any(c.dep_ == "expl" for c in children(head))
    return noun.dep_ == "pobj" and head.lower_ in {"among", "with"}


def _is_named(noun: Token, sense: Sense) -> bool:
    """Whether the noun only names what happened: "after the attack", "condemned the attack", "the story of the siege"."""
    if noun.lemma_ == "exile" and noun.head.lower_ != "into":
        # People who live abroad: "Belarusian exiles".
        return True
    light = carrier(noun) or light_verb(noun)
    if light is not None and light.dep_ != "acl":
        return False
    if noun.dep_ == "pobj":
        return _in_passing(noun, sense)
    head = noun.head
    if noun.dep_ == "dobj":
        return any(not s.noun and s.type in REACTIONS for s in load().get(head.lemma_.lower(), ()))
    return noun.dep_ in {"nsubj", "nsubjpass"} and not _tells(noun, head)


def _tells(noun: Token, verb: Token) -> bool:
    """Whether the noun is told as a deed: with its doer, new to the reader, or with what came of it."""
    if any(c.dep_ == "aux" and c.lower_ in WOULD for c in children(verb)):
        return False
    if verb.lemma_ in MEASURES or (noun.lemma_ == "demand" and not _is_known(noun) and noun.tag_ == "NN"):
        return False
    if verb.lemma_ in STATES and verb.tag_ in {"VBZ", "VBP"}:
        return False
    return _has_doer(noun) or verb.lemma_.lower() in WORDS["outcome"] or not (verb.lemma_ == "be" or _is_known(noun))


def _has_doer(noun: Token) -> bool:
    return any(
        c.dep_ == "poss"
        or (c.dep_ in {"amod", "compound"} and c.ent_type_)
        or (c.dep_ in {"prep", "agent"} and c.lower_ == "by")
        for c in children(noun)
    )


def _is_known(noun: Token) -> bool:
    return any(c.dep_ in {"det", "poss"} and c.lower_ not in {"a", "an"} for c in children(noun))


def _in_passing(noun: Token, sense: Sense) -> bool:
    """Told beside the news: "after the attack", "for the arrests"; what is done together lasts, so it is told anywhere."""
    if sense.type is EventType.CONSULT:
        return noun.head.lower_ not in MEETING_PHRASES and (noun.head.lower_ != "on" or _is_known(noun))
    if sense.type in LASTING:
        return False
    return _is_known(noun) or noun.head.lower_ not in NEWS_PHRASES or noun.head.head.pos_ not in {"VERB", "AUX"}
