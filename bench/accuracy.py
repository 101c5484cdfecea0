"""What extraction gets right: `python -m bench.accuracy [-v] [--public SCORER]`.

First the seeds against their own truth, then the sentences of tests/fixtures, both written for this project: the rules were
developed on them, so the figures tell of progress and of damage, not of quality on other people's news. With --public the
named scoring program runs on public sets too, one after the other, and its summary lines are printed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import own
from worker import sources
from worker.extraction import Extractor
from worker.model import Actor, Article, Event, Extraction
from worker.pipeline import read
from worker.settings import Settings, load

Row = dict[str, Any]


# Sets of the scoring program that tell of extraction.
PUBLIC = ("seed", "quotes", "ner", "coref", "dates", "geo", "actors", "plv", "plv-e2e", "petrarch")


def main(verbose: bool, scorer: str | None) -> None:
    """Print recall and precision of events by type and of quotes, then of each set of sentences, then of the public sets."""
    settings = load()
    truth = {row["title"]: row for row in rows(settings.path(settings.seeds) / ".truth.jsonl")}
    articles = [a for a in seeds(settings) if a.title in truth]
    sheet = Sheet(verbose)
    extractor = Extractor.load(settings.pipeline)
    for extraction in extractor.extract_many(articles):
        sheet.add(extraction, truth[str(extraction.article.title)])
    sheet.show(len(articles), len(truth))
    sentences(extractor, verbose)
    if scorer:
        public(scorer)


def sentences(extractor: Extractor, verbose: bool) -> None:
    """The table of our own sets."""
    print(f"{'sentences':12} {'wanted':>6} {'given':>6} {'right':>6} {'recall':>7} {'precision':>9}")
    for name, measure in own.SETS.items():
        score = measure(extractor)
        print(f"{name:12} {score.wanted:6} {score.given:6} {score.right:6} {score.recall:7.3f} {score.precision:9.3f}")
        if verbose:
            print(*(f"  {told}" for told in score.wrong), sep="\n")


def public(scorer: str) -> None:
    """What the scoring program says of the product as it is installed here."""
    product = str(Path(sys.executable).with_name("newsworker"))
    for name in PUBLIC:
        # Given parties are asked for in Python, the others by the command.
        asked = ["--python", sys.executable] if name == "plv" else ["--newsworker", product]
        command = [sys.executable, scorer, name, *asked]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        print((done.stdout.strip() or f"{name}: {done.stderr.strip()}").splitlines()[-1])


def rows(path: Path) -> list[Row]:
    """The truth, one row a document."""
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()]


def seeds(settings: Settings) -> Iterator[Article]:
    """The seeds as articles."""
    for found in read(sources.read_path(settings.path(settings.seeds), settings), settings):
        if isinstance(found, Article):
            yield found


class Sheet:
    """Counts, and with -v every miss and false alarm."""

    def __init__(self, verbose: bool) -> None:
        self.verbose = verbose
        self.found, self.wanted, self.given, self.right = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
        self.quotes = Counter[str]()
        self.types_only = 0

    def add(self, extraction: Extraction, truth: Row) -> None:
        """Compare one document."""
        used: set[int] = set()
        for row, hit, near in matches(extraction, truth):
            if hit is not None:
                used.add(hit)
                self.right[extraction.events[hit].type] += 1
            if not row.get("optional") and not row.get("duplicate"):
                self.wanted[row["type"]] += 1
                self.found[row["type"]] += hit is not None
                self.types_only += any(extraction.events[n].type in types_of(row) for n in near)
                if hit is None:
                    self.say("MISSED", row_text(row), row["evidence"], [brief(extraction.events[n]) for n in near])
        for n, event in enumerate(extraction.events):
            self.given[event.type] += 1
            if n not in used:
                self.say("FALSE", brief(event), event.evidence.text, [])
        self._add_quotes(extraction, truth)

    def _add_quotes(self, extraction: Extraction, truth: Row) -> None:
        names = {e.id: e.name for e in extraction.entities}
        for row in truth["quotes"]:
            self.quotes["wanted"] += 1
            # Words in marks may be part of a longer report, which is one quote with them.
            hit = next((q for q in extraction.quotes if row["text"].strip("., ") in q.text and q.kind != "indirect"), None)
            said = f"{names.get(hit.speaker or '', '')} {hit.speaker_text.text if hit.speaker_text else ''}" if hit else ""
            right = hit is not None and row["speaker"].split()[-1].rstrip(".") in said
            self.quotes["found"] += hit is not None
            self.quotes["speaker"] += right
            if not right:
                self.say("QUOTE", f"{row['speaker']}; given {said!r}", row["text"], [])

    def say(self, kind: str, what: str, where: str, near: list[str]) -> None:
        """One line of detail."""
        if self.verbose:
            print(f"{kind:7} {what}\n          {where}", *(f"\n          near: {n}" for n in near), sep="")

    def show(self, articles: int, wanted: int) -> None:
        """The table."""
        print(f"{'type':10} {'wanted':>6} {'found':>6} {'recall':>7} {'given':>6} {'precision':>9}")
        for name in sorted(set(self.wanted) | set(self.given)):
            print(
                f"{name:10} {self.wanted[name]:6} {self.found[name]:6} {share(self.found[name], self.wanted[name])}"
                f" {self.given[name]:6} {share(self.right[name], self.given[name]):>9}"
            )
        found, total, right, given = (c.total() for c in (self.found, self.wanted, self.right, self.given))
        print(f"{'all':10} {total:6} {found:6} {share(found, total)} {given:6} {share(right, given):>9}")
        print(f"type and place right, parties aside: {share(self.types_only, total).strip()} of wanted")
        q = self.quotes
        print(f"quotes: {q['found']} of {q['wanted']} verbatim, {q['speaker']} with the right speaker")
        print(
            f"accuracy articles={articles} of={wanted} recall={found / max(total, 1):.3f} precision={right / max(given, 1):.3f}"
        )


def matches(extraction: Extraction, truth: Row) -> Iterator[tuple[Row, int | None, list[int]]]:
    """Each row of the truth, those that are not wanted last, with the event that it is and all those near its place."""
    used: set[int] = set()
    for row in sorted(truth["events"], key=lambda r: bool(r.get("optional"))):
        place = span_of(row, extraction.article.text)
        near = [n for n, e in enumerate(extraction.events) if n not in used and touches(e, place)]
        hit = next((n for n in near if fits(extraction.events[n], row)), None)
        if hit is not None:
            used.add(hit)
        yield row, hit, near


def share(part: int, whole: int) -> str:
    """A ratio to print."""
    return f"{part / whole:7.2f}" if whole else f"{'-':>7}"


def span_of(row: Row, text: str) -> tuple[int, int]:
    """Where the row's evidence stands."""
    start = text.find(row["evidence"])
    return start, start + len(row["evidence"])


def touches(event: Event, place: tuple[int, int]) -> bool:
    """The trigger lies in the evidence phrase, or at least the evidence lies in the event's sentence."""
    return event.evidence.start <= place[0] < event.evidence.end or place[0] <= event.trigger.start < place[1]


def types_of(row: Row) -> list[str]:
    """Types that are right."""
    also = row.get("accept_type", [])
    return [row["type"], *([also] if isinstance(also, str) else also)]


def fits(event: Event, row: Row) -> bool:
    """Type, polarity and both sides; a country is enough, its sector is not compared."""
    if event.type not in types_of(row) or event.polarity != row["polarity"]:
        return False
    actors, recipients = row.get("actor") or [], row.get("recipient") or []
    straight = side(event.actors, actors, row, "actor") and side(event.recipients, recipients, row, "recipient")
    if straight or not row.get("symmetric"):
        return straight
    everyone = {heads(a) for a in (*event.actors, *event.recipients)}
    return everyone >= {code.split()[0] for code in (*actors, *recipients) if not code.startswith("~")}


def side(given: tuple[Actor, ...], wanted: list[str], row: Row, role: str) -> bool:
    """Whether a side names who it should and nobody else with a code."""
    coded = {heads(a) for a in given if a.code}
    codes = {code.split()[0] for code in wanted if not code.startswith("~")}
    also = {code.split()[0] for code in row.get("accept_codes", [])}
    if not coded:
        return not codes or bool(row.get(f"{role}_open"))
    return coded <= codes | also | ({"IGO"} if any(w.startswith("~") for w in wanted) else set()) and coded >= (codes - also)


def heads(actor: Actor) -> str:
    """First part of an actor code."""
    return (actor.code or "~").split()[0]


def brief(event: Event) -> str:
    """An event in a line."""
    sides = " -> ".join(", ".join(a.code or f"~{a.name}" for a in s) or "-" for s in (event.actors, event.recipients))
    return f"{event.type} {sides} [{event.polarity}, {event.modality}] {event.trigger.text!r}"


def row_text(row: Row) -> str:
    """A row in a line."""
    return (
        f"{row['type']} {row.get('actor')} -> {row.get('recipient')} [{row['polarity']}, {row['modality']}] {row['trigger']!r}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What extraction gets right.")
    parser.add_argument("-v", "--verbose", action="store_true", help="every miss and false alarm")
    parser.add_argument("--public", metavar="SCORER", help="path of a scoring program that has public sets")
    given = parser.parse_args()
    main(given.verbose, given.public)
