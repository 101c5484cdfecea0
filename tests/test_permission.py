from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

import pytest
from support import Server
from web import Proxy, Site

from worker.errors import NewsworkerError, Rejected, Retryable
from worker.http import Access, Client, permission
from worker.http.permission import AGAIN, DAY, PATIENCE, STALE, Permissions
from worker.settings import Settings

DENY = b"User-agent: *\nDisallow: /"


class Clock:
    """A clock that a test sets; it begins at an ordinary time."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Office:
    """Permissions of a site, with a clock; `page` says whether a page of it may be fetched."""

    def __init__(self, server: Server, settings: Settings, site: Site) -> None:
        self.site, self.clock, self.server = site, Clock(), server
        ours = settings.model_copy(update={"allow_hosts": ("127.0.0.1",), "fetch_seconds": 2})
        self.client = Client(ours)
        self.permissions = Permissions(self.client, server.client, ours, self.clock)
        self.other = Permissions(self.client, server.client, ours, self.clock)

    def page(self, access: Access | None = None) -> bool:
        return self.permissions.rules(self.site.url, access).allows(f"{self.site.url}/page")

    def refusal(self) -> NewsworkerError:
        with pytest.raises((Rejected, Retryable)) as caught:
            self.page()
        return caught.value

    def asked(self) -> int:
        return self.site.paths().count("/robots.txt")


class Answering(Client):
    """A client for which one site answers for all: as a server does that has a name for each of its pages."""

    def __init__(self, client: Client, site: str) -> None:
        self._client, self._site = client, site

    def get(self, url: str, *_: Any, **given: Any) -> Any:
        return self._client.get(self._site + urlsplit(url).path, **given)


@pytest.fixture
def office(server: Server, settings: Settings) -> Iterator[Office]:
    with Site({"/robots.txt": (200, {}, DENY)}) as site:
        office = Office(server, settings, site)
        with office.client:
            yield office


def test_the_file_of_a_site_decides(office: Office) -> None:
    assert not office.page()


def test_it_is_asked_for_once_for_all_workers(office: Office) -> None:
    office.page()
    office.page()
    office.other.rules(office.site.url)
    assert office.asked() == 1


def test_it_is_asked_for_again_after_a_day(office: Office) -> None:
    office.page()
    office.clock.now += DAY - 1
    office.page()
    assert office.asked() == 1
    office.clock.now += 1
    office.site.answers["/robots.txt"] = (200, {}, b"")
    assert office.page()
    assert office.asked() == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 204, 206])
def test_a_site_without_the_file_allows_all(office: Office, status: int) -> None:
    office.site.answers["/robots.txt"] = (status, {}, b"")
    assert office.page()
    assert office.page()
    assert office.asked() == 1


@pytest.mark.parametrize("body", [b"", b"\n\n", b"# nothing", b"<html>no such page</html>", bytes(range(256))])
def test_a_file_without_rules_allows_all(office: Office, body: bytes) -> None:
    office.site.answers["/robots.txt"] = (200, {}, body)
    assert office.page()


def test_redirects_are_followed(office: Office) -> None:
    office.site.answers |= {"/robots.txt": (301, {"Location": "/rules"}, b""), "/rules": (200, {}, DENY)}
    assert not office.page()


@pytest.mark.parametrize("target", ["/robots.txt", "http://10.0.0.1/robots.txt", "ftp://x.example/robots.txt"])
def test_redirects_that_lead_nowhere_are_no_file(office: Office, target: str) -> None:
    office.site.answers["/robots.txt"] = (301, {"Location": target}, b"")
    assert office.page()


def test_a_file_that_breaks_off_counts_as_far_as_it_came(office: Office) -> None:
    def break_off(handler: BaseHTTPRequestHandler, _: threading.Event) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + DENY)

    office.site.answers["/robots.txt"] = break_off
    assert not office.page()


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_while_it_cannot_be_read_no_page_is_fetched_and_none_is_lost(office: Office, status: int) -> None:
    office.site.answers["/robots.txt"] = (status, {}, b"")
    error = office.refusal()
    assert isinstance(error, Retryable)
    assert (error.reason, error.retry_after) == ("host-busy", AGAIN)


@pytest.mark.parametrize("answer", [(200, {"Content-Encoding": "gzip"}, b"xx"), (200, {"Content-Encoding": "br, br"}, b"xx")])
def test_a_file_that_cannot_be_decoded_is_as_one_that_cannot_be_reached(office: Office, answer: Any) -> None:
    office.site.answers["/robots.txt"] = answer
    assert office.refusal().reason == "host-busy"


def test_what_cannot_be_read_is_asked_for_every_few_minutes(office: Office) -> None:
    office.site.answers["/robots.txt"] = (500, {}, b"")
    for _ in range(3):
        office.refusal()
    assert office.asked() == 1
    office.clock.now += AGAIN
    office.refusal()
    assert office.asked() == 2
    office.clock.now += AGAIN
    office.site.answers["/robots.txt"] = (200, {}, b"")
    assert office.page()


def test_what_cannot_be_read_for_long_counts_as_it_was(office: Office) -> None:
    office.site.answers["/robots.txt"] = (200, {}, b"User-agent: *\nDisallow: /private")
    assert office.page()
    office.site.answers["/robots.txt"] = (500, {}, b"")
    office.clock.now += DAY
    assert office.refusal().reason == "host-busy"
    office.clock.now += PATIENCE
    assert office.page()


def test_a_copy_is_not_kept_for_ever(office: Office) -> None:
    office.site.answers["/robots.txt"] = (200, {}, b"")
    assert office.page()
    office.site.answers["/robots.txt"] = (500, {}, b"")
    office.clock.now += DAY
    office.refusal()
    office.clock.now += STALE
    assert office.refusal().reason == "robots-unreachable"


def test_without_a_copy_what_cannot_be_read_for_long_is_a_refusal(office: Office) -> None:
    office.site.answers["/robots.txt"] = (500, {}, b"")
    office.refusal()
    office.clock.now += PATIENCE
    error = office.refusal()
    assert isinstance(error, Rejected)
    assert error.reason == "robots-unreachable"


def test_a_large_file_is_read_as_far_as_it_must_be(office: Office) -> None:
    office.site.answers["/robots.txt"] = (200, {}, DENY + b"\n" + b"#" * 2_000_000)
    assert not office.page()
    (key,) = office.server.client.scan_iter("news:robots:*")
    assert office.server.client.strlen(key) < 10_000


def test_what_is_known_of_a_site_expires(office: Office) -> None:
    office.page()
    (key,) = office.server.client.scan_iter("news:robots:*")
    assert 0 < office.server.client.ttl(key) <= STALE


def test_the_file_is_asked_for_through_the_proxy_of_the_source_but_without_its_log_in(office: Office) -> None:
    with Proxy() as proxy:
        office.page(Access(auth="me:hush", headers={"X-Key": "hush"}, proxy=proxy.url))
        assert proxy.asked
    assert not any({"authorization", "x-key"} & set(asked) for _, asked in office.site.asked)


def test_what_another_version_noted_is_asked_for_anew(office: Office) -> None:
    for left in ("no base64!", "bm8gemxpYg==", "eJyrVkrLzEvMUbJSqgUAF3kDnQ=="):
        office.server.client.set(f"news:robots:{office.site.url}", left)
        assert not office.page()


def test_a_site_that_reserves_its_pages_says_so_in_a_file(office: Office) -> None:
    office.site.answers["/robots.txt"] = (200, {}, b"User-agent: CCBot\nDisallow: /")
    office.site.answers["/.well-known/tdmrep.json"] = (200, {}, b'[{"location": "/", "tdm-reservation": 1}]')
    assert office.page()
    assert office.permissions.opt_outs(office.site.url, f"{office.site.url}/page") == ("robots.txt:CCBot", "tdm-reservation")


def test_of_a_site_that_was_not_asked_no_opt_out_is_known(office: Office) -> None:
    assert office.permissions.opt_outs(office.site.url, f"{office.site.url}/page") == ()
    assert office.site.asked == []


def test_files_of_endless_sites_are_forgotten_the_oldest_first(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permission, "MOST_SITES", 2)
    site = office.site.url.rpartition(":")[2]
    origins = [f"http://127.0.0.{number}:{site}" for number in range(1, 4)]
    office.permissions = Permissions(Answering(office.client, office.site.url), office.server.client, Settings(), office.clock)
    for origin in origins:
        office.clock.now += 1
        office.permissions.rules(origin)
    keys = set(office.server.client.scan_iter("news:robots:*"))
    assert keys == {f"news:robots:{origin}" for origin in origins[1:]}


def test_large_files_are_bounded_apart_from_the_others(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permission, "MOST_LARGE", 1)
    large = b"".join(b"Disallow: /%d\n" % (number * number) for number in range(20_000))
    answers = {"a": b"User-agent: *\n" + large, "b": b"User-agent: *\n" + large, "c": DENY}
    for name, body in answers.items():
        office.clock.now += 1
        office.site.answers["/robots.txt"] = (200, {}, body)
        client = Answering(office.client, office.site.url)
        Permissions(client, office.server.client, Settings(), office.clock).rules(f"https://{name}.example")
    keys = set(office.server.client.scan_iter("news:robots:*"))
    assert keys == {"news:robots:https://b.example", "news:robots:https://c.example"}
