"""The triggers are data: these laws hold for every file. What each means is shown in the examples, with tests of their own."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from itertools import pairwise
from typing import Any

from worker.model import EventType
from worker.ontology.senses import Sense, load, plover

Row = Mapping[str, Any]

KEYS = set("verbs nouns object not_object doer not_doer actor recipient mutual partner mode".split())
CONDITIONS = ("object", "not_object", "doer", "not_doer")
ROLES = {"subject", "object", "dative", "complement", "owner", "light", "speaker", "means", "beside"}
PREPOSITIONS = set(
    "to for with against on in from of by at over toward towards into between among alongside along near around off "
    "about upon out as behind outside inside through onto under across".split()
)
# Lemmas with a sense; the file set was written with this many and may only grow.
LEMMAS = 1500


def rows() -> Iterator[tuple[str, Row]]:
    for file in sorted((resources.files("worker.ontology") / "triggers").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            for row in tomllib.loads(file.read_text(encoding="utf8"))["sense"]:
                yield file.name.removesuffix(".toml"), row


ROWS = list(rows())


def conditions(sense: Sense) -> tuple[bool | frozenset[str], ...]:
    return sense.partner, sense.object, sense.not_object, sense.doer, sense.not_doer


def name(kind: str, row: Row) -> str:
    return f"{kind}: {(row.get('verbs') or row['nouns'])[0]}"


def test_every_type_has_its_file() -> None:
    assert {kind for kind, _ in ROWS} == {kind.value for kind in EventType} == {kind.value for kind in plover()}


def test_a_sense_uses_known_keys_only() -> None:
    assert not [(name(kind, row), set(row) - KEYS) for kind, row in ROWS if set(row) - KEYS]


def test_a_mode_belongs_to_its_type() -> None:
    modes = [(name(kind, row), row.get("mode")) for kind, row in ROWS if row.get("mode")]
    assert not [(n, m) for (n, m) in modes if m not in plover()[EventType(n.split(":")[0])].modes]


def test_a_slot_is_a_role_or_a_preposition() -> None:
    used = [(name(kind, row), s) for kind, row in ROWS for side in ("actor", "recipient") for s in row.get(side, ())]
    assert not [(n, s) for n, s in used if s not in ROLES | PREPOSITIONS]


def test_words_are_lemmas_in_lower_case_and_conditions_single_words() -> None:
    words = [w for _, row in ROWS for key in ("verbs", "nouns") for w in row.get(key, ())]
    conditions = [w for _, row in ROWS for key in CONDITIONS for w in row.get(key, ()) if w[0] != "@"]
    assert not [w for w in [*words, *conditions] if w != w.lower()]
    assert not [w for w in conditions if " " in w]


def test_a_list_names_a_word_once() -> None:
    lists = [(name(kind, row), row[key]) for kind, row in ROWS for key in row if isinstance(row[key], list)]
    assert not [(n, words) for n, words in lists if len(set(words)) < len(words)]


def test_no_word_has_the_same_sense_twice() -> None:
    seen = Counter((s.type, s.lemma, s.extra, s.noun, *conditions(s)) for senses in load().values() for s in senses)
    assert not [key[:4] for key, count in seen.items() if count > 1]


def test_no_two_types_claim_a_word_under_the_same_conditions() -> None:
    types: dict[tuple[object, ...], set[str]] = {}
    for senses in load().values():
        for s in senses:
            types.setdefault((s.lemma, s.extra, s.noun, *conditions(s)), set()).add(s.type.value)
    assert not [(key[:3], sorted(found)) for key, found in types.items() if len(found) > 1]


def test_the_triggers_are_many() -> None:
    assert len(load()) >= LEMMAS


def test_the_most_demanding_sense_comes_first() -> None:
    def demands(sense: Sense) -> bool:
        return bool(sense.extra or any(conditions(sense)))

    late = [lemma for lemma, senses in load().items() if any(not demands(a) and demands(b) for a, b in pairs(senses))]
    assert not late


def pairs(senses: Sequence[Sense]) -> list[tuple[Sense, Sense]]:
    return list(pairwise(senses))
