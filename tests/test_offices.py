"""Who acted for whom on a day: 1,072 names with a date, put into a sentence and coded as any article is."""

from __future__ import annotations

from bench import own
from worker.extraction import Extractor

# What the issue of a wrong code costs downstream is every event of that person.
FLOOR = 0.995


def test_a_name_has_the_code_of_the_article_s_day(extractor: Extractor) -> None:
    score = own.offices(extractor)
    assert score.wanted >= 1000
    assert score.recall >= FLOOR, "\n".join(score.wrong)
