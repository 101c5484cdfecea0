"""What an article that is offered is: one that is known, by whichever of its names; a revision of it; a copy of another.

Everything is looked up first, decided here, and written by the ledger in one step, which is done anew if anything that
the decision rests on has changed meanwhile: of two copies that come at the same moment, the second joins the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from worker.dedupe import ID_CHARS, Kind, article_id, digest, names, revisions, squeezed, stories
from worker.dedupe.archive import MOST_CANDIDATES, About, Kept, mark, pack
from worker.dedupe.stories import Features
from worker.errors import Retryable
from worker.ledger import Accepted, Claim, Filing, Ledger, Offer, Outcome
from worker.model import Article, Document, TextChange

# Each time that a step is done anew another article was accepted; so many at once are more than a server has clients.
TRIES = 200
# An article that moved to another address has so much of its phrases still; one that took over a guid has not.
MOVED = 0.3
# An address with another guid and another headline that keeps less of its text is one that shows the latest article.
REUSED = 0.1
# What joins a story by one of its texts must have so much in common with its first: two items of a digest have nothing.
LINKED = 0.2
# Addresses and guids that are remembered of an article; more are of a feed that changes them at each poll.
MOST_NAMES = 8
NOBODY: frozenset[Kind] = frozenset()


@dataclass
class Work:
    """What is offered: an article to be extracted, or a document whose text is to be fetched.

    `given`: its id is the sender's own; `doubted`: names that its source gets wrong; `pages`: addresses that its page says
    are its own; `claim`: the work of fetching that it came of.
    """

    item: Article | Document
    given: bool = False
    doubted: frozenset[Kind] = NOBODY
    pages: tuple[str, ...] = ()
    claim: Claim | None = None
    names: dict[Kind, tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        kinds = [kind for kind in (Kind.URL, Kind.GUID) if kind not in self.doubted]
        if not kinds and Kind.TITLE not in self.doubted:
            kinds = [Kind.TITLE]
        self.names = {kind: names(self.item, kind, self.pages) for kind in kinds}

    @property
    def source(self) -> str:
        """The source's name."""
        return self.item.source or ""

    @cached_property
    def all_names(self) -> list[str]:
        """Everything that it may be known under, but for its text."""
        return [name for found in self.names.values() for name in found]

    @cached_property
    def wording(self) -> str:
        """What tells its text from another one."""
        if isinstance(self.item, Article):
            return revisions.wording(self.item.title, self.item.text)
        return digest(self.item.title, self.item.content)

    @cached_property
    def features(self) -> Features:
        """What of its text is compared."""
        return Features(self.item.text if isinstance(self.item, Article) else "")

    @cached_property
    def bands(self) -> bytes:
        """Under what its text is filed."""
        return stories.bands(self.features)

    @cached_property
    def title(self) -> str:
        """Its headline, as it is remembered."""
        return digest(None, squeezed(self.item.title).casefold())[:ID_CHARS] if self.item.title else ""


class Taken(NamedTuple):
    """What became of a work: the id of its article, the outcome, and which of its names turned out to be another's."""

    id: str
    accepted: Accepted
    bad: frozenset[Kind]


class Known(NamedTuple):
    """What was found about a work: who has its names ("": nobody), who its wording, and which texts may be like it."""

    owners: Mapping[str, str]
    author: str
    marks: Sequence[str]


class Acceptance:
    """Takes works into the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._archive = ledger, ledger.archive

    def take(self, works: Sequence[Work]) -> list[Taken]:
        """Decide about works and take them in, all in a few round trips. Raises Retryable if others are always faster."""
        taken: dict[int, Taken] = {}
        marks: dict[int, Sequence[str]] = dict.fromkeys(range(len(works)), ())
        left = list(marks)
        for _ in range(TRIES):
            taken |= zip(left, self._try([works[n] for n in left], [marks[n] for n in left]), strict=True)
            left = [n for n in left if taken[n].accepted.outcome is Outcome.AGAIN]
            if not left:
                return [taken[n] for n in range(len(works))]
            marks |= {n: _likely(taken[n].accepted.other.split(), marks[n]) for n in left}
        message = "too many articles were accepted at the same moments; it is tried again by itself"
        raise Retryable(message, stage="accept", reason="contended")

    def _try(self, works: Sequence[Work], marks: Sequence[Sequence[str]]) -> list[Taken]:
        owners = self._archive.owners([[*work.all_names, work.wording] for work in works])
        known = [
            Known(dict(zip(work.all_names, found, strict=False)), found[-1], alike)
            for work, found, alike in zip(works, owners, marks, strict=True)
        ]
        abouts, texts = self._recall(works, known)
        reader = _Reader(texts)
        judged = [_Judge(work, found, abouts, reader) for work, found in zip(works, known, strict=True)]
        answers = self._ledger.accept_all([judge.offer() for judge in judged])
        return [Taken(judge.id, answer, judge.bad) for judge, answer in zip(judged, answers, strict=True)]

    def _recall(self, works: Sequence[Work], known: Sequence[Known]) -> tuple[dict[str, About], dict[str, Kept]]:
        """What is remembered of whoever may be the same, with the texts, and the first texts of their stories."""
        articles, marks = set[str](), set[str]()
        for work, found in zip(works, known, strict=True):
            # An id that is made of names belongs to whoever has them; one that is given need not.
            begun = work.claim.id if work.claim else ""
            owners = {*found.owners.values(), found.author, begun, (work.given and work.item.id) or ""} - {""}
            articles |= owners
            if isinstance(work.item, Article) and not found.author:
                marks |= {*found.marks[:MOST_CANDIDATES], *map(mark, owners)}
        abouts, texts = self._archive.recall(sorted(articles), sorted(marks))
        first = {mark(kept.story) for kept in texts.values()} - texts.keys()
        return abouts, texts | self._archive.recall((), sorted(first))[1]


def _likely(found: Sequence[str], before: Sequence[str]) -> Sequence[str]:
    """The marks of texts that may be alike, most often found ones in front, and behind them those that were found before."""
    often = Counter(found)
    return (*sorted(often, key=lambda name: (-often[name], name)), *before)


class _Reader:
    """Texts that are kept, by mark, each read once however many are compared with it."""

    def __init__(self, texts: Mapping[str, Kept]) -> None:
        self._texts, self._read = texts, dict[str, Features]()

    def kept(self, article: str) -> Kept | None:
        """The article's text."""
        return self._texts.get(mark(article))

    def marked(self, name: str) -> Kept | None:
        """The text with this mark."""
        return self._texts.get(name)

    def features(self, kept: Kept) -> Features:
        """What of it is compared."""
        if kept.id not in self._read:
            self._read[kept.id] = Features(kept.text)
        return self._read[kept.id]


class _Judge:
    """Decides about one work."""

    def __init__(self, work: Work, found: Known, abouts: Mapping[str, About], texts: _Reader) -> None:
        self._work, self._found, self._abouts, self._texts = work, found, abouts, texts
        self.bad: frozenset[Kind] = NOBODY
        self.id = self._identify()
        self._about = abouts.get(self.id, About())

    # ---------------------------------------------------------------- which article

    def _identify(self) -> str:
        """The id of whoever is known by the address, else by the guid, else in the same words, else a new one."""
        work = self._work
        if work.given and work.item.id:
            return work.item.id
        by_url, by_guid = self._owner(Kind.URL) or self._owner(Kind.TITLE), self._owner(Kind.GUID)
        if by_url and self._is_new_guid(by_url):
            is_other = self._is_other_text(by_url)
            self.bad |= {Kind.URL if is_other else Kind.GUID}
            by_url = None if is_other else by_url
        if by_guid and by_guid != by_url and not self._is_moved(by_guid):
            self.bad |= {Kind.GUID}
            by_guid = None
        # An address that was known only since its page was being fetched may be the new one of an older article.
        begun = work.claim.id if work.claim else None
        found = by_guid if by_guid and by_url in {None, begun} else by_url
        return found or self._same_words() or begun or self._new_id()

    def _new_id(self) -> str:
        """The id that it was read with, unless that is made of names that cannot be trusted."""
        item, without = self._work.item, self._work.doubted | self.bad
        if isinstance(item, Article) and not without & {Kind.URL, Kind.GUID}:
            return item.id
        return article_id(item, without)

    def _owner(self, kind: Kind) -> str | None:
        return next((self._found.owners[name] for name in self._work.names.get(kind, ()) if self._found.owners[name]), None)

    def _is_new_guid(self, owner: str) -> bool:
        """Whether this source has called the article otherwise so far."""
        names, about = self._work.names.get(Kind.GUID), self._abouts.get(owner)
        before = about.guids.get(self._work.source) if about else None
        return bool(names and before and before not in names) and self._owner(Kind.GUID) != owner

    def _is_other_text(self, owner: str) -> bool:
        """Whether nothing but the address is the same."""
        about = self._abouts.get(owner)
        common = self._common(owner)
        return common is not None and common < REUSED and about is not None and about.title != self._work.title

    def _is_moved(self, owner: str) -> bool:
        """Whether an article that has the guid under another address is the same."""
        about, urls = self._abouts.get(owner), self._work.names.get(Kind.URL, ())
        if about is None or not urls or not about.urls or {*urls} & {*about.urls}:
            return True
        if self._work.title and self._work.title == about.title:
            return True
        return (self._common(owner) or 0) >= MOVED

    def _common(self, owner: str) -> float | None:
        """How much of its text the article has in common with this one; None if a text is not known."""
        kept = self._texts.kept(owner)
        if kept is None or not isinstance(self._work.item, Article):
            return None
        return stories.overlap(self._work.features, self._texts.features(kept))

    def _same_words(self) -> str | None:
        """An article of the same source with the same words, which has moved without any other trace."""
        author = self._found.author
        about = self._abouts.get(author)
        return author if about and about.source == self._work.source else None

    # ---------------------------------------------------------------- what it is to others

    def offer(self) -> Offer:
        """What is to be written."""
        work = self._work
        basic = Offer(
            stage="extract" if isinstance(work.item, Article) else "fetch",
            id=self.id,
            payload="",
            digest=work.wording,
            names=self._found.owners,
            source=work.source,
            claim=work.claim,
        )
        if not isinstance(work.item, Article):
            return basic._replace(payload=work.item.model_dump_json(), about=self._remembered(self._about).model_dump_json())
        if self._found.author:  # nothing new: only its names are
            return basic._replace(about=self._remembered(self._about).model_dump_json())
        return self._with_text(basic, work.item)

    def _with_text(self, basic: Offer, article: Article) -> Offer:
        if revisions.is_shrunk(self._about.words, article.text):
            return basic._replace(verdict=Outcome.SHRUNK.value)
        before = self._texts.kept(self.id)
        about = self._about if self._about.story else self._joined(article)
        article = article.model_copy(
            update={
                "id": self.id,
                "story": about.story,
                "copy_of": about.copy_of,
                "originator": article.originator or about.originator,
                "changes": _changes(before, article) if before else (),
            }
        )
        return basic._replace(
            payload=article.model_dump_json(),
            about=self._remembered(about).model_copy(update={"words": len(article.text.split())}).model_dump_json(),
            filing=Filing(mark(self.id), self._work.bands, pack(article, self._work.bands), self._found.marks),
        )

    def _remembered(self, about: About) -> About:
        work = self._work
        guid = work.names.get(Kind.GUID)
        guids = {**about.guids, **({work.source: guid[0]} if guid else {})}
        return about.model_copy(
            update={
                "source": about.source or work.source,
                "title": work.title,
                "urls": tuple(dict.fromkeys((*work.names.get(Kind.URL, ()), *about.urls)))[:MOST_NAMES],
                "guids": dict(list(guids.items())[-MOST_NAMES:]),
            }
        )

    def _joined(self, article: Article) -> About:
        """With the story that its text belongs to, and whom it copies."""
        alike = sorted(self._alike(), key=lambda pair: (-pair[0], pair[1].id))
        if not alike:
            return self._about.model_copy(update={"story": self.id})
        story = alike[0][1].story
        copied = [
            kept for share, kept in alike if kept.story == story and share >= stories.COPIED and kept.source != article.source
        ]
        # The first one of the story, where it is among them.
        first = next((kept for kept in copied if kept.id == story), copied[0] if copied else None)
        by = {"copy_of": first.id, "originator": first.originator or first.source} if first else {}
        return self._about.model_copy(update={"story": story, **by})

    def _alike(self) -> Iterable[tuple[float, Kept]]:
        for name in self._found.marks[:MOST_CANDIDATES]:
            kept = self._texts.marked(name)
            if kept is None or kept.id == self.id:
                continue
            other = self._texts.features(kept)
            share = stories.likeness(self._work.features, other)
            if kept.source == self._work.item.source and not stories.is_reissue(self._work.features, other):
                continue
            if share and self._is_linked(kept):
                yield share, kept

    def _is_linked(self, kept: Kept) -> bool:
        first = self._texts.kept(kept.story)
        return first is None or stories.overlap(self._work.features, self._texts.features(first)) >= LINKED


def _changes(before: Kept, article: Article) -> tuple[TextChange, ...]:
    """What changed in headline and text."""
    headline = () if (before.title or "") == (article.title or "") else (TextChange(before=before.title, after=article.title),)
    return (*headline, *revisions.changes(before.text, article.text))[: revisions.MAX_CHANGES]
