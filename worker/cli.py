"""The commands. Each is thin: it reads its arguments, calls the functions that do the work, and says what came of it."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from worker.commands import FAILED, JSON, NOTHING, complain, connected, given, located
from worker.commands.articles import forget, replay
from worker.commands.dead import dead
from worker.commands.feeds import feeds
from worker.commands.poll import poll
from worker.errors import NewsworkerError
from worker.settings import Settings

if TYPE_CHECKING:
    from worker.extraction import Extractor
    from worker.model import Article, Explanation, Extraction

T = TypeVar("T")

INTERRUPTED = 130
# Enough for the model to work in full batches, few enough to keep memory flat.
BATCH = 32
# Answers stop being read: the shell's `head`, a pager that was left.
BROKEN_PIPE = 141

INPUTS = click.argument("inputs", nargs=-1, required=True, metavar="FILE|DIR|URL|- ...")


def main() -> None:
    """Run a command; the exit code says how it went."""
    try:
        code = newsworker.main(standalone_mode=False)
    except click.exceptions.Abort:
        code = INTERRUPTED
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except NewsworkerError as error:
        complain(error)
        code = error.exit_code
    except BrokenPipeError:
        sys.stdout = None  # nobody is left to flush for
        code = BROKEN_PIPE
    sys.exit(code)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="newsworker", message="newsworker %(version)s")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Settings, instead of config/newsworker.toml.")
@click.pass_context
def newsworker(context: click.Context, config: Path | None) -> None:
    """News in, structured political events out.

    Exit codes: 0 done, 1 failed, 2 usage, 3 nothing found, 69 no Redis answers, 78 bad configuration, 130 Ctrl-C.
    """
    context.obj = config


# ---------------------------------------------------------------- without a broker


@newsworker.command()
@click.argument("inputs", nargs=-1, required=True, metavar="FILE|DIR|- ...")
@JSON
@click.option("--jsonl", is_flag=True, help='Each line in is {"id", "text", "title"?, "published"?, "url"?, "language"?}.')
@click.option(
    "--explain", is_flag=True, help="Tell which rule or model decided on each event, and why other triggers gave none."
)
@click.pass_context
def extract(context: click.Context, inputs: tuple[str, ...], as_json: bool, jsonl: bool, explain: bool) -> int:
    """Show the events, quotes and actors in articles.

    Needs no broker.

    With --json --jsonl one extraction object a line, in the order of the lines; a line that cannot be read gives
    {"id": ..., "error": ...} in its place and exit code 1 at the end.
    """
    settings = given(context)
    if jsonl:
        if explain or not as_json:
            message = "--jsonl gives extraction objects as JSON lines only: add --json, leave out --explain"
            raise click.UsageError(message)
        return _extract_lines(inputs, settings)
    counts: Counter[str] = Counter()
    good = _told(_articles(inputs, settings), counts)
    for found in _explanations(good, settings) if explain else _extractions(good, settings):
        if as_json:
            click.echo(found.model_dump_json())
        else:
            _show(found)
    return _account(counts)


def _show(found: Extraction | Explanation) -> None:
    from worker import show

    show.console().print(show.document(found), "")


def _extract_lines(inputs: Iterable[str], settings: Settings) -> int:
    from worker import arguments

    extractor: Extractor | None = None
    failed = False
    for place in inputs:
        with _opened(place) as file:
            extractor = extractor or _extractor(settings)
            for batch in _batches(arguments.lines(file, settings)):
                readable = [item for _, item in batch if not isinstance(item, NewsworkerError)]
                found = iter(_extract_all(extractor, readable))
                for name, item in batch:
                    answer = item if isinstance(item, NewsworkerError) else next(found)
                    failed = failed or isinstance(answer, NewsworkerError)
                    click.echo(_answer(name, answer))
    return FAILED if failed else 0


def _answer(name: str | None, answer: Extraction | NewsworkerError) -> str:
    if isinstance(answer, NewsworkerError):
        return json.dumps({"id": name, "error": answer.message}, ensure_ascii=False)
    return answer.model_dump_json()


def _extract_all(extractor: Extractor, articles: list[Article]) -> list[Extraction | NewsworkerError]:
    """An answer for each; one article that is refused does not spoil its batch."""
    try:
        return list(extractor.extract_many(articles))
    except NewsworkerError:
        return [_extract_one(extractor, article) for article in articles]


def _extract_one(extractor: Extractor, article: Article) -> Extraction | NewsworkerError:
    try:
        return extractor.extract(article)
    except NewsworkerError as error:
        return error.at(article=article.id)


def _extractor(settings: Settings) -> Extractor:
    from worker.extraction import Extractor

    return Extractor.load(settings.pipeline, settings.ontology_files)


def _extractions(articles: Iterable[Article], settings: Settings) -> Iterator[Extraction]:
    extractor: Extractor | None = None
    for batch in _batches(articles):
        extractor = extractor or _extractor(settings)
        yield from extractor.extract_many(batch)


def _explanations(articles: Iterable[Article], settings: Settings) -> Iterator[Explanation]:
    extractor: Extractor | None = None
    for article in articles:
        extractor = extractor or _extractor(settings)
        yield extractor.explain(article)


def _opened(place: str) -> IO[bytes]:
    try:
        return sys.stdin.buffer if place == "-" else Path(place).open("rb")
    except OSError as error:
        raise click.FileError(place, hint=error.strerror) from None


@newsworker.command()
@INPUTS
@JSON
@click.option("--base-url", metavar="URL", help="Where a local file came from: what its links are relative to.")
@click.option("--content-type", metavar="TYPE", help="What the server said that it was, such as text/html; charset=...")
@click.pass_context
def read(context: click.Context, inputs: tuple[str, ...], as_json: bool, base_url: str | None, content_type: str | None) -> int:
    """Show what the sources make of their input.

    No broker, no extraction: files, folders, addresses, standard input. Articles in all languages, and summaries as
    they are, without what stands at their addresses.
    """
    from worker import arguments

    settings = given(context)
    counts: Counter[str] = Counter()
    found = (arguments.articles(place, settings, content_type, base_url, drafts=True) for place in inputs)
    good = _told(chain.from_iterable(found), counts)
    if as_json:
        for article in good:
            click.echo(article.model_dump_json())
    else:
        from worker import show

        table = show.articles(good)
        if table.row_count:
            show.console().print(table)
    return _account(counts)


def _articles(inputs: Iterable[str], settings: Settings) -> Iterator[Article | NewsworkerError]:
    from worker import arguments

    for place in inputs:
        yield from arguments.articles(place, settings)


def _told(items: Iterable[T | NewsworkerError], counts: Counter[str]) -> Iterator[T]:
    """The good ones; of the others, one line each on standard error. All are counted."""
    for item in items:
        if isinstance(item, NewsworkerError):
            complain(item)
            counts[f"rejected:{item.reason}"] += 1
        else:
            counts["articles"] += 1
            yield item


def _account(counts: Counter[str]) -> int:
    """Say what became of what was read; the exit code that goes with it."""
    from worker import show

    click.echo(show.reasons(counts), err=True)
    if not counts:
        return NOTHING
    return FAILED if any(name.startswith("rejected") for name in counts) else 0


@newsworker.command()
@click.option("--write", "folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Write the files.")
def schema(folder: Path | None) -> int:
    """Print or write the JSON Schema of the records.

    One for every stream, and an AsyncAPI document.
    """
    from worker import schema as schemas

    if folder:
        for path in schemas.write(folder):
            click.echo(path)
    else:
        click.echo(json.dumps({name: json.loads(text) for name, text in schemas.documents().items()}, indent=1))
    return 0


@newsworker.command()
@JSON
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> int:
    """Check this installation, say what is missing."""
    from worker import doctor as checks
    from worker import show

    results = []
    for check in checks.examine(lambda: given(context)):
        results.append(check)
        click.echo(json.dumps(check._asdict())) if as_json else show.console().print(show.check(check))
    return FAILED if any(check.ok is False for check in results) else 0


# ---------------------------------------------------------------- with a broker


@newsworker.command()
@JSON
@click.pass_context
def run(context: click.Context, as_json: bool) -> int:
    """Run the service until Ctrl-C, events live.

    Embedded server, workers and scheduler; seeds are read once, feeds are polled.
    Ctrl-C or SIGTERM ends it in order, with a summary and exit code 0.
    """
    from worker import service, show

    service.run(given(context), show.Live(as_json=as_json))
    return 0


@newsworker.command()
@JSON
@click.pass_context
def demo(context: click.Context, as_json: bool) -> int:
    """Run the service over seeds/ once, and sum up."""
    from worker import service, show

    return 0 if service.demo(given(context), show.Live(as_json=as_json)) else FAILED


@newsworker.command()
@INPUTS
@click.pass_context
def enqueue(context: click.Context, inputs: tuple[str, ...]) -> int:
    """Hand documents to the running workers.

    Files, folders, addresses or standard input, in every format that `read` reads.
    """
    from worker import service

    settings = located(context)
    counts: Counter[str] = Counter()
    for place in inputs:
        counts += service.ingest(place, settings, complain)
    return _account(counts)


@newsworker.command()
@click.argument("streams", nargs=-1, type=click.Choice(["events", "quotes", "articles", "dead"]), metavar="[STREAM]...")
@click.option("--from-start", is_flag=True, help="Begin with the oldest entry that is kept.")
@click.option("--count", type=click.IntRange(min=1), metavar="N", help="End after N entries.")
@JSON
@click.pass_context
def tail(context: click.Context, streams: tuple[Any, ...], from_start: bool, count: int | None, as_json: bool) -> int:
    """Follow the streams: what comes out.

    STREAM is events (if none is named), quotes, articles or dead. In a pipe JSON lines are the default.
    """
    from worker import show
    from worker.redis import reaching
    from worker.tail import Follower

    settings = located(context)
    as_json = as_json or not sys.stdout.isatty()
    console = show.console()
    with reaching(settings), connected(settings) as client:
        follower = Follower(client, settings.keys, streams or ("events",))
        if not from_start:
            follower.skip()
        for entry in islice(_forever(follower), count):
            if as_json:
                click.echo(entry.line())
                sys.stdout.flush()
            else:
                show.print_entry(console, entry)
    return 0


@newsworker.command()
@JSON
@click.pass_context
def status(context: click.Context, as_json: bool) -> int:
    """Show queues, streams, dead letters, workers."""
    from worker import show
    from worker.redis import reaching
    from worker.status import gather

    settings = located(context)
    with reaching(settings), connected(settings) as client:
        found = gather(client, settings)
    click.echo(found.model_dump_json()) if as_json else show.console().print(show.status(found))
    return 0


def _forever(follower: Any) -> Iterator[Any]:
    while True:
        yield from follower.read()


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch


for _command in (feeds, poll, dead, forget, replay):
    newsworker.add_command(_command)
