"""How long to wait before a source is polled again, and why: plain arithmetic over what its polls brought.

Times are seconds since 1970, durations are seconds. Nothing here knows Redis or the clock.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import NamedTuple

from pydantic import Field

from worker.http.politeness import BUSY
from worker.model import Frozen
from worker.schedule.fetches import Fetch, PollOutcome
from worker.schedule.freshness import allowed
from worker.settings import Settings

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0

# Sources of one interval drift apart by this share, so that they do not all come due at once.
JITTER = 0.1

# ---- News
# The delay of news is least, for a given number of polls, if intervals go with one over the root of the rates: news of a
# rate r waits half an interval T, so minimise the sum of r T / 2 for a given sum of 1 / T. This is the interval at one entry
# an hour, and the longest of whoever has spoken within the month: with jitter, it is heard within the hour. After longer
# silence the wait grows with it: to half a day after a year, and to the bound after two.
PROMISE, PROMISED_SILENCE = 54 * MINUTE, 30 * DAY
# What was observed longer ago than this weighs half: some days, so that a week end does not make a source forget its rate;
# and some hours, so that a source that wakes is noticed. The livelier of the two views counts.
LONG, SHORT = 14 * DAY, 6 * HOUR
# Before anything is known: as if there had been one entry in this time.
PRIOR_SECONDS = 2 * HOUR
# At most so much of the window may be new at the next poll, going by the rate; the rest is room for bursts.
ROOM = 1 / 3

# ---- Silence
# A source that brought news so often is missed when it is silent for so many times its longest silence, and for a long week
# end at least. Long silences are forgotten slowly: half in two months, so that holidays are none.
RHYTHM_POLLS, SILENT_TIMES, SILENT_LEAST, FORGET = 5, 3, 4 * DAY, 60 * DAY

# ---- Failures: what one adds to the score, and the wait for a point of it
WEIGHTS = {PollOutcome.TEMPORARY: 0.25, PollOutcome.SOFT: 0.5, PollOutcome.HARD: 1.0}
POINT_SECONDS = HOUR
# A source that has failed for a month is asked after a tenth of that time again, at most this: it is never given up.
LONG_FAILING, LONG_SHARE, LONGEST = 30 * DAY, 0.1, 30 * DAY
# A server that says 410 is asked once more after a day; if it says so again it is probed as rarely as this.
GONE_AGAIN, GONE_PROBE = DAY, 30 * DAY


class Limits(Frozen):
    """The bounds of the settings: shortest and longest interval, that of a new source, the wait while our network is down."""

    low: float
    high: float
    first: float
    network: float

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Those of the settings."""
        return cls(
            low=settings.poll_min_seconds,
            high=max(settings.poll_max_seconds, settings.poll_min_seconds),
            first=settings.poll_seconds,
            network=settings.network_probe_seconds,
        )


class Pace(Frozen):
    """What the polls of a source taught about it."""

    polled: float | None = Field(default=None, description="Its last good poll.")
    interval: float | None = Field(default=None, description="The last wait that the controller chose, without jitter.")
    window: int = Field(default=0, description="Entries of the feed when it was last read.")
    news: float = Field(default=0, description="Entries that were new; those of LONG ago weigh half.")
    watched: float = Field(default=0, description="Time in which they came, weighed alike.")
    recent: float = Field(default=0, description="Entries that were new; those of SHORT ago weigh half.")
    lately: float = Field(default=0, description="Time in which they came, weighed alike.")
    last_news: float | None = Field(default=None, description="The last poll that brought news.")
    news_polls: int = Field(default=0, description="Polls that brought news.")
    longest: float = Field(default=0, description="The longest time between two of them; those of FORGET ago count half.")
    score: float = Field(default=0, description="Sum of the weights of failures since the last good poll.")
    failures: int = Field(default=0, description="How many these are.")
    since: float | None = Field(default=None, description="When it began to fail; None if it does not.")
    gone: float | None = Field(default=None, description="When its server began to say that it is gone; None if not.")


class Step(NamedTuple):
    """What is known after a poll, the wait until the next one, and why, for a person."""

    pace: Pace
    seconds: float
    because: str


def after(pace: Pace, fetch: Fetch, now: float, limits: Limits, fixed: float | None, chance: float) -> Step:
    """The step after a poll that ended `now`. `fixed`: the source's own interval; `chance`: a random number in [0, 1)."""
    if fetch.reason == BUSY:
        wait = min(fetch.retry_after or MINUTE, DAY)
        why = f"its host is left alone for {span(wait)}: it has been asked enough just now, or asked for it"
        return Step(pace, wait + min(wait, MINUTE) * chance, why)
    if fetch.outcome is PollOutcome.NETWORK:
        wait = limits.network * (1 + chance)
        return Step(pace, wait, "our own network is down: asked again as soon as it is back")
    if fetch.outcome in {PollOutcome.NEWS, PollOutcome.OLD, PollOutcome.UNCHANGED}:
        return _good(pace, fetch, now, limits, fixed, chance)
    pace = _failed(pace, fetch, now)
    usual = fixed or pace.interval or limits.first
    if fetch.outcome is PollOutcome.GONE:
        seconds, because = _gone(pace, now)
    elif fetch.outcome is PollOutcome.HELD:
        seconds, because = _held(pace, fetch, usual, limits)
    else:
        seconds, because = _backed_off(pace, usual, now)
    return Step(pace, max(seconds, min(fetch.retry_after or 0, DAY)) * (1 + JITTER * chance), because)


def absolved(pace: Pace, polls: int) -> Pace:
    """What is known once the last so many failures, all of them temporary, turn out to be our own network's."""
    score = max(0, pace.score - polls * WEIGHTS[PollOutcome.TEMPORARY])
    failures = max(0, pace.failures - polls)
    return pace.model_copy(update={"score": score, "failures": failures, "since": pace.since if failures else None})


def silent(pace: Pace, now: float) -> bool:
    """Whether a source that used to bring news has brought none for much longer than it ever did."""
    if pace.last_news is None or pace.news_polls < RHYTHM_POLLS:
        return False
    return now - pace.last_news > max(SILENT_TIMES * pace.longest, SILENT_LEAST)


# ---------------------------------------------------------------- good polls


def _good(pace: Pace, fetch: Fetch, now: float, limits: Limits, fixed: float | None, chance: float) -> Step:
    past = max(now - pace.polled, 0) if pace.polled is not None else None
    pace = _learn(pace, fetch, now, past)
    wanted, why = _wanted(pace, fetch, now, limits)
    pace = pace.model_copy(update={"interval": wanted})
    seen = _seen(fetch, past)
    jittered = 1 + JITTER * (2 * chance - 1)
    if fixed:
        return Step(pace, fixed * jittered, f"{seen}; the source sets {span(fixed)}")
    floor = min(fetch.floor, limits.high)
    if floor > wanted * jittered:
        step = Step(pace, floor * (1 + JITTER * chance), f"{seen}; the server asks for {span(floor)} at least")
    else:
        step = Step(pace, wanted * jittered, f"{seen}; {why}")
    return _unskipped(step, fetch, now, chance)


def _unskipped(step: Step, fetch: Fetch, now: float, chance: float) -> Step:
    """The step put off to the first hour in which the feed may have news; not all feeds at the stroke of it."""
    due = dt.datetime.fromtimestamp(now + step.seconds, dt.UTC)
    first = allowed(due, fetch.skip_hours, fetch.skip_days)
    if first == due:
        return step
    seconds = first.timestamp() - now + JITTER * chance * HOUR
    return step._replace(seconds=seconds, because=f"{step.because}; the feed skips the hours before {first:%A %H:%M} UTC")


def _learn(pace: Pace, fetch: Fetch, now: float, past: float | None) -> Pace:
    known: dict[str, object] = {"polled": now, "score": 0, "failures": 0, "since": None, "gone": None}
    if fetch.entries:
        known["window"] = fetch.entries
    if fetch.new or pace.polled is None:
        gap = now - pace.last_news if pace.last_news is not None else 0
        longest = max(gap, pace.longest * 0.5 ** (gap / FORGET))
        known |= {"last_news": now, "news_polls": pace.news_polls + 1, "longest": longest}
    # What a first poll brings is old news; how old, it does not tell.
    if past is not None:
        slow, fast = 0.5 ** (past / LONG), 0.5 ** (past / SHORT)
        known |= {"news": pace.news * slow + fetch.new, "watched": pace.watched * slow + past}
        known |= {"recent": pace.recent * fast + fetch.new, "lately": pace.lately * fast + past}
    return pace.model_copy(update=known)


def _wanted(pace: Pace, fetch: Fetch, now: float, limits: Limits) -> tuple[float, str]:
    if not pace.watched:
        return limits.first, f"a new source is polled every {span(limits.first)}"
    silence = now - (pace.last_news or now)
    rate = max((pace.news + 1) / (max(pace.watched, silence) + PRIOR_SECONDS), pace.recent / (pace.lately + PRIOR_SECONDS))
    wanted, why = _by_rate(rate), f"about {_pace(rate)}"
    room = ROOM * pace.window / rate if pace.window else math.inf
    if room < wanted:
        wanted, why = room, f"about {_pace(rate)}, and the feed holds {pace.window}"
    if fetch.entries and 2 * fetch.new > fetch.entries and pace.interval:
        wanted, why = min(wanted, pace.interval / 2), f"{why}; more than half were new, so sooner"
    return min(max(wanted, limits.low), limits.high), why


def _by_rate(rate: float) -> float:
    if rate * PROMISED_SILENCE < 1:
        return PROMISE / (rate * PROMISED_SILENCE)
    return PROMISE / max(math.sqrt(rate * HOUR), 1)


def _seen(fetch: Fetch, past: float | None) -> str:
    if past is None:
        return f"first poll, {fetch.entries} {'entry' if fetch.entries == 1 else 'entries'}"
    if fetch.outcome is PollOutcome.UNCHANGED:
        return f"unchanged for {span(past)}"
    return f"{fetch.new} of {fetch.entries} entries were new in {span(past)}"


# ---------------------------------------------------------------- failures


def _failed(pace: Pace, fetch: Fetch, now: float) -> Pace:
    weight = WEIGHTS.get(fetch.outcome, 0)
    gone = (pace.gone if pace.gone is not None else now) if fetch.outcome is PollOutcome.GONE else None
    known = {"score": pace.score + weight, "failures": pace.failures + 1, "gone": gone}
    return pace.model_copy(update=known | {"since": pace.since if pace.since is not None else now})


def _gone(pace: Pace, now: float) -> tuple[float, str]:
    if pace.gone is not None and now - pace.gone >= GONE_AGAIN:
        return GONE_PROBE, f"the server says that it is gone for good; probed every {span(GONE_PROBE)}"
    return GONE_AGAIN, f"the server says that it is gone; asked once more after {span(GONE_AGAIN)}"


def _held(pace: Pace, fetch: Fetch, usual: float, limits: Limits) -> tuple[float, str]:
    if fetch.retry_after:
        wait = min(fetch.retry_after, DAY)
        return wait, f"the server asks for {span(wait)} without a request"
    wait = min(usual * 2 ** min(pace.failures, 20), max(limits.high, usual))
    return wait, f"the server asks us to slow down: {span(wait)} in place of {span(usual)}"


def _backed_off(pace: Pace, usual: float, now: float) -> tuple[float, str]:
    wait = max(usual, min(pace.score * POINT_SECONDS, DAY))
    failing = now - pace.since if pace.since is not None else 0
    if failing >= LONG_FAILING:
        wait = max(wait, min(failing * LONG_SHARE, LONGEST))
        return wait, f"it has failed for {span(failing)}"
    times = "once" if pace.failures == 1 else f"{pace.failures} times in a row"
    return wait, f"it failed {times} (score {pace.score:g})"


# ---------------------------------------------------------------- words


def span(seconds: float) -> str:
    """A duration as people say it: 45 s, 30 min, 2.5 h, 3 days."""
    if seconds < 2 * MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * HOUR:
        return f"{seconds / MINUTE:.0f} min"
    if seconds < 2 * DAY:
        return f"{seconds / HOUR:.3g} h"
    return f"{seconds / DAY:.3g} days" if seconds < 100 * DAY else f"{seconds / DAY:.0f} days"


def _pace(rate: float) -> str:
    """A rate as people say it."""
    for unit, name in ((HOUR, "an hour"), (DAY, "a day"), (7 * DAY, "a week")):
        if rate * unit >= 1:
            return f"{rate * unit:.2g} entries {name}"
    return "less than one entry a week"
