"""How surely copies of a text are known, how fast and in how much memory: `python -m bench.stories [PATH]`.

Copies are made of the seeds by what editors do: cutting, a new lead, other words. Texts that are built alike and tell of
different things (tests/fixtures/templates.toml) and all pairs of different seeds must stay apart. PATH is a folder of
pages as in the article-extraction-benchmark (html/*.html.gz): each is read by two extractors, which is to give one story,
and no two pages are.
"""

from __future__ import annotations

import gzip
import itertools
import random
import resource
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import redis
import trafilatura

from bench.accuracy import seeds
from worker import embedded
from worker.acceptance import Acceptance, Work
from worker.dedupe.stories import BAND_BYTES, Features, bands, likeness
from worker.ledger import Ledger
from worker.model import Article
from worker.page import fragment_text, read_html
from worker.settings import Settings, load

TEMPLATES = Path(__file__).parents[1] / "tests" / "fixtures" / "templates.toml"
# Shorter ones are captions and stubs, of which nothing can be said.
MIN_WORDS = 20
# Texts and batches of the measure of speed, as a poll of a large feed has them; words of a text, as in the benchmark's pages.
TEXTS, BATCH, WORDS = 6_000, 50, 500
# Every so many texts is a copy of an earlier one.
COPIES = 4
Change = Callable[[str, random.Random], str]


def main(path: Path | None) -> None:
    """Print recall by kind of copy, false merges, speed and memory."""
    with served() as (client, ledger):
        measure(client, ledger)
    settings = load()
    texts = [article.text for article in seeds(settings) if len(article.text.split()) >= 4 * MIN_WORDS]
    print(f"{'copies of the seeds':36}{'pairs':>7}{'found':>8}{'alike':>8}{'recall':>8}")
    copies(texts)
    print(f"{'texts that are to stay apart':36}{'pairs':>7}{'found':>8}{'false':>8}")
    apart("seeds with each other", itertools.combinations(texts, 2))
    groups = tomllib.loads(TEMPLATES.read_text(encoding="utf8"))["group"]
    apart("texts built alike", (pair for group in groups for pair in itertools.combinations(group["texts"], 2)))
    if path:
        of_pages(path)


# ---------------------------------------------------------------- copies that editors make


def cut(keep: float) -> Change:
    """The first paragraphs only."""
    return lambda text, _: "\n\n".join(paragraphs(text)[: max(1, round(keep * len(paragraphs(text))))])


def reworded(share: float) -> Change:
    """So many of all words replaced, names and numbers too."""
    return lambda text, chance: " ".join(
        chance.choice(VOCABULARY) if chance.random() < share else word for word in text.split(" ")
    )


def new_lead(text: str, chance: random.Random) -> str:
    """The first paragraph with its words in another order, some of them others."""
    first, *rest = paragraphs(text)
    words = reworded(0.3)(first, chance).split()
    return "\n\n".join([" ".join(chance.sample(words, len(words))), *rest])


def both(one: Change, two: Change) -> Change:
    """First one, then the other."""
    return lambda text, chance: two(one(text, chance), chance)


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text."""
    return [line for line in text.split("\n") if line.strip()]


VOCABULARY = (
    "about after again another because before between change during enough every further general however instead".split()
)
KINDS: dict[str, Change] = {
    "cut to two thirds": cut(0.67),
    "cut to a half": cut(0.5),
    "cut to a third": cut(0.33),
    "a new lead": new_lead,
    "10 % of the words replaced": reworded(0.1),
    "15 % of the words replaced": reworded(0.15),
    "20 % of the words replaced": reworded(0.2),
    "cut to a half, 10 % replaced": both(cut(0.5), reworded(0.1)),
    "a new lead, cut to two thirds": both(new_lead, cut(0.67)),
}


# ---------------------------------------------------------------- what becomes of pairs


def copies(texts: Sequence[str]) -> None:
    """Print what becomes of copies of these texts, by kind."""
    for name, change in KINDS.items():
        chance = random.Random(1)  # noqa: S311  always the same
        report(name, [(text, change(text, chance)) for text in texts])


def report(name: str, pairs: Sequence[tuple[str, str]]) -> None:
    """Print how many pairs are found by their bands, believed when compared, and both."""
    found = [not pieces(one).isdisjoint(pieces(two)) for one, two in pairs]
    alike = [likeness(read(one), read(two)) > 0 for one, two in pairs]
    recall = sum(a and b for a, b in zip(found, alike, strict=True))
    print(f"{name:36}{len(pairs):7}{sum(found) / len(pairs):8.3f}{sum(alike) / len(pairs):8.3f}{recall / len(pairs):8.3f}")


def apart(name: str, pairs: Iterator[tuple[str, str]]) -> None:
    """Print how many pairs of different stories are found, and would be joined if they were."""
    number = found = false = 0
    for one, two in pairs:
        number += 1
        found += not pieces(one).isdisjoint(pieces(two))
        false += likeness(read(one), read(two)) > 0
    print(f"{name:36}{number:7}{found:8}{false:8}")


@cache
def read(text: str) -> Features:
    """What of the text is compared; pairs are many and texts few."""
    return Features(text)


@cache
def pieces(text: str) -> set[bytes]:
    """The bands of the text."""
    filed = bands(read(text))
    return {filed[n : n + BAND_BYTES] for n in range(0, len(filed), BAND_BYTES)}


# ---------------------------------------------------------------- pages by two extractors


def of_pages(path: Path) -> None:
    """Print the same for pages that two extractors read."""
    pages = [gzip.decompress(file.read_bytes()).decode("utf8", "replace") for file in sorted((path / "html").glob("*.gz"))]
    texts = {name: [extract(page) or "" for page in pages] for name, extract in EXTRACTORS.items()}
    print(f"{'pages by two extractors':36}{'pairs':>7}{'found':>8}{'alike':>8}{'recall':>8}")
    for one, two in itertools.combinations(EXTRACTORS, 2):
        pairs = zip(texts[one], texts[two], strict=True)
        report(f"{one}, {two}", [pair for pair in pairs if all(len(text.split()) >= MIN_WORDS for text in pair)])
    with served() as (_, ledger):
        joined(ledger, texts["ours"], texts["precise"])
    print(f"{'copies of the pages':36}{'pairs':>7}{'found':>8}{'alike':>8}{'recall':>8}")
    copies([text for text in texts["ours"] if len(text.split()) >= 4 * MIN_WORDS])
    print(f"{'different pages':36}{'pairs':>7}{'found':>8}{'false':>8}")
    for one, two in (("ours", "precise"), ("ours", "all text")):
        apart(f"{one}, {two}", ((a, b) for n, a in enumerate(texts[one]) for m, b in enumerate(texts[two]) if n != m))


def ours(page: str) -> str:
    """The text as our reader gives it."""
    found = read_html(page)
    return found.text if found else ""


EXTRACTORS: dict[str, Callable[[str], Any]] = {
    "ours": ours,
    "standard": lambda page: trafilatura.extract(page, include_comments=False),
    "fast": lambda page: trafilatura.extract(page, include_comments=False, fast=True),
    "precise": lambda page: trafilatura.extract(page, include_comments=False, favor_precision=True),
    "generous": lambda page: trafilatura.extract(page, include_comments=False, favor_recall=True),
    "all text": fragment_text,
}


# ---------------------------------------------------------------- speed and memory


@contextmanager
def served() -> Iterator[tuple[redis.Redis, Ledger]]:
    """A ledger in a server of its own."""
    with tempfile.TemporaryDirectory(prefix="newsworker-stories-") as folder:
        settings = Settings(home=Path(folder), stories_max=2 * TEXTS)
        server = embedded.start(settings)
        try:
            client = redis.Redis.from_url(embedded.locate(settings), decode_responses=True)
            yield client, Ledger(client, settings)
        finally:
            server.stop()


def joined(ledger: Ledger, one: Sequence[str], two: Sequence[str]) -> None:
    """Print how many pairs are one story when all are taken in, as two sources have them, and how many others are."""
    numbers = [n for n, pair in enumerate(zip(one, two, strict=True)) if all(len(text.split()) >= MIN_WORDS for text in pair)]
    first, second = (
        take_in(ledger, [Article(id=f"{source} {n}", text=texts[n], source=source) for n in numbers])
        for source, texts in (("one", one), ("two", two))
    )
    same = [a == b for a, b in zip(first, second, strict=True)]
    strange = [b in first for b, is_same in zip(second, same, strict=True) if not is_same]
    false = len(numbers) - len({*first}) + sum(strange)
    print(f"{'all taken in: one story, or falsely':36}{len(numbers):7}{'':16}{sum(same) / len(numbers):8.3f}{false:4} false")


def take_in(ledger: Ledger, articles: Sequence[Article]) -> list[str | None]:
    """Offer the articles, by batches; the story of each."""
    acceptance, taken = Acceptance(ledger), list[str]()
    for start in range(0, len(articles), BATCH):
        found = acceptance.take([Work(article) for article in articles[start : start + BATCH]])
        taken += [one.accepted.other or one.id for one in found]
    abouts = ledger.archive.recall(taken, ())[0]
    return [abouts[name].story for name in taken]


def measure(client: redis.Redis, ledger: Ledger) -> None:
    """Take in texts of which some are copies, by batches."""
    articles = list(made())
    before, began, cpu, server = memory(client), perf_counter(), process_time(), busy(client)
    take_in(ledger, articles)
    wall, cpu, server = perf_counter() - began, process_time() - cpu, busy(client) - server
    client.delete(*client.scan_iter("*doc:*", count=1000))  # these leave with the work
    each = (memory(client) - before) / TEXTS
    print(f"{TEXTS} documents of {WORDS} words, every {COPIES}th a copy: {TEXTS / wall:.0f} a second")
    here, there = cpu / TEXTS * 1000, server / TEXTS * 1000
    print(f"of CPU time: {1000 / (here + there):.0f} a second, {here:.2f} ms here and {there:.2f} ms in the server")
    print(f"memory in Redis: {each / 1000:.1f} kB a document, {each / 10:.0f} MB for 100,000")
    print(f"memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at its peak")


def made() -> Iterator[Article]:
    """Texts of words that occur as often as words do, some of them copies of earlier ones."""
    chance = random.Random(1)  # noqa: S311  always the same
    words = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in ("a", "en", "il", "or", "ut") for c in ("a", "ed", "ing", "o", "um")]
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    texts: list[str] = []
    for n in range(TEXTS):
        copied = n % COPIES == 0 and texts
        new = sentences(chance.choices(words, weights, k=WORDS), chance)
        texts.append(reworded(0.05)(chance.choice(texts), chance) if copied else new)
        source = f"p{n % 50}.example"
        yield Article(id=f"article {n}", title=f"Title {n}", text=texts[-1], source=source, url=f"https://{source}/{n}")


def sentences(words: Sequence[str], chance: random.Random) -> str:
    """The words in paragraphs, with names and numbers among them."""
    told = [
        word.title() if n % 9 == 4 else str(chance.randrange(5_000)) if n % 25 == 7 else word for n, word in enumerate(words)
    ]
    return "\n\n".join(" ".join(told[n : n + 60]) + "." for n in range(0, len(told), 60))


def busy(client: redis.Redis) -> float:
    """CPU seconds that the server has taken."""
    info: Any = client.info("cpu")
    return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])


def memory(client: redis.Redis) -> int:
    """Bytes that the server's data take."""
    info: Any = client.info("memory")
    return int(info["used_memory"])


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
