"""How present each figure is at a point of the text: by role and distance of its mentions, halved from sentence to sentence.

The weights are those of Lappin and Leass (1994) in their order and rough size, not fitted: a subject counts for more
than an object, an object for more than an oblique, and all fade by half with each sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from spacy.tokens import Doc, Span, Token

from worker.extraction.actors.actors import Actors
from worker.extraction.coreference import gender
from worker.extraction.coreference.binding import SUBJECTS, base
from worker.extraction.entities import Figure
from worker.extraction.names.words import NOUN, Words
from worker.extraction.quotes.quotes import Quoted
from worker.model import EntityType, MentionKind
from worker.ontology import lexicon

# Being mentioned at all counts one; the role adds to it.
RECENT = 1.0
ROLES = {"nsubj": 0.8, "nsubjpass": 0.8, "dobj": 0.5, "dative": 0.4, "attr": 0.4, "agent": 0.4, "pobj": 0.3, "poss": 0.3}
OTHER = 0.2
# "the Macron plan" speaks of the plan.
MODIFIER = -0.3
MODIFIERS = frozenset({"compound", "amod", "nmod"})
# "NATO countries" are NATO.
GROUPS = lexicon("nouns")["groups"]
# A sentence with more mentions is a list: to compare each with each would take too long.
MOST = 40
PEOPLE = lexicon("genders")["female"] | lexicon("genders")["male"] | lexicon("genders")["persons"]
PLURAL = frozenset({"NNS", "NNPS"})
# Plural without an ending.
MANY = frozenset({"police", "people", "personnel", "public"})
# What a clause inside another says is less present than the main clause.
EMBEDDED = 0.2
CLAUSES = frozenset({"ccomp", "advcl", "relcl", "acl", "csubj", "pcomp"})
# Coordinated and apposed names are a little less present than the first.
SECOND = 0.1


# Not frozen, which would make each take twice as long to put together.
@dataclass(slots=True)
class Seen:
    """A mention as an antecedent: the token that heads it, how its phrase stands in the clause, and who says it."""

    figure: Figure
    token: Token
    end: int
    kind: MentionKind
    weight: float
    subject: bool
    plural: bool
    quote: Quoted | None


@dataclass
class Discourse:
    """The article by sentences: where each token stands, what each sentence mentions, and what is in quotes."""

    number: list[int]
    starts: list[int]
    mentions: dict[int, list[Seen]] = field(default_factory=dict)
    inside: dict[int, Quoted] = field(default_factory=dict)
    nouns: dict[int, list[Seen]] = field(default_factory=dict)

    @classmethod
    def of(cls, actors: Actors, quoted: list[Quoted]) -> Discourse:
        """Read once, because every pronoun asks."""
        discourse = cls(*_numbers(actors.cast.words), inside={i: q for q in quoted for i in range(q.start, q.end)})
        for figure in actors.cast.figures:
            for span, kind in figure.mentions:
                discourse.see(figure, span, kind)
        return discourse

    def see(self, figure: Figure, span: Span, kind: MentionKind) -> None:
        """One more mention."""
        token = span.root
        here = self.mentions.setdefault(self.number[token.i], [])
        if len(here) < MOST:
            here.append(self._seen(figure, token, span.end, kind))

    def _seen(self, figure: Figure, token: Token, end: int, kind: MentionKind) -> Seen:
        first = base(token)
        role, head = first.dep_, first.head
        members = role in MODIFIERS and head.tag_ == "NNS" and head.lemma_ in GROUPS
        if members and figure.type is EntityType.ORG:
            first = base(head)
            role, head = first.dep_, first.head
        weight = RECENT + (MODIFIER if role in MODIFIERS else ROLES.get(role, OTHER))
        weight -= (SECOND if first is not token else 0) + (EMBEDDED if head.dep_ in CLAUSES else 0)
        plural = members or token.tag_ in PLURAL or token.lemma_.lower() in MANY
        return Seen(figure, token, end, kind, weight, role in SUBJECTS, plural, self.inside.get(token.i))

    def near(self, token: Token, reach: int) -> list[tuple[int, Seen]]:
        """Mentions of the token's sentence and of so many before it, each with its distance in sentences."""
        here = self.number[token.i]
        distances = range(min(reach, here) + 1)
        return [(distance, seen) for distance in distances for seen in self.mentions.get(here - distance, ())]

    def things(self, token: Token, actors: Actors) -> Iterator[tuple[int, Seen]]:
        """Nouns that are nobody, in the token's sentence before it and in the one before that."""
        here = self.number[token.i]
        for distance in range(min(1, here) + 1):
            for seen in self._things_of(here - distance, token.doc, actors):
                if seen.token.i < token.i:
                    yield distance, seen

    def _things_of(self, number: int, doc: Doc, actors: Actors) -> list[Seen]:
        if number not in self.nouns:
            stop = self.starts[number + 1] if number + 1 < len(self.starts) else len(doc)
            pos = actors.cast.words.pos
            tokens = [doc[i] for i in range(self.starts[number], stop) if pos[i] == NOUN]
            nouns = [t for t in tokens if t.dep_ in ROLES and not t.ent_type_][:MOST]
            free = [(_nobody(t), t) for t in nouns if actors.cast.at(t) is None]
            self.nouns[number] = [self._seen(figure, t, t.i + 1, MentionKind.NOMINAL) for figure, t in free]
        return self.nouns[number]


def _nobody(noun: Token) -> Figure:
    """A noun that is no figure: a thing, or somebody who is no actor."""
    if noun.lemma_.lower() not in PEOPLE:
        return Figure(EntityType.EVENT, noun.text)
    return Figure(EntityType.PERSON, noun.text, described=True, gender=gender.of_noun(noun))


def _numbers(words: Words) -> tuple[list[int], list[int]]:
    """The number of each token's sentence, and where each begins; sentences of white space alone are not counted."""
    found: list[int] = []
    starts: list[int] = []
    bounds = [0, *(i for i, begins in enumerate(words.begins) if begins and i), len(words)]
    for start, end in pairwise(bounds):
        if not starts or not all(word.isspace() for word in words.text[start:end]):
            starts.append(start)
        found += [len(starts) - 1] * (end - start)
    return found, starts
