"""Who said what."""

from __future__ import annotations

from itertools import pairwise
from time import perf_counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worker.extraction import Extractor
from worker.extraction.quotes.marks import pairs
from worker.model import Article, Quote, QuoteKind

MARKS = "“”\"«»„‟‘’'"
STATEMENTS = [
    ("Marta Oliveira said that the dam would hold.", "that the dam would hold", "Marta Oliveira", "said"),
    ("Marta Oliveira said the dam would hold.", "the dam would hold", "Marta Oliveira", "said"),
    ("The dam would hold, Marta Oliveira said.", "The dam would hold", "Marta Oliveira", "said"),
    ("The dam will hold, said Marta Oliveira.", "The dam will hold", "Marta Oliveira", "said"),
    (
        "The dam, Marta Oliveira said, will hold until spring.",
        "The dam, Marta Oliveira said, will hold until spring",
        "Marta Oliveira",
        "said",
    ),
    ("According to Marta Oliveira, the dam will hold.", "the dam will hold", "Marta Oliveira", "According"),
    (
        "The dam will hold until spring, according to the ministry.",
        "The dam will hold until spring",
        "the ministry",
        "according",
    ),
    ("As Marta Oliveira put it, the dam will hold.", "the dam will hold", "Marta Oliveira", "put"),
    ("The ministry said in a statement that the dam would hold.", "that the dam would hold", "The ministry", "said"),
    ("Reporters asked whether the bridge was safe.", "whether the bridge was safe", "Reporters", "asked"),
    ("Police believe that the driver fled.", "that the driver fled", "Police", "believe"),
    ("Tomas Berg is confident that the bridge is safe.", "that the bridge is safe", "Tomas Berg", "confident"),
    ("The ministry denied a leak of documents.", "a leak of documents", "The ministry", "denied"),
    ("Tomas Berg vowed to rebuild the bridge.", "to rebuild the bridge", "Tomas Berg", "vowed"),
    ("Tomas Berg called for an inquiry into the collapse.", "an inquiry into the collapse", "Tomas Berg", "called"),
    ("Tomas Berg accused the council of hiding the costs.", "the council of hiding the costs", "Tomas Berg", "accused"),
    ("Tomas Berg urged the council to open the bridge.", "the council to open the bridge", "Tomas Berg", "urged"),
    ("Tomas Berg, who runs the port, said that ships would wait.", "that ships would wait", "Tomas Berg", "said"),
]
QUOTATIONS = [
    ("'We leave at dawn,' Tomas Berg said.", "We leave at dawn"),
    ("‘We leave at dawn,’ Tomas Berg said.", "We leave at dawn"),
    ("„We leave at dawn“, Tomas Berg said.", "We leave at dawn"),
    ("``We leave at dawn,'' Tomas Berg said.", "We leave at dawn"),
    ("“He told me ‘never again’ and left,” Tomas Berg said.", "He told me ‘never again’ and left"),
    ("“The workers' union wants ‘more’ than that,” Tomas Berg said.", "The workers' union wants ‘more’ than that"),
    ("“First we walk.\n\n“Then we rest,” Tomas Berg said.", "First we walk.\n\n“Then we rest"),
    ("Tomas Berg: “We leave at dawn.”", "We leave at dawn."),
    ("“We leave at dawn.” — Tomas Berg", "We leave at dawn."),
    ("Tomas Berg said that “the plan is a disgrace to the whole city.”", "the plan is a disgrace to the whole city."),
    ("“Tomas Berg: We leave at dawn.”", "We leave at dawn."),
]


def quotes(extractor: Extractor, text: str) -> tuple[Quote, ...]:
    return extractor.extract(Article(id="a", text=text, published="2024-11-13")).quotes


def said(extractor: Extractor, text: str) -> list[tuple[str, str | None]]:
    """Quotes with the names of their speakers."""
    found = extractor.extract(Article(id="a", text=text, published="2024-11-13"))
    names = {e.id: e.name for e in found.entities}
    return [(q.text, names.get(q.speaker or "")) for q in found.quotes]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '"We will not leave the valley," said Marta Oliveira, the mayor.',
            [("We will not leave the valley", "Marta Oliveira")],
        ),
        (
            "“The bridge is safe,” Tomas Berg told reporters in Oslo. “We tested it twice.”",
            [("The bridge is safe", "Tomas Berg"), ("We tested it twice.", "Tomas Berg")],
        ),
        (
            "“The plan,” Tomas Berg said, “is a disgrace.”",
            [("The plan", "Tomas Berg"), ("is a disgrace.", "Tomas Berg")],
        ),
        (
            "President Ana Rocha met the miners on Monday. “It was a long night,” she said.",
            [("It was a long night", "Ana Rocha")],
        ),
        (
            "Pavel Novak spoke first. He added: “Nobody has asked us.” The meeting ended at noon.",
            [("Nobody has asked us.", "Pavel Novak")],
        ),
        (
            "«The border stays open», Jean Dupont declared.",
            [("The border stays open", "Jean Dupont")],
        ),
        (
            "Ivan Horvat warned the council sharply, stating, “Every road into the city is now closed.” It has not replied.",
            [("Every road into the city is now closed.", "Ivan Horvat")],
        ),
        (
            "Pavel Novak said the mine would close. “We have no choice.”",
            [("the mine would close", "Pavel Novak"), ("We have no choice.", "Pavel Novak")],
        ),
    ],
)
def test_a_quote_has_its_words_and_its_speaker(extractor: Extractor, text: str, expected: list[tuple[str, str]]) -> None:
    assert said(extractor, text) == expected


@pytest.mark.parametrize(("text", "words"), QUOTATIONS)
def test_marks_of_every_kind_give_the_words_between_them(extractor: Extractor, text: str, words: str) -> None:
    (quote,) = quotes(extractor, text)
    assert (quote.kind, quote.text) == (QuoteKind.DIRECT, words)
    assert quote.speaker_text is not None
    assert quote.speaker_text.text == "Tomas Berg"


@pytest.mark.parametrize(("text", "content", "speaker", "cue"), STATEMENTS)
def test_reported_speech_has_its_content_speaker_and_cue(
    extractor: Extractor, text: str, content: str, speaker: str, cue: str
) -> None:
    (quote,) = quotes(extractor, text)
    assert quote.kind is QuoteKind.INDIRECT
    assert quote.speaker_text is not None
    assert quote.cue is not None
    assert (quote.text, quote.speaker_text.text, quote.cue.text) == (content, speaker, cue)


def test_a_quotation_inside_a_report_is_one_mixed_quote(extractor: Extractor) -> None:
    (quote,) = quotes(extractor, "Tomas Berg said the plan was “a disgrace to the whole city” and would fail.")
    assert quote.kind is QuoteKind.MIXED
    assert quote.text == "the plan was “a disgrace to the whole city” and would fail"


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("The ministry issued a statement saying “the dam will hold until spring.”", "The ministry"),
        ("Tomas Berg said he hoped the dam would “hold at least until spring.”", "Tomas Berg"),
        ("“The dam will not hold,” Tomas Berg barked.", "Tomas Berg"),
        ("Tomas Berg disagreed: “The dam will hold until spring.”", "Tomas Berg"),
        ("“The dam will hold,” Tomas Berg, the mayor, said on Monday.", "Tomas Berg, the mayor"),
    ],
)
def test_words_in_marks_are_those_of_who_says_them(extractor: Extractor, text: str, speaker: str) -> None:
    said_by = [q.speaker_text.text for q in quotes(extractor, text) if q.kind is not QuoteKind.INDIRECT and q.speaker_text]
    assert said_by == [speaker]


REPORTS = [
    ("Ana Rocha claimed that the vote was bought.", "that the vote was bought"),
    ("Ana Rocha fears that the river will rise.", "that the river will rise"),
    ("Ana Rocha hopes that the talks will resume.", "that the talks will resume"),
    ("Ana Rocha believes the tunnel is safe.", "the tunnel is safe"),
    ("Ana Rocha warned the miners that the shaft was flooded.", "that the shaft was flooded"),
    ("Ana Rocha demanded the release of two reporters.", "the release of two reporters"),
    ("Ana Rocha called for an end to the blockade.", "an end to the blockade"),
    ("Ana Rocha stressed the need for calm.", "the need for calm"),
    ("Ana Rocha accused the army of shelling a village.", "the army of shelling a village"),
    ("Ana Rocha criticised the ministry for selling the port.", "the ministry for selling the port"),
    ("Ana Rocha asked the bank to lower its rates.", "the bank to lower its rates"),
    ("Ana Rocha threatened to close the border.", "to close the border"),
    ("Ana Rocha promised to repair the school.", "to repair the school"),
    ("Ana Rocha refused to sign the treaty.", "to sign the treaty"),
    ("Ana Rocha announced that the port would reopen in May.", "that the port would reopen in May"),
    ("Ana Rocha denied that shots were fired.", "that shots were fired"),
    ("The union repeated its claim that wages were too low.", "that wages were too low"),
    ("It was announced on Monday that the port would close.", "that the port would close"),
    ("The minister is said to have fled the country.", "The minister is said to have fled the country"),
    ("It was reported that the bridge had fallen.", "that the bridge had fallen"),
    ("Ana Rocha urged the miners to wait and offered coffee.", "the miners to wait"),
    ("Ana Rocha condemned the use of live rounds.", "the use of live rounds"),
    ("Kenya backs the plan; Chad warned that it would fail.", "that it would fail"),
    ("Tomas Berg called the deal “a gift to the thieves of this town”.", "the deal “a gift to the thieves of this town”"),
    ("CAIRO, May 3 (Delta Press) - The canal is open, officials said.", "The canal is open"),
]
OTHERS = [
    "The students were protesting against higher rents.",
    "The Arab League welcomed the move.",
    "The gunmen will stop attacking trains and oil wells from May 4.",
    "Italy is hoping to do away with its long lunch breaks.",
    "Ana Rocha dismissed the pact as a farce.",
    "To say she was a stubborn woman would be an understatement.",
    "Parliament is expected to vote on the budget in June.",
    "Norway pledged 20 million euros for refugees.",
    "Ana Rocha supports the new law.",
    "Ana Rocha wants to visit the valley.",
    "Ana Rocha plans to travel to Rome.",
    "Ana Rocha opposes the dam.",
    "Ana Rocha rejected the offer.",
    "Ana Rocha condemned the bombing.",
    "Ana Rocha praised the firemen.",
    "Ana Rocha declined to comment on the arrests.",
    "Ana Rocha did not say when the school would open.",
    "Kenya backs the plan; Chad has not said how it will vote.",
    "The army forced the plane to land.",
    "The picture shows a hare.",
    "The two men discussed the harvest.",
    "No group claimed responsibility.",
    "The court issued a warrant.",
    "Ana Rocha appealed to rural voters.",
    "An official asked not to be named.",
    "Italy hoped to do away with its lunch breaks.",
    "As the blockade continued, shops ran out of bread.",
    "This suggests that the river will rise.",
    "Nobody said that the bridge was safe.",
    "One would think that the bridge was safe.",
    "The union called a strike, which lasted for nine days.",
    "The minister is expected to resign on Friday.",
    "The city has a plan to widen the road.",
    "Rebels attacked the convoy near the border.",
]


@pytest.mark.parametrize(("text", "content"), REPORTS)
def test_a_report_is_a_proposition_that_somebody_put_into_words(extractor: Extractor, text: str, content: str) -> None:
    assert [q.text for q in quotes(extractor, text)] == [content]


@pytest.mark.parametrize("text", OTHERS)
def test_deeds_attitudes_and_what_nobody_says_are_no_quotes(extractor: Extractor, text: str) -> None:
    assert [q.text for q in quotes(extractor, text)] == []


def test_a_question_that_nobody_asks_is_no_quote(extractor: Extractor) -> None:
    found = quotes(extractor, "Asked once how he wanted to spend his old age, Tomas Berg laughed.")
    assert [q.text for q in found] == []


def test_who_rejects_a_claim_does_not_make_it(extractor: Extractor) -> None:
    found = quotes(extractor, "Ana Rocha rejected claims that the vote was bought.")
    assert all(q.cue is None or q.cue.text != "claims" for q in found)


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("The pipe will be closed, according to a statement by the Water Ministry.", "the Water Ministry"),
        ("The pipe will be closed, according to a statement issued by the Water Ministry.", "the Water Ministry"),
        ("The World Bank will lend more, according to a statement.", "The World Bank"),
        ("The pipe will be closed, according to a letter.", "a letter"),
        ("BERLIN, May 3 (Delta Press) - Tomas Berg said that the canal was open.", "Tomas Berg"),
    ],
)
def test_a_statement_is_of_whoever_issued_it(extractor: Extractor, text: str, speaker: str) -> None:
    (quote,) = quotes(extractor, text)
    assert quote.speaker_text is not None
    assert quote.speaker_text.text == speaker


def test_what_is_reported_in_the_passive_has_no_speaker(extractor: Extractor) -> None:
    (quote,) = quotes(extractor, "It was announced on Monday that the port would close.")
    assert (quote.speaker, quote.speaker_text) == (None, None)


def test_confidence_ranks_sayings_over_demands_over_thoughts_and_known_speakers_over_others(extractor: Extractor) -> None:
    ranked = [
        "Tomas Berg said the plan was “a disgrace to the whole city” and would fail.",
        "Tomas Berg said that the dam would hold.",
        "Tomas Berg promised to rebuild the dam.",
        "Tomas Berg believes that the dam will hold.",
        "It was reported that the dam would hold.",
    ]
    sure = [quotes(extractor, text)[0].confidence for text in ranked]
    assert sure[:4] == sorted(sure[:4], reverse=True)
    assert len(set(sure[:4])) == 4
    assert sure[4] < sure[1]


def test_each_cue_of_a_sentence_has_its_own_report(extractor: Extractor) -> None:
    found = quotes(extractor, "Officials warned that the road was icy, adding that work would start in May.")
    assert [q.text for q in found] == ["that the road was icy", "that work would start in May"]
    assert {q.speaker_text.text for q in found if q.speaker_text} == {"Officials"}


@pytest.mark.parametrize(
    "text",
    [
        'The film "The Long Way Home" opens on Friday.',
        "He called it a “success story” of the region.",
        "The so-called 'peace train' left at nine.",
        "The ministry's officials' cars were parked outside the ‘old town’.",
        "Tomas Berg said on “The Morning Hour” that the bridge was safe.",
    ],
)
def test_titles_and_scare_quotes_are_no_quotes(extractor: Extractor, text: str) -> None:
    assert [q.text for q in quotes(extractor, text) if q.kind is not QuoteKind.INDIRECT] == []


def test_the_author_is_nobodys_source(extractor: Extractor) -> None:
    assert quotes(extractor, "I think that the bridge is safe.") == ()


def test_a_mark_that_is_never_closed_ends_with_its_paragraph(extractor: Extractor) -> None:
    text = "“The road is long and we are tired, Ana Rocha said.\n\n“We walk on tomorrow,” said Ivan Horvat."
    assert said(extractor, text)[-1] == ("We walk on tomorrow", "Ivan Horvat")


def test_another_quote_in_a_later_text_of_the_article_has_another_id(extractor: Extractor) -> None:
    texts = ("“The bridge is safe,” Tomas Berg said.", "“The bridge is closed,” Tomas Berg said.")
    first, second = (extractor.extract(Article(id="a", text=t, revision=n)) for n, t in enumerate(texts, 1))
    again = extractor.extract(Article(id="a", text=texts[0], revision=1))
    assert first.quotes[0].id == again.quotes[0].id != second.quotes[0].id


def test_another_verb_of_saying_has_the_speaker_of_the_first(extractor: Extractor) -> None:
    found = quotes(extractor, "Ana Rocha said that it was late but added that the talks would go on.")
    assert [q.text for q in found] == ["that it was late", "that the talks would go on"]
    assert [q.speaker_text.text for q in found if q.speaker_text] == ["Ana Rocha", "Ana Rocha"]


WORDS = ("he ", "said", "Tomas Berg ", "that ", "the dam ", "holds", "according to ", "we", "it's ", "workers' ", "denied ")
STOPS = (" ", "\n", "\n\n", ", ", ". ", ": ", "? ", " — ", "(", ")")
PIECES = st.sampled_from([*MARKS, "``", "''", *WORDS, *STOPS])
TEXTS = st.lists(PIECES, max_size=40).map("".join)


@given(TEXTS)
@settings(max_examples=500, deadline=None)
def test_quotations_follow_each_other_and_have_words(text: str) -> None:
    found = list(pairs(text))
    assert all(0 <= q.first < q.last <= len(text) and text[q.first : q.last].strip() == text[q.first : q.last] for q in found)
    assert all(before.last <= after.first for before, after in pairwise(found))


@given(TEXTS)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_marks_spans_are_exact_and_quotes_never_cross(extractor: Extractor, text: str) -> None:
    found = quotes(extractor, text)
    for quote in found:
        parts = [quote, quote.speaker_text, quote.cue]
        assert all(p is None or (p.text and text[p.start : p.end] == p.text) for p in parts)
    for one in found:
        for other in found:
            assert not one.start < other.start < one.end < other.end


def test_many_quotations_take_time_that_grows_with_the_text() -> None:
    def seconds(text: str) -> float:
        return min(_seconds(text) for _ in range(3))

    for mark in ("“a ", '"a ', "'a ", "“a ” ", "‘a “b "):
        assert seconds(mark * 20_000) < 40 * seconds(mark * 2_000) + 0.05


def _seconds(text: str) -> float:
    begun = perf_counter()
    list(pairs(text))
    return perf_counter() - begun
