"""When: the time expressions of an article as intervals of days. What counts from its date stays open where it has none."""

from __future__ import annotations

from functools import partial

from spacy.tokens import Span, Token

from worker.extraction.dates import timex
from worker.extraction.dates.intervals import Interval
from worker.extraction.dates.leaning import lean
from worker.extraction.dates.reckoning import Reckoner
from worker.extraction.dates.timex import Phrase
from worker.extraction.parse import Parsed
from worker.model import DateMention

# What spaCy takes for something else than a time: "May" the person, "2000" the number of villages.
NAMES = frozenset({"PERSON", "ORG", "GPE", "LOC", "FAC", "NORP", "PRODUCT", "WORK_OF_ART"})
# Months whose names are words or given names as well.
AMBIGUOUS = frozenset({"may", "march", "april", "june", "august"})
# "some 1990 tonnes".
QUANTIFIERS = frozenset({"some", "about", "nearly", "almost", "over", "than", "around", "roughly", "approximately"})
TEMPORAL = frozenset(
    timex.CODES[c] for c in ("in", "from", "to", "between", "preposition", "of", "before", "after", "earlier", "later", "and")
)


def find(parsed: Parsed) -> tuple[DateMention, ...]:
    """All time expressions, in order, none overlapping another."""
    reckoner, found = Reckoner(parsed.article.day), []
    for phrase in timex.find(parsed.article.text):
        span = parsed.doc.char_span(phrase.start, phrase.end, alignment_mode="expand")
        if span is not None and _is_time(phrase, span):
            interval = reckoner.resolve(phrase, partial(lean, span))
            if interval is not None:
                found.append(_mention(parsed.article.text, phrase, interval))
    return tuple(found)


def _mention(text: str, phrase: Phrase, interval: Interval) -> DateMention:
    return DateMention(
        start=phrase.start,
        end=phrase.end,
        text=text[phrase.start : phrase.end],
        from_=interval.first.isoformat() if interval.first else None,
        to=interval.last.isoformat() if interval.last else None,
        granularity=interval.granularity,
    )


def _is_time(phrase: Phrase, span: Span) -> bool:
    """Whether words that may mean something else mean a time here: a bare year, month, season or feast."""
    token = span[-1]
    if phrase.kind == "season":
        said = phrase.has_any("last", "next", "this", "year", "year_number", "number_word")
        return said or (phrase.after != "of" and not _is_compound(token) and token.pos_ == "NOUN")
    if phrase.kind == "holiday":
        return not _is_compound(token)
    if len(phrase.words) > 1 or phrase.kind not in {"year", "month"}:
        return True
    follows = timex.DICTIONARY.get(phrase.before) in TEMPORAL
    if phrase.kind == "month":
        named = token.ent_type_ in NAMES or (not follows and phrase.words[0].text in AMBIGUOUS)
        return token.ent_type_ in {"DATE", "TIME"} or not named
    if _is_number(token, phrase):
        return False
    return token.ent_type_ == "DATE" or (follows and token.dep_ not in {"nummod", "quantmod", "compound"})


def _is_compound(token: Token) -> bool:
    """Whether it is part of a noun: "winter coats", "Christmas tree"; but "winter approaching"."""
    return token.dep_ == "compound" and token.head.pos_ != "VERB"


def _is_number(token: Token, phrase: Phrase) -> bool:
    """Whether a year's digits count or number something: "2000 villages", "some 1990 tonnes", "resolution 1973"."""
    if token.head.i > token.i and token.head.tag_ == "NNS":
        return phrase.before in QUANTIFIERS or (int(phrase.words[0].text) % 50 == 0 and phrase.before != "the")
    return token.head.i == token.i - 1 and token.head.pos_ == "NOUN"
