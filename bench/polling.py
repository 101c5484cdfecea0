"""What the controller of intervals costs and what it loses, beside a fixed 15 minutes: `python -m bench.polling [FOLDER ...]`.

The clock is replayed over the publication times of feeds: those of the files in the folders given, and made-up rhythms. At
each poll a feed shows its last N entries, N being the number that it was found with; what leaves the window between two
polls is missed. An entry is late that is seen more than an hour after it was published: four of the fixed intervals, and as
long as a reader of the day's events may be expected to wait. Both count for the goal alike, from the first poll of an
unknown source on: at most 1 % of entries missed or late, with half of the polls, for each of the two groups.

A recorded feed tells its last N entries only. They are repeated to fill the time of the simulation, at the same hour of the
day if they span days, and on the same days of the week if they span weeks.
"""

from __future__ import annotations

import datetime as dt
import random
import sys
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

from worker.model import Document
from worker.schedule import interval
from worker.schedule.fetches import Fetch, PollOutcome
from worker.schedule.interval import DAY, HOUR, MINUTE, Limits, Pace
from worker.settings import Settings
from worker.sources import Payload, read_payload

# Eight weeks: weeklies show their rhythm, and a feed that sleeps or wakes has time to.
SPAN = 56 * DAY
FIXED = 15 * MINUTE
LATE = HOUR
MOST_LOST, MOST_POLLS = 0.01, 0.5
# A feed with fewer dates has no rhythm to speak of. One whose window is shorter than the fixed interval is left out too:
# those dates are mostly of the moment at which it was read.
FEWEST = 8
# Larger files are no feeds that anybody polls.
MOST_BYTES = 4_000_000
START = dt.datetime(2026, 1, 5, tzinfo=dt.UTC).timestamp()  # a Monday


@dataclass(frozen=True)
class Rhythm:
    """A feed: when its entries were published, in seconds, sorted; and how many of them it shows at a time."""

    name: str
    times: tuple[float, ...]
    window: int


@dataclass
class Score:
    """What came of polling a feed."""

    polls: int = 0
    entries: int = 0
    missed: int = 0
    late: int = 0
    delays: list[float] = field(default_factory=list)

    def __iadd__(self, other: Score) -> Self:
        self.polls += other.polls
        self.entries += other.entries
        self.missed += other.missed
        self.late += other.late
        self.delays += other.delays
        return self

    @property
    def lost(self) -> float:
        """Share of entries that were missed or late."""
        return (self.missed + self.late) / max(self.entries, 1)

    def quantile(self, share: float) -> float:
        """The delay that so many of the entries that were seen do not exceed, in minutes."""
        ordered = sorted(self.delays)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] / MINUTE if ordered else 0.0


# ---------------------------------------------------------------- the replay


class Poller(Protocol):
    """What decides when to poll again."""

    def wait(self, now: float, shown: int, new: int, /) -> float:
        """Seconds until the next poll, of which this one showed so many entries, and so many new ones."""


class Adaptive:
    """The controller, as the schedule asks it."""

    def __init__(self, limits: Limits, seed: str) -> None:
        self._pace, self._limits, self._random = Pace(), limits, random.Random(seed)  # noqa: S311  no secret

    def wait(self, now: float, shown: int, new: int, /) -> float:
        """Seconds until the next poll."""
        outcome = PollOutcome.NEWS if new else PollOutcome.OLD
        fetch = Fetch(at="2026-01-05T00:00:00Z", outcome=outcome, entries=shown, new=new)
        self._pace, seconds, _ = interval.after(self._pace, fetch, now, self._limits, None, self._random.random())
        return seconds


class Fixed:
    """The same wait, whatever comes."""

    def wait(self, _now: float, _shown: int, _new: int, /) -> float:
        """Seconds until the next poll."""
        return FIXED


def replay(rhythm: Rhythm, poller: Poller, span: float = SPAN) -> Score:
    """Poll a feed over the span; what it shows at the first poll is old news, and does not count."""
    score, now = Score(), START
    seen = bisect_right(rhythm.times, now)
    first, shown = seen, min(seen, rhythm.window)
    now += poller.wait(now, shown, shown)
    while now < START + span:
        there = bisect_right(rhythm.times, now)
        oldest = max(seen, there - rhythm.window)
        new = rhythm.times[oldest:there]
        score.polls += 1
        score.missed += oldest - seen
        score.delays += [now - time for time in new]
        seen = there
        now += poller.wait(now, min(there, rhythm.window), len(new))
    score.entries = seen - first
    score.late = sum(delay > LATE for delay in score.delays)
    return score


# ---------------------------------------------------------------- recorded rhythms


def recorded(folders: Iterable[str]) -> Iterator[Rhythm]:
    """The rhythms of the feeds in folders, repeated to fill the span."""
    for folder in folders:
        for file in sorted(Path(folder).rglob("*")):
            if file.is_file() and file.stat().st_size < MOST_BYTES:
                times = _times(file)
                if len(set(times)) >= FEWEST and times[-1] - times[0] > FIXED:
                    yield Rhythm(f"{file.parent.name}/{file.name}", tuple(repeated(times)), len(times))


def _times(file: Path) -> list[float]:
    payload = Payload(body=file.read_bytes(), name=file.name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [item.published for item in read_payload(payload, "feed") if isinstance(item, Document) and item.published]
    moments = (dt.datetime.fromisoformat(text) for text in found)
    return sorted((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp() for moment in moments)


def repeated(times: Sequence[float]) -> list[float]:
    """The times, again and again, so that one round lies before the start and the last ends after the span."""
    period = times[-1] - times[0] + (times[-1] - times[0]) / (len(times) - 1)
    for unit in (7 * DAY, DAY):
        if period > unit:
            period = -(-period // unit) * unit
            break
    # The last recorded entry falls at the same time of the week as it did.
    week = 7 * DAY
    shift = START - times[-1] - (START - times[-1]) % week
    rounds = range(-1, int((SPAN + week) // period) + 2)
    return sorted(time + shift + number * period for number in rounds for time in times)


# ---------------------------------------------------------------- made-up rhythms


def made_up() -> Iterator[Rhythm]:
    """Rhythms that the recorded feeds may lack: bursts, office hours, weeklies, batches, feeds that sleep and wake."""
    dice = random.Random(5)  # noqa: S311  no secret
    yield _rhythm("wire, 4 an hour", 50, _poisson(dice, 4))
    yield _rhythm("agency, 40 an hour", 60, _poisson(dice, 40))
    yield _rhythm("small window, 3 an hour", 8, _poisson(dice, 3))
    yield _rhythm("blog, 5 a day", 10, _poisson(dice, 5 / 24))
    yield _rhythm("magazine, 1 a day", 10, _poisson(dice, 1 / 24))
    yield _rhythm("office hours, 2 an hour", 20, (t for t in _poisson(dice, 2) if _office(t)))
    yield _rhythm("office hours, 15 an hour", 30, (t for t in _poisson(dice, 15) if _office(t)))
    yield _rhythm("daily paper, 40 at six", 50, (d + 6 * HOUR + dice.uniform(0, 600) for d in _days() for _ in range(40)))
    yield _rhythm("hourly bulletin", 24, (d + hour * HOUR for d in _days() for hour in range(24)))
    yield _rhythm("weekly, Tuesdays", 10, (d + 34 * HOUR + dice.gauss(0, HOUR) for d in _days(7)))
    yield _rhythm("monthly", 10, (d + 10 * HOUR for d in _days(30)))
    bursts = [d + dice.uniform(0, DAY) for d in _days(5)]
    burst = [t + dice.uniform(0, 3 * HOUR) for t in bursts for _ in range(60)]
    yield _rhythm("bursts of 60 in 3 hours", 30, [*burst, *_poisson(dice, 0.5)])
    yield _rhythm("dead for a year", 10, [START - 365 * DAY - d * DAY for d in range(10)])
    middle = START + SPAN / 2
    yield _rhythm("wakes after a month", 20, (t for t in _poisson(dice, 1) if t > middle or t < START - 30 * DAY))
    yield _rhythm("falls asleep", 20, (t for t in _poisson(dice, 1) if t < middle))


def _rhythm(name: str, window: int, times: Iterable[float]) -> Rhythm:
    return Rhythm(name, tuple(sorted(times)), window)


def _poisson(dice: random.Random, hourly: float) -> list[float]:
    times = [START - 60 * DAY]
    while times[-1] < START + SPAN:
        times.append(times[-1] + dice.expovariate(hourly / HOUR))
    return times


def _days(step: int = 1) -> list[float]:
    return [START + day * DAY for day in range(-70, int(SPAN // DAY), step)]


def _office(time: float) -> bool:
    moment = dt.datetime.fromtimestamp(time, dt.UTC)
    return moment.weekday() < 5 and 8 <= moment.hour < 18


# ---------------------------------------------------------------- the table


def main(folders: Sequence[str]) -> int:
    """Print the table; 1 if the goal is missed."""
    limits = Limits.of(Settings())
    columns = (("feeds", 6), ("entries", 9), ("polls", 9), ("of fixed", 9), ("missed", 8), ("late", 8), ("lost", 8))
    print(" " * 28 + "".join(f"{name:>{width}}" for name, width in (*columns, ("p50 min", 9), ("p95", 6))))
    groups = {"recorded": list(recorded(folders)), "made up": list(made_up())}
    reached = [_group(name, rhythms, limits) for name, rhythms in groups.items() if rhythms]
    word = "reached" if all(reached) else "MISSED"
    print(f"goal: at most {MOST_LOST:.0%} lost with at most {MOST_POLLS:.0%} of the polls: {word}")
    return 0 if all(reached) else 1


def _group(name: str, rhythms: Sequence[Rhythm], limits: Limits) -> bool:
    whole, fixed, shares = Score(), Score(), []
    for rhythm in rhythms:
        ours, theirs = replay(rhythm, Adaptive(limits, rhythm.name)), replay(rhythm, Fixed())
        if name == "made up":
            _line(rhythm.name, 1, ours, theirs)
        whole += ours
        fixed += theirs
        shares.append(ours.lost)
    _line(name, len(rhythms), whole, fixed)
    _line(f"{name}, every 15 min", len(rhythms), fixed, fixed)
    print(f"{name}: {sum(shares) / len(shares):.1%} lost of the average feed")
    return whole.lost <= MOST_LOST and whole.polls <= MOST_POLLS * fixed.polls


def _line(name: str, feeds: int, ours: Score, fixed: Score) -> None:
    entries = max(ours.entries, 1)
    print(
        f"{name:28}{feeds:6}{ours.entries:9}{ours.polls:9}{ours.polls / fixed.polls:9.1%}{ours.missed / entries:8.2%}"
        f"{ours.late / entries:8.2%}{ours.lost:8.2%}{ours.quantile(0.5):9.1f}{ours.quantile(0.95):6.0f}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
