"""Trains the model that ranks types, from the examples: `python -m bench.train [--check]`.

With --check it writes nothing and prints what rules, model and both know of examples that the model has not seen: five
parts, each judged by a model of the other four. The rules have been written to know the examples; the model has not.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from worker.extraction import Extractor
from worker.extraction.events import pairs, ranking
from worker.extraction.events.pairs import Pair
from worker.extraction.events.ranking import TYPES, Ranking, Weights
from worker.model import Article, EventType
from worker.ontology import examples
from worker.ontology.examples import Example

# How closely the weights follow the examples; on the five parts, 2 to 30 give the same to a point.
STRENGTH = 3.0
# A sign of one example only tells of that example.
SEEN = 2
STEPS = 300
# Bias of a type without an example, while the corpus grows.
NEVER = -20.0
PARTS = 5
# Pairs that one example gives, so that a list of actors does not count as many.
PAIRS = 2
# What is left out in turn to see what it is worth: signs that begin so.
GROUPS = {
    "words": ("w:",),
    "between": ("m:", "a:", "phrase:", "order:"),
    "lexicon": (
        "lw:",
        "mw:",
        "tw:",
        "l:",
        "m:",
        "t:",
        *(f"{kind}{sign}:" for kind in "P U D C O J CO OO".split() for sign in "lmt"),
    ),
    "grammar": ("any:", *(f"{kind}{sign}" for kind in "P U D C O J CO OO".split() for sign in (":", "~", "=", "+", " "))),
}


@dataclass(frozen=True)
class Case:
    """A pair of an example's parties: what happens between them, what tells of it, and what the rules say, how surely."""

    example: int
    type: EventType | None
    signs: tuple[str, ...]
    rules: EventType | None
    weight: int


def cases(extractor: Extractor, shown: Sequence[Example]) -> Iterator[Case]:
    """The examples, read."""
    rows = [(number, example.type, pair) for number, example in enumerate(shown) for pair in named(example)]
    waiting = iter(rows)
    for batch in extractor.parser.parse(Article(id=str(n), text=pair["text"]) for n, (_, _, pair) in enumerate(rows)):
        for parsed in batch:
            number, kind, pair = next(waiting)
            scene = pairs.scene(parsed, pair, extractor.names)
            told, weight = scene.told()
            yield Case(number, kind, tuple(scene.signs()), told.type if told is not None and weight else None, weight)


def named(example: Example) -> list[Pair]:
    """Actor and recipient, or two actors who act together; None for one who is not there."""
    sources = example.actors or (None,)
    targets = example.recipients or example.actors[1:] or (None,)
    if not example.recipients:
        sources = sources[:1]
    return [Pair(text=example.text, source=s, target=t) for s in sources for t in targets][:PAIRS]


def fit(known: Sequence[Case], corpus: str = "") -> Ranking:
    """A model of some cases."""
    words = TfidfVectorizer(analyzer=list, min_df=SEEN, sublinear_tf=True)
    counted = words.fit_transform([case.signs for case in known])
    weights, bias = np.zeros((counted.shape[1], len(TYPES))), np.full(len(TYPES), NEVER)
    weights[:, -1], bias[-1] = (part[0] for part in _learned(counted, [case.type is None for case in known]))
    telling = [n for n, case in enumerate(known) if case.type is not None]
    types = [TYPES.index(known[n].type) for n in telling]
    columns = sorted(set(types))
    found, shift = _learned(counted[telling], types)
    weights[:, columns], bias[columns] = found.T, shift
    return ranking.learned(list(words.get_feature_names_out()), words.idf_, weights, bias, corpus)


def _learned(counted: Any, answers: Sequence[int]) -> tuple[Weights, Weights]:
    """Weights of each answer and their bias; what there are few examples of counts more, but not as much as the rest."""
    often = Counter(answers)
    counts = [often[answer] ** -0.5 for answer in answers]
    model = LogisticRegression(C=STRENGTH, max_iter=STEPS)
    model.fit(counted, answers, sample_weight=np.array(counts) / np.mean(counts))
    return model.coef_, model.intercept_


def check(known: Sequence[Case]) -> None:
    """Print the table of rules, model and both, and of the model without each group of signs."""
    print(f"{len(known)} pairs of {len({case.example for case in known})} examples, {PARTS} parts")
    print(f"{'':22}{'right':>8}{'macro F1':>10}{'none told as event':>20}")
    judged = unseen(known)
    row("rules", known, [case.rules for case in known])
    row("model", known, [max(chances, key=lambda kind: chances[kind]) for chances in judged])
    row("both", known, [pairs.decide(c.rules, c.weight, chances) for c, chances in zip(known, judged, strict=True)])
    for name, begins in GROUPS.items():
        less = [replace(case, signs=tuple(s for s in case.signs if not s.startswith(begins))) for case in known]
        row(f"model without {name}", known, [max(chances, key=lambda kind: chances[kind]) for chances in unseen(less)])


def unseen(known: Sequence[Case]) -> list[dict[EventType | None, float]]:
    """Chances of each case by a model that has not seen its example."""
    models = [fit([case for case in known if case.example % PARTS != part]) for part in range(PARTS)]
    return [dict(models[case.example % PARTS].chances(case.signs)) for case in known]


def row(name: str, known: Sequence[Case], given: Sequence[EventType | None]) -> None:
    """A line of the table."""
    both = [(case.type, answer) for case, answer in zip(known, given, strict=True)]
    none = [answer is not None for kind, answer in both if kind is None]
    right = sum(kind is answer for kind, answer in both) / len(both)
    print(f"{name:22}{right:8.3f}{np.mean([f1(both, kind) for kind in TYPES]):10.3f}{np.mean(none) if none else 0:20.3f}")


def f1(both: Sequence[tuple[EventType | None, EventType | None]], kind: EventType | None) -> float:
    """Harmonic mean of recall and precision of a type."""
    wanted, given = sum(a is kind for a, _ in both), sum(b is kind for _, b in both)
    return 2 * sum(a is kind is b for a, b in both) / max(wanted + given, 1)


def main(only_check: bool) -> None:
    """Read the examples, then check or write the model."""
    known = list(cases(Extractor.load(), examples.load()))
    if only_check:
        check(known)
        return
    model = fit(known, examples.digest())
    file = Path(str(resources.files(ranking.PACKAGE))) / ranking.FILE
    file.write_bytes(model.write())
    print(f"{len(known)} pairs, {len(model.signs)} signs, {file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Trains the model that ranks types of events.")
    parser.add_argument("--check", action="store_true", help="print what it knows of examples that it has not seen")
    main(parser.parse_args().check)
