"""What people see: extractions, stream entries and summaries, as rich renderables.

News is untrusted text. Nothing of it is read as markup, and no control character of it reaches the terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from worker.doctor import Check
from worker.model import (
    Actor,
    Article,
    Decision,
    Entity,
    Event,
    Explanation,
    Extraction,
    Materiel,
    Quote,
    Telling,
)
from worker.observe import UNSAFE, warning
from worker.record import RecordType
from worker.status import Status, Stream
from worker.tail import Entry, Tally

# PLOVER's quads: verbal and material cooperation, verbal and material conflict.
QUADS = {1: "cyan", 2: "green", 3: "yellow", 4: "red"}
# Columns of a line where the terminal does not say; evidence is never cut below a readable piece of it.
WIDTH, LEAST = 200, 40
KIND, SIDES = 22, 30


def console(*, stderr: bool = False) -> Console:
    """A console that takes text for text. NO_COLOR is honoured; in a pipe there is neither colour nor a line's end."""
    made = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not made.is_terminal:
        made.width = 160  # wide enough for a table of events; the pipe's reader has its own ideas about lines
    return made


def plain(text: object) -> str:
    """Text from outside, made safe for a terminal; as long as it was."""
    return UNSAFE.sub("\ufffd", str(text))


# ---------------------------------------------------------------- an extraction


def document(found: Extraction | Explanation) -> RenderableType:
    """What was found in one article, or why."""
    return extraction(found) if isinstance(found, Extraction) else explanation(found)


def extraction(found: Extraction) -> RenderableType:
    """One article for a reader: its title, its text with what was found marked in it, then tables."""
    tables = [_events(found), _quotes(found), _entities(found), _materiel(found)]
    return Group(_heading(found.article), "", _marked(found), "", *tables)


def _heading(article: Article) -> Text:
    title = Text(plain(article.title or article.id), style="bold")
    about = [article.published, article.source, article.url]
    return title.append("\n" + plain("  ".join(a for a in about if a)), style="dim") if any(about) else title


def _tellings(event: Event) -> tuple[Event | Telling, ...]:
    """Every place that tells of it, the one that tells most in front."""
    return (event, *event.tellings)


def _marked(found: Extraction) -> Text:
    text = Text(plain(found.article.text))
    for event in found.events:
        for told in _tellings(event):
            text.stylize(f"underline {QUADS[event.quad]}", told.evidence.start, told.evidence.end)
    for entity in found.entities:
        for mention in entity.mentions:
            text.stylize("bold", mention.start, mention.end)
    for quote in found.quotes:
        text.stylize("italic", quote.start, quote.end)
    for event in found.events:
        for told in _tellings(event):
            text.stylize(f"reverse {QUADS[event.quad]}", told.trigger.start, told.trigger.end)
    return text


def _table(title: str, *columns: str) -> Table:
    table = Table(title=Text(title, style="bold"), title_justify="left", box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for name in columns:
        table.add_column(name, header_style="dim", overflow="fold")
    return table


def _events(found: Extraction) -> RenderableType:
    if not found.events:
        return Text("no events", style="dim")
    table = _table(
        f"{len(found.events)} events", "type", "actors -> recipients", "trigger", "polarity, modality", "date", "conf."
    )
    for event in found.events:
        table.add_row(
            Text(_kind(event), style=QUADS[event.quad]),
            Text(_parties(event)),
            Text(plain(", ".join(told.trigger.text for told in _tellings(event)))),
            Text(f"{event.polarity}, {event.modality}"),
            Text(_when(event)),
            Text(f"{event.confidence:.2f}"),
        )
    return table


def _kind(event: Event) -> str:
    return f"{event.type}/{event.mode}" if event.mode else event.type.value


def _parties(event: Event) -> str:
    return f"{_names(event.actors)} -> {_names(event.recipients)}"


def _names(actors: Sequence[Actor]) -> str:
    return ", ".join(plain(f"{a.name} ({a.code})" if a.code else a.name) for a in actors) or "?"


def _when(event: Event) -> str:
    if event.date is None:
        return ""
    ends = [event.date.from_, event.date.to]
    return plain(" to ".join(dict.fromkeys(end for end in ends if end)) or event.date.text)


def _quotes(found: Extraction) -> RenderableType:
    if not found.quotes:
        return ""
    names = {entity.id: entity.name for entity in found.entities}
    table = _table(f"{len(found.quotes)} quotes", "speaker", "kind", "words")
    for quote in found.quotes:
        table.add_row(Text(plain(_speaker(quote, names))), Text(quote.kind), Text(plain(quote.text), style="italic"))
    return table


def _speaker(quote: Quote, names: Mapping[str, str]) -> str:
    said = quote.speaker_text.text if quote.speaker_text else "?"
    return names.get(quote.speaker or "", said)


def _entities(found: Extraction) -> RenderableType:
    if not found.entities:
        return ""
    table = _table(f"{len(found.entities)} entities", "type", "name", "code", "office", "mentions")
    for entity in found.entities:
        cells = (entity.type, entity.name, entity.code or "", entity.office or "", _mentions(entity))
        table.add_row(*(Text(plain(cell)) for cell in cells))
    return table


def _mentions(entity: Entity) -> str:
    return f"{len(entity.mentions)}"


def _materiel(found: Extraction) -> RenderableType:
    if not found.materiel:
        return ""
    table = _table(f"{len(found.materiel)} materiel", "item", "category", "giver -> receiver", "status")
    for thing in found.materiel:
        table.add_row(*(Text(plain(cell)) for cell in _transfer(thing)))
    return table


def _transfer(thing: Materiel) -> tuple[str, str, str, str]:
    item = f"{thing.quantity} {thing.item}" if thing.quantity else thing.item
    return item, thing.category, f"{thing.giver or '?'} -> {thing.receiver or '?'}", thing.status or ""


# ---------------------------------------------------------------- why these events


def explanation(found: Explanation) -> RenderableType:
    """Each sentence that has a trigger, and below it what became of its triggers, and why."""
    lines: list[RenderableType] = []
    for _, here in groupby(found.decisions, key=lambda d: d.sentence.start):
        told = list(here)
        lines += [Text(" ".join(plain(told[0].sentence.text).split()), style="bold"), *map(_decision, told), Text()]
    return Group(*lines) if lines else Text("no trigger of the lexicon in this text", style="dim")


def _decision(told: Decision) -> Text:
    trigger = plain(told.trigger.text)
    if told.event is None:
        return Text(f"  -  {trigger}: {plain(told.decided)}", style="dim")
    about = f"  {trigger}  {_parties(told.event)}  {told.event.confidence:.2f}  {plain(told.decided)}"
    return Text("  +  ").append(_kind(told.event), style=QUADS[told.event.quad]).append(about)


# ---------------------------------------------------------------- articles read


def articles(read: Iterable[Article]) -> Table:
    """What the sources made of their input."""
    table = _table("", "published", "chars", "lang", "source", "title")
    table.title = None
    for article in read:
        cells = (article.published or "", len(article.text), article.language or "", article.source or "")
        table.add_row(*(Text(plain(cell)) for cell in (*cells, article.title or article.id)))
    return table


# ---------------------------------------------------------------- stream entries


def entry(found: Entry, width: int = WIDTH) -> Text:
    """A stream entry in one line of so many columns."""
    clock = Text(f"{found.fields.get('time', '')[11:19]:8}  ", style="dim")
    mark = _MARKS.get(found.fields.get("type", ""), "")
    try:
        line = _LINES[found.stream](found.body, width - len(clock) - len(mark))
    except (KeyError, TypeError, IndexError):  # another program's entry, or another version's
        line = Text(plain(found.body)[:width])
    return Text.assemble(clock, (mark, "magenta"), line)


# What is said of an event beside its first report.
_MARKS: dict[str, str] = {
    RecordType.EVENT_MENTIONED: "again: ",
    RecordType.EVENT_UNMENTIONED: "no more told here: ",
    RecordType.EVENT_RETRACTED: "retracted: ",
}


def print_entry(to: Console, found: Entry) -> None:
    """Print an entry: a line of the terminal's width, a longer one in a pipe."""
    to.print(entry(found, to.width if to.is_terminal else WIDTH), soft_wrap=True)


def _event_line(body: Mapping[str, Any], width: int) -> Text:
    event = body["event"]
    style = QUADS.get(event["quad"], "default")
    kind = f"{event['type']}/{event['mode']}" if event["mode"] else event["type"]
    sides = f"{_side(event['actors'])} -> {_side(event['recipients'])}"
    line = Text.assemble((f"{plain(kind):{KIND}} ", f"bold {style}"), (f"{sides:{SIDES}} ", "bold"))
    line.append(_world(event), "magenta")
    source = f"  [{plain(body['article']['source'] or body['article']['id'])}]"
    line.append_text(_clipped(event["evidence"], event["trigger"], style, width - len(line) - len(source)))
    return line.append(source, style="dim")


def _world(event: Mapping[str, Any]) -> str:
    """What keeps an event from being a plain fact, if anything does."""
    marks = [event["modality"]] * (event["modality"] != "actual") + ["not"] * (event["polarity"] == "negated")
    return f"({', '.join(map(plain, marks))}) " if marks else ""


def _side(actors: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(plain(a["code"] or a["name"]) for a in actors) or "?"


def _clipped(evidence: Mapping[str, Any], trigger: Mapping[str, Any], style: str, width: int) -> Text:
    """The evidence, cut to so many columns around its trigger."""
    words, at = evidence["text"], trigger["start"] - evidence["start"]
    room = max(LEAST, width - 2)  # two marks of what is cut off
    first = max(0, min(at - room // 2, len(words) - room))
    text = Text(plain(words).replace("\n", " "))
    text.stylize(f"reverse {style}", at, at + len(trigger["text"]))
    return Text.assemble("…" if first else "", text[first : first + room], "…" if first + room < len(words) else "")


def _quote_line(body: Mapping[str, Any], width: int) -> Text:
    speaker, quote = body["speaker"], body["quote"]
    spoken = speaker["name"] if speaker else (quote["speaker_text"] or {}).get("text", "?")
    words = plain(quote["text"]).replace("\n", " ")
    line = Text.assemble((f"{'quote':{KIND}} ", "blue"), (plain(spoken), "bold"), ": ")
    return line.append(words[: max(LEAST, width - len(line))], style="italic")


def _article_line(body: Mapping[str, Any], width: int) -> Text:
    counts = ", ".join(f"{len(body[name])} {name}" for name in ("events", "quotes", "materiel"))
    title = plain(body["article"]["title"] or body["article"]["id"])
    return Text.assemble(f"{'article':{KIND}} ", (title[: max(LEAST, width - KIND - len(counts))], "bold"), "  ", counts)


def _dead_line(body: Mapping[str, Any], width: int) -> Text:
    line = Text.assemble((f"{'dead':{KIND}} ", "red"), (plain(f"{body['stage']}: {body['reason']}  "), "bold"))
    return line.append(plain(body["message"])[: max(LEAST, width - len(line))])


_LINES = {"events": _event_line, "quotes": _quote_line, "articles": _article_line, "dead": _dead_line}


# ---------------------------------------------------------------- summaries


def tally(counts: Tally, seconds: float) -> RenderableType:
    """What a run came to."""
    table = _table("", "", "")
    table.title, table.show_header = None, False
    rows = {
        "articles": str(counts.articles),
        "events": _by(counts.events),
        "reports": _by(counts.reports),
        "quotes": str(counts.quotes),
        "materiel": str(counts.materiel),
        "rejected": _by(counts.rejected),
        "seconds": f"{seconds:.1f}",
    }
    for name, value in rows.items():
        table.add_row(Text(name, style="bold"), Text(plain(value)))
    return table


def _by(counts: Mapping[str, int]) -> str:
    kinds = ", ".join(f"{kind} {n}" for kind, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    return f"{sum(counts.values())} ({kinds})" if counts else "0"


def reasons(counts: Mapping[str, int]) -> str:
    """One line that accounts for all: `12 read: 9 new, 2 seen, 1 rejected (empty)`."""
    order = sorted(counts.items(), key=lambda item: (item[0].startswith("rejected"), -item[1]))
    parts = ", ".join(f"{n} {_outcome(name)}" for name, n in order)
    return f"{sum(counts.values())} read" + (f": {parts}" if parts else ": nothing there")


_OUTCOMES = {
    "duplicate": "seen",
    "duplicate_of": "seen under another id",
    "pending": "waiting already",
    "shrunk": "shorter than the text that is known",
    "forgotten": "not wanted any more",
}


def _outcome(name: str) -> str:
    kind, _, reason = name.partition(":")
    return f"{kind} ({plain(reason)})" if reason else _OUTCOMES.get(name, name)


def check(found: Check) -> Text:
    """One line of `newsworker doctor`."""
    mark, style = {True: ("ok", "green"), False: ("FAILED", "bold red"), None: ("-", "dim")}[found.ok]
    return Text.assemble((f"{mark:8}", style), (f"{found.name:10}", "bold"), plain(found.said))


def status(found: Status) -> RenderableType:
    """All that `newsworker status` knows."""
    table = _table("", "", "")
    table.title, table.show_header = None, False
    queues = ", ".join(f"{name} {n}" for name, n in found.queues.items())
    ledger = ", ".join(f"{name} {n}" for name, n in found.ledger.items())
    rows = {
        "redis": found.redis,
        "workers": ", ".join(found.workers) or "none answers: newsworker run, or celery -A worker worker, starts them",
        "messages waiting": f"{queues}, in hand {found.unacknowledged}",
        "unfinished": ledger,
        **{stream.name: _stream(stream) for stream in found.streams},
        "rejected": _by(found.dead),
        "since the start": ", ".join(f"{name} {n}" for name, n in sorted(found.counts.items())) or "nothing yet",
        "sources": _by(found.sources),
        "next polls": ", ".join(f"{row.name} {row.next:%H:%M}" for row in found.next_polls if row.next) or "none",
        **({"network": f"ours is down since {found.outage:%H:%M} UTC; no source is blamed"} if found.outage else {}),
    }
    for name, value in rows.items():
        table.add_row(Text(plain(name), style="bold"), Text(plain(value)))
    return table


def _stream(stream: Stream) -> str:
    groups = "; ".join(f"group {g.name}: lag {g.lag}, not acknowledged {g.pending}" for g in stream.groups)
    return f"{stream.length} entries" + (f"; {groups}" if groups else "")


class Live:
    """What `run` and `demo` show while they work; with `as_json` the records go to standard output, the rest besides."""

    def __init__(self, *, as_json: bool = False) -> None:
        self._json = as_json
        self._out, self._err = console(), console(stderr=True)

    def entry(self, found: Entry) -> None:
        """An event, or what was given up, in one line."""
        if self._json:
            print(found.line(), flush=True)  # noqa: T201  this is the output
        elif found.stream in {"events", "dead"}:
            print_entry(self._out, found)

    def note(self, text: str) -> None:
        """A remark of ours."""
        self._err.print(Text(plain(text), style="dim"))

    def accepted(self, place: str, counts: Mapping[str, int]) -> None:
        """What became of the documents of a place."""
        self.note(f"{place}: {reasons(counts)}")

    def log(self, child: str, line: str) -> None:
        """What a child warns of."""
        if said := warning(line):
            self._err.print(Text.assemble((f"{child}: ", "yellow"), plain(said)))

    def summary(self, counts: Tally, seconds: float) -> None:
        """The end."""
        (self._err if self._json else self._out).print("", tally(counts, seconds))
