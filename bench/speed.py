"""What extraction costs, beside the bare language model in the same run: `python -m bench.speed`.

Machines differ and are shared; only the ratios travel. Memory is that of a fresh process that reads the seeds one by one.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from time import perf_counter, process_time
from types import ModuleType
from typing import Any, cast

from bench.accuracy import seeds
from worker.extraction import Extractor, reading
from worker.model import Article
from worker.settings import load

# Rounds over the seeds.
ROUNDS = 3


def main() -> None:
    """Print throughput with and without our own code, the time of each component, and memory."""
    settings = load()
    articles = list(seeds(settings))
    begun = perf_counter()
    extractor = Extractor.load(settings.pipeline)
    loaded = perf_counter() - begun
    tokens = sum(len(p.doc) for batch in extractor.parser.parse(articles) for p in batch)
    sentences = sum(len(e.sentences) for e in extractor.extract_many(articles))
    print(f"{'':22}{'CPU s':>8}{'articles/s':>12}{'sentences/s':>13}{'tokens/s':>11}")
    clock, whole = components(extractor, articles)
    own = clock.pop("reading")
    parse = whole - own
    for name, seconds in (("parse", parse), ("parse + extraction", whole)):
        print(f"{name:22}{seconds:8.2f}{len(articles) / seconds:12.1f}{sentences / seconds:13.0f}{tokens / seconds:11.0f}")
    print(f"{'component':22}{'CPU s':>8}{'of parse':>10}")
    for name, seconds in clock.most_common():
        print(f"{name:22}{seconds:8.3f}{seconds / parse:10.3f}")
    print(f"our own code takes {own / parse:.2f} of the parse; loading took {loaded:.1f} s")
    print(f"memory of a process: {memory():.0f} MB at its peak")


def components(extractor: Extractor, articles: Sequence[Article]) -> tuple[Counter[str], float]:
    """CPU seconds of everything that `reading.read` calls, by module, of "reading" itself, and of the whole round.

    What a function calls in turn is in its figure. The best of some rounds: other programs only ever make it slower.
    """
    modules = {name: value for name, value in vars(reading).items() if isinstance(value, ModuleType)}
    names, read = extractor.names, reading.read
    rounds = []
    try:
        for _ in range(ROUNDS):
            clock: Counter[str] = Counter()
            for name, module in modules.items():
                setattr(reading, name, Timed(module, module.__name__.rpartition(".")[2], clock))
            extractor.names = cast("Any", Timed(names, "names", clock))
            reading.read = cast("Any", Timed(read, "reading", clock))
            begun = process_time()
            for _ in extractor.extract_many(articles):
                pass
            rounds.append((clock, process_time() - begun))
    finally:
        extractor.names, reading.read = names, read
        for name, module in modules.items():
            setattr(reading, name, module)
    return min(rounds, key=lambda one: one[1])


class Timed:
    """Stands in for a module, object or function, and adds up the time that calls of it take."""

    def __init__(self, target: object, name: str, clock: Counter[str]) -> None:
        self._target, self._name, self._clock = target, name, clock

    def __getattr__(self, attribute: str) -> object:
        value = getattr(self._target, attribute)
        return Timed(value, self._name, self._clock) if callable(value) else value

    def __call__(self, *args: object, **options: object) -> object:
        """The target's answer; its time is added to the clock."""
        begun = process_time()
        try:
            return cast("Any", self._target)(*args, **options)
        finally:
            self._clock[self._name] += cast("Any", process_time() - begun)


def memory() -> float:
    """Peak resident memory, in MB, of a process that has loaded everything and read the seeds."""
    code = "from bench.speed import read_alone; read_alone()"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout)


def read_alone() -> None:
    """Read the seeds one by one, print the peak of this process in MB."""
    settings = load()
    articles = list(seeds(settings))
    extractor = Extractor.load(settings.pipeline)
    for article in articles:
        extractor.extract(article)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak / (1024 * 1024 if sys.platform == "darwin" else 1024))


if __name__ == "__main__":
    main()
