"""How fast extraction is, beside the bare language model in the same run: `python -m bench.speed`.

Machines differ and are shared; only the ratios travel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import perf_counter, process_time

from bench.accuracy import seeds
from worker.extraction import Extractor
from worker.settings import load

# Rounds over the seeds; the best of them is taken, since other programs only ever make it slower.
ROUNDS = 3


def main() -> None:
    """Print articles, sentences and tokens a second for the parse alone and for everything."""
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
    print(f"our own code takes {whole / parse - 1:.2f} of the parse; loading took {loaded:.1f} s")


def best(work: Callable[[], Iterable[object]]) -> float:
    """CPU seconds of the fastest round."""
    times = []
    for _ in range(ROUNDS):
        begun = process_time()
        for _ in work():
            pass
        times.append(process_time() - begun)
    return min(times)


if __name__ == "__main__":
    main()
