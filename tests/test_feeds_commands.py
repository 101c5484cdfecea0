from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import Run, Server
from web import Site

from worker.polling import unread
from worker.polling.conditional import FeedState
from worker.schedule import Schedule
from worker.schedule.fetches import Fetch, PollOutcome
from worker.settings import Settings
from worker.sources import load_sources

FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Lagoon Wire</title><link>%s/</link>
<item><title>Ferry talks resume</title><link>%s/1</link><guid>1</guid><description>Talks resumed.</description></item>
<item><title>Harbour reopens</title><link>%s/2</link><guid>2</guid><description>It reopened.</description></item>
</channel></rss>"""
PAGE = b"""<!doctype html><html><head><title>Lagoon</title>
<link rel="alternate" type="application/rss+xml" title="All news" href="/wire-1.xml">
<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">
</head><body><p>Welcome.</p></body></html>"""
FILE = '# ours\n[[source]]\nname = "mine"\nurl = "https://mine.example/feed"\nheaders = { X-Key = "s3cret" }\n'


@pytest.fixture
def run(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The program in a folder with a sources file, allowed to fetch from this machine."""
    monkeypatch.setenv("NEWSWORKER_ALLOW_HOSTS", "127.0.0.1")
    feeds().parent.mkdir()
    feeds().write_text(FILE)
    return run


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({}) as made:
        feed = FEED.replace(b"%s", made.url.encode())
        made.answers |= {
            "/wire-1.xml": (200, {"Content-Type": "application/rss+xml"}, feed),
            "/": (200, {"Content-Type": "text/html"}, PAGE),
            "/moved": (301, {"Location": "/wire-1.xml"}, b""),
            "/elsewhere": (302, {"Location": "/wire-1.xml"}, b""),
            "/page": (200, {"Content-Type": "text/html"}, b"<html><body><p>No feed.</p></body></html>"),
        }
        yield made


def feeds() -> Path:
    return Path("config/feeds.toml")


def names() -> list[str]:
    return [source.name for source in load_sources(feeds())]


# ---------------------------------------------------------------- add


def test_site_s_main_feed_is_added_and_the_others_are_named(run: Run, site: Site) -> None:
    ran = run("feeds", "add", f"{site.url}/", "--tag", "ferries", "--interval", "15m", "--fulltext", "never")
    assert ran.code == 0
    source = load_sources(feeds())[-1]
    assert (source.url, source.tags, source.interval, source.fulltext) == (f"{site.url}/wire-1.xml", ("ferries",), 900, "never")
    assert (source.name, source.title, source.site) == ("all-news", "All news", f"{site.url}/")
    assert "Ferry talks resume" in ran.err
    assert "added to config/feeds.toml as all-news" in ran.err
    assert "/comments/feed" in ran.err
    assert feeds().read_text().startswith(FILE)


def test_feed_s_own_address_is_asked_once(run: Run, site: Site) -> None:
    assert run("feeds", "add", f"{site.url}/wire-1.xml", "--name", "lagoon", "--json").objects == [
        {"outcome": "added", "name": "lagoon", "url": f"{site.url}/wire-1.xml", "title": "Lagoon Wire"}
    ]
    assert site.paths() == ["/wire-1.xml"]


def test_feed_that_moved_for_ever_is_added_where_it_is(run: Run, site: Site) -> None:
    run("feeds", "add", f"{site.url}/moved")
    assert load_sources(feeds())[-1].url == f"{site.url}/wire-1.xml"


def test_feed_that_is_elsewhere_for_now_is_added_where_it_was_asked(run: Run, site: Site) -> None:
    run("feeds", "add", f"{site.url}/elsewhere")
    assert load_sources(feeds())[-1].url == f"{site.url}/elsewhere"


def test_feed_that_is_there_is_told_and_not_added_twice(run: Run, site: Site) -> None:
    run("feeds", "add", f"{site.url}/wire-1.xml")
    ran = run("feeds", "add", f"{site.url}/")
    assert ran.code == 0
    assert "there already, as lagoon-wire" in ran.err
    assert names() == ["mine", "lagoon-wire"]


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [("/page", 3, "no feed is named there"), ("/none", 1, "the server answered 404")],
)
def test_address_without_a_feed_adds_nothing(run: Run, site: Site, path: str, code: int, said: str) -> None:
    ran = run("feeds", "add", site.url + path)
    assert (ran.code, names()) == (code, ["mine"])
    assert said in ran.err


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("two words", "not an http or https address"),
        ("127.0.0.1:1", "https://127.0.0.1:1"),
        ("file:///etc/passwd", "not an http or https address"),
        ("https://me:s3cret@lagoon.example/", "name and password do not belong in an address"),
        ("http://127.0.0.1:1/", "127.0.0.1"),
        ("http://169.254.169.254/", "169.254.169.254"),
    ],
)
def test_address_that_cannot_be_asked_adds_nothing(run: Run, url: str, said: str) -> None:
    ran = run("feeds", "add", url)
    assert (ran.code, names()) == (1, ["mine"])
    assert said in ran.err
    assert "s3cret" not in ran.err


@pytest.mark.parametrize("command", [["add", "URL"], ["import", "list.opml"]])
def test_file_that_cannot_be_written_is_exit_1_with_what_to_do(run: Run, site: Site, command: list[str]) -> None:
    Path("list.opml").write_bytes(OPML)
    feeds().unlink()
    feeds().parent.rmdir()
    feeds().parent.write_text("a file where the folder should be")
    ran = run("feeds", *(word.replace("URL", f"{site.url}/") for word in command))
    assert ran.code == 1
    assert "cannot be written" in ran.err
    assert "edit it by hand" in ran.err


SITEMAP = b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>%s/1</loc></url></urlset>"""
INDEX = (
    b"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>%s/s</loc></sitemap></sitemapindex>"""
)


@pytest.mark.parametrize("body", [SITEMAP, INDEX])
def test_sitemap_is_added_as_one(run: Run, site: Site, body: bytes) -> None:
    site.answers = {"/news-sitemap": (200, {"Content-Type": "application/xml"}, body.replace(b"%s", site.url.encode()))}
    assert run("feeds", "add", f"{site.url}/news-sitemap").code == 0
    source = load_sources(feeds())[-1]
    assert (source.kind, source.url) == ("sitemap", f"{site.url}/news-sitemap")


def test_name_that_cannot_be_one_is_told(run: Run, site: Site) -> None:
    ran = run("feeds", "add", f"{site.url}/wire-1.xml", "--name", "a b")
    assert (ran.code, names()) == (78, ["mine"])
    assert "name: " in ran.err


def test_sources_file_that_is_broken_is_told_before_anything_is_fetched(run: Run, site: Site) -> None:
    feeds().write_text("[[sources]]")
    assert run("feeds", "add", f"{site.url}/").code == 78
    assert site.asked == []


# ---------------------------------------------------------------- import, export

OPML = b"""<opml version="2.0"><body><outline text="World">
<outline text="Lagoon Wire" xmlUrl="https://lagoon.example/feed"/>
<outline text="Mine" xmlUrl="http://mine.example/feed/"/>
<outline text="Old" xmlUrl="gopher://old.example/"/></outline></body></opml>"""


def test_import_accounts_for_every_outline(run: Run) -> None:
    Path("list.opml").write_bytes(OPML)
    ran = run("feeds", "import", "list.opml")
    assert ran.code == 1
    assert names() == ["mine", "lagoon-wire"]
    assert "there already, as mine" in ran.err
    assert "Old: url: not an http or https address" in ran.err
    assert ran.err.splitlines()[-1] == "3 read: 1 added, 1 known, 1 rejected (unfit)"


def test_import_twice_adds_nothing_new(run: Run) -> None:
    run("feeds", "import", "-", stdin=OPML)
    before = feeds().read_text()
    assert [item["outcome"] for item in run("feeds", "import", "-", "--json", stdin=OPML).objects] == ["known", "known"]
    assert feeds().read_text() == before


@pytest.mark.parametrize("options", [[], ["--opml"]])
def test_export_is_what_import_reads_without_secrets(run: Run, options: list[str]) -> None:
    run("feeds", "import", "-", stdin=OPML)
    ran = run("feeds", "export", *options)
    assert "s3cret" not in ran.out + ran.err
    assert "mine: headers left out" in ran.err
    before = [source.model_copy(update={"headers": {}}) for source in load_sources(feeds())]
    feeds().write_text("")
    run("feeds", "import", "-", stdin=ran.out.encode())
    assert list(load_sources(feeds())) == before


@pytest.mark.parametrize("line", ['kind = "os:system"', 'auth = "file:/etc/passwd"', 'cookies = { a = "env:HOME" }'])
def test_stranger_s_list_runs_no_code_and_sends_no_secret(run: Run, line: str) -> None:
    table = f'[[source]]\nname = "a"\nurl = "https://a.example/"\n{line}\n'.encode()
    ran = run("feeds", "import", "-", stdin=table)
    assert (ran.code, names()) == (1, ["mine"])
    assert "--trust" in ran.err
    assert run("feeds", "import", "-", "--trust", stdin=table).code == 0
    assert names() == ["mine", "a"]


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", 3), (b"<html><p>x</p></html>", 1), (b"<opml><body/></opml>", 3), (b"[[sources]]", 78), (b"\xff\xfe", 1)],
)
def test_list_that_is_none_changes_nothing(run: Run, content: bytes, code: int) -> None:
    assert run("feeds", "import", "-", stdin=content).code == code
    assert feeds().read_text() == FILE


def test_list_beyond_the_limit_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWORKER_MAX_FILE_BYTES", "100")
    ran = run("feeds", "import", "-", stdin=OPML)
    assert (ran.code, feeds().read_text()) == (1, FILE)
    assert "max_file_bytes" in ran.err


def test_list_that_is_not_there_is_told(run: Run) -> None:
    ran = run("feeds", "import", "none.opml")
    assert ran.code == 1
    assert "none.opml" in ran.err


def test_export_of_nothing_is_exit_3(run: Run) -> None:
    feeds().unlink()
    assert run("feeds", "export").code == 3


# ---------------------------------------------------------------- list


@pytest.fixture
def polled(run: Run, server: Server, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The program beside a server in which the source was polled: a failure after a good poll."""
    monkeypatch.setenv("NEWSWORKER_REDIS_URL", server.url)
    schedule = Schedule(server.client, Settings(redis_url=server.url))
    [source] = load_sources(feeds())
    good = Fetch(at="2026-11-24T08:00:00Z", outcome=PollOutcome.NEWS, status=200, message="5 entries: 5 new", entries=5, new=5)
    bad = Fetch(
        at="2026-11-24T09:00:00Z", outcome=PollOutcome.SOFT, status=404, reason="http-404", message="no\x1b[31mthing there"
    )
    for fetch in (good, bad):
        schedule.settle(source, fetch)
    return run


def test_list_without_a_broker_says_what_the_file_says(run: Run) -> None:
    ran = run("feeds", "list", "--json")
    assert ran.code == 0
    assert [(row["name"], row["health"], row["last"]) for row in ran.objects] == [("mine", "unknown", None)]
    assert "newsworker run is not running" in ran.err
    assert "s3cret" not in ran.out
    assert "mine.example" in run("feeds", "list").out


def test_list_tells_how_sources_are_and_when_and_why_they_are_polled_next(polled: Run) -> None:
    [row] = polled("feeds", "list", "--json").objects
    assert (row["health"], row["failures"]) == ("failing", 1)
    assert row["next"] > row["last"]
    assert row["because"]
    shown = polled("feeds", "list").out
    assert "failing (1)" in shown
    assert row["because"][:20] in shown
    assert "\x1b" not in shown


def test_list_of_one_source_has_its_polls_the_newest_in_front(polled: Run) -> None:
    found = polled("feeds", "list", "mine", "--json").objects
    assert [poll["outcome"] for poll in found] == ["soft", "news"]
    shown = polled("feeds", "list", "mine").out
    assert shown.index("404") < shown.index("5 entries")


@pytest.mark.parametrize("arguments", [["none"], []])
def test_list_of_nothing_is_exit_3(run: Run, arguments: list[str]) -> None:
    if not arguments:
        feeds().unlink()
    ran = run("feeds", "list", *arguments)
    assert ran.code == 3
    assert "has no source" in ran.err


def test_status_counts_sources_by_health(polled: Run) -> None:
    found = json.loads(polled("status", "--json").out)
    assert found["sources"] == {"failing": 1}
    assert [row["name"] for row in found["next_polls"]] == ["mine"]
    assert found["outage"] is None
    assert "1 (failing 1)" in polled("status").out


# ---------------------------------------------------------------- check


def test_check_of_an_address_tells_what_is_good_and_bad_about_it(run: Run, site: Site) -> None:
    ran = run("feeds", "check", f"{site.url}/wire-1.xml", "--json")
    grades = {item["topic"]: item["grade"] for item in ran.objects}
    assert (grades["well-formed"], grades["https"], grades["conditional"]) == ("good", "bad", "could be better")
    assert ran.code == 1
    shown = run("feeds", "check", f"{site.url}/wire-1.xml").out
    assert "has neither ETag nor Last-Modified" in shown
    assert "RFC 9110, section 13" in shown


def test_check_asks_a_site_five_times_at_most(run: Run, site: Site) -> None:
    run("feeds", "check", f"{site.url}/wire-1.xml")
    assert sorted(site.paths()) == ["/1", "/robots.txt", "/wire-1.xml", "/wire-1.xml"]


def test_check_of_a_source_sends_what_the_source_says(run: Run, site: Site) -> None:
    feeds().write_text(f'[[source]]\nname = "wire"\nurl = "{site.url}/wire-1.xml"\nheaders = {{ X-Key = "s3cret" }}\n')
    ran = run("feeds", "check", "wire")
    assert site.asked[0][1]["x-key"] == "s3cret"
    assert "x-key" not in dict(site.asked)["/1"]
    assert "s3cret" not in ran.out + ran.err


def test_check_of_a_file_tells_of_form_and_content(run: Run) -> None:
    Path("feed.xml").write_bytes(FEED)
    assert {item["area"] for item in run("feeds", "check", "feed.xml", "--json").objects} == {"written", "content"}


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("none.xml", "none.xml: no source of config/feeds.toml is called so, and there is no such file"),
        ("https://me:s3cret@lagoon.example/", "name and password"),
        ("http://127.0.0.1:1/", "cannot be read"),
        ("http://10.0.0.1/", "cannot be read"),
    ],
)
def test_check_of_what_cannot_be_read_says_why(run: Run, place: str, said: str) -> None:
    ran = run("feeds", "check", place)
    assert ran.code == 1
    assert said in ran.out + ran.err
    assert "s3cret" not in ran.out + ran.err


def test_check_reads_no_page_that_robots_txt_forbids(run: Run, site: Site) -> None:
    site.answers["/robots.txt"] = (200, {}, b"user-agent: *\ndisallow: /1\n")
    found = run("feeds", "check", f"{site.url}/wire-1.xml", "--json").objects
    assert "/1" not in site.paths()
    assert "robots.txt of its site forbids it" in next(item["fact"] for item in found if item["topic"] == "page")


# ---------------------------------------------------------------- follow


def test_follow_writes_down_where_a_feed_has_moved_for_good(polled: Run, server: Server) -> None:
    new = "https://moved.example/feed"
    state = FeedState(source="https://mine.example/feed", url=new, aliases=("https://mine.example/feed",))
    server.client.set(Settings().keys.feed("mine"), state.model_dump_json())
    assert polled("feeds", "list", "--json").objects[0]["moved_to"] == new
    assert "newsworker feeds follow" in polled("feeds", "list").out
    assert polled("feeds", "follow", "--json").objects == [{"name": "mine", "url": new}]
    assert feeds().read_text() == FILE.replace("https://mine.example/feed", new)
    assert polled("feeds", "follow").code == 3


# ---------------------------------------------------------------- poll


@pytest.fixture
def served(run: Run, server: Server, site: Site, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The program beside a server, with a feed of this machine and one that is missing there."""
    monkeypatch.setenv("NEWSWORKER_REDIS_URL", server.url)
    lines = [
        f'[[source]]\nname = "{name}"\nurl = "{site.url}/{path}"\n' for name, path in (("wire", "wire-1.xml"), ("lost", "lost"))
    ]
    feeds().write_text("".join(lines))
    return run


def test_poll_tells_what_came_and_what_comes_next(served: Run) -> None:
    ran = served("poll", "wire", "--json")
    [told] = ran.objects
    assert (ran.code, told["source"], told["outcome"], told["new"]) == (0, "wire", "news", 2)
    assert told["because"]
    assert "no worker answers" in ran.err
    assert served("feeds", "list", "wire", "--json").objects[0]["new"] == 2


def test_poll_twice_brings_nothing_new(served: Run) -> None:
    served("poll", "wire")
    assert [told["new"] for told in served("poll", "wire", "--json").objects] == [0]


def test_poll_of_all_is_failed_if_one_is(served: Run) -> None:
    ran = served("poll")
    assert ran.code == 1
    assert "wire  news  " in ran.out
    assert "lost  soft" in ran.out
    assert "404" in ran.out
    assert ran.out.count("\n  next in ") == 2


def test_poll_of_an_unknown_source_is_usage(served: Run) -> None:
    ran = served("poll", "wier")
    assert ran.code == 2
    assert "did you mean 'wire'?" in ran.err


def test_poll_without_sources_is_exit_3(served: Run) -> None:
    feeds().unlink()
    ran = served("poll")
    assert ran.code == 3
    assert "newsworker feeds add" in ran.err


def test_poll_without_a_broker_is_exit_69(run: Run) -> None:
    assert run("poll").code == 69


def test_unread_writes_what_came_in_place_of_a_feed(server: Server, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWORKER_REDIS_URL", server.url)
    assert run("feeds", "unread", "mine").code == 3
    unread.keep(server.client, Settings(redis_url=server.url), "mine", b"<html>\x1b[2JLog in")
    ran = run("feeds", "unread", "mine")
    assert (ran.code, ran.out) == (0, "<html>\x1b[2JLog in")
    monkeypatch.setattr("worker.commands.feeds._on_terminal", lambda: True)
    assert run("feeds", "unread", "mine").out == "<html>\ufffd[2JLog in\n"


def test_added_source_is_scheduled_at_the_next_look_at_the_file(served: Run, server: Server, site: Site) -> None:
    settings = Settings(redis_url=server.url)
    schedule = Schedule(server.client, settings)
    schedule.due(load_sources(feeds()))
    site.answers["/other.xml"] = site.answers["/wire-1.xml"]
    served("feeds", "add", f"{site.url}/other.xml", "--name", "other")
    assert server.client.zscore(settings.keys.schedule, "other") is None
    schedule.due(load_sources(feeds()))
    assert server.client.zscore(settings.keys.schedule, "other")
