"""How well the page reader reads: `python -m bench.pages [PATH]`.

PATH is a checkout of article-extraction-benchmark (html/*.html.gz and ground-truth.json). Its measure: multisets of four
words in a row; precision and recall averaged over pages, F1 of the averages. trafilatura alone runs beside in the same
process. The pages are split by their order into even and odd: a rule that was found on the one half must hold on the
other. Without PATH our own pages are read, and title, authors and day are compared with what stands in expected.toml.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

import trafilatura

from worker.page import read_html

OWN = Path(__file__).parents[1] / "tests" / "fixtures" / "pages"
SHINGLE = 4  # words, as the benchmark has it
WORD = re.compile(r"\w+")
Read = Callable[[str, str], str]


class Score(NamedTuple):
    """Averages over pages."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def main() -> None:
    """Print the scores of the pages at the path given, or of our own."""
    if len(sys.argv) > 1:
        benchmark(Path(sys.argv[1]))
    else:
        own(OWN)


def benchmark(folder: Path) -> None:
    """Compare both readers on a checkout."""
    truth: dict[str, dict[str, str]] = json.loads((folder / "ground-truth.json").read_text())
    pages = {name: gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes()).decode() for name in sorted(truth)}
    for url, html in [(truth[name]["url"], html) for name, html in pages.items()][:3]:
        ours(html, url)  # loads what is loaded once
    print(f"{'':14}{'F1':>8}{'precision':>11}{'recall':>8}{'F1 even':>9}{'F1 odd':>8}{'pages/CPU s':>13}")
    for label, read in (("ours", ours), ("trafilatura", alone)):
        begun = process_time()
        found = {name: read(html, truth[name]["url"]) for name, html in pages.items()}
        rate = len(pages) / (process_time() - begun)
        scores = [page_score(truth[name]["articleBody"], found[name]) for name in sorted(truth)]
        whole, even, odd = average(scores), average(scores[::2]), average(scores[1::2])
        print(f"{label:14}{whole.f1:8.4f}{whole.precision:11.4f}{whole.recall:8.4f}{even.f1:9.4f}{odd.f1:8.4f}{rate:13.1f}")
    for name, html in pages.items():
        page = read_html(html, truth[name]["url"])
        if page and page.unfit:
            print(f"refused as {page.unfit}: {truth[name]['url']}")


def ours(html: str, url: str) -> str:
    """The article's text by our reader, also of a page that is refused."""
    page = read_html(html, url)
    return page.text if page else ""


def alone(html: str, _url: str) -> str:
    """The article's text by trafilatura in its standard mode."""
    return trafilatura.extract(html, include_comments=False) or ""


def page_score(true: str, found: str) -> Score:
    """Precision and recall of the shingles of one page."""
    wanted, given = _shingles(true), _shingles(found)
    shared = (wanted & given).total()
    if not shared:
        return Score(0.0, 0.0)
    return Score(shared / given.total(), shared / wanted.total())


def average(scores: Iterable[Score]) -> Score:
    """The mean of precision and of recall."""
    listed = list(scores)
    return Score(
        sum(score.precision for score in listed) / len(listed),
        sum(score.recall for score in listed) / len(listed),
    )


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = WORD.findall(text)
    return (
        Counter(tuple(words[start : start + SHINGLE]) for start in range(max(1, len(words) - SHINGLE + 1)))
        if words
        else Counter()
    )


def own(folder: Path) -> None:
    """Print which share of our own pages has each field right, and each field that is wrong."""
    expected: dict[str, dict[str, Any]] = tomllib.loads((folder / "expected.toml").read_text())
    counts: dict[str, list[bool]] = {}
    for name, wanted in expected.items():
        given = fields((folder / f"{name}.html").read_text(), wanted["url"])
        for field, value in wanted.items():
            if field in given:
                right = given[field] == value
                counts.setdefault(field, []).append(right)
                if not right:
                    print(f"{name}: {field} is {given[field]!r}, not {value!r}")
    for field, right in counts.items():
        print(f"{field:12}{sum(right) / len(right):7.3f}  of {len(right)}")


def fields(html: str, url: str) -> dict[str, Any]:
    """What is compared of a page."""
    page = read_html(html, url)
    if page is None:
        return {"unfit": "too-long"}
    return {
        "unfit": page.unfit or "",
        "title": page.title or "",
        "authors": list(page.authors),
        "day": (page.published or "")[:10],
        "published_from": page.published_from or "",
        "updated": page.updated or "",
        "site": page.site or "",
        "canonical": page.url or "",
        "originator": page.originator or "",
        "opt_outs": list(page.opt_outs),
    }


if __name__ == "__main__":
    main()
