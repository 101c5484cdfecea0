"""The examples show what the triggers mean: every trigger has one, and the coder gives what they promise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.extraction import Extractor
from worker.model import Actor, Article, Event, EventType
from worker.ontology import examples, senses
from worker.ontology.examples import Example, Place, parse
from worker.ontology.senses import plover

# The small parser hangs some phrases on the wrong word (an "of" phrase on the verb, "by" on the nearer noun), and a
# coder that is certain of these would be wrong elsewhere. More than this share is an error of the data.
TOLERATED = 0.06

# Triggers with an example; the files were written with some more, and may only grow.
TRIGGERS = 2900

ALL = examples.load()
SHOWN = [e for e in ALL if e.type and e.trigger]


def test_a_line_gives_trigger_text_and_parties() -> None:
    found = parse("hand over\t{Sweden} handed over boats to [Ukraine] and [Moldova].", EventType.AID)
    assert (found.trigger, found.noun, found.text) == ("hand over", False, "Sweden handed over boats to Ukraine and Moldova.")
    assert [found.text[a:b] for a, b in found.actors] == ["Sweden"]
    assert [found.text[a:b] for a, b in found.recipients] == ["Ukraine", "Moldova"]


def test_a_noun_is_marked_and_a_dash_names_no_trigger() -> None:
    assert parse("delivery/n\tThe delivery came.", EventType.AID).noun
    assert parse("-\tNothing came.", None).trigger is None


@pytest.mark.parametrize("line", ["no tab here", "a\t", "\ttext", "a\t{open", "a\tclosed}", "a\t{a [b} c]", "a\t{}"])
def test_a_line_that_is_none_is_an_error(line: str) -> None:
    with pytest.raises(ValueError, match=r"expected|close"):
        parse(line, None)


@given(st.lists(st.tuples(st.text("ab ", min_size=1), st.sampled_from(["{}", "[]", ""])), min_size=1))
def test_places_cover_what_was_marked(parts: list[tuple[str, str]]) -> None:
    marked = "".join(m[:1] + words + m[1:] for words, m in parts)
    found = parse(f"-\t{marked}", None)
    assert found.text == "".join(words for words, _ in parts)
    assert [found.text[a:b] for a, b in found.actors] == [words for words, m in parts if m == "{}"]


def test_no_sentence_stands_twice() -> None:
    marked = Counter((e.text, e.type, e.trigger) for e in ALL)
    assert not [text for (text, _, _), count in marked.items() if count > 1]


def test_a_sentence_is_short_and_ends() -> None:
    assert not [e.text for e in ALL if not 4 <= len(e.text.split()) <= 45 or e.text[-1] not in ".?!”\"'’"]


def key(trigger: str, noun: bool) -> tuple[str, bool]:
    return trigger, noun


def lexicon() -> dict[EventType, set[tuple[str, bool]]]:
    found: dict[EventType, set[tuple[str, bool]]] = {}
    for listed in senses.load().values():
        for s in listed:
            words = f"{s.extra} {s.lemma}" if s.noun and s.extra else f"{s.lemma} {s.extra or ''}".strip()
            found.setdefault(s.type, set()).add(key(words, s.noun))
    return found


def test_every_trigger_has_an_example_of_its_type() -> None:
    shown = {(e.type, key(str(e.trigger), e.noun)) for e in SHOWN}
    missing = {(kind.value, *word) for kind, words in lexicon().items() for word in words}
    assert not sorted(missing - {(kind.value, *word) for kind, word in shown if kind})


def test_the_triggers_that_are_shown_are_many() -> None:
    assert len({(e.type, e.trigger, e.noun) for e in SHOWN}) >= TRIGGERS


def test_a_trigger_with_an_example_is_in_the_lexicon() -> None:
    known = lexicon()
    assert not sorted({f"{e.type}: {e.trigger}" for e in SHOWN if e.type and key(str(e.trigger), e.noun) not in known[e.type]})


def names(places: Sequence[Place], parties: Sequence[Actor]) -> bool:
    """Whether each place is touched by a party of its own."""
    left = list(parties)
    for start, end in places:
        found = next((p for p in left if p.start < end and start < p.end), None)
        if found is None:
            return False
        left.remove(found)
    return True


def told(example: Example, events: Sequence[Event]) -> bool:
    return any(
        e.type is example.type and names(example.actors, e.actors) and names(example.recipients, e.recipients) for e in events
    )


@pytest.fixture(scope="module")
def read(extractor: Extractor) -> list[tuple[Example, Sequence[Event]]]:
    articles = [Article(id=str(i), text=e.text, published="2025-06-01") for i, e in enumerate(SHOWN)]
    return [(e, found.events) for e, found in zip(SHOWN, extractor.extract_many(articles), strict=True)]


def test_examples_give_what_they_promise(read: list[tuple[Example, Sequence[Event]]]) -> None:
    failures = [
        f"{example.type}: {example.trigger}: {example.text}, got "
        + "; ".join(f"{e.type} {[a.text for a in e.actors]} -> {[a.text for a in e.recipients]}" for e in events)
        for example, events in read
        if not told(example, events)
    ]
    assert len(failures) <= TOLERATED * len(SHOWN), f"{len(failures)} of {len(SHOWN)}\n" + "\n".join(failures)


@pytest.mark.parametrize("kind", [EventType.ASSAULT, EventType.COERCE, EventType.PROTEST, EventType.MOBILIZE])
def test_every_mode_of_force_is_given_by_an_example(kind: EventType, read: list[tuple[Example, Sequence[Event]]]) -> None:
    given = {e.mode for example, events in read if example.type is kind for e in events if e.type is kind}
    assert not sorted(set(plover()[kind].modes) - given)
