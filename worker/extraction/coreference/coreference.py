"""What "he", "it", "they" and "the alliance" stand for: the most salient figure that grammar and agreement allow.

Each pronoun is resolved once, without a model: first what cannot be (binding, gender, number, the speaker of the quote
that holds it), then the figure that is most present (salience), with a word for parallel roles and for the clause's own
subject. What stands in quotes comes last, when their speakers are known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from spacy.tokens import Token

from worker.extraction.actors.actors import Actors
from worker.extraction.coreference import binding
from worker.extraction.coreference.definites import Callings
from worker.extraction.coreference.pronouns import COLLECTIVE, FADING, IT, REFLEXIVE, SEVERAL, THEY, THIRD, Pronoun, pleonastic
from worker.extraction.coreference.salience import Discourse, Seen
from worker.extraction.entities import Figure
from worker.extraction.grammar import spread
from worker.extraction.names.words import NOUN, numbered
from worker.extraction.quotes.quotes import Quoted
from worker.extraction.tree import children, phrase_start
from worker.model import EntityType, MentionKind
from worker.ontology import lexicon

FIRST = numbered({"i", "we", "my", "our", "me", "us", "mine", "ours", "myself", "ourselves"})
SECOND = numbered({"you", "your", "yours", "yourself", "yourselves"})
PRONOUNS = numbered(THIRD)
# What is looked at besides nouns: "the 38-year-old" tells the age of somebody named before.
TAKING_UP = PRONOUNS | numbered({"old"})
PAIRED = lexicon("nouns")["paired"]
# Of these "the two" are people, of the others they may be states.
PERSONS = PAIRED & frozenset({"man", "woman", "leader", "minister", "president", "rival"})
# An antecedent further back than this many sentences is a guess; a person may stay the topic for longer, even much longer.
REACH = 2
PERSONAL = 4
FAR = 12
# A name behind the pronoun has been meant less often than one before it.
AHEAD = 0.7


@dataclass
class Score:
    """How salient one candidate is: the best mention of each sentence counts."""

    figures: tuple[Figure, ...]
    by_distance: dict[int, float] = field(default_factory=dict)
    last: int = -1

    def add(self, distance: int, weight: float, index: int) -> None:
        """One more mention."""
        self.by_distance[distance] = max(weight, self.by_distance.get(distance, 0.0))
        self.last = max(self.last, index)

    @property
    def total(self) -> tuple[float, int]:
        """Salience, then nearness."""
        return sum(self.by_distance.values()), self.last


class Resolver:
    """Resolves the pronouns of one article."""

    def __init__(self, actors: Actors, quoted: list[Quoted]) -> None:
        self.actors = actors
        self.doc = actors.parsed.doc
        self.quoted = quoted
        self.discourse = Discourse.of(actors, quoted)
        self.callings = Callings(actors)
        self.sources: dict[int, list[Quoted]] = {}
        for quote in quoted:
            if (source := quote.source()) is not None:
                self.sources.setdefault(source.i, []).append(quote)

    def run(self) -> None:
        """The narrator's words first: they tell who speaks in the quotes."""
        inner: list[Token] = []
        words = self.actors.cast.words
        for i, (lower, pos) in enumerate(zip(words.lower, words.pos, strict=True)):
            if pos != NOUN and lower not in TAKING_UP:
                continue
            if i in self.discourse.inside:
                inner.append(self.doc[i])
            else:
                self._resolve(self.doc[i])
        for token in inner:
            self._resolve(token)
        for quote in self.quoted:
            self._conversation(quote)

    def _resolve(self, token: Token) -> None:
        if self.actors.cast.words.lower[token.i] not in PRONOUNS:
            self._noun(token)
            return
        pronoun = Pronoun(token, self.discourse.inside.get(token.i), self.sources.get(token.i, []))
        found = self._glossed(token) or self._best(pronoun)
        if len(found) == 1:
            self._settle(token, found[0], MentionKind.PRONOUN)
        elif found:
            self.actors.pairs[token.i] = list(found)

    def _noun(self, token: Token) -> None:
        if _is_pair(token):
            self.actors.pairs[token.i] = self._last_two(token)
        found = self._called(token)
        if found:
            self._settle(token, found, MentionKind.NOMINAL)

    def _called(self, token: Token) -> Figure | None:
        """For whom a definite noun stands: grammar and salience decide where several are called so."""
        called = self.callings.candidates(token)
        if not called:
            return None
        banned = self._excluded(token)
        salience: dict[int, float] = {id(f): 0.0 for f in called if id(f) not in banned}
        for distance, seen in self.discourse.near(token, PERSONAL) if len(salience) > 1 else ():
            if id(seen.figure) in salience and seen.end <= token.i:
                salience[id(seen.figure)] += seen.weight * FADING**distance
        best = max(salience, key=lambda key: salience[key], default=None)
        return next((f for f in called if id(f) == best), None)

    def _settle(self, token: Token, figure: Figure, kind: MentionKind) -> None:
        self.actors.pronouns[token.i] = figure
        self.discourse.see(figure, self.doc[token.i : token.i + 1], kind)

    def _at(self, index: int) -> Figure | None:
        return self.actors.pronouns.get(index) or self.actors.cast.at_index(index)

    def _glossed(self, token: Token) -> tuple[Figure, ...]:
        """Who an editor's bracket says it is: "You [France] were"."""
        after = self.actors.cast.words.text[token.i + 1 : token.i + 3]
        figure = self._at(token.i + 2) if len(after) == 2 and after[0] == "[" else None
        return (figure,) if figure else ()

    def _best(self, pronoun: Pronoun) -> tuple[Figure, ...]:
        if pleonastic(pronoun.token):
            return ()
        if pronoun.word in REFLEXIVE and (found := self._reflexive(pronoun)):
            return (found,)
        scores = self._scores(pronoun, PERSONAL if pronoun.gender else REACH)
        if not scores and pronoun.gender:
            scores = self._scores(pronoun, FAR)
        best = max(scores, key=lambda s: s.total, default=None)
        if best is None or (not pronoun.gender and self._is_thing(pronoun, best)):
            return ()
        for figure in best.figures:
            self._introduce(pronoun, figure, best.last)
        return best.figures

    def _introduce(self, pronoun: Pronoun, figure: Figure, index: int) -> None:
        """Whom a pronoun takes up is somebody, and from now on of its gender."""
        figure.gender = figure.gender or pronoun.gender
        if not figure.mentions:
            head = self.doc[index]
            self.actors.cast.describe(figure, self.doc[phrase_start(head) : index + 1], head)

    def _is_thing(self, pronoun: Pronoun, best: Score) -> bool:
        """Whether something that is nobody is likelier to be meant: "France signed the treaty. It was the third"."""
        if pronoun.token.dep_ == "poss":
            return self._owned_by_thing(pronoun)
        share = pronoun.share(self._at)
        found: dict[int, float] = {}
        for distance, seen in self.discourse.things(pronoun.token, self.actors):
            if seen.plural == (pronoun.word in THEY) and seen.figure.type is not EntityType.PERSON:
                found[seen.token.i] = share * pronoun.weigh(seen, distance, speaks=seen.token.i in self.sources)
        return max(found.values(), default=0.0) > best.total[0]

    def _owned_by_thing(self, pronoun: Pronoun) -> bool:
        """Whether the possessive's clause has a subject that is no figure: "the plan has its critics", "two kept their vow"."""
        tags = {"NN"} if pronoun.word in IT else {"NNS", "CD"}
        before = [self.doc[i] for i in pronoun.owners if i < pronoun.token.i]
        return any(t.tag_ in tags and self._at(t.i) is None for t in before)

    def _reflexive(self, pronoun: Pronoun) -> Figure | None:
        """The subject of its clause; "the president himself" is the president."""
        for token in binding.own_subject(pronoun.token):
            figure = self._at(token.i)
            if figure and pronoun.agrees(figure):
                return figure
        return None

    def _scores(self, pronoun: Pronoun, reach: int) -> list[Score]:
        banned = self._banned(pronoun)
        found: dict[tuple[int, ...], Score] = {}
        several = pronoun.word in THEY
        for distance, seen in self._mentions(pronoun, reach):
            if not several and not pronoun.agrees(seen.figure):
                continue
            if seen.figure.described and (seen.token.i in self.actors.pronouns or _predicate(seen.token)):
                continue
            ahead = seen.end > pronoun.token.i
            if ahead and not (seen.kind is MentionKind.NAME and binding.looks_ahead(pronoun.token, seen.token)):
                continue
            for figures in self._readings(pronoun, seen):
                if not banned.isdisjoint(map(id, figures)):
                    continue
                weight = pronoun.weigh(seen, distance, speaks=seen.token.i in self.sources) * (AHEAD if ahead else 1)
                weight += SEVERAL * FADING**distance if len(figures) > 1 else 0
                key = tuple(map(id, figures))
                if key not in found:
                    found[key] = Score(figures)
                found[key].add(distance, weight, seen.token.i)
        return list(found.values())

    def _mentions(self, pronoun: Pronoun, reach: int) -> list[tuple[int, Seen]]:
        """Mentions of figures, and people that have not become figures because they are no actors: "a hiker"."""
        found = self.discourse.near(pronoun.token, reach)
        if pronoun.word in IT:
            return found
        things = self.discourse.things(pronoun.token, self.actors)
        return found + [(d, seen) for d, seen in things if seen.figure.type is EntityType.PERSON and not seen.figure.mentions]

    def _readings(self, pronoun: Pronoun, seen: Seen) -> Iterator[tuple[Figure, ...]]:
        """Who may be meant with a mention: its figure, and for "they" also all that are coordinated with it."""
        if pronoun.agrees(seen.figure) and pronoun.counts(seen):
            yield (seen.figure,)
        if pronoun.word in THEY and seen.token.n_rights and seen.token.dep_ != "appos":
            several = {id(f): f for t in spread([seen.token]) if (f := self._at(t.i))}
            if len(several) > 1:
                yield tuple(several.values())

    def _banned(self, pronoun: Pronoun) -> set[int]:
        found = self._excluded(pronoun.token) if pronoun.word not in REFLEXIVE else set()
        figures = self._counted_otherwise(pronoun)
        if pronoun.quote and (speaker := pronoun.quote.speaker_figure(self.actors)):
            figures.append(speaker)
        for quote in pronoun.speaks:
            figures += [f for i in range(quote.start, quote.end) if (f := self.actors.cast.at_index(i))]
        return found.union(map(id, figures))

    def _excluded(self, token: Token) -> set[int]:
        """Whom binding rules out."""
        found: set[int] = set()
        for i in binding.barred(token):
            found.update(map(id, (*self.actors.pairs.get(i, ()), self._at(i))))
        found.update(id(self.actors.cast.at_index(i)) for i in binding.commanded(token))
        return found - {id(None)}

    def _counted_otherwise(self, pronoun: Pronoun) -> list[Figure]:
        """Whom the same sentence calls "they" is not "it" there, and the other way round."""
        if pronoun.gender:
            return []
        other = THEY if pronoun.word in IT else IT
        here = self.discourse.mentions.get(self.discourse.number[pronoun.token.i], ())
        return [seen.figure for seen in here if seen.kind is MentionKind.PRONOUN and seen.token.lower_ in other]

    def _last_two(self, token: Token) -> list[Figure]:
        """The two states or organisations that were last named before; two people for "the two men"."""
        people = token.lemma_.lower() in PERSONS
        # "China urged both sides": China is neither.
        others = self._excluded(token)
        found: dict[str, Figure] = {}
        for distance, seen in sorted(self.discourse.near(token, FAR), key=lambda pair: (pair[0], -pair[1].token.i)):
            figure = seen.figure
            if figure.described or id(figure) in others or (distance == 0 and seen.end > token.i):
                continue
            if people and figure.type is EntityType.PERSON:
                found.setdefault(figure.name, figure)
            elif not people and figure.code and figure.type in COLLECTIVE | {EntityType.PERSON, EntityType.NORP}:
                found.setdefault(figure.code.text.split()[0], figure)
        latest = list(found.values())[:2]
        return latest if len(latest) == 2 else []

    def _conversation(self, quote: Quoted) -> None:
        """Inside a quote "I" and "we" are its speaker, "you" the one who is told, if that is said."""
        speaker = quote.speaker_figure(self.actors)
        told = self._told(quote)
        lower = self.actors.cast.words.lower
        for i in range(quote.start, quote.end):
            if lower[i] in FIRST and speaker:
                self.actors.pronouns[i] = speaker
            elif lower[i] in SECOND and (found := self._glossed(self.doc[i]) or ((told,) if told else ())):
                self.actors.pronouns[i] = found[0]

    def _told(self, quote: Quoted) -> Figure | None:
        objects = [c for c in children(quote.cue) if c.dep_ in {"dobj", "dative"}] if quote.cue is not None else []
        return next((f for t in objects if (f := self._at(t.i)) and f.type is EntityType.PERSON), None)


def resolve(actors: Actors, quoted: list[Quoted]) -> None:
    """Fill `actors.pronouns` and `actors.pairs`."""
    Resolver(actors, quoted).run()


def _predicate(token: Token) -> bool:
    """Whether a noun says what somebody is, and stands for nobody new: "he is a judge", but not "there was a judge"."""
    return token.dep_ == "attr" and not any(c.dep_ == "expl" for c in children(token.head))


def _is_pair(token: Token) -> bool:
    """Whether it is "both sides", "the two countries", "the two leaders"."""
    if token.tag_ != "NNS" or token.lemma_.lower() not in PAIRED:
        return False
    return any(c.lower_ in {"both", "two"} for c in children(token))
