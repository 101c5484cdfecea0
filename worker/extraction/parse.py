"""An article, parsed once: spaCy's tokens, tags, dependencies and names, for every phenomenon to read."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from thinc.api import NumpyOps, set_current_ops

from worker.errors import Misconfigured
from worker.model import Article
from worker.model import Span as TextSpan
from worker.ontology import lexicon_map

if TYPE_CHECKING:
    from spacy.tokens import Span

# What the model reads at a time, in characters: it needs about 15 KB for each, and above a few thousand a larger batch is
# no faster.
BATCH = 8_000
# Longer texts are read in pieces of this size, cut where a paragraph ends.
PIECE = 8_000

# A line that ends so ends a sentence.
ENDS = (".", "!", "?", "”", '"', "’", "»", ":")
CUTS = ("\n\n", "\n", ". ", " ")


@dataclass(frozen=True)
class Parsed:
    """An article and its parse; token offsets are offsets of `article.text`."""

    article: Article
    doc: Doc

    @cached_property
    def sentences(self) -> list[Span]:
        """Sentences that hold more than white space."""
        text = self.article.text
        return [s for s in self.doc.sents if not text[s.start_char : s.end_char].isspace()]

    def words(self, span: Span) -> TextSpan:
        """A span without the white space around it."""
        found = self.article.text[span.start_char : span.end_char]
        start = span.start_char + len(found) - len(found.lstrip())
        return TextSpan(start=start, end=start + len(found.strip()), text=found.strip())


# "KYIV, Nov. 13 (Meridian Wire) - ", "KYIV (Meridian): ", "KYIV: ": a place in capitals, a date, an agency, a dash or a colon.
DATELINE = re.compile(
    r"\s*([A-Z][A-Z'’ .\-]{2,40}?)(?=\s*[,(–—:]|\s+-)"
    r"(?:[^\n]{0,80}?(?: [-–—]{1,2} |[–—] ?)|(?: \([^)\n]{2,30}\))?: )"
)


@Language.component("newsworker_paragraphs")
def paragraphs(doc: Doc) -> Doc:
    """A sentence never crosses an empty line, nor a line end after a full stop, nor the dash of a dateline."""
    text = doc.text
    line = DATELINE.match(text[:200])
    first = next((t for t in doc if line and t.idx >= line.end()), None)
    if first is not None:
        first.is_sent_start = True
    for token in doc[:-1]:
        if "\n" in token.text and (
            token.text.count("\n") > 1 or text[max(0, token.idx - 8) : token.idx].rstrip().endswith(ENDS)
        ):
            doc[token.i + 1].is_sent_start = True
    return doc


@Language.component("newsworker_lemmas")
def lemmas(doc: Doc) -> Doc:
    """Mend the verb lemmas that the rules of the pipeline get wrong."""
    mended = lexicon_map("lemmas", "verbs")
    for token in doc:
        if token.pos_ == "VERB" and token.lemma_ in mended:
            token.lemma_ = mended[token.lemma_]
    return doc


class Parser:
    """A loaded spaCy pipeline."""

    def __init__(self, name: str) -> None:
        choose_gemm()
        self.name = name
        self.nlp = load(name)
        self.nlp.add_pipe("newsworker_paragraphs", before="parser")
        self.nlp.add_pipe("newsworker_lemmas", last=True)

    def parse(self, articles: Iterable[Article]) -> Iterator[list[Parsed]]:
        """Parses in batches; a batch must be used up before the next one is asked for."""
        for batch in batches(articles, BATCH):
            # Long-lived processes would otherwise keep every string ever seen.
            with self.nlp.memory_zone():
                parsed = self._batch(batch)
                yield parsed
                for one in parsed:
                    # What modules keep with a parse holds on to it; without this only the garbage collector would let it go.
                    one.doc.user_data.clear()

    def _batch(self, articles: Sequence[Article]) -> list[Parsed]:
        if len(articles) == 1:
            return [Parsed(articles[0], self._whole(articles[0].text))]
        docs = self.nlp.pipe([a.text for a in articles], batch_size=len(articles))
        return [Parsed(article, doc) for article, doc in zip(articles, docs, strict=True)]

    def _whole(self, text: str) -> Doc:
        """One text, read piece by piece so that the memory it takes does not grow with its length."""
        docs = [self.nlp(piece) for piece in pieces(text, PIECE)]
        return docs[0] if len(docs) == 1 else Doc.from_docs(docs, ensure_whitespace=False)

    @property
    def version(self) -> str:
        """Name and version of the language model, as the coder's record wants them."""
        return f"{self.nlp.meta['lang']}_{self.nlp.meta['name']}-{self.nlp.meta['version']}"


def batches(articles: Iterable[Article], size: int) -> Iterator[list[Article]]:
    """Neighbours that have at most `size` characters together; a longer article stands alone."""
    batch: list[Article] = []
    held = 0
    for article in articles:
        if batch and held + len(article.text) > size:
            yield batch
            batch, held = [], 0
        batch.append(article)
        held += len(article.text)
    if batch:
        yield batch


def pieces(text: str, size: int) -> Iterator[str]:
    """The text in pieces of at most `size` characters, in order and without loss.

    A piece ends after an empty line if it can, else after a line, a sentence, a word.
    """
    start = 0
    while len(text) - start > size:
        window = text[start : start + size]
        # In the second half only: a piece of a few words would cost as much as a whole one.
        ends = (window.rfind(mark, size // 2) + len(mark) for mark in CUTS if mark in window[size // 2 :])
        end = start + next(ends, size)
        yield text[start:end]
        start = end
    yield text[start:]


def load(name: str) -> Language:
    """Load a pipeline by package name or path. Raises Misconfigured if it is not there or lacks a component."""
    try:
        nlp = _load_package(name)
    except (ImportError, OSError) as error:
        message = f"language pipeline {name!r} cannot be loaded ({error}); install its package or set `pipeline` to one that is"
        raise Misconfigured(message, stage="extract", reason="pipeline") from None
    missing = {"tagger", "parser", "lemmatizer", "ner"} - set(nlp.pipe_names)
    if missing:
        message = f"language pipeline {name!r} lacks {', '.join(sorted(missing))}; newsworker needs them"
        raise Misconfigured(message, stage="extract", reason="pipeline")
    return nlp


def _load_package(name: str) -> Language:
    if Path(name).exists():
        return spacy.load(name)
    module: Any = importlib.import_module(name.replace("-", "_"))
    loaded: Language = module.load()
    return loaded


def choose_gemm() -> None:
    """Take the faster of the two matrix multiplications that are installed.

    On CPUs that BLIS does not know, numpy's OpenBLAS is three times as fast; results are the same to the last label.
    """
    matrix = np.ones((512, 288), dtype="float32")
    weights = np.ones((288, 288), dtype="float32")
    trials = {blis: _seconds(NumpyOps(use_blis=blis), matrix, weights) for blis in (True, False)}
    set_current_ops(NumpyOps(use_blis=min(trials, key=lambda blis: trials[blis])))


def _seconds(ops: NumpyOps, matrix: Any, weights: Any) -> float:
    ops.gemm(matrix, weights)
    begun = perf_counter()
    for _ in range(5):
        ops.gemm(matrix, weights)
    return perf_counter() - begun
