"""A model of the examples ranks types by what stands around two parties, whoever they are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.extraction import Extractor
from worker.extraction.events import pairs, ranking
from worker.extraction.events.ranking import TYPES, Ranking
from worker.model import Article, EventType
from worker.ontology import examples

# One file of the package; more would be felt in an installation.
LARGEST = 2_000_000
# Signs have the lexicon in them, which grows between two trainings; another machine rounds differently.
SAME = 0.97
# No type likelier than another, and something happening.
LEVEL = [*[0.0] * len(EventType), -5.0]


def signs(extractor: Extractor, text: str, source: str, target: str) -> list[str]:
    places = [(text.index(name), text.index(name) + len(name)) for name in (source, target)]
    pair = pairs.Pair(text=text, source=places[0], target=places[1])
    # The parse lives no longer than the loop over its batch.
    for (parsed,) in extractor.parser.parse([Article(id="1", text=text)]):
        found = pairs.scene(parsed, pair, extractor.names).signs()
    return found


@pytest.mark.parametrize("names", [("Chad", "Mali"), ("the miners", "Acme Corp"), ("Ms. Lopez", "the Supreme Court")])
def test_signs_do_not_tell_who_the_parties_are(extractor: Extractor, names: tuple[str, str]) -> None:
    source, target = names
    found = signs(extractor, f"{source} has sharply criticised {target} over the new law.", source, target)
    assert {"P:criticise", "w:law", "order:straight", "have:True,True"} <= set(found)
    words = {w.lower() for name in names for w in name.split()} - {"the"}
    assert not words & {part for sign in found for part in sign.replace(":", " ").split()}


def test_chances_are_of_all_types_and_of_none_and_sum_to_one() -> None:
    found = ranking.load().chances(["w:criticise", "P:criticise", "never seen"])
    assert set(found) == {*EventType, None}
    assert math.isclose(sum(found.values()), 1, abs_tol=1e-6)


@given(st.lists(st.text()))
def test_any_signs_have_chances(told: list[str]) -> None:
    assert all(0 <= chance <= 1 for chance in ranking.load().chances(told).values())


def test_a_model_is_read_as_it_was_written() -> None:
    weights = two_weights()
    model = ranking.learned(["w:send", "w:strike"], [1.0, 2.0], weights, LEVEL, "digest")
    again = ranking.read(model.write())
    assert again.chances(["w:send"]) == model.chances(["w:send"])
    assert again.corpus == "digest"


def two_weights() -> ranking.Weights:
    weights = np.zeros((2, len(TYPES)))
    weights[0, 0], weights[1, 3] = 2.0, 3.0
    return weights


def test_a_sign_of_a_type_makes_it_likelier() -> None:
    model = ranking.learned(["w:send", "w:strike"], [1.0, 2.0], two_weights(), LEVEL, "")
    assert max(model.chances(["w:send"]).items(), key=lambda pair: pair[1])[0] is TYPES[0]
    assert max(model.chances(["w:strike"]).items(), key=lambda pair: pair[1])[0] is TYPES[3]


def test_the_model_is_small_and_was_learned_from_the_examples_as_they_are() -> None:
    assert len(ranking.load().write()) < LARGEST
    assert ranking.load().corpus == examples.digest(), "the examples have changed: make train"


@pytest.mark.timeout(300)
def test_training_again_gives_the_same_answers(extractor: Extractor) -> None:
    pytest.importorskip("sklearn")  # only those who train need it
    from bench import train

    known = list(train.cases(extractor, examples.load()))
    again = train.fit(known)
    same = sum(best(again, case.signs) is best(ranking.load(), case.signs) for case in known)
    assert same >= SAME * len(known), "the lexicon has moved far from the model: make train"


def best(model: Ranking, told: tuple[str, ...]) -> EventType | None:
    chances = model.chances(told)
    return max(chances, key=lambda kind: chances[kind])
