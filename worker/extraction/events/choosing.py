"""Which sense of a word is meant: by its second word, by what its objects are and by who does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from spacy.tokens import Token

from worker.extraction.actors.actors import Actors
from worker.extraction.events.light import light_verb
from worker.extraction.grammar import agents, asked, oblique, particle, patients, possessors
from worker.extraction.materiel.things import classes
from worker.extraction.tree import children, kept
from worker.ontology.senses import Sense

# As adjectives these still tell of a promise ("the promised jets"); other participles describe ("the convicted man").
PROMISED = frozenset({"promise", "pledge"})
# Where a verb without a fitting object may have its thing: "supplied Kyiv with shells".
OBJECT_PREPOSITIONS = ("with", "for", "of", "on", "from", "in")
# Where a noun has it: "the delivery of food", "a halt to the raids".
ABOUT = ("of", "to")
# What a sense asks for whose verb has no object: "the farmers demonstrated", not "demonstrated a robot".
NO_THING = frozenset({"@nothing"})
# What may stand beside a verb as its second word, as may "will": "hand over", "call for", "test-fired", "found guilty".
EXTRAS = frozenset({"prep", "dative", "agent", "prt", "advmod", "npadvmod", "oprd", "acomp"})
# A sense with this among its objects means what another party is to do: "wants Serbia to leave".
ASKED = "@asked"
# A verb with one of these means another thing than alone: "swore in", "called off", "knocked out".
CHANGING = frozenset({"in", "off", "out"})
NOUNS = frozenset({"NOUN", "PROPN"})
WORDS = NOUNS | {"VERB", "ADJ"}


class Choice:
    """Chooses among the senses of the words of one article."""

    def __init__(self, actors: Actors, senses: Mapping[str, tuple[Sense, ...]]) -> None:
        self.actors, self.senses = actors, senses
        # A word has several senses, and each asks what its objects are.
        self._told: dict[tuple[int, str], set[str]] = {}

    def candidates(self, token: Token) -> tuple[Sense, ...]:
        """Senses of a word of this kind, most demanding first; none where the word only describes another."""
        if token.pos_ not in WORDS:
            return ()
        lemma = token.lemma_.lower()
        noun = token.pos_ in NOUNS
        if (token.dep_ == "amod" and lemma not in PROMISED) or (noun and _is_modifier(token)):
            return ()
        return tuple(s for s in self.senses.get(lemma, ()) if s.noun == noun)

    def why_none(self, token: Token) -> str | None:
        """Why none of a word's senses is meant, for a person; None for a word without a sense of its kind."""
        if token.pos_ not in WORDS or not any(
            s.noun == (token.pos_ in NOUNS) for s in self.senses.get(token.lemma_.lower(), ())
        ):
            return None
        if self.candidates(token):
            return "none of its senses fits what stands beside it"
        return f"only describes {token.head.text!r}"

    def meant(self, token: Token) -> Iterator[Sense]:
        """Those whose conditions hold."""
        return (s for s in self.candidates(token) if self._means(token, s))

    def direct(self, token: Token, *, noun: bool) -> set[str]:
        """Lemmas and classes of what the trigger is about."""
        return self._classes(token, "direct", lambda: _direct(token, noun=noun))

    def _means(self, token: Token, sense: Sense) -> bool:
        if sense.extra and not _has_extra(token, sense):
            return False
        if not sense.extra and not sense.noun and particle(token) in CHANGING:
            return False
        return self._fits_things(token, sense) and self._fits_doers(token, sense)

    def _fits_things(self, token: Token, sense: Sense) -> bool:
        if not sense.object and not sense.not_object:
            return True
        direct = self.direct(token, noun=sense.noun) or NO_THING
        if sense.extra and not sense.noun:
            # "bowed to the demands": the second word has the thing.
            extra = sense.extra
            direct = direct | self._classes(token, extra, lambda: oblique(token, {extra}))
        if not direct.isdisjoint(sense.not_object):
            return False
        if not sense.object or not direct.isdisjoint(sense.object):
            return True
        return not sense.object.isdisjoint(self._classes(token, "oblique", lambda: oblique(token, OBJECT_PREPOSITIONS)))

    def _fits_doers(self, token: Token, sense: Sense) -> bool:
        if not sense.doer and not sense.not_doer:
            return True
        doers = self._classes(token, "doers", lambda: _doers(token, noun=sense.noun))
        return doers.isdisjoint(sense.not_doer) and (not sense.doer or not doers.isdisjoint(sense.doer))

    def _classes(self, trigger: Token, slot: str, things: Callable[[], list[Token]]) -> set[str]:
        found = self._told.get((trigger.i, slot))
        if found is None:
            found = {name for thing in things() for name in classes(thing, self.actors)}
            if slot == "direct":
                found |= _infinitives(trigger)
                if any(self.actors.party(one) for one in asked(trigger)):
                    found.add(ASKED)
            self._told[trigger.i, slot] = found
        return found


def _direct(token: Token, *, noun: bool) -> list[Token]:
    """What the trigger is about: objects of a verb; for a noun its "of" and "to" phrases and what stands before it."""
    if not noun:
        return patients(token)
    return [*oblique(token, ABOUT), *(c for c in children(token) if c.dep_ in {"compound", "amod"})]


def _infinitives(verb: Token) -> set[str]:
    """What is to be done: "@to" and "@to-comment" of "declined to comment"."""
    found = {f"@to-{c.lemma_.lower()}" for c in children(verb) if c.dep_ in {"xcomp", "ccomp"} and c.tag_ in {"VB", "VBP"}}
    return found | {"@to"} if found else found


def _doers(token: Token, *, noun: bool) -> list[Token]:
    """Who does it: for a noun its owner, what stands before it, and the subject of the verb that carries it."""
    if not noun:
        return agents(token)
    light = light_verb(token)
    before = [c for c in children(token) if c.dep_ == "compound" or (c.dep_ == "amod" and c.ent_type_)]
    return [*possessors(token), *oblique(token, {"by", "from"}), *before, *(agents(light) if light is not None else [])]


def _is_modifier(token: Token) -> bool:
    return token.dep_ in {"compound", "nmod", "amod"} and token.head.pos_ in NOUNS


def _has_extra(token: Token, sense: Sense) -> bool:
    extra = str(sense.extra)
    if not sense.noun:
        return extra in _second_words(token)
    words = extra.split()
    before = [t.lemma_.lower() for t in token.doc[max(0, token.i - len(words)) : token.i]]
    return before == words


@kept
def _second_words(verb: Token) -> set[str | None]:
    return {particle(verb), *(c.lower_ for c in children(verb) if c.tag_ == "MD" or (_stands_beside(c) and not _dates(c)))}


def _stands_beside(word: Token) -> bool:
    """Also a noun that the parser takes for a clause: "took ten people hostage"."""
    return word.dep_ in EXTRAS or (word.dep_ == "xcomp" and word.pos_ in NOUNS)


def _dates(preposition: Token) -> bool:
    """Whether it only tells the day: "called Kyiv on Monday" is no calling on anybody."""
    return any(c.dep_ == "pobj" and c.ent_type_ in {"DATE", "TIME"} for c in children(preposition))
