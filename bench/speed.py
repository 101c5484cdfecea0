"""What extraction costs, beside the bare language model in the same run: `python -m bench.speed`.

Machines differ and are shared; only the ratios travel. Memory is that of a fresh process that reads the seeds one by one.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from time import perf_counter, process_time
from types import ModuleType
from typing import Any, cast

from bench.accuracy import seeds
from worker.extraction import Extractor, reading
from worker.settings import load

# Rounds over the seeds; the best of them is taken, since other programs only ever make it slower.
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
    parse = best(lambda: extractor.parser.parse(articles))
    whole = best(lambda: extractor.extract_many(articles))
    print(f"{'':22}{'CPU s':>8}{'articles/s':>12}{'sentences/s':>13}{'tokens/s':>11}")
    for name, seconds in (("parse", parse), ("parse + extraction", whole)):
        print(f"{name:22}{seconds:8.2f}{len(articles) / seconds:12.1f}{sentences / seconds:13.0f}{tokens / seconds:11.0f}")
    components(extractor, lambda: best(lambda: extractor.extract_many(articles), 1), parse)
    print(f"our own code takes {whole / parse - 1:.2f} of the parse; loading took {loaded:.1f} s")
    print(f"memory of a process: {memory():.0f} MB at its peak")


def best(work: Callable[[], Iterable[object]], rounds: int = ROUNDS) -> float:
    """CPU seconds of the fastest round."""
    times = []
    for _ in range(rounds):
        begun = process_time()
        for _ in work():
            pass
        times.append(process_time() - begun)
    return min(times)


def components(extractor: Extractor, work: Callable[[], object], parse: float) -> None:
    """Time of every function that `reading.read` calls, by module; what it calls in turn is in its figure."""
    clock: Counter[str] = Counter()
    modules = {name: value for name, value in vars(reading).items() if isinstance(value, ModuleType)}
    names = extractor.names
    try:
        for name, module in modules.items():
            setattr(reading, name, Timed(module, module.__name__.rpartition(".")[2], clock))
        extractor.names = cast("Any", Timed(names, "names", clock))
        work()
    finally:
        extractor.names = names
        for name, module in modules.items():
            setattr(reading, name, module)
    print(f"{'component':22}{'CPU s':>8}{'of parse':>10}")
    for name, seconds in clock.most_common():
        print(f"{name:22}{seconds:8.3f}{seconds / parse:10.3f}")


class Timed:
    """Stands in for a module or object, and adds up the time that its functions take."""

    def __init__(self, target: object, name: str, clock: Counter[str]) -> None:
        self._target, self._name, self._clock = target, name, clock

    def __getattr__(self, attribute: str) -> object:
        value = getattr(self._target, attribute)
        if not callable(value):
            return value

        def timed(*args: object, **options: object) -> object:
            begun = process_time()
            try:
                return value(*args, **options)
            finally:
                self._clock[self._name] += cast("Any", process_time() - begun)

        return timed


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
