"""An article is known by any of its names, and by its text; it is accepted once, and again only when it is edited."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from offering import Desk, document, edited, prose

from worker.acceptance import Acceptance, Taken, Work
from worker.dedupe import Kind, article_id
from worker.errors import Retryable
from worker.ledger import Accepted, Ledger, Offer, Outcome
from worker.model import Article, Document
from worker.settings import Settings

TEXTS = [prose(n) for n in range(8)]


@pytest.fixture
def desk(settings: Settings) -> Desk:
    return Desk(settings)


def feed(numbers: Sequence[int] = range(6), **values: str | None) -> list[Document]:
    return [document(TEXTS[n], n, **values) for n in numbers]


def change(entries: Sequence[Document], field: str, make: Callable[[int, Document], str | None]) -> list[Document]:
    return [entry.model_copy(update={field: make(n, entry)}) for n, entry in enumerate(entries)]


class TestNames:
    def test_poll_twice_accepts_nothing_new(self, desk: Desk) -> None:
        assert desk.offer(*feed()) == {"new": 6}
        assert desk.offer(*feed()) == {"pending": 6}

    @pytest.mark.parametrize(
        "make",
        [
            lambda n, _: f"reissued-{n}",
            lambda _n, _: "the same for all",
            lambda _n, _: "https://harbour.example/",
            lambda _n, _: None,
        ],
        ids=["reissued", "one for all", "front page", "none"],
    )
    def test_no_change_of_guids_doubles_an_article(self, desk: Desk, make: Callable[[int, Document], str | None]) -> None:
        desk.offer(*feed())
        assert desk.offer(*change(feed(), "guid", make)) == {"pending": 6}
        again = change([document(edited(TEXTS[n], 0.1), n) for n in range(6)], "guid", make)
        assert desk.offer(*again) == {"new": 6}
        assert set(desk.revisions().values()) == {2}

    @pytest.mark.parametrize("guid", ["constant", "https://harbour.example/", ""])
    def test_articles_with_one_guid_are_several_from_the_first_poll_on(self, desk: Desk, guid: str) -> None:
        assert desk.offer(*feed(range(4), guid=guid)) == {"new": 4}
        assert len(desk.revisions()) == 4

    def test_a_guid_that_is_taken_over_one_by_one_makes_no_revision(self, desk: Desk) -> None:
        for entry in feed(range(4), guid="latest"):
            assert desk.offer(entry) == {"new": 1}
        assert set(desk.revisions().values()) == {1}

    def test_entries_that_all_lead_to_the_front_page_are_several(self, desk: Desk) -> None:
        entries = feed(range(4), url="https://harbour.example/")
        assert desk.offer(*entries) == {"new": 4}
        assert desk.offer(*entries) == {"pending": 4}
        without = [entry.model_copy(update={"guid": None}) for entry in feed([4, 5], url="https://harbour.example/")]
        assert desk.offer(*without) == {"new": 2}
        assert len(desk.revisions()) == 6

    def test_an_address_that_shows_the_latest_article_is_no_article(self, desk: Desk) -> None:
        first, second = feed([0, 1], url="https://harbour.example/today")
        desk.offer(first)
        assert desk.offer(second) == {"new": 1}
        assert len(desk.revisions()) == 2

    def test_guids_over_http_and_https_are_one(self, desk: Desk) -> None:
        desk.offer(*change(feed(), "guid", lambda n, _: f"http://harbour.example/?p=100{n}"))
        moved = change(feed(), "guid", lambda n, _: f"https://harbour.example/?p=100{n}")
        renamed = change(moved, "url", lambda n, _: f"https://harbour.example/new-address-{n}")
        assert desk.offer(*renamed) == {"pending": 6}

    def test_a_move_to_another_domain_doubles_nothing(self, desk: Desk) -> None:
        desk.offer(*change(feed(), "guid", lambda n, _: f"http://harbour.example/story/{n}.html"))
        moved = change(feed(), "guid", lambda n, _: f"https://port.example/story/{n}.html")
        moved = change(moved, "url", lambda n, _: f"https://port.example/story/{n}.html")
        assert desk.offer(*moved) == {"pending": 6}
        corrected = [entry.model_copy(update={"content": edited(entry.content, 0.1)}) for entry in moved]
        assert desk.offer(*corrected) == {"new": 6}
        assert len(desk.revisions()) == 6

    def test_a_new_address_and_headline_under_the_old_guid_is_a_revision(self, desk: Desk) -> None:
        desk.offer(*feed([0]))
        desk.offer(
            document(edited(TEXTS[0], 0.1), 0, url="https://harbour.example/2026/11/other-slug", title="Another headline")
        )
        assert list(desk.revisions().values()) == [2]

    def test_the_same_article_through_two_feeds_is_accepted_once(self, desk: Desk) -> None:
        desk.offer(*feed())
        other = change(feed(source="harbour-world"), "guid", lambda n, _: f"world-{n}")
        assert desk.offer(*change(other, "url", lambda _, entry: f"{entry.url}?utm_source=world")) == {"pending": 6}

    def test_the_page_for_small_screens_is_the_same_where_it_says_so(self, desk: Desk) -> None:
        paragraphs = "".join(f"<p>{line}</p>" for line in TEXTS[0].split("\n\n"))
        head = '<link rel="canonical" href="https://harbour.example/2026/11/story-0"><title>Headline number 0</title>'
        page = f"<!doctype html><html><head>{head}</head><body><article>{paragraphs}</article></body></html>"
        desk.offer(*feed([0]))
        small = document(page, 0, content_type="text/html", url="https://m.harbour.example/a/0", guid=None, source="elsewhere")
        desk.offer(small)
        assert len(desk.revisions()) == 1

    def test_a_canonical_address_on_another_site_proves_nothing(self, desk: Desk) -> None:
        paragraphs = "".join(f"<p>{line}</p>" for line in TEXTS[1].split("\n\n"))
        head = '<link rel="canonical" href="https://harbour.example/2026/11/story-0"><title>Other</title>'
        page = f"<!doctype html><html><head>{head}</head><body><article>{paragraphs}</article></body></html>"
        desk.offer(*feed([0]))
        desk.offer(document(page, 0, content_type="text/html", url="https://copy.example/a/0", guid=None, source="elsewhere"))
        assert len(desk.revisions()) == 2

    def test_the_senders_own_id_outranks_every_name(self, desk: Desk) -> None:
        assert desk.offer(*(document(TEXTS[n], 0, id=f"row {n}") for n in range(3))) == {"new": 3}
        assert set(desk.revisions()) == {"row 0", "row 1", "row 2"}

    def test_ids_are_made_of_the_address_as_ever(self, desk: Desk) -> None:
        desk.offer(*feed())
        assert set(desk.revisions()) == {article_id(entry) for entry in feed()}

    def test_leaving_the_feed_retracts_nothing(self, desk: Desk) -> None:
        desk.offer(*feed())
        assert desk.offer(*feed(range(3))) == {"pending": 3}
        assert set(desk.revisions().values()) == {1}

    def test_a_source_whose_names_are_good_again_is_trusted_again(self, desk: Desk) -> None:
        desk.offer(*feed(guid="the same for all"))
        assert desk.ledger.archive.trust("harbour").doubtful == {"guid"}
        for _ in range(80):
            desk.offer(*feed())
        assert not desk.ledger.archive.trust("harbour").doubtful


MISCHIEF: dict[str, Callable[[int, int], str | None]] = {
    "stays": lambda _poll, n: f"http://harbour.example/?p=7{n}",
    "https": lambda poll, n: f"http{'s' * (poll > 0)}://harbour.example/?p=7{n}",
    "moves": lambda poll, n: f"https://{'harbour' if poll % 2 else 'port'}.example/story/{n}.html",
    "reissued": lambda poll, n: f"issue {poll // 2} item {n}",
    "random": lambda poll, n: f"{hash((poll, n))}",
    "constant": lambda _poll, _n: "constant",
    "front page": lambda _poll, _n: "https://harbour.example/",
    "shifted": lambda poll, n: f"position {n - poll}",
    "none": lambda _poll, _n: None,
}


@given(
    st.lists(st.sampled_from(sorted(MISCHIEF)), min_size=2, max_size=5),
    st.lists(st.sets(st.integers(0, 5), min_size=1), min_size=2, max_size=5),
    st.sets(st.integers(0, 5)),
)
@hypothesis_settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_whatever_a_feed_does_to_its_guids_each_article_is_accepted_once_and_edits_are_revisions(
    settings: Settings, habits: list[str], polls: list[set[int]], corrected: set[int]
) -> None:
    desk = Desk(settings)
    desk.client.flushall()
    shown: set[int] = set()
    for poll, (habit, numbers) in enumerate(zip(habits, polls, strict=False)):
        desk.offer(*(document(TEXTS[n], n, guid=MISCHIEF[habit](poll, n)) for n in sorted(numbers)))
        shown |= numbers
    assert sorted(desk.revisions().values()) == [1] * len(shown)
    seen = corrected & shown
    if seen:
        desk.offer(*(document(edited(TEXTS[n], 0.1), n, guid=MISCHIEF[habits[-1]](9, n)) for n in sorted(seen)))
    assert sorted(desk.revisions().values()) == sorted([2] * len(seen) + [1] * (len(shown) - len(seen)))


class TestSummaries:
    def test_a_summary_is_fetched_once_whichever_feeds_tell_of_it(self, desk: Desk) -> None:
        one, two = (document(f"In short, by {name}.", source=name, guid=name, complete=False) for name in ("a", "b"))
        outcomes = [desk.offer(entry).popitem()[0] for entry in (one, two, one, two, one, two)]
        assert outcomes.count("new") == 1
        assert [stage for stage, _ in desk.sent] == ["fetch"]

    def test_a_summary_of_an_article_that_came_whole_is_not_fetched(self, desk: Desk) -> None:
        desk.offer(*feed([0]))
        desk.offer(document("In short.", 0, source="other", guid="x", complete=False))
        assert [stage for stage, _ in desk.sent] == ["extract"]

    def test_a_summary_that_its_source_changed_is_fetched_again(self, desk: Desk) -> None:
        desk.offer(document("In short.", complete=False))
        desk.ledger.finish(claim) if (claim := desk.ledger.claim("fetch", desk.sent[0][1])) else None
        assert desk.offer(document("In other words.", complete=False)) == {"new": 1}

    def fetched(self, desk: Desk, summary: Document, text: str) -> Taken:
        """A summary whose page gave this text."""
        desk.offer(summary)
        claim = desk.ledger.claim("fetch", desk.sent[-1][1])
        assert claim
        said = {name: getattr(summary, name) for name in ("guid", "url", "title", "source")}
        article = Article(id=claim.id, **said, text=text)
        (taken,) = Acceptance(desk.ledger).take([Work(article, claim=claim)])
        return taken

    def test_the_page_shows_that_an_article_has_moved(self, desk: Desk) -> None:
        desk.offer(*feed([0]))
        (name,) = desk.revisions()
        moved = document("In short.", 0, url="https://harbour.example/new", title="New headline", complete=False)
        taken = self.fetched(desk, moved, edited(TEXTS[0], 0.1))
        assert (taken.id, taken.accepted) == (name, (Outcome.NEW, 2, ""))
        assert desk.ledger.pending() == {"fetch": 0, "extract": 1}
        assert desk.offer(moved) == {"duplicate": 1}

    def test_the_page_shows_that_a_guid_was_taken_over(self, desk: Desk) -> None:
        desk.offer(*feed([0]))
        other = document("In short.", 0, url="https://harbour.example/new", title="New headline", complete=False)
        taken = self.fetched(desk, other, TEXTS[1])
        assert taken.id not in desk.revisions()
        assert (taken.accepted.revision, taken.bad) == (1, frozenset({Kind.GUID}))
        assert desk.ledger.pending() == {"fetch": 0, "extract": 2}

    def test_a_page_that_holds_a_text_that_is_known_ends_its_fetch(self, desk: Desk) -> None:
        desk.offer(*feed([0], source="agency"))
        summary = document("In short.", 0, url="https://mirror.example/a", guid="m", source="mirror", complete=False)
        assert self.fetched(desk, summary, TEXTS[0]).accepted.outcome is Outcome.DUPLICATE_OF
        assert desk.ledger.pending() == {"fetch": 0, "extract": 1}

    def test_work_that_somebody_else_has_moved_on_is_gone(self, desk: Desk) -> None:
        summary = document("In short.", 0, complete=False)
        desk.offer(summary)
        claim = desk.ledger.claim("fetch", desk.sent[-1][1])
        assert claim
        desk.ledger.finish(claim)
        (taken,) = Acceptance(desk.ledger).take([Work(Article(id=claim.id, text=TEXTS[0]), claim=claim)])
        assert taken.accepted.outcome is Outcome.GONE


class Busy(Ledger):
    """A ledger in which something has always changed meanwhile."""

    def accept_all(self, offers: Sequence[Offer]) -> list[Accepted]:
        return [Accepted(Outcome.AGAIN) for _ in offers]


def test_whoever_never_gets_a_turn_is_told_to_come_again(desk: Desk, settings: Settings) -> None:
    with pytest.raises(Retryable, match="same moments"):
        Acceptance(Busy(desk.client, settings)).take([Work(Article(id="a", text=TEXTS[0]))])


class TestTombstones:
    def test_what_was_forgotten_is_known_by_all_its_names_and_not_accepted(self, desk: Desk) -> None:
        desk.offer(*feed([0]))
        name = desk.sent[0][1]
        assert desk.ledger.forget(name)
        assert desk.ledger.pending()["extract"] == 0
        assert desk.offer(*feed([0])) == {"forgotten": 1}
        assert desk.offer(document(edited(TEXTS[0], 0.2), 0)) == {"forgotten": 1}
        assert desk.offer(document(TEXTS[0], 0, url="https://harbour.example/elsewhere")) == {"forgotten": 1}
        assert desk.ledger.claim("extract", name) is None

    def test_what_is_to_be_replayed_is_accepted_once_more(self, desk: Desk) -> None:
        desk.offer(*feed([0, 1]))
        name = desk.sent[0][1]
        desk.ledger.forget(name)
        assert desk.ledger.replay(name)
        assert desk.offer(*feed([0, 1])) == {"new": 1, "pending": 1}
        assert desk.offer(*feed([0, 1])) == {"pending": 2}
        assert desk.revisions()[name] == 2

    def test_a_summary_that_is_to_be_replayed_is_fetched_once_more(self, desk: Desk) -> None:
        desk.offer(document("In short.", complete=False))
        desk.ledger.replay(desk.sent[0][1])
        assert desk.offer(document("In short.", complete=False)) == {"new": 1}

    def test_of_what_nobody_knows_nothing_is_forgotten_or_replayed(self, desk: Desk) -> None:
        assert not desk.ledger.forget("nobody")
        assert not desk.ledger.replay("nobody")


class TestRevisions:
    def test_a_revision_says_what_it_changed(self, desk: Desk) -> None:
        desk.offer(document("One stays here.\n\nTwo goes away now.\n\nThree will be different soon.", 0))
        desk.offer(document("One stays here.\n\nThree will be quite different soon.\n\nFour is new.", 0, title="New head"))
        changes = desk.accepted(desk.sent[0][1]).changes
        assert [(change.before, change.after) for change in changes] == [
            ("Headline number 0", "New head"),
            ("Two goes away now.", None),
            ("Three will be different soon.", "Three will be quite different soon."),
            (None, "Four is new."),
        ]

    @pytest.mark.parametrize(
        "after",
        [
            "The ministers met “in private” - for two hours.\n\nThey left at once.",
            'The ministers met "in private"  —  for two hours.\nThey left at once.',
            'The ministers met "in private" - for two hours.\n\nThey left at once.\n\nUpdated 24 Nov 2026, 14:05 GMT',
        ],
    )
    def test_spaces_signs_and_times_of_update_are_no_revision(self, desk: Desk, after: str) -> None:
        desk.offer(document('The ministers met "in private" - for two hours.\n\nThey left at once.', 0))
        assert desk.offer(document(after, 0)) == {"pending": 1}

    def test_wordings_that_take_turns_are_each_accepted_once(self, desk: Desk) -> None:
        wordings = [document(edited(TEXTS[0], 0.1, seed), 0, source=f"feed {seed}") for seed in range(3)]
        for _ in range(3):
            desk.offer(*wordings)
        assert list(desk.revisions().values()) == [3]

    def test_a_stub_does_not_take_the_place_of_the_text(self, desk: Desk) -> None:
        desk.offer(*feed([0]))
        assert desk.offer(document("Subscribe to read on. Already a reader? Sign in.", 0)) == {"shrunk": 1}
        assert desk.accepted(desk.sent[0][1]).text == TEXTS[0]
        assert desk.ledger.counts()["shrunk"] == 1
        assert desk.offer(document(edited(TEXTS[0], 0.1), 0)) == {"new": 1}

    def test_a_stub_is_known_as_one_when_the_text_is_kept_no_more(self, desk: Desk) -> None:
        desk.offer(*feed([0]))
        desk.client.delete(*desk.client.keys(desk.keys.text("*")))
        assert desk.offer(document("Subscribe to read on.", 0)) == {"shrunk": 1}

    def test_a_short_text_that_corrects_the_long_one_does(self, desk: Desk) -> None:
        desk.offer(*feed([0]))
        assert desk.offer(document("This report was withdrawn because its figures were erroneous.", 0)) == {"new": 1}

    def test_without_the_text_before_a_revision_is_one_all_the_same(self, desk: Desk) -> None:
        desk.offer(*feed([0]))
        for name in desk.client.keys(desk.keys.text("*")):
            desk.client.delete(name)
        desk.offer(document(edited(TEXTS[0], 0.1), 0))
        assert desk.accepted(desk.sent[0][1]).changes == ()


class TestStories:
    def copy(self, number: int, source: str, text: str) -> Document:
        return document(text, number, source=source, url=f"https://{source}.example/{number}", guid=f"{source}-{number}")

    def test_copies_of_other_sources_are_one_story_of_the_first(self, desk: Desk) -> None:
        for source, share in (("agency", 0.0), ("mirror", 0.1), ("gazette", 0.15)):
            desk.offer(self.copy(1, source, edited(TEXTS[0], share)))
        first, *copies = (desk.of(source) for source in ("agency", "mirror", "gazette"))
        assert (first.story, first.copy_of, first.originator) == (first.id, None, None)
        assert [(one.story, one.copy_of, one.originator) for one in copies] == [(first.id, first.id, "agency")] * 2

    def test_a_shortened_copy_is_of_the_story(self, desk: Desk) -> None:
        desk.offer(self.copy(1, "agency", prose(1, paragraphs=12)))
        desk.offer(self.copy(1, "mirror", "\n\n".join(prose(1, paragraphs=12).split("\n\n")[:3])))
        assert desk.of("mirror").story == desk.of("agency").id

    def test_another_text_is_a_story_of_its_own(self, desk: Desk) -> None:
        desk.offer(self.copy(1, "agency", TEXTS[0]), self.copy(1, "mirror", TEXTS[1]))
        assert desk.of("mirror").story == desk.of("mirror").id

    def test_copies_in_one_batch_are_one_story(self, desk: Desk) -> None:
        names = [f"paper{n}" for n in range(5)]
        desk.intake.documents(self.copy(1, name, edited(TEXTS[0], 0.1, n)) for n, name in enumerate(names))
        assert len({desk.of(name).story for name in names}) == 1

    def test_copies_that_come_at_one_moment_are_one_story(self, settings: Settings) -> None:
        def offer(number: int) -> Desk:
            one = Desk(settings)
            one.offer(self.copy(1, f"paper{number}", edited(TEXTS[0], 0.1, number)))
            return one

        with ThreadPoolExecutor(8) as pool:
            found = [one.accepted(one.sent[0][1]) for one in pool.map(offer, range(16))]
        (story,) = {article.story for article in found}
        assert [article.id for article in found if article.copy_of is None] == [story]

    def test_a_revision_keeps_its_story_whatever_it_tells(self, desk: Desk) -> None:
        desk.offer(self.copy(1, "agency", TEXTS[0]), self.copy(1, "mirror", edited(TEXTS[0], 0.1)))
        desk.offer(self.copy(1, "mirror", f"{TEXTS[0]}\n\n{prose(77)}"))
        assert desk.of("mirror").story == desk.of("agency").id

    def test_what_a_source_publishes_twice_is_one_story_and_no_copy(self, desk: Desk) -> None:
        desk.offer(self.copy(1, "agency", TEXTS[0]))
        desk.offer(self.copy(2, "agency", edited(TEXTS[0], 0.02)))
        first, second = (desk.accepted(name) for _, name in desk.sent)
        assert (second.story, second.copy_of) == (first.id, None)

    def test_what_a_source_puts_below_all_its_texts_ties_none_together(self, desk: Desk) -> None:
        for n in range(3):
            desk.offer(self.copy(n, "agency", f"{prose(n, paragraphs=1)}\n\n{prose(99, paragraphs=4)}"))
        stories = [desk.accepted(name).story for _, name in desk.sent]
        assert stories == [name for _, name in desk.sent]

    def test_two_items_of_a_digest_are_two_stories(self, desk: Desk) -> None:
        desk.offer(self.copy(1, "agency", TEXTS[0]), self.copy(1, "mirror", f"{TEXTS[0]}\n\n{TEXTS[1]}"))
        desk.offer(self.copy(1, "gazette", TEXTS[1]))
        assert desk.of("gazette").story != desk.of("agency").story

    def test_the_oldest_texts_are_forgotten_and_leave_nothing_behind(self, settings: Settings) -> None:
        desk = Desk(settings.model_copy(update={"stories_max": 4}))
        for n in range(40):
            desk.offer(self.copy(n, "agency", prose(n + 100)))
        assert desk.client.zcard(desk.keys.texts) == 4
        assert len(desk.client.keys(desk.keys.text("*"))) == 4
        filed = {
            mark for key in desk.client.keys(f"{desk.keys.band}*") for value in desk.client.hvals(key) for mark in value.split()
        }
        assert filed == set(desk.client.zrange(desk.keys.texts, 0, -1))

    def test_old_texts_are_forgotten_as_others_come(self, desk: Desk) -> None:
        desk.offer(self.copy(1, "agency", TEXTS[0]))
        (old,) = desk.client.zrange(desk.keys.texts, 0, -1)
        desk.client.zadd(desk.keys.texts, {old: 1})
        desk.offer(self.copy(1, "mirror", TEXTS[1]))
        assert desk.client.zscore(desk.keys.texts, old) is None
        assert desk.client.exists(desk.keys.text(old)) == 0

    def test_all_that_is_kept_expires(self, desk: Desk) -> None:
        desk.offer(*feed())
        # Unfinished work does not, and texts are bounded in number and age.
        lasting = ("news:doc:", "news:ledger:", "news:counts", "news:text", "news:band:")
        kept = [key for key in desk.client.keys("*") if not key.startswith(lasting)]
        assert all(0 < desk.client.ttl(key) <= 30 * 86_400 for key in kept)

    def test_a_text_too_short_to_tell_is_in_no_story(self, desk: Desk) -> None:
        desk.offer(
            self.copy(1, "agency", "Live updates follow shortly."), self.copy(1, "mirror", "Live updates follow shortly!")
        )
        assert desk.of("mirror").story == desk.of("mirror").id


def test_what_is_remembered_of_an_article_is_bounded(desk: Desk) -> None:
    for n in range(30):
        desk.offer(document(TEXTS[0], 0, source=f"feed {n}", guid=f"guid {n}", url=f"https://harbour.example/story?v={n}"))
    about = desk.about(desk.sent[0][1])
    assert len(json.dumps(about)) < 2_000
