"""The types of events, and none, ranked by a model of the examples; `make train` writes it.

A linear model over the signs of `signs.py`, counted as words are in text retrieval (tf-idf), with a weight for each sign and
type. It says first whether anything happens at all, and of the types, learned without the sentences in which nothing does,
which one it is. numpy is all that it needs here.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from zlib import crc32

import numpy as np
import numpy.typing as npt

from worker.model import EventType

PACKAGE, FILE = "worker.ontology", "ranking.npz"
Weights = npt.NDArray[np.float64]
TYPES: tuple[EventType | None, ...] = (*EventType, None)


@dataclass(frozen=True)
class Ranking:
    """What each type is told by. Signs are kept as numbers: two in a hundred thousand may share one, which does no harm."""

    signs: npt.NDArray[np.uint32]  # sorted
    rarity: npt.NDArray[np.float32]
    weights: npt.NDArray[np.int8]  # sign x type, the last for none
    scale: npt.NDArray[np.float32]  # of a type's weights
    bias: npt.NDArray[np.float32]
    corpus: str  # digest of the examples that it was learned from

    def chances(self, told: Iterable[str]) -> Mapping[EventType | None, float]:
        """Probability of each type and of None, which sum to one."""
        counts = Counter(number(sign) for sign in told)
        asked = np.fromiter(counts, np.uint32, len(counts))
        at = np.searchsorted(self.signs, asked).clip(max=len(self.signs) - 1)
        known = self.signs[at] == asked
        values = (1 + np.log(np.fromiter(counts.values(), np.float32, len(counts))))[known] * self.rarity[at[known]]
        length = float(np.linalg.norm(values)) or 1.0
        scores = (values / length) @ self.weights[at[known]] * self.scale + self.bias
        nothing = float(1 / (1 + np.exp(-scores[-1])))
        odds = np.exp(scores[:-1] - scores[:-1].max())
        each = (odds / odds.sum() * (1 - nothing)).tolist()
        return dict(zip(TYPES, [*each, nothing], strict=True))

    def write(self) -> bytes:
        """As the file has it."""
        file = io.BytesIO()
        np.savez_compressed(file, **{**vars(self), "corpus": np.array(self.corpus)})
        return file.getvalue()


def number(sign: str) -> int:
    """A sign as a number, the same in every process."""
    return crc32(sign.encode())


def learned(signs: Sequence[str], rarity: npt.ArrayLike, weights: Weights, bias: npt.ArrayLike, corpus: str) -> Ranking:
    """From trained weights (sign x type), in the order of TYPES; they are rounded to a byte each."""
    numbers = np.array([number(sign) for sign in signs], np.uint32)
    order = np.argsort(numbers)
    # Where a type has no weights at all, any scale will do.
    scale = np.abs(weights).max(axis=0) / 127 + 1e-9
    return Ranking(
        numbers[order],
        np.asarray(rarity, np.float32)[order],
        np.rint(weights / scale).astype(np.int8)[order],
        scale.astype(np.float32),
        np.asarray(bias, np.float32),
        corpus,
    )


def read(stored: bytes) -> Ranking:
    """A model from its file."""
    with np.load(io.BytesIO(stored), allow_pickle=False) as parts:
        return Ranking(**{**parts, "corpus": str(parts["corpus"])})


@cache
def load() -> Ranking:
    """The model that the package comes with."""
    return read((resources.files(PACKAGE) / FILE).read_bytes())
