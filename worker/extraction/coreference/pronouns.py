"""A pronoun of the third person: what it asks of whom it stands for, and how well a mention suits it.

The weights follow Lappin and Leass (1994) in order and rough size; each has its reason, none is fitted to a text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from spacy.tokens import Token

from worker.extraction.coreference import binding
from worker.extraction.coreference.salience import Seen
from worker.extraction.entities import Figure
from worker.extraction.quotes.quotes import Quoted
from worker.extraction.tree import children
from worker.model import EntityType, MentionKind
from worker.ontology import lexicon

HE = frozenset({"he", "him", "his", "himself"})
SHE = frozenset({"she", "her", "hers", "herself"})
IT = frozenset({"it", "its", "itself"})
THEY = frozenset({"they", "them", "their", "theirs", "themselves"})
THIRD = HE | SHE | IT | THEY
REFLEXIVE = frozenset({"himself", "herself", "itself", "themselves"})
PERSON = EntityType.PERSON
PEOPLE = frozenset({PERSON, EntityType.NORP})
COLLECTIVE = frozenset({EntityType.ORG, EntityType.GPE})

# Each sentence back halves what a mention counts.
FADING = 0.5
# Narrator and quotes go on from their own words: what is said in quotes, and who says it, counts half for the other.
OTHER_VOICE = 0.5
# Who has just spoken goes on speaking: "..., Rocha said. ... She added".
SPOKE = 0.3
# Subjects go on as subjects; Lappin and Leass give parallel roles a third of what recency counts.
PARALLEL = 0.35
# "X praised his minister": a possessive takes the subject of its clause before anything else of its sentence.
OWN = 0.6
# "India accused Canada of murder, a charge it denies": the accused answers.
DENIAL = 1.5
ACCUSE = lexicon("reference")["accuse"]
DENY = lexicon("reference")["deny"]
# "for Putin and his allies": as good as bound.
BESIDE = 2.0
# "X told Y that he would come": reports go on about who gives them.
REPORTS = 1.0
# Told genders before guessed ones.
SURE = 0.2
# A plural stands for several before it stands for one body.
SEVERAL = 0.5
# Nobody's noun counts less: news goes on about its figures.
THING = 0.8
# With a verb of things ("contains", "costs") it takes any noun at hand.
INERT = 3.0
AGENTIVE = lexicon("reference")["agentive"]
ADDRESSED = lexicon("reference")["addressed"]
STATIVE = lexicon("reference")["stative"]
POLITICAL = lexicon("nouns")["groups"] | lexicon("nouns")["lands"] | lexicon("nouns")["bodies"]


@dataclass
class Pronoun:
    """A pronoun to resolve, with what is asked of it for many candidates."""

    token: Token
    quote: Quoted | None
    speaks: list[Quoted]
    word: str = field(init=False)

    def __post_init__(self) -> None:
        self.word = self.token.lower_

    @cached_property
    def gender(self) -> str | None:
        """What "he" and "she" ask for."""
        return "m" if self.word in HE else "f" if self.word in SHE else None

    @cached_property
    def subject(self) -> bool:
        """Whether it is a subject itself."""
        return self.token.dep_ in binding.SUBJECTS

    @cached_property
    def denies(self) -> bool:
        """Whether it answers a charge."""
        return self.subject and self.token.head.lemma_ in DENY

    @cached_property
    def owners(self) -> set[int]:
        """For a possessive the subject of its own clause, for a subject of reported speech who reports it."""
        possessive = self.token.dep_ == "poss"
        return {t.i for t in (binding.own_subject(self.token) if possessive else binding.reporter(self.token))}

    @cached_property
    def beside(self) -> int:
        """For a possessive, what its noun is coordinated with, or -1."""
        first = binding.coordinated(self.token) if self.token.dep_ == "poss" else None
        return first.i if first is not None else -1

    def agrees(self, figure: Figure) -> bool:
        """Whether a figure is of the kind and gender that it asks for."""
        if self.gender:
            return figure.type is PERSON and (figure.gender is None or figure.gender == self.gender)
        return figure.type in COLLECTIVE or (figure.type in PEOPLE and self.word in THEY)

    def counts(self, seen: Seen) -> bool:
        """One or many: "they" are no single person, "it" and "he" are no plural; a nationality before a noun is no people."""
        if seen.kind is MentionKind.PRONOUN and (self.word in THEY) != (seen.token.lower_ in THEY):
            return False
        if self.word not in THEY:
            return not (seen.figure.described and seen.plural)
        if seen.figure.type is EntityType.NORP:
            return seen.token.dep_ not in {"amod", "compound"}
        return seen.plural or seen.figure.type is EntityType.ORG or (seen.figure.type is EntityType.GPE and seen.subject)

    def weigh(self, seen: Seen, distance: int, *, speaks: bool) -> float:
        """How well a mention so many sentences before suits; `speaks` if it is a speaker there."""
        weight = seen.weight
        if speaks if self.quote is not None else seen.quote is not None:
            weight *= OTHER_VOICE
        if self.speaks and speaks:
            weight += SPOKE
        if self.subject and seen.subject:
            weight += PARALLEL
        if self.denies and seen.token.dep_ == "dobj" and seen.token.head.lemma_ in ACCUSE:
            weight += DENIAL
        if distance == 0 and seen.token.i in self.owners:
            weight += REPORTS if self.subject else OWN
        if seen.token.i == self.beside:
            weight += BESIDE
        if self.gender and seen.figure.gender:
            weight += SURE
        if self.word in THEY:
            weight += SEVERAL if seen.plural else -SEVERAL if seen.figure.type is EntityType.GPE else 0
        return weight * FADING**distance

    def share(self, at: Callable[[int], Figure | None]) -> float:
        """What a thing counts where the pronoun stands: nothing as an agent, much with verbs of things."""
        verb, role = self.token.head.lemma_, self.token.dep_
        if (role == "nsubj" and verb in AGENTIVE) or (role in {"dobj", "nsubjpass"} and verb in ADDRESSED):
            return 0.0
        if self.subject and (verb in STATIVE or self._is_called_thing(at)):
            return INERT
        return THING if role == "nsubj" else 1.0

    def _is_called_thing(self, at: Callable[[int], Figure | None]) -> bool:
        """Whether the clause says that it is a thing: "It was the third treaty", but not "It is a member of NATO"."""
        verb = self.token.head
        said = [c for c in children(verb) if c.dep_ == "attr" and c.pos_ == "NOUN"] if self.subject else []
        return verb.lemma_ == "be" and any(at(c.i) is None and c.lemma_ not in POLITICAL for c in said)


def pleonastic(token: Token) -> bool:
    """Whether it refers to nothing: "It is clear that ...", "it took two years to ...", "made it clear that"."""
    if token.lower_ != "it" or token.dep_ not in {"nsubj", "nsubjpass", "expl"}:
        return token.dep_ == "expl"
    verb = token.head
    if verb.pos_ == "ADJ" or verb.lemma_ in lexicon("reference")["impersonal"]:
        return True
    after = [c for c in children(verb) if c.i > verb.i]
    clause = any(
        c.dep_ in {"ccomp", "csubj"} or _infinitive(c) for p in [*after, verb] for c in [p, *children(p)] if c.i > verb.i
    )
    if verb.lemma_ == "be":
        said = [c for c in after if c.dep_ in {"acomp", "attr"}]
        return bool(said) and (clause or said[0].lemma_ in lexicon("reference")["judgements"])
    if token.dep_ == "nsubjpass":
        # "It is expected that", but not "it was told that".
        return verb.lemma_ in lexicon("reference")["held"] and clause
    return verb.lemma_ == "take" and any(_infinitive(c) for c in after)


def _infinitive(clause: Token) -> bool:
    return clause.dep_ in {"xcomp", "advcl", "relcl", "acl"} and any(
        c.lower_ == "to" and c.dep_ == "aux" for c in children(clause)
    )
