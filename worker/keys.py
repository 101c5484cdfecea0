"""Every Redis key, with its reason and its lifetime; one prefix, so that one slot of a cluster can hold them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Stage = Literal["fetch", "extract"]

# Queue names are Celery's; under `celery_prefix` they are lists.
QUEUES: tuple[Stage, ...] = ("fetch", "extract")
# What fetch workers do besides. Queues are served in turns, so none of it waits behind a backlog of pages: neither a look at
# what is due, nor the polls, whose feeds forget entries that nobody reads in time.
ERRANDS = ("schedule", "poll")


@dataclass(frozen=True)
class Keys:
    """Key names under a prefix; on Redis Cluster the prefix is `{news}:`."""

    prefix: str = "news:"

    @property
    def events(self) -> str:
        """Stream of event records; trimmed by age and length."""
        return f"{self.prefix}events"

    @property
    def quotes(self) -> str:
        """Stream of quote records; trimmed by age and length."""
        return f"{self.prefix}quotes"

    @property
    def articles(self) -> str:
        """Stream of whole extractions; trimmed by age and length."""
        return f"{self.prefix}articles"

    @property
    def dead(self) -> str:
        """Stream of what was given up, with reasons; trimmed by length only."""
        return f"{self.prefix}dead"

    def stream(self, name: str) -> str:
        """The stream of a record kind."""
        return f"{self.prefix}{name}"

    def ledger(self, stage: Stage) -> str:
        """Sorted set, article id -> when its lease ends (ms). Unfinished work; lives until done or dead."""
        return f"{self.prefix}ledger:{stage}"

    @property
    def attempts(self) -> str:
        """Hash, `stage:article id` -> how often work on it was begun; a field lives as long as its ledger entry."""
        return f"{self.prefix}attempts"

    def document(self, article: str) -> str:
        """Hash, the claim check: stage -> what its task works on (JSON), with `stage:revision` and `stage:error`.

        A stage's fields are deleted when it is done, and kept for `retention` when it is dead.
        """
        return f"{self.prefix}doc:{article}"

    def seen(self, article: str) -> str:
        """Hash, latest digest and revision of an article id, a stage each; what makes a second delivery a no-op.

        Summaries have a digest for each source. `about` (JSON) is where the article came from and which story it is of;
        `forgotten` is set for what a person does not want to see again.
        Expires `retention` after it was last offered, so that what stays in a feed for ever is never new again.
        """
        return f"{self.prefix}seen:{article}"

    def name(self, name: str) -> str:
        """String, digest of a name (guid, address, wording of a text) -> id of the article that has it.

        Whatever an article is offered under finds it, and the same text is not extracted again. Expires `retention` after
        the article was last offered under it.
        """
        return f"{self.prefix}name:{name}"

    def trust(self, source: str) -> str:
        """String (JSON), how many of a source's guids and addresses were checked, and how many named two articles.

        Expires `retention` after the source was last read.
        """
        return f"{self.prefix}trust:{source}"

    def text(self, mark: str) -> str:
        """String (bytes), an article's latest text, compressed, with what is said of it in front, and how it is filed.

        For what a revision changes, and for other wordings of the same story. Taken out as others come, `story_days` after it
        came or when it is the oldest of more than `stories_max`. It does not expire: it says where it is filed.
        """
        return f"{self.prefix}text:{mark}"

    @property
    def texts(self) -> str:
        """Sorted set, mark of an article -> when its latest text came (ms); at most `stories_max`."""
        return f"{self.prefix}texts"

    @property
    def band(self) -> str:
        """Before the number of a shard: hash, part of a text's MinHash -> marks of the latest articles that have it.

        A field lives until the last of its texts is forgotten.
        """
        return f"{self.prefix}band:"

    def source(self, name: str) -> str:
        """Hash: what the schedule knows of a source; `held` is until when its server asked us to wait (ms).

        Lives as long as the source is polled; when it is taken out of the file, it expires after `retention`.
        """
        return f"{self.prefix}source:{name}"

    def feed(self, name: str) -> str:
        """String (JSON), what is remembered of a source's feed: validators, digest, redirects, entries; 60 kB at most.

        Saved when the entries of a poll are accepted, never before. Lives as long as the source is polled: it expires
        90 days after its last poll, and losing it costs one unconditional request.
        """
        return f"{self.prefix}feed:{name}"

    def unread(self, name: str) -> str:
        """String (base64 of zlib), the last answer of a source that could not be read, its first 256 KiB, for a person.

        Expires after 7 days, or when the source can be read again.
        """
        return f"{self.prefix}unread:{name}"

    def taken(self, source: str) -> str:
        """String, new articles of a source since a day began; expires with the day."""
        return f"{self.prefix}taken:{source}"

    def fetches(self, name: str) -> str:
        """List (JSON), the last polls of a source, newest first; bounded, and lives as long as `source`."""
        return f"{self.prefix}fetches:{name}"

    @property
    def schedule(self) -> str:
        """Sorted set, source name -> when it is polled next (ms). Those that are out to be polled are in `claims`."""
        return f"{self.prefix}schedule"

    @property
    def claims(self) -> str:
        """Sorted set, source name -> when it counts as lost (ms): told to a scheduler, and its poll not settled."""
        return f"{self.prefix}claims"

    @property
    def running(self) -> str:
        """Sorted set, source name -> until when no second poll of it may begin (ms)."""
        return f"{self.prefix}running"

    @property
    def begun(self) -> str:
        """Hash, source name -> polls begun since the last that was settled: more than one were killed."""
        return f"{self.prefix}begun"

    @property
    def enrolled(self) -> str:
        """String, digest of the list of sources that is on the schedule; lives for ever, in 32 bytes."""
        return f"{self.prefix}enrolled"

    @property
    def network(self) -> str:
        """Hash: since when our own network is down, and when it is probed next (ms); absent while it is up."""
        return f"{self.prefix}network"

    @property
    def unreached(self) -> str:
        """Sorted set, host -> when it was not reached last (ms); expires within minutes."""
        return f"{self.prefix}unreached"

    @property
    def reached(self) -> str:
        """Sorted set, host -> when it was reached last (ms); expires within minutes."""
        return f"{self.prefix}reached"

    @property
    def suspects(self) -> str:
        """Sorted set, source name -> when it was charged with a host that was not reached (ms); expires within minutes."""
        return f"{self.prefix}suspects"

    def host(self, name: str) -> str:
        """Hash, times (ms) of a host: its next request and its last, the turn of who waits longest, until when it is on hold.

        Besides how far apart its requests are, as the last one had it (ms). Expires soon after the latest of them.
        """
        return f"{self.prefix}host:{name}"

    def slots(self, host: str) -> str:
        """Sorted set, requests on their way to a host -> when they are over at the latest (ms). Expires with the last."""
        return f"{self.prefix}slots:{host}"

    def strikes(self, host: str) -> str:
        """Set, hashes of the feeds of a host that were told to wait; when there are several, the host is meant.

        Expires an hour after the last.
        """
        return f"{self.prefix}strikes:{host}"

    def robots(self, origin: str) -> str:
        """String (JSON, compressed: some KB, at most 500), robots.txt and tdmrep.json of a site.

        Asked for again after a day; expires after a week.
        """
        return f"{self.prefix}robots:{origin}"

    def sites(self, size: str) -> str:
        """Sorted set, site -> when its robots.txt was tried last, those with large files and the others; bounded in number.

        Expires a week after the last.
        """
        return f"{self.prefix}sites:{size}"

    def happening(self, event: str) -> str:
        """String (JSON), what the first report of an event said and which articles report it.

        Expires `happening_days` after its last report.
        """
        return f"{self.prefix}happening:{event}"

    def shelf(self, name: str) -> str:
        """Set, ids of the happenings of a day with the same type and parties, or the same town. Expires with them."""
        return f"{self.prefix}shelf:{name}"

    @property
    def happenings(self) -> str:
        """Sorted set, event id -> time of its last report (ms); at most `happenings_max`, the oldest are forgotten."""
        return f"{self.prefix}happenings"

    def reports(self, article: str) -> str:
        """Hash, event id -> the stream entry in which the article reported it last; for revisions. Expires with them."""
        return f"{self.prefix}reports:{article}"

    @property
    def counts(self) -> str:
        """Hash of counters since the beginning; lives for ever.

        accepted, duplicate, shrunk and forgotten (worker.ledger.Outcome), published, dead, `rejected:<reason>` (why the dead
        are dead), coded, mentioned, unmentioned and retracted (records of events), and trim_held: how often a stream was
        not trimmed because a consumer group had not read its oldest entries.
        """
        return f"{self.prefix}counts"

    def archive(self, digest: str) -> str:
        """String, how far an archive was taken in, by the digest of its beginning. Expires `retention` after it was read.

        By then its articles are forgotten too.
        """
        return f"{self.prefix}archive:{digest}"

    @property
    def celery_prefix(self) -> str:
        """Prefix of Celery's own keys: queues, bindings, unacknowledged messages."""
        return f"{self.prefix}celery:"
