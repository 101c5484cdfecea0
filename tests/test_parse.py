"""Laws of cutting texts and batches to size."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.extraction import Extractor
from worker.extraction.parse import PIECE, batches, pieces
from worker.model import Article

TOLD = "Kenya's president met Norwegian envoys in Nairobi on Tuesday. They agreed to send forty trucks.\n\n"


@given(text=st.text(alphabet="ab. \n", max_size=300), size=st.integers(min_value=4, max_value=40))
def test_pieces_are_short_enough_and_nothing_is_lost(text: str, size: int) -> None:
    found = list(pieces(text, size))
    assert "".join(found) == text
    assert all(len(piece) <= size for piece in found)


def test_a_piece_ends_where_a_paragraph_ends() -> None:
    found = list(pieces(TOLD * 300, PIECE))
    assert len(found) > 3
    assert all(piece.endswith("\n\n") for piece in found)


@given(lengths=st.lists(st.integers(min_value=0, max_value=30), max_size=20), size=st.integers(min_value=1, max_value=40))
def test_batches_keep_the_order_and_only_a_lone_article_exceeds_the_size(lengths: list[int], size: int) -> None:
    articles = [Article(id=str(n), text="x" * length) for n, length in enumerate(lengths)]
    found = list(batches(articles, size))
    assert [a for batch in found for a in batch] == articles
    assert all(len(batch) == 1 or sum(len(a.text) for a in batch) <= size for batch in found)


def test_a_long_article_is_read_as_its_paragraphs_are(extractor: Extractor) -> None:
    count = 3 * PIECE // len(TOLD)
    long = extractor.extract(Article(id="long", text=(TOLD * count).strip(), published="2024-03-12"))
    short = extractor.extract(Article(id="short", text=TOLD.strip(), published="2024-03-12"))
    assert len(long.sentences) == count * len(short.sentences)
    assert len(long.dates) == count * len(short.dates)
    assert {e.name for e in long.entities if e.code} == {e.name for e in short.entities if e.code}


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the threads")
def test_numpy_starts_no_threads_whichever_module_loads_it() -> None:
    code = "import worker.language as l, pathlib; l.identify('a'); print(pathlib.Path('/proc/self/status').read_text())"
    plain = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=plain)
    assert "Threads:\t1\n" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the peak")
def test_a_process_stays_under_400_mb_however_long_the_article() -> None:
    code = f"""
import pathlib, re
from worker.extraction import Extractor
from worker.model import Article
Extractor.load().extract(Article(id="a", text={TOLD!r} * 800, published="2024-03-12"))
print(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert int(done.stdout) / 1024 < 400
