from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import redis
from support import Server
from web import Answer, Proxy, Site

from worker.errors import NewsworkerError, Rejected, Retryable
from worker.http import MAX_RETRY_AFTER, Access, Client
from worker.http.politeness import BUSY, HOLD_SECONDS, LONGEST_SECONDS, PATIENCE, STRIKES, PoliteClient, host_of
from worker.settings import Settings

APART, FEED_APART = 100, 10


class Town:
    """A host, and clients that share a Redis; time passes when a test says so."""

    def __init__(self, server: Server, settings: Settings, site: Site) -> None:
        self.server, self.site = server, site
        values = {"allow_hosts": ("127.0.0.1", "localhost"), "host_apart_seconds": APART, "feed_apart_seconds": FEED_APART}
        self.settings = settings.model_copy(update=values)
        self.client = Client(self.settings)
        self.slept: list[float] = []
        self.one, self.two = self.polite(), self.polite()

    def polite(self, **values: Any) -> PoliteClient:
        return PoliteClient(self.client, self.server.client, self.settings.model_copy(update=values), self.sleep)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.wait(seconds)

    def wait(self, seconds: float) -> None:
        """Let time pass: all that is noted of hosts moves into the past."""
        store, step = self.server.client, int(seconds * 1000)
        for key in store.scan_iter("news:host:*"):
            for field, value in store.hgetall(key).items():
                if field != "apart":  # a duration
                    store.hset(key, field, int(value) - step)
        for key in store.scan_iter("news:slots:*"):
            for name, score in store.zrange(key, 0, -1, withscores=True):
                store.zadd(key, {name: score - step})

    def page(self, client: PoliteClient | None = None, path: str = "/page", **options: Any) -> int:
        return (client or self.one).get(f"{self.site.url}{path}", **options).status

    def refusal(self, client: PoliteClient | None = None, path: str = "/page", **options: Any) -> NewsworkerError:
        with pytest.raises((Rejected, Retryable)) as caught:
            self.page(client, path, **options)
        return caught.value

    def busy(self, client: PoliteClient | None = None, path: str = "/page", **options: Any) -> float:
        """The seconds that a request is told to wait."""
        error = self.refusal(client, path, **options)
        assert isinstance(error, Retryable)
        assert error.reason == BUSY
        assert error.retry_after
        return error.retry_after

    def pages(self) -> int:
        return sum(path not in {"/robots.txt", "/.well-known/tdmrep.json"} for path in self.site.paths())


@pytest.fixture
def town(server: Server, settings: Settings) -> Iterator[Town]:
    with Site({"/page": (200, {}, b"hello"), "/feed": (200, {}, b"<rss/>")}) as site:
        town = Town(server, settings, site)
        with town.client:
            yield town


def about(seconds: float) -> Any:
    """What a request is told to wait: a little more than must be, so that not all come at once."""
    return pytest.approx(seconds * 1.06, abs=seconds * 0.06 + 1)


# ---------------------------------------------------------------- the bucket of a host


def test_two_clients_share_the_slots_of_a_host(town: Town) -> None:
    assert town.page(town.one) == 200
    assert town.page(town.two) == 200
    assert town.busy(town.one) == about(APART)
    assert town.pages() == 2


def test_one_request_is_free_again_after_its_time(town: Town) -> None:
    town.page()
    town.page()
    town.wait(APART)
    assert town.page(town.two) == 200
    town.busy()


def test_a_host_that_was_left_alone_for_long_has_no_more_room_than_at_first(town: Town) -> None:
    town.page()
    town.wait(100 * APART)
    assert (town.page(), town.page()) == (200, 200)
    town.busy()


def test_those_who_wait_are_told_different_times(town: Town) -> None:
    town.page()
    town.page()
    waits = [town.busy(client) for client in (town.one, town.two, town.one)]
    assert waits == [about(APART), about(2 * APART), about(3 * APART)]


def test_the_queue_of_those_who_wait_has_an_end(town: Town) -> None:
    town.page()
    town.page()
    assert max(town.busy() for _ in range(2 * LONGEST_SECONDS // APART)) <= LONGEST_SECONDS * 1.1


def test_each_host_has_its_own_slots(town: Town) -> None:
    for name in ("127.0.0.1", "localhost"):
        for _ in range(2):
            town.one.get(f"http://{name}:{town.site.port}/page")
    assert town.pages() == 4


def test_feeds_may_follow_one_another_sooner(town: Town) -> None:
    town.page(robots=False)
    town.page(robots=False)
    assert town.busy(robots=False) == about(FEED_APART)


def test_a_short_wait_is_slept_through(town: Town) -> None:
    quick = town.polite(host_apart_seconds=PATIENCE / 2)
    for _ in range(3):
        assert town.page(quick) == 200
    assert town.slept
    assert sum(town.slept) <= PATIENCE


def test_no_more_than_so_many_requests_are_on_their_way(town: Town) -> None:
    """A host that answers slowly gets no more, however much time has passed."""
    go_on, begun = threading.Event(), threading.Semaphore(0)

    def answer(handler: BaseHTTPRequestHandler, closing: threading.Event) -> None:
        begun.release()
        while not (go_on.wait(0.01) or closing.is_set()):
            continue
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    town.site.answers["/slow"] = answer
    quick = town.polite(host_apart_seconds=0.001)
    threads = [threading.Thread(target=town.page, args=(quick, "/slow")) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert begun.acquire(timeout=10)
    assert begun.acquire(timeout=10)
    slow = town.polite(host_apart_seconds=PATIENCE + 1)
    town.server.client.hdel(f"news:host:127.0.0.1:{town.site.port}", "due")
    assert town.busy(slow) == about(PATIENCE + 1)
    go_on.set()
    for thread in threads:
        thread.join()
    assert town.page(quick) == 200


@pytest.mark.parametrize("path", ["/page", "/none", "/broken"])
def test_a_slot_is_given_back_however_the_request_ends(town: Town, path: str) -> None:
    town.site.answers["/broken"] = (200, {"Content-Encoding": "gzip"}, b"xx")
    try:
        town.page(path=path)
    except (Rejected, Retryable):
        assert path != "/page"
    assert list(town.server.client.scan_iter("news:slots:*")) == []


def test_a_slot_of_a_worker_that_was_killed_ends_by_itself(town: Town) -> None:
    host = f"127.0.0.1:{town.site.port}"
    for name in ("killed", "too"):
        town.one.take(host, name, 0.001, alone=False)
    town.wait(town.settings.fetch_seconds + PATIENCE)
    assert town.page() == 200


def test_what_is_noted_of_hosts_expires(town: Town) -> None:
    town.site.answers["/busy"] = (429, {"Retry-After": "50"}, b"")
    town.page()
    town.page()
    town.busy()
    for _ in range(STRIKES):
        town.refusal(path="/busy", robots=False, scope="source")
        town.wait(1000)
    keys = [key for kind in ("host", "slots", "strikes", "robots") for key in town.server.client.scan_iter(f"news:{kind}:*")]
    assert len(keys) >= 3
    assert all(0 < town.server.client.ttl(key) <= 7 * 86_400 for key in keys)


# ---------------------------------------------------------------- hosts that ask to be left alone


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        ((429, {"Retry-After": "500"}, b""), 500),
        ((503, {"Retry-After": "500"}, b""), 500),
        ((403, {"Retry-After": "500"}, b""), 500),
        ((429, {}, b""), HOLD_SECONDS),
        ((429, {"Retry-After": "soon"}, b""), HOLD_SECONDS),
        ((429, {"Retry-After": "99999999"}, b""), MAX_RETRY_AFTER),
    ],
)
def test_a_host_that_asks_for_time_gets_it_from_all_clients(town: Town, answer: Answer, seconds: float) -> None:
    town.site.answers["/busy"] = answer
    assert town.refusal(path="/busy").reason.startswith("http-")
    before = town.pages()
    assert seconds - 5 <= town.busy(town.two) <= seconds + 10
    assert town.pages() == before
    town.wait(seconds + 1)
    assert town.page(town.two) == 200


@pytest.mark.parametrize("answer", [(503, {}, b""), (500, {"Retry-After": "500"}, b""), (404, {}, b""), (403, {}, b"")])
def test_other_failures_hold_nobody_back(town: Town, answer: Answer) -> None:
    town.site.answers["/odd"] = answer
    town.refusal(path="/odd")
    assert town.page(town.two) == 200


def test_a_feed_that_is_told_to_wait_waits_alone(town: Town) -> None:
    town.site.answers["/feed"] = (429, {"Retry-After": "500"}, b"")
    assert town.refusal(path="/feed", robots=False, scope="source").retry_after == 500
    assert town.page(robots=False, scope="source") == 200


def test_several_feeds_that_are_told_to_wait_mean_the_host(town: Town) -> None:
    for number in range(STRIKES):
        town.site.answers[f"/feed{number}"] = (429, {"Retry-After": "500"}, b"")
        assert town.refusal(path=f"/feed{number}", robots=False, scope="source").reason == "http-429"
        if number < STRIKES - 1:
            town.wait(FEED_APART)
    assert town.busy(robots=False, scope="source") > 400


def test_one_feed_that_is_told_to_wait_again_and_again_does_not_mean_the_host(town: Town) -> None:
    town.site.answers["/feed"] = (429, {"Retry-After": "5"}, b"")
    for _ in range(2 * STRIKES):
        town.refusal(path="/feed", robots=False, scope="source")
        town.wait(FEED_APART)
    assert town.page(robots=False, scope="source") == 200


def test_a_longer_hold_is_not_cut_short(town: Town) -> None:
    host = host_of(town.site.url)
    town.one.hold(host, 500)
    town.one.hold(host, 5)
    assert town.busy() > 400


def test_a_hold_ends_within_a_day(town: Town) -> None:
    town.one.hold(host_of(town.site.url), 1e9)
    assert town.busy() <= MAX_RETRY_AFTER + 10


# ---------------------------------------------------------------- robots.txt


def test_what_robots_txt_forbids_is_not_fetched(town: Town) -> None:
    town.site.answers["/robots.txt"] = (200, {}, b"User-agent: newsworker\nDisallow: /page")
    error = town.refusal()
    assert isinstance(error, Rejected)
    assert (error.reason, error.url) == ("robots", f"{town.site.url}/page")
    assert town.pages() == 0
    assert town.page(path="/feed") == 200


def test_a_feed_is_not_asked_for_permission(town: Town) -> None:
    town.site.answers["/robots.txt"] = (200, {}, b"User-agent: *\nDisallow: /")
    assert town.page(path="/feed", robots=False) == 200
    assert "/robots.txt" not in town.site.paths()


def test_robots_txt_is_read_for_the_name_in_our_user_agent(town: Town) -> None:
    town.site.answers["/robots.txt"] = (200, {}, b"User-agent: my-reader\nDisallow: /")
    assert town.page(town.one) == 200
    assert town.refusal(town.polite(user_agent="My-Reader/2 (me@example.org)")).reason == "robots"


def test_where_a_redirect_leads_robots_txt_is_asked_too(town: Town) -> None:
    town.site.answers["/robots.txt"] = (200, {}, b"User-agent: *\nDisallow: /hidden")
    town.site.answers |= {"/out": (302, {"Location": "/hidden"}, b""), "/hidden": (200, {}, b"")}
    assert town.refusal(path="/out").reason == "robots"
    assert "/hidden" not in town.site.paths()


def test_where_a_redirect_leads_a_slot_is_taken_too(town: Town) -> None:
    target = f"http://localhost:{town.site.port}/page"
    town.site.answers["/out"] = (302, {"Location": target}, b"")
    town.one.hold(host_of(target), 500)
    assert town.busy(path="/out") > 400
    assert "/page" not in town.site.paths()


@pytest.mark.parametrize(("said", "apart"), [("200", 200), ("1", APART), ("99999", 300), ("-1", APART)])
def test_crawl_delay_is_kept_within_bounds_and_leaves_no_two_at_once(town: Town, said: str, apart: float) -> None:
    town.site.answers["/robots.txt"] = (200, {}, f"User-agent: *\nCrawl-delay: {said}\nDisallow: /x".encode())
    patient = town.polite(crawl_delay_max_seconds=300)
    town.page(patient)
    if said == "-1":
        town.page(patient)
    assert town.busy(patient) == about(apart)


def test_crawl_delay_counts_from_the_feed_of_the_host_too(town: Town) -> None:
    town.site.answers["/robots.txt"] = (200, {}, b"User-agent: *\nCrawl-delay: 200")
    patient = town.polite(crawl_delay_max_seconds=300)
    town.page(patient, path="/feed", robots=False)
    assert town.busy(patient) == about(200)
    town.wait(201)
    town.page(patient)


def test_two_feeds_and_a_page_of_a_host_are_no_three_at_once(town: Town) -> None:
    for _ in range(2):
        town.page(path="/feed", robots=False)
    assert town.busy() == about(FEED_APART)
    town.wait(1.2 * FEED_APART)
    town.page()


def test_while_robots_txt_cannot_be_read_pages_wait(town: Town) -> None:
    town.site.answers["/robots.txt"] = (503, {"Retry-After": "700"}, b"")
    assert town.busy() > 100
    assert town.pages() == 0


# ---------------------------------------------------------------- opt-outs


def test_opt_outs_are_those_of_robots_txt_headers_and_tdmrep(town: Town) -> None:
    town.site.answers |= {
        "/robots.txt": (200, {}, b"User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /"),
        "/.well-known/tdmrep.json": (200, {}, b'[{"location": "/", "tdm-reservation": 1}]'),
        "/page": (200, {"X-Robots-Tag": "noai", "TDM-Reservation": "1"}, b""),
    }
    answer = town.one.get(f"{town.site.url}/page")
    assert town.one.opt_outs(answer) == ("robots.txt:CCBot", "robots.txt:GPTBot", "tdm-reservation", "x-robots-tag:noai")


# ---------------------------------------------------------------- the rest


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://News.Example/a", "news.example"),
        ("http://news.example:80/a", "news.example"),
        ("https://news.example.:443/a", "news.example"),
        ("https://news.example:8443/a", "news.example:8443"),
        ("http://me:pass@news.example/a", "news.example"),
        ("http://[2606:4700::1]/a", "2606:4700::1"),
    ],
)
def test_one_host_has_one_name(url: str, host: str) -> None:
    assert host_of(url) == host


def test_headers_and_access_are_passed_on(town: Town) -> None:
    with Proxy() as proxy:
        town.one.get(f"{town.site.url}/page", {"If-None-Match": '"1"'}, Access(auth="me:hush", proxy=proxy.url))
    asked = next(headers for path, headers in town.site.asked if path == "/page")
    assert asked["if-none-match"] == '"1"'
    assert asked["authorization"]


@pytest.mark.parametrize("url", ["ftp://x.example/", "http://", "not an address", "http://x:99999/"])
def test_what_is_no_address_takes_no_slot(town: Town, url: str) -> None:
    with pytest.raises(Rejected):
        town.one.get(url)
    assert list(town.server.client.scan_iter("news:host:*")) == []


def test_a_server_that_is_gone_is_no_fault_of_the_host(town: Town, settings: Settings) -> None:
    lost: Callable[..., redis.Redis] = redis.Redis
    gone = PoliteClient(town.client, lost(port=1, retry=None), settings)
    with pytest.raises(redis.ConnectionError):
        gone.get(f"{town.site.url}/page")
    assert town.site.asked == []


def test_the_user_agent_says_who_we_are_and_whom_to_write_to(town: Town, settings: Settings) -> None:
    with Client(settings.model_copy(update={"contact": "mailto:me@example.org", "allow_hosts": ("127.0.0.1",)})) as client:
        client.get(f"{town.site.url}/page")
    assert town.site.asked[0][1]["user-agent"] == "newsworker/0.1 (news event extraction; mailto:me@example.org)"
