"""What `confidence` is worth: `python -m bench.calibrate [--write]`.

The events of the seeds, each right or wrong by their truth as `bench.accuracy` has it (actor, type, recipient and polarity),
are parted by article; those of each part are judged by weights that were fitted to the other parts. The table says of the
events between two confidences how many are right. --write fits to all and writes the weights.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from math import exp
from pathlib import Path

from sklearn.linear_model import LogisticRegression

from bench.accuracy import matches, rows, seeds
from worker.extraction import Extractor, reading
from worker.extraction.events.confidence import BASE, FILE, traits
from worker.settings import load

PARTS = 8
# How closely the weights follow the few hundred events: loosely.
STRENGTH = 0.5
HEAD = """# What each trait of an event adds to the logarithm of the odds that it is right; `confidence.py` says what they are.
# Written by `python -m bench.calibrate --write` from {events} events of {articles} seeds, {right} of them right.
"""


@dataclass(frozen=True)
class Judged:
    """An event, how it is told, and whether it is right."""

    article: int
    traits: dict[str, float]
    right: bool


def judged(extractor: Extractor) -> Iterator[Judged]:
    """The events of all seeds that have a truth."""
    settings = load()
    truth = {row["title"]: row for row in rows(settings.path(settings.seeds) / ".truth.jsonl")}
    articles = {a.id: a for a in seeds(settings) if a.title in truth}
    numbers = {name: n for n, name in enumerate(articles)}
    for batch in extractor.parser.parse(articles.values()):
        for parsed in batch:
            extraction, coded = reading.read_both(parsed, extractor.names, extractor.coder)
            found = {(f.type, f.trigger.idx): f for f in (*coded.bare, *coded.events)}
            used = {hit for _, hit, _ in matches(extraction, truth[str(parsed.article.title)])}
            for n, event in enumerate(extraction.events):
                told = found[event.type, event.trigger.start]
                yield Judged(numbers[parsed.article.id], traits(told), n in used)


def fit(known: Sequence[Judged]) -> dict[str, float]:
    """Weights by trait."""
    names = list(known[0].traits)
    model = LogisticRegression(C=STRENGTH, max_iter=1000).fit(
        [list(j.traits.values()) for j in known], [j.right for j in known]
    )
    return {BASE: float(model.intercept_[0]), **dict(zip(names, map(float, model.coef_[0]), strict=True))}


def share(weights: dict[str, float], one: Judged) -> float:
    """Confidence by these weights."""
    return 1 / (1 + exp(-weights[BASE] - sum(weights[name] * value for name, value in one.traits.items())))


def check(known: Sequence[Judged]) -> None:
    """Print how many are right at each confidence, and how far the two are apart."""
    models = [fit([j for j in known if j.article % PARTS != part]) for part in range(PARTS)]
    both = [(share(models[j.article % PARTS], j), j.right) for j in known]
    print(f"{'confidence':>12}{'events':>8}{'mean':>7}{'right':>7}")
    for tenth in range(10):
        here = [(c, right) for c, right in both if int(min(c, 0.999) * 10) == tenth]
        if here:
            mean, right = sum(c for c, _ in here) / len(here), sum(r for _, r in here) / len(here)
            print(f"{tenth / 10:8.1f}-{(tenth + 1) / 10:.1f}{len(here):8}{mean:7.2f}{right:7.2f}")
    rate = sum(right for _, right in both) / len(both)
    error = sum((c - right) ** 2 for c, right in both) / len(both)
    print(f"calibration events={len(both)} right={rate:.3f} brier={error:.3f} of={rate * (1 - rate):.3f}")


def write(known: Sequence[Judged]) -> None:
    """Fit to all and write."""
    head = HEAD.format(events=len(known), articles=len({j.article for j in known}), right=sum(j.right for j in known))
    lines = [f'"{name}" = {weight:.3f}' for name, weight in fit(known).items()]
    (Path(str(resources.files("worker.ontology"))) / FILE).write_text(head + "\n".join(lines) + "\n", encoding="utf8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What confidence is worth.")
    parser.add_argument("--write", action="store_true", help="fit to all and write the weights")
    events = list(judged(Extractor.load()))
    check(events)
    if parser.parse_args().write:
        write(events)
