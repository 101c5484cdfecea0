"""In which world a deed takes place: done, not done, promised, planned, threatened, asked for, denied, alleged, possible."""

from __future__ import annotations

import pytest

from worker.extraction import Extractor
from worker.model import Article, Event, Tense


def code(extractor: Extractor, text: str) -> list[Event]:
    return list(extractor.extract(Article(id="a", text=text, published="2025-06-01")).events)


def brief(event: Event) -> str:
    sides = [" + ".join((a.code or "?").split()[0] for a in side) or "-" for side in (event.actors, event.recipients)]
    return f"{event.type} {sides[0]} > {sides[1]} {event.polarity} {event.modality}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Negation in all its forms
        ("Chad did not attack Libya.", "ASSAULT TCD > LBY negated actual"),
        ("Chad has never attacked Libya.", "ASSAULT TCD > LBY negated actual"),
        ("No Chadian soldier attacked Libya.", "ASSAULT TCD > LBY negated actual"),
        ("Norway hadn't sent the shells to Ukraine.", "AID NOR > UKR negated actual"),
        ("Norway gave Ukraine no money.", "AID NOR > UKR negated actual"),
        ("Norway failed to send the shells to Ukraine.", "AID NOR > UKR negated actual"),
        ("Norway stopped short of condemning Israel.", "ACCUSE NOR > ISR negated actual"),
        ("Norway did not hold talks with Sweden.", "CONSULT NOR + SWE > - negated actual"),
        ("Talks between Norway and Sweden did not take place.", "CONSULT NOR + SWE > - negated actual"),
        ("Norway refused to send the shells to Ukraine.", "REJECT NOR > UKR affirmed actual"),
        ("Norway will not send the shells to Ukraine.", "REJECT NOR > UKR affirmed actual"),
        ("Norway denied that it had attacked Sweden.", None),
        ("Norway denied attacking Sweden.", None),
        ("Norway not only condemned Israel but did so twice.", "ACCUSE NOR > ISR affirmed actual"),
        ("Chad and Libya accuse each other of targeting civilians.", "ACCUSE TCD + LBY > - affirmed actual"),
        # Who claims a hostile deed of another accuses
        ("Libya claimed that Chad had attacked a village.", "ACCUSE LBY > TCD affirmed actual"),
        ("Libya alleged that Chad attacked its soldiers.", "ACCUSE LBY > TCD affirmed actual"),
        # What lies ahead is of another type
        ("Norway will send shells to Ukraine.", "AGREE NOR > UKR affirmed promised"),
        ("Norway plans to send shells to Ukraine.", "AGREE NOR > UKR affirmed intended"),
        ("Norway hopes to send shells to Ukraine.", "AGREE NOR > UKR affirmed intended"),
        ("Norway is ready to send shells to Ukraine.", "AGREE NOR > UKR affirmed promised"),
        ("Norway is to send shells to Ukraine.", "AGREE NOR > UKR affirmed promised"),
        ("Norway to send shells to Ukraine.", "AGREE NOR > UKR affirmed promised"),
        ("Norway decided to send shells to Ukraine.", "AGREE NOR > UKR affirmed promised"),
        ("Chad's aim is to destroy Libya.", None),
        ("Were Chad to attack Libya, few would be surprised.", None),
        ("Norway will hold talks with Sweden.", "AGREE NOR + SWE > - affirmed promised"),
        ("Chad plans to withdraw its soldiers from Libya.", "CONCEDE TCD > LBY affirmed intended"),
        ("Chad threatened to attack Libya.", "THREATEN TCD > LBY affirmed threatened"),
        ("Chad did not threaten to attack Libya.", "THREATEN TCD > LBY negated threatened"),
        ("Chad asked Libya to withdraw its soldiers.", "REQUEST TCD > LBY affirmed actual"),
        ("Chad accused Libya of planning to attack a village.", "ACCUSE TCD > LBY affirmed actual"),
        # A promise that is itself unreal promises nothing
        ("Norway may agree to send shells to Ukraine.", None),
        ("If Norway decides to send shells to Ukraine, Sweden will follow.", None),
        ("Norway denied that it plans to send shells to Ukraine.", None),
        ("Chad could decide to attack Libya.", None),
        # Only possible, guessed, hoped for, asked
        ("Chad may have attacked Libya.", None),
        ("Perhaps Chad attacked Libya.", None),
        ("Had Chad attacked Libya, nobody would have noticed.", None),
        ("Analysts say Chad will attack Libya.", None),
        ("Many in Tripoli fear that Chad will attack Libya.", None),
        ("Analysts expect Chad to attack Libya.", None),
        ("It is unlikely that Chad attacked Libya.", None),
        ("The risk of a Chadian attack on Libya is small.", None),
        ("It is unclear whether Chad attacked Libya.", None),
        ("Did Chad attack Libya?", None),
        # By habit, by law, on the stage, named in passing
        ("Chad routinely attacks Libya.", None),
        ("The treaty allows Chad to attack Libya.", None),
        ("In the film Chadian soldiers attack Libya.", None),
        ("The streets were empty after the Chadian attack on Libya.", None),
        ("The anniversary of the Chadian attack on Libya was quiet.", None),
        # Told as a fact
        ("Chad attacked Libya.", "ASSAULT TCD > LBY affirmed actual"),
        ("Chad launched an attack on Libya.", "ASSAULT TCD > LBY affirmed actual"),
        ("Chad began to attack Libya.", "ASSAULT TCD > LBY affirmed actual"),
        ("Chad has repeatedly attacked Libya.", "ASSAULT TCD > LBY affirmed actual"),
    ],
)
def test_a_deed_is_of_the_world_it_is_told_in(extractor: Extractor, text: str, expected: str | None) -> None:
    assert [brief(e) for e in code(extractor, text)] == ([] if expected is None else [expected])


def test_a_report_names_its_source_and_doubts_with_it(extractor: Extractor) -> None:
    [said] = code(extractor, "Libya said Chad had attacked Niger.")
    assert (brief(said), said.reported_by is not None) == ("ASSAULT TCD > NER affirmed actual", True)


def test_what_lies_ahead_is_future(extractor: Extractor) -> None:
    [event] = code(extractor, "Norway will send shells to Ukraine.")
    assert event.tense is Tense.FUTURE
