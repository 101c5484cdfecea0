"""What the workers do with an id: fetch or extract, publish, and settle it in the ledger, whatever goes wrong.

Each article ends in one of two places, the streams or the dead letters. Until then it stands in the ledger, and an
attempt is counted before each start, so that an article that kills its process comes to an end too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence

from worker.acceptance import Acceptance, Work
from worker.errors import NewsworkerError, Rejected, Retryable
from worker.extraction import Extractor
from worker.http import Access
from worker.http.politeness import BUSY, PoliteClient
from worker.intake import ADDRESS, PART, TOO_MANY, Intake, Send, now, own_pages, read_all
from worker.keys import QUEUES, Stage
from worker.ledger import Claim, Ledger, Outcome
from worker.model import Article, Document
from worker.pipeline import dead_letter, run
from worker.record import Sink
from worker.redis import UNREACHABLE
from worker.schedule.health import UNREACHED
from worker.settings import Settings
from worker.sinks.redis_streams import FULL
from worker.sources import Payload, links, sniff
from worker.text import complete, to_article, without_page

log = logging.getLogger(__name__)

# What may work later is tried after a lease (1.5 min), then after 16 (24 min): that rides out most failures of a site.
BACK_OFF = 16
# Lost work brought back at once, a stage: a few seconds' work. When it is done, the next tick brings the rest.
LOST_LIMIT = 500


def _nothing(_: Document) -> None:
    """What a request carries that needs no more than anybody's."""


class Delivery:
    """Works on ids. `extractor` gives the extractor when it is first needed; `is_cut_off` says whether our network is down."""

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        sink: Sink,
        send: Send,
        extractor: Callable[[], Extractor],
        is_cut_off: Callable[[], bool] = lambda: False,
    ) -> None:
        self._settings, self._ledger, self._sink, self._send = settings, ledger, sink, send
        self._extractor, self._is_cut_off = extractor, is_cut_off
        self._intake, self._acceptance = Intake(ledger, settings, send), Acceptance(ledger)

    def extract(self, ids: Sequence[str]) -> None:
        """Extract and publish articles; what fails is tried again by itself, and then given up.

        Raises what loading the extractor raises, before an attempt is counted: a broken installation is no fault of the
        articles, and must not send them all to the dead letters.
        """
        extractor = self._extractor()
        claims = self._begin("extract", self._untried(ids))
        if not claims:
            return
        try:
            articles = [_article(claim) for claim in claims]
            done = run(articles, extractor, self._sink, now())
        except UNREACHABLE:
            raise  # nothing can be noted now; the ledger still has them all
        except Exception as error:  # noqa: BLE001  a bug that one article brings out must not harm its neighbours
            self._failed_together(claims, error)
            return
        published = {article.id for article, _ in done}
        for claim in claims:
            if claim.id in published:
                self._ledger.finish(claim)  # a sink that knows the ledger has done so

    def fetch(self, article: str, client: PoliteClient, access: Callable[[Document], Access | None] = _nothing) -> None:
        """Complete a summary from its page and pass it on to extraction, or take in what lies at an address.

        `access` gives what the request for a document carries.
        """
        for claim in self._begin("fetch", [article]):
            try:
                document = Document.model_validate_json(claim.payload)
                step = self._visit if claim.id.startswith(ADDRESS) else self._complete
                step(claim, document, client, access(document))
            except UNREACHABLE:
                raise
            except Exception as error:  # noqa: BLE001  as above
                self._failed(claim, error)

    def reconcile(self) -> dict[Stage, int]:
        """Send again the ids whose messages were lost; how many, by stage."""
        found: dict[Stage, int] = {}
        for stage in QUEUES:
            ids = self._ledger.lost(stage, LOST_LIMIT)
            for start in range(0, len(ids), self._settings.chunk):
                self._send(stage, ids[start : start + self._settings.chunk])
            found[stage] = len(ids)
        return found

    def _untried(self, ids: Sequence[str]) -> Sequence[str]:
        """Of several, those never begun; the others go on alone, so that the one that kills takes none with it."""
        if len(ids) < 2:
            return ids
        tried = self._ledger.tried("extract", ids)
        self._send_alone([name for name in ids if name in tried])
        return [name for name in ids if name not in tried]

    def _begin(self, stage: Stage, ids: Sequence[str]) -> list[Claim]:
        claims = []
        for name in ids:
            claim = self._ledger.claim(stage, name)
            if claim and claim.exhausted:
                self._give_up(claim._replace(attempts=claim.attempts - 1), claim.error or _KILLED)
            elif claim:
                claims.append(claim)
        return claims

    def _complete(self, claim: Claim, document: Document, client: PoliteClient, access: Access | None) -> None:
        try:
            whole = complete(document, client, access)
        except Retryable as error:
            summary = without_page(document)
            if summary is None or claim.attempts < self._settings.attempts or self._is_not_its_fault(error):
                raise
            whole = summary  # as it is for a page that is missing for good
        article = to_article(whole, self._settings)
        work = Work(article, given=document.id is not None, pages=own_pages(whole), claim=claim)
        (taken,) = self._acceptance.take([work])
        if taken.accepted.outcome is Outcome.NEW:
            self._send("extract", [taken.id])

    def _visit(self, claim: Claim, document: Document, client: PoliteClient, access: Access | None) -> None:
        # Somebody gave us this very address: that is no crawl, and robots.txt is not asked.
        answer = client.get(document.url or "", access=access, robots=False)
        kind = answer.headers.get("content-type")
        payload = Payload(answer.body, answer.url, kind, answer.url, document.source, document.language)
        parts = () if claim.id.startswith(PART) else links(payload)
        if parts:
            self._intake.links(parts, document.source, document.language)
        else:
            opt_outs = client.opt_outs(answer) if sniff(payload) == "html" else ()
            self._take_in(document.source, list(_reserved(read_all(payload, self._settings), opt_outs)))
        self._ledger.finish(claim)

    def _take_in(self, source: str | None, found: Sequence[Document | Rejected]) -> None:
        """A part of a source counts as the source does; what a person handed in is wanted, however much it is."""
        if source is None:
            self._intake.documents(found)
            return
        _, late = self._intake.brought(source, found)
        if late:
            log.warning("source %s: %d articles are left out: %s", source, late, TOO_MANY)

    def _failed_together(self, claims: Sequence[Claim], error: Exception) -> None:
        if isinstance(error, Retryable) and error.reason == FULL:
            log.warning("%s", error)
            for claim in claims:
                self._ledger.defer(claim, self._settings.lease_seconds, error.message, forget=True)
        elif len(claims) > 1:
            left = self._ledger.tried("extract", [claim.id for claim in claims])
            log.warning("%d articles will be tried one by one: one of them failed: %s", len(left), _words(error))
            self._send_alone([claim.id for claim in claims if claim.id in left])
        else:
            self._failed(claims[0], error)

    def _failed(self, claim: Claim, error: Exception) -> None:
        if isinstance(error, Rejected):
            log.warning("%s: rejected: %s", claim, error)
            self._bury(claim, error)
        elif isinstance(error, Retryable) and self._is_not_its_fault(error):
            log.debug("%s: %s", claim, error)
            self._ledger.defer(claim, error.retry_after or self._settings.lease_seconds, error.message, forget=True)
        elif claim.attempts >= self._settings.attempts:
            self._give_up(claim, _words(error))
        else:
            # A bug or a time limit comes again at once; a site that is busy wants time.
            patient = isinstance(error, Retryable)
            delay = self._settings.lease_seconds * BACK_OFF ** (claim.attempts - 1) if patient else 0
            delay = max(delay, getattr(error, "retry_after", None) or 0)
            log.warning("%s: %s; again in %.0f s", claim, _words(error), delay, exc_info=None if patient else error)
            self._ledger.defer(claim, delay, _words(error))

    def _is_not_its_fault(self, error: Retryable) -> bool:
        """Whether nothing was tried: its host has no room for it now, or nothing can be reached from here."""
        return error.reason == BUSY or (error.reason in UNREACHED and self._is_cut_off())

    def _give_up(self, claim: Claim, why: str) -> None:
        message = f"given up after {claim.attempts} attempts; at the last: {why}"
        log.error("%s: %s", claim, message)
        self._bury(claim, Rejected(message, stage=claim.stage, reason="attempts"))

    def _bury(self, claim: Claim, error: NewsworkerError) -> None:
        known = _known(claim)
        name = None if claim.id.startswith(ADDRESS) else claim.id
        error = error.at(article=name, stage=claim.stage, url=known.get("url"), source=known.get("source"))
        self._ledger.bury(claim, dead_letter(error, now(), claim.attempts))

    def _send_alone(self, ids: Sequence[str]) -> None:
        for name in ids:
            self._send("extract", [name])


def _reserved(found: Iterable[Document | Rejected], opt_outs: tuple[str, ...]) -> Iterator[Document | Rejected]:
    """The documents of a page, with what its owner reserves it from."""
    return (item if isinstance(item, Rejected) else item.model_copy(update={"opt_outs": opt_outs}) for item in found)


_KILLED = "its process was killed, or ran out of memory or time"


def _article(claim: Claim) -> Article:
    article = Article.model_validate_json(claim.payload)
    return article.model_copy(update={"id": claim.id, "revision": claim.revision})


def _known(claim: Claim) -> dict[str, str]:
    """What the document says of its place; nothing if it cannot be read."""
    try:
        found = json.loads(claim.payload)
    except ValueError:
        return {}
    return {name: found[name] for name in ("url", "source") if found.get(name)}


def _words(error: Exception) -> str:
    return error.message if isinstance(error, NewsworkerError) else f"{type(error).__name__}: {error}"
