"""What "he", "it", "they" and "the alliance" stand for: the most salient figure that grammar and agreement allow.

Each pronoun is resolved once, without a model: first what cannot be (binding, gender, number, the speaker of the quote
that holds it), then the figure that is most present (salience), with a word for parallel roles and for the clause's own
subject. What stands in quotes comes last, when their speakers are known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from spacy.tokens import Token

from worker.extraction import binding
from worker.extraction.actors import Actors
from worker.extraction.definites import Callings
from worker.extraction.entities import Figure
from worker.extraction.grammar import phrase_start, spread
from worker.extraction.quotes import Quoted
from worker.extraction.salience import Discourse, Seen
from worker.model import EntityType, MentionKind
from worker.ontology import lexicon

HE = frozenset({"he", "him", "his", "himself"})
SHE = frozenset({"she", "her", "hers", "herself"})
IT = frozenset({"it", "its", "itself"})
THEY = frozenset({"they", "them", "their", "theirs", "themselves"})
THIRD = HE | SHE | IT | THEY
REFLEXIVE = frozenset({"himself", "herself", "itself", "themselves"})
FIRST = frozenset({"i", "we", "my", "our", "me", "us", "mine", "ours", "myself", "ourselves"})
SECOND = frozenset({"you", "your", "yours", "yourself", "yourselves"})
PAIRED = lexicon("nouns")["paired"]
# Of these "the two" are people, of the others they may be states.
PERSONS = PAIRED & frozenset({"man", "woman", "leader", "minister", "president", "rival"})
COLLECTIVE = frozenset({EntityType.ORG, EntityType.GPE})

# An antecedent further back than this many sentences is a guess; a person may stay the topic for longer, even much longer.
REACH = 2
PERSONAL = 4
FAR = 12
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
# A name behind the pronoun has been meant less often than one before it.
AHEAD = 0.7
# Told genders before guessed ones.
SURE = 0.2
# Nobody's noun counts less: news goes on about its figures.
THING = 0.8
# With a verb of things ("contains", "costs") it takes any noun at hand.
INERT = 3.0
AGENTIVE = lexicon("reference")["agentive"]
ADDRESSED = lexicon("reference")["addressed"]
STATIVE = lexicon("reference")["stative"]
POLITICAL = lexicon("nouns")["groups"] | lexicon("nouns")["lands"] | lexicon("nouns")["bodies"]
# A plural stands for several before it stands for one body.
SEVERAL = 0.5


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
        for token in self.doc:
            if token.lower_ not in THIRD and token.pos_ != "NOUN" and token.lower_ != "old":
                continue
            if token.i in self.discourse.inside:
                inner.append(token)
            else:
                self._resolve(token)
        for token in inner:
            self._resolve(token)
        for quote in self.quoted:
            self._conversation(quote)

    def _resolve(self, token: Token) -> None:
        if token.lower_ not in THIRD:
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
        found = self.callings.antecedent(token)
        if found:
            self._settle(token, found, MentionKind.NOMINAL)

    def _settle(self, token: Token, figure: Figure, kind: MentionKind) -> None:
        self.actors.pronouns[token.i] = figure
        self.discourse.see(figure, self.doc[token.i : token.i + 1], kind)

    def _at(self, index: int) -> Figure | None:
        return self.actors.pronouns.get(index) or self.actors.cast.at(self.doc[index])

    def _glossed(self, token: Token) -> tuple[Figure, ...]:
        """Who an editor's bracket says it is: "You [France] were"."""
        after = self.doc[token.i + 1 : token.i + 3]
        figure = self._at(after[1].i) if len(after) == 2 and after[0].text == "[" else None
        return (figure,) if figure else ()

    def _best(self, pronoun: Pronoun) -> tuple[Figure, ...]:
        if _pleonastic(pronoun.token):
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
            return pronoun.word in IT and self._owned_by_thing(pronoun)
        share = self._share(pronoun)
        found: dict[int, float] = {}
        for distance, seen in self.discourse.things(pronoun.token, self.actors):
            if seen.plural == (pronoun.word in THEY) and seen.figure.type is not EntityType.PERSON:
                found[seen.token.i] = share * self._weight(pronoun, seen, distance)
        return max(found.values(), default=0.0) > best.total[0]

    def _share(self, pronoun: Pronoun) -> float:
        """What a thing counts where the pronoun stands: nothing as an agent, much with verbs of things."""
        verb, role = pronoun.token.head.lemma_, pronoun.token.dep_
        if (role == "nsubj" and verb in AGENTIVE) or (role in {"dobj", "nsubjpass"} and verb in ADDRESSED):
            return 0.0
        if pronoun.subject and (verb in STATIVE or self._is_called_thing(pronoun)):
            return INERT
        return THING if role == "nsubj" else 1.0

    def _is_called_thing(self, pronoun: Pronoun) -> bool:
        """Whether the clause says that it is a thing: "It was the third treaty", but not "It is a member of NATO"."""
        verb = pronoun.token.head
        said = [c for c in verb.children if c.dep_ == "attr" and c.pos_ == "NOUN"] if pronoun.subject else []
        return verb.lemma_ == "be" and any(self._at(c.i) is None and c.lemma_ not in POLITICAL for c in said)

    def _owned_by_thing(self, pronoun: Pronoun) -> bool:
        """Whether the subject of the possessive's clause is a thing: "the plan has its critics"."""
        doc = self.doc
        return any(doc[i].tag_ == "NN" and self._at(i) is None and i < pronoun.token.i for i in pronoun.owners)

    def _reflexive(self, pronoun: Pronoun) -> Figure | None:
        """The subject of its clause; "the president himself" is the president."""
        for token in binding.own_subject(pronoun.token):
            figure = self._at(token.i)
            if figure and _agrees(pronoun, figure):
                return figure
        return None

    def _scores(self, pronoun: Pronoun, reach: int) -> list[Score]:
        banned = self._banned(pronoun)
        found: dict[tuple[int, ...], Score] = {}
        for distance, seen in self._mentions(pronoun, reach):
            if seen.figure.described and (seen.token.i in self.actors.pronouns or _predicate(seen.token)):
                continue
            ahead = seen.end > pronoun.token.i
            if ahead and not (seen.kind is MentionKind.NAME and binding.looks_ahead(pronoun.token, seen.token)):
                continue
            for figures in self._readings(pronoun, seen):
                if not banned.isdisjoint(map(id, figures)):
                    continue
                weight = self._weight(pronoun, seen, distance) * (AHEAD if ahead else 1)
                weight += SEVERAL * FADING**distance if len(figures) > 1 else 0
                found.setdefault(tuple(map(id, figures)), Score(figures)).add(distance, weight, seen.token.i)
        return list(found.values())

    def _mentions(self, pronoun: Pronoun, reach: int) -> Iterator[tuple[int, Seen]]:
        """Mentions of figures, and people that have not become figures because they are no actors: "a hiker"."""
        yield from self.discourse.near(pronoun.token, reach)
        if pronoun.word not in IT:
            things = self.discourse.things(pronoun.token, self.actors)
            yield from ((d, seen) for d, seen in things if seen.figure.type is EntityType.PERSON and not seen.figure.mentions)

    def _readings(self, pronoun: Pronoun, seen: Seen) -> Iterator[tuple[Figure, ...]]:
        """Who may be meant with a mention: its figure, and for "they" also all that are coordinated with it."""
        if _agrees(pronoun, seen.figure) and _numbers(pronoun, seen):
            yield (seen.figure,)
        if pronoun.word in THEY and seen.token.n_rights:
            several = {id(f): f for t in spread([seen.token]) if (f := self._at(t.i))}
            if len(several) > 1:
                yield tuple(several.values())

    def _banned(self, pronoun: Pronoun) -> set[int]:
        indexes = binding.barred(pronoun.token) if pronoun.word not in REFLEXIVE else set()
        figures = [self._at(i) for i in indexes]
        figures += [f for i in indexes for f in self.actors.pairs.get(i, ())]
        figures += self._counted_otherwise(pronoun)
        figures += [self.actors.cast.at(self.doc[i]) for i in binding.commanded(pronoun.token)]
        if pronoun.quote:
            figures.append(pronoun.quote.speaker_figure(self.actors))
        for quote in pronoun.speaks:
            figures += [self.actors.cast.at(token) for token in self.doc[quote.start : quote.end]]
        return {id(f) for f in figures if f}

    def _counted_otherwise(self, pronoun: Pronoun) -> list[Figure]:
        """Whom the same sentence calls "they" is not "it" there, and the other way round."""
        if pronoun.gender:
            return []
        other = THEY if pronoun.word in IT else IT
        here = self.discourse.mentions.get(self.discourse.number[pronoun.token.i], ())
        return [seen.figure for seen in here if seen.kind is MentionKind.PRONOUN and seen.token.lower_ in other]

    def _weight(self, pronoun: Pronoun, seen: Seen, distance: int) -> float:
        weight = seen.weight
        if (pronoun.quote is None and seen.quote is not None) or (pronoun.quote is not None and seen.token.i in self.sources):
            weight *= OTHER_VOICE
        if pronoun.speaks and seen.token.i in self.sources:
            weight += SPOKE
        if pronoun.subject and seen.subject:
            weight += PARALLEL
        if pronoun.denies and seen.token.dep_ == "dobj" and seen.token.head.lemma_ in ACCUSE:
            weight += DENIAL
        if distance == 0 and seen.token.i in pronoun.owners:
            weight += OWN
        if seen.token.i == pronoun.beside:
            weight += BESIDE
        if pronoun.gender and seen.figure.gender:
            weight += SURE
        if pronoun.word in THEY:
            weight += SEVERAL if seen.plural else -SEVERAL if seen.figure.type is EntityType.GPE else 0
        return weight * FADING**distance

    def _last_two(self, token: Token) -> list[Figure]:
        """The two states or organisations that were last named before; two people for "the two men"."""
        people = token.lemma_.lower() in PERSONS
        found: dict[str, Figure] = {}
        for distance, seen in sorted(self.discourse.near(token, FAR), key=lambda pair: (pair[0], -pair[1].token.i)):
            figure = seen.figure
            if figure.described or (distance == 0 and seen.end > token.i):
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
        for i in range(quote.start, quote.end):
            word = self.doc[i].lower_
            if word in FIRST and speaker:
                self.actors.pronouns[i] = speaker
            elif word in SECOND and (found := self._glossed(self.doc[i]) or ((told,) if told else ())):
                self.actors.pronouns[i] = found[0]

    def _told(self, quote: Quoted) -> Figure | None:
        objects = [c for c in quote.cue.children if c.dep_ in {"dobj", "dative"}] if quote.cue is not None else []
        return next((f for t in objects if (f := self._at(t.i)) and f.type is EntityType.PERSON), None)


def resolve(actors: Actors, quoted: list[Quoted]) -> None:
    """Fill `actors.pronouns` and `actors.pairs`."""
    Resolver(actors, quoted).run()


def _agrees(pronoun: Pronoun, figure: Figure) -> bool:
    if pronoun.gender:
        return figure.type is EntityType.PERSON and figure.gender in {None, pronoun.gender}
    if figure.type in {EntityType.NORP, EntityType.PERSON}:
        return pronoun.word in THEY
    return figure.type in COLLECTIVE


def _numbers(pronoun: Pronoun, seen: Seen) -> bool:
    """One or many: "they" are no single person, "it" and "he" are no plural; a nationality before a noun is no people."""
    if seen.kind is MentionKind.PRONOUN and {pronoun.word, seen.token.lower_} & IT and {pronoun.word, seen.token.lower_} & THEY:
        return False
    if pronoun.word not in THEY:
        return not (seen.figure.described and seen.plural)
    if seen.figure.type is EntityType.NORP:
        return seen.token.dep_ not in {"amod", "compound"}
    return seen.plural or seen.figure.type in COLLECTIVE


def _predicate(token: Token) -> bool:
    """Whether a noun says what somebody is, and stands for nobody new: "he is a judge", but not "there was a judge"."""
    return token.dep_ == "attr" and not any(c.dep_ == "expl" for c in token.head.children)


def _is_pair(token: Token) -> bool:
    """Whether it is "both sides", "the two countries", "the two leaders"."""
    if token.tag_ != "NNS" or token.lemma_.lower() not in PAIRED:
        return False
    return any(c.lower_ in {"both", "two"} for c in token.children)


def _pleonastic(token: Token) -> bool:
    """Whether it refers to nothing: "It is clear that ...", "it took two years to ...", "made it clear that"."""
    if token.lower_ != "it" or token.dep_ not in {"nsubj", "nsubjpass", "expl"}:
        return token.dep_ == "expl"
    verb = token.head
    if verb.pos_ == "ADJ" or verb.lemma_ in lexicon("reference")["impersonal"]:
        return True
    after = [c for c in verb.children if c.i > verb.i]
    clause = any(
        c.dep_ in {"ccomp", "csubj"} or _infinitive(c) for p in [*after, verb] for c in [p, *p.children] if c.i > verb.i
    )
    if verb.lemma_ == "be":
        return clause and any(c.dep_ in {"acomp", "attr"} for c in after)
    return verb.lemma_ == "take" and any(_infinitive(c) for c in after)


def _infinitive(clause: Token) -> bool:
    return clause.dep_ in {"xcomp", "advcl", "relcl", "acl"} and any(
        c.lower_ == "to" and c.dep_ == "aux" for c in clause.children
    )
