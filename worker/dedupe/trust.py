"""Which of its names a source can be trusted with: guids and addresses that name two articles identify none.

Some feeds give all entries one guid, or their front page for an address, or new guids at each poll. Each poll is
checked; a kind of name that is bad too often is not used any more, until it is good again, and a name that is seen to be
of two articles is not used at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from pydantic import Field

from worker.dedupe import Kind, digest, is_front_page, names, text_of
from worker.model import Article, Document, Frozen

Item = Document | Article

# Of a feed's names, so many may be bad by mistake.
TOLERATED = 0.05
# Older checks count less: what a site has mended is trusted again after some hundred entries.
MOST_CHECKED = 400
CHECKED = (Kind.GUID, Kind.URL, Kind.TITLE)


class Trust(Frozen):
    """How many names of each kind were checked, and how many of them were bad."""

    checked: dict[Kind, float] = Field(default_factory=dict)
    bad: dict[Kind, float] = Field(default_factory=dict)

    @property
    def doubtful(self) -> frozenset[Kind]:
        """Kinds of names that the source gets wrong too often."""
        return frozenset(kind for kind, number in self.bad.items() if number > TOLERATED * self.checked[kind])

    def after(self, items: Iterable[Item], bad: Iterable[Collection[Kind]]) -> Trust:
        """With the names of these articles checked; `bad` are kinds of bad names of each."""
        checked, wrong = defaultdict(float, self.checked), defaultdict(float, self.bad)
        for item, kinds in zip(items, bad, strict=True):
            for kind in CHECKED:
                if names(item, kind):
                    checked[kind] += 1
                    wrong[kind] += kind in kinds
        fading = {kind: min(1, MOST_CHECKED / number) for kind, number in checked.items() if number}
        return Trust(
            checked={kind: number * fading[kind] for kind, number in checked.items() if number},
            bad={kind: wrong[kind] * fading[kind] for kind in fading},
        )


def clashes(items: Sequence[Item]) -> list[frozenset[Kind]]:
    """For each of these articles, the kinds of its names that others of them have too, or that are a front page's."""
    found: list[set[Kind]] = [_of_front_page(item) for item in items]
    texts = [digest(item.title, text_of(item)) for item in items]
    for kind in CHECKED:
        for group in _grouped(items, kind):
            if len({texts[n] for n in group}) > 1 and _differ([items[n] for n in group], kind):
                for n in group:
                    found[n].add(kind)
    return [frozenset(kinds) for kinds in found]


def _of_front_page(item: Item) -> set[Kind]:
    given = {Kind.GUID: item.guid, Kind.URL: item.url}
    return {kind for kind, name in given.items() if name and is_front_page(name)}


def _grouped(items: Sequence[Item], kind: Kind) -> Iterable[list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for n, item in enumerate(items):
        for name in names(item, kind)[:1]:
            groups[name].append(n)
    return [group for group in groups.values() if len(group) > 1]


def _differ(items: Sequence[Item], kind: Kind) -> bool:
    """Whether other names say too that these are several articles, and not an article that is listed twice as it was edited."""
    told = {names(item, Kind.URL if kind is Kind.GUID else Kind.GUID)[:1] for item in items}
    if () not in told:
        return len(told) > 1
    # Without other names, another headline is another article; under one headline, another text is.
    return kind is Kind.TITLE or len({item.title or text_of(item) for item in items}) > 1
