"""What moves, who gives it, who gets it, and how far it has come: measured on sentences of our own, with laws on top."""

from __future__ import annotations

from importlib import resources

import pytest

from bench import own
from worker.extraction import Extractor
from worker.model import Article, Materiel
from worker.ontology.moves import load

CASES: list[list[str]] = own.cases("materiel")["cases"]
# Where the reader stands; some sentences the small parser reads wrongly, and a rule for these would harm others.
RECALL = 0.93
PRECISION = 0.93
KINDS = {"transfer", "promise", "allocate", "ask", "refuse", "withhold", "restrict", "use", "intercept", "hold"}


def one(extractor: Extractor, text: str, article: str = "a") -> tuple[Materiel, ...]:
    return extractor.extract(Article(id=article, text=text, published="2024-11-13")).materiel


def test_what_the_sentences_tell_is_found_and_nothing_else(extractor: Extractor) -> None:
    score = own.materiel(extractor)
    assert score.recall >= RECALL, score.wrong
    assert score.precision >= PRECISION, score.wrong


def test_the_sentences_are_many() -> None:
    assert len({case[0] for case in CASES}) == len(CASES) >= 125
    assert sum(len(case) == 1 for case in CASES) >= 20


@pytest.mark.parametrize("text", [case[0] for case in CASES if len(case) == 1])
def test_nothing_moves_where_no_materiel_is_told_of(extractor: Extractor, text: str) -> None:
    assert one(extractor, text) == ()


def test_materiel_has_the_same_id_in_every_run_and_another_in_another_article(extractor: Extractor) -> None:
    text = "Norway sent tanks and howitzers to Ukraine. Sweden pledged jets to Ukraine."
    first, again, other = one(extractor, text), one(extractor, text), one(extractor, text, "b")
    assert [m.id for m in first] == [m.id for m in again]
    assert len({m.id for m in (*first, *other)}) == 6


def test_an_event_names_the_materiel_that_it_moves(extractor: Extractor) -> None:
    text = "Norway sent 14 tanks to Ukraine. Iran refused to sell drones to Sudan."
    found = extractor.extract(Article(id="a", text=text))
    ids = {m.item: m.id for m in found.materiel}
    sent = next(e for e in found.events if e.type == "AID")
    assert sent.materiel == (ids["tank"],)


def test_the_maker_of_a_weapon_is_not_its_user(extractor: Extractor) -> None:
    (drone,) = one(extractor, "The use of Iranian Shahed drones has terrified Odesa.")
    assert (drone.giver, drone.receiver, drone.origin) == (None, None, "IRN")


def test_every_move_has_a_known_kind_and_a_place_for_the_thing() -> None:
    moves = [move for found in load().values() for move in found]
    assert {move.kind for move in moves} == KINDS
    assert not [move.lemma for move in moves if not move.item and not move.makes]


def test_moves_are_lemmas_in_lower_case_and_stand_once_for_the_same_things() -> None:
    for (lemma, _), moves in load().items():
        assert lemma == lemma.lower()
        keys = [(m.kind, m.particle, m.item, m.items) for m in moves]
        assert len(set(keys)) == len(keys), lemma


def test_the_moves_ship_with_the_package() -> None:
    assert (resources.files("worker.ontology") / "moves.toml").is_file()
