"""What "he", "it" and "the alliance" stand for: the best earlier mention by gender, number, role and distance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from spacy.tokens import Token

from worker.extraction.actors import Actors
from worker.extraction.entities import Figure
from worker.extraction.grammar import climb, phrase_start, root
from worker.extraction.quotes import Quoted
from worker.model import EntityType, MentionKind
from worker.ontology import lexicon

HE = frozenset({"he", "him", "his", "himself"})
SHE = frozenset({"she", "her", "hers", "herself"})
IT = frozenset({"it", "its", "itself"})
THEY = frozenset({"they", "them", "their", "theirs", "themselves"})
FIRST = frozenset({"i", "we", "my", "our", "me", "us", "mine", "ours", "myself", "ourselves"})
POSSESSIVE = frozenset({"his", "her", "its", "their"})
PAIRED = lexicon("nouns")["paired"]
# An antecedent further back than this many sentences is a guess.
REACH = 4

COLLECTIVE = frozenset({EntityType.ORG, EntityType.GPE})


@dataclass(frozen=True)
class Candidate:
    """An earlier mention that a pronoun might stand for."""

    figure: Figure
    token: Token
    sentence: int


@dataclass(frozen=True)
class Named:
    """A mention by name, with the token that heads it."""

    figure: Figure
    token: Token
    end: int
    kind: MentionKind


@dataclass(frozen=True)
class Text:
    """The article by sentences: the number of each token's sentence, the names of each, and what stands in quotes."""

    number: dict[int, int]
    names: dict[int, list[Named]]
    inside: dict[int, Quoted]

    @classmethod
    def of(cls, actors: Actors, quoted: list[Quoted]) -> Text:
        """Read once, because every pronoun asks."""
        number = {token.i: n for n, sentence in enumerate(actors.parsed.doc.sents) for token in sentence}
        names: dict[int, list[Named]] = {}
        for figure in actors.cast.named:
            for span, kind in figure.mentions:
                names.setdefault(number[span.start], []).append(Named(figure, span.root, span.end, kind))
        return cls(number, names, {i: q for q in quoted for i in range(q.start, q.end)})

    def near(self, sentence: int) -> Iterator[Named]:
        """The names of a sentence and of those within reach before it."""
        for n in range(max(0, sentence - REACH), sentence + 1):
            yield from self.names.get(n, ())


def resolve(actors: Actors, quoted: list[Quoted]) -> None:
    """Fill `actors.pronouns`, left to right, so that a resolved pronoun can itself be an antecedent.

    Speakers of quotes are resolved on the way, because "I" and "we" inside a quote are its speaker.
    """
    text = Text.of(actors, quoted)
    for token in actors.parsed.doc:
        if token.pos_ == "NOUN" and _is_pair(token):
            actors.pairs[token.i] = _last_two(token, actors)
        found = _nominal(token, actors) if token.pos_ == "NOUN" else None
        if token.lower_ in HE | SHE | IT | THEY and not _pleonastic(token):
            candidates = list(_candidates(token, actors, text))
            found = _best(token, candidates)
            people = _plural(token, actors, text.number) if token.lower_ in THEY else None
            if people is not None and (found is None or _beats(token, people, candidates)):
                actors.nominals[token.i] = people
        if found:
            actors.pronouns[token.i] = found
    for quote in quoted:
        _first_person(quote, actors)


def _is_pair(token: Token) -> bool:
    """Whether it is "both sides", "the two countries", "the two leaders"."""
    both = any(c.lower_ in {"both", "two"} for c in token.children)
    return both and token.tag_ == "NNS" and token.lemma_.lower() in PAIRED


def _last_two(token: Token, actors: Actors) -> list[Figure]:
    """The two states or organisations that were last named before."""
    sized = [
        (span.start, figure)
        for figure in actors.cast.named
        if figure.code and figure.type in COLLECTIVE | {EntityType.PERSON, EntityType.NORP}
        for span, _ in figure.mentions
        if span.end <= token.i
    ]
    found: dict[str, Figure] = {}
    for _, figure in sorted(sized, key=lambda pair: -pair[0]):
        found.setdefault(figure.code.text.split()[0] if figure.code else "", figure)
    latest = list(found.values())[:2]
    return latest if len(latest) == 2 else []


def _plural(token: Token, actors: Actors, number: dict[int, int]) -> Token | None:
    """The nearest plural agent noun before a "they", in this sentence or the one before: "protesters", "rebels"."""
    here = number[token.i]
    for before in reversed(actors.parsed.doc[: token.i]):
        if here - number[before.i] > 1:
            return None
        agent = before.tag_ == "NNS" and before.dep_ in {"nsubj", "nsubjpass", "dobj", "pobj"}
        if agent and before.head != token.head and actors.sector(before):
            return before
    return None


def _beats(token: Token, people: Token, candidates: list[Candidate]) -> bool:
    """A plural noun beats states and organisations, unless one of them is a subject that stands nearer."""
    subjects = {"nsubj", "nsubjpass"}
    nearer = [c for c in candidates if c.token.i > people.i and c.token.dep_ in subjects and c.figure.type is EntityType.ORG]
    return not nearer and (people.dep_ in subjects or token.dep_ not in subjects)


def _first_person(quote: Quoted, actors: Actors) -> None:
    speaker = quote.speaker_figure(actors)
    if speaker is None:
        return
    for i in range(quote.start, quote.end):
        if actors.parsed.doc[i].lower_ in FIRST:
            actors.pronouns[i] = speaker


def _pleonastic(token: Token) -> bool:
    """Whether it refers to nothing: "It is clear that ..."."""
    if token.lower_ != "it" or token.dep_ not in {"nsubj", "nsubjpass", "expl"}:
        return token.dep_ == "expl"
    verb = token.head
    clause = any(c.dep_ in {"ccomp", "csubj", "acomp"} and c.i > verb.i for c in verb.children)
    return verb.lemma_ == "be" and clause and any(c.dep_ in {"acomp", "attr"} for c in verb.children)


def _candidates(token: Token, actors: Actors, text: Text) -> Iterator[Candidate]:
    here = text.number[token.i]
    for mention in text.near(here):
        before = mention.token
        ahead = mention.kind is MentionKind.NAME and _cataphoric(token, before)
        if (mention.end <= token.i or ahead) and _fits(token, mention.figure, before):
            yield Candidate(mention.figure, before, text.number[before.i])
    for index, figure in reversed(actors.pronouns.items()):
        if here - text.number[index] > REACH:
            return
        before = actors.parsed.doc[index]
        same_side = text.inside.get(index) is text.inside.get(token.i) and _agree(token, before)
        if same_side and _fits(token, figure, before):
            yield Candidate(figure, before, text.number[index])


def _agree(token: Token, before: Token) -> bool:
    """A plural pronoun and a singular one do not go on from each other."""
    return not (token.lower_ in IT and before.lower_ in THEY) and not (token.lower_ in THEY and before.lower_ in IT)


def _cataphoric(token: Token, name: Token) -> bool:
    """A possessive in a fronted phrase looks ahead to the subject: "In his speech, Macron ..."."""
    return (
        token.lower_ in POSSESSIVE
        and name.dep_ in {"nsubj", "nsubjpass"}
        and name.i > token.i
        and name.head.i > token.i
        and any(h == name.head for h in climb(token))  # so in one sentence
    )


def _fits(token: Token, figure: Figure, mention: Token) -> bool:
    word = token.lower_
    if word in HE | SHE:
        wanted = "m" if word in HE else "f"
        return figure.type is EntityType.PERSON and figure.gender in {None, wanted} and not _same_clause(token, mention)
    if word in IT:
        return figure.type in COLLECTIVE and not _same_clause(token, mention)
    if figure.type is EntityType.NORP:
        return mention.dep_ not in {"amod", "compound"} and not _same_clause(token, mention)
    return figure.type in COLLECTIVE and not _same_clause(token, mention)


def _same_clause(pronoun: Token, mention: Token) -> bool:
    """Subject and object of one verb are two people ("X thanked him"), unless the pronoun is possessive."""
    if pronoun.lower_ in POSSESSIVE and pronoun.dep_ == "poss":
        return False
    return pronoun.head == mention.head and pronoun.dep_ != mention.dep_


def _best(token: Token, candidates: list[Candidate]) -> Figure | None:
    scored = [(_score(token, c), c.token.i, c.figure) for c in candidates]
    return max(scored, key=lambda s: s[:2])[2] if scored else None


def _score(token: Token, candidate: Candidate) -> float:
    """Higher is likelier: subjects before others, near before far. The weights are by judgement, not fitted."""
    distance = _sentences_between(candidate.token, token)
    score = -2.0 * distance
    if candidate.token.dep_ in {"nsubj", "nsubjpass"}:
        score += 2.5
    if token.lower_ in POSSESSIVE and distance == 0:
        # "its" and "his" take the nearest of their own sentence.
        score += 1.5 - 0.05 * (token.i - candidate.token.i)
    if token.lower_ in POSSESSIVE and candidate.token.dep_ == "dobj" and candidate.token.i < token.i:
        # "praised Togo for its mediation": praise and blame go on about their object.
        score += 3.0 if any(h == candidate.token.head for h in climb(token)) and _is_about(token) else 0.0
    if token.dep_ in {"nsubj", "nsubjpass"} and distance == 1 and candidate.token.dep_ == "nsubj":
        score += 1.0
    if candidate.token.head.dep_ == "ROOT":
        score += 0.5
    if candidate.token.dep_ in {"poss", "compound", "amod"}:
        score -= 1.0
    if token.lower_ in IT | THEY and candidate.figure.type is EntityType.ORG:
        score += 0.3
    return score


def _is_about(token: Token) -> bool:
    return any(h.lower_ in {"for", "over"} and h.dep_ == "prep" for h in climb(token))


def _sentences_between(left: Token, right: Token) -> int:
    if root(left) == root(right):
        return 0
    first, last = sorted((left.i, right.i))
    return sum(1 for token in left.doc[first + 1 : last + 1] if token.is_sent_start and not token.is_space)


def _nominal(token: Token, actors: Actors) -> Figure | None:
    """The figure named before for which a definite noun stands: "the alliance", "the president"."""
    if not any(c.lower_ in {"the", "this"} and c.dep_ == "det" for c in token.children):
        return None
    if any(c.dep_ in {"poss", "relcl"} or (c.dep_ == "prep" and c.lower_ == "of") for c in token.children):
        return None
    phrase = token.doc[phrase_start(token) : token.i + 1]
    words = phrase.text.lower() if len(phrase) > 1 else token.lemma_.lower()
    called = [f for f in actors.cast.named if _is_called(f, words)]
    found = [(s.start, f) for f in called for s, _ in f.mentions if s.end <= token.i]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _is_called(figure: Figure, words: str) -> bool:
    if figure.type is EntityType.PERSON:
        office = str(figure.office or "").lower().replace("-", " ").split(" of ")[0].split(" for ")[0]
        return bool(office) and (office == words or office.endswith(f" {words}"))
    if figure.type is EntityType.GPE:
        return words == "country" and figure.term is not None and figure.term.kind == "country"
    return figure.term is not None and words in figure.term.nominals
