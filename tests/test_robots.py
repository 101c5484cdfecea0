from __future__ import annotations

import math
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.http import robots
from worker.http.robots import Robots, announced, decode, directives, is_reserved, product, reservations

FILES = sorted((Path(__file__).parents[2] / "shared" / "feeds" / "protego-robots" / "robots").glob("*"))
SITE = "https://news.example"
MINERS = ["GPTBot", "CCBot", "Google-Extended", "anthropic-ai"]


def rules(*lines: str) -> Robots:
    return Robots("\n".join(lines), "newsworker")


def allowed(path: str, *lines: str) -> bool:
    return rules(*lines).allows(SITE + path)


# ---------------------------------------------------------------- RFC 9309


@pytest.mark.parametrize(
    ("lines", "path", "expected"),
    [
        ([], "/a", True),
        (["User-agent: *", "Disallow:"], "/a", True),
        (["User-agent: *", "Disallow: /"], "/a", False),
        (["User-agent: *", "Disallow: /"], "/robots.txt", True),
        (["User-agent: *", "Disallow: /a"], "/ab", False),
        (["User-agent: *", "Disallow: /a/"], "/a", True),
        (["User-agent: *", "Disallow: /a", "Allow: /a/b"], "/a/b/c", True),
        (["User-agent: *", "Allow: /a", "Disallow: /a"], "/a", True),
        (["User-agent: *", "Disallow: /*.pdf$"], "/x.pdf", False),
        (["User-agent: *", "Disallow: /*.pdf$"], "/x.pdf?y", True),
        (["User-agent: *", "Disallow: /", "User-agent: newsworker", "Allow: /"], "/a", True),
        (["User-agent: newsworker", "Disallow: /", "User-agent: *", "Allow: /"], "/a", False),
        (["User-agent: NewsWorker/1.0", "Disallow: /"], "/a", False),
        (["USER-AGENT: NEWSWORKER", "DISALLOW: /"], "/a", False),
        (["User-agent: other", "User-agent: newsworker", "Disallow: /"], "/a", False),
        (["User-agent: newsworker", "Disallow: /a", "", "User-agent: newsworker", "Disallow: /b"], "/b", False),
        (["User-agent: * # all", "Disallow: / # everything"], "/a", False),
        (["\ufeffUser-agent: *", "Disallow: /"], "/a", True),
        (["Disallow: /"], "/a", True),
        (["User-agent: *", "Disallow: /caf\u00e9"], "/caf%C3%A9", False),
    ],
)
def test_the_longest_rule_of_our_own_group_decides(lines: list[str], path: str, expected: bool) -> None:
    assert allowed(path, *lines) is expected


@pytest.mark.parametrize("name", ["news", "newsworker-images", "worker", "new*", "newsworkerbot"])
def test_a_name_that_is_only_like_ours_is_not_ours(name: str) -> None:
    assert allowed("/a", f"User-agent: {name}", "Disallow: /")


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    assert not Robots(decode("\ufeffUser-agent: *\nDisallow: /".encode()), "newsworker").allows(f"{SITE}/a")


def test_what_stands_behind_the_limit_is_not_read() -> None:
    body = b"User-agent: *\n" + b"#" * robots.MAX_BYTES + b"\nDisallow: /"
    assert Robots(decode(body), "newsworker").allows(f"{SITE}/a")


@pytest.mark.parametrize(
    ("value", "seconds"), [("5", 5), ("0.5", 0.5), ("0", None), ("-3", None), ("inf", None), ("nan", None), ("soon", None)]
)
def test_crawl_delay_is_a_number_of_seconds_or_nothing(value: str, seconds: float | None) -> None:
    assert rules("User-agent: *", f"Crawl-delay: {value}", "Disallow: /x").delay == seconds


def test_crawl_delay_is_that_of_our_group() -> None:
    lines = ["User-agent: *", "Crawl-delay: 60", "User-agent: newsworker", "Crawl-delay: 2"]
    assert rules(*lines).delay == 2


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("newsworker/0.1 (news; x@y.example)", "newsworker"),
        ("My-Reader 2", "My-Reader"),
        ("Mozilla/5.0 (compatible)", "Mozilla"),
        ("7", "7"),
    ],
)
def test_robots_txt_calls_us_by_our_product(agent: str, name: str) -> None:
    assert product(agent) == name


# ---------------------------------------------------------------- opt-outs


@pytest.mark.parametrize("agent", MINERS)
def test_a_group_that_forbids_a_miner_is_an_opt_out(agent: str) -> None:
    found = rules(f"User-agent: {agent.upper()}", "Disallow: /")
    assert found.opt_outs(f"{SITE}/a") == (f"robots.txt:{agent}",)
    assert found.allows(f"{SITE}/a")


def test_an_opt_out_holds_where_it_was_said() -> None:
    found = rules("User-agent: GPTBot", "Disallow: /opinion/")
    assert found.opt_outs(f"{SITE}/opinion/1") == ("robots.txt:GPTBot",)
    assert found.opt_outs(f"{SITE}/news/1") == ()


def test_a_group_for_all_is_about_crawling_and_no_opt_out() -> None:
    assert rules("User-agent: *", "Disallow: /").opt_outs(f"{SITE}/a") == ()


def test_a_miner_that_is_named_and_allowed_is_no_opt_out() -> None:
    assert rules("User-agent: GPTBot", "Allow: /", "User-agent: CCBot", "Disallow:").opt_outs(f"{SITE}/a") == ()


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["User-agent: *", "Content-Signal: search=yes, ai-train=no"], ("content-signal:ai-train=no",)),
        (["Content-Signal: ai-input=no,ai-train=no"], ("content-signal:ai-input=no", "content-signal:ai-train=no")),
        (["User-agent: newsworker", "content-signal : AI-TRAIN = NO"], ("content-signal:ai-train=no",)),
        (["User-agent: other", "Content-Signal: ai-train=no"], ()),
        (["User-agent: other", "User-agent: *", "Content-Signal: ai-train=no"], ("content-signal:ai-train=no",)),
        (["User-agent: *", "Content-Signal: search=no, ai-train=yes"], ()),
        (["User-agent: *", "Content-Usage: train-ai=n"], ("content-usage:train-ai=n",)),
        (["User-agent: *", "Content-Usage: /a train-ai=n"], ("content-usage:train-ai=n",)),
        (["User-agent: *", "Content-Usage: /b train-ai=n"], ()),
        (["Content-Signal:", "Content-Signal: =", "Content-Signal: no"], ()),
    ],
)
def test_signals_that_refuse_are_opt_outs(lines: list[str], words: tuple[str, ...]) -> None:
    assert rules(*lines).opt_outs(f"{SITE}/a") == words


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, ()),
        ({"x-robots-tag": "noindex"}, ()),
        ({"x-robots-tag": "NoAI, noimageai"}, ("x-robots-tag:noai", "x-robots-tag:noimageai")),
        ({"x-robots-tag": "somebot: noai, unavailable_after: 25 Jun 2030 15:00:00 PST"}, ("x-robots-tag:noai",)),
        ({"tdm-reservation": "1"}, ("tdm-reservation",)),
        ({"tdm-reservation": "0"}, ()),
        ({"content-signal": "ai-train=no"}, ("content-signal:ai-train=no",)),
        ({"content-usage": "train-ai=n, tdm=y"}, ("content-usage:train-ai=n",)),
    ],
)
def test_headers_announce_opt_outs(headers: dict[str, str], words: tuple[str, ...]) -> None:
    assert announced(headers) == words


def test_directives_of_a_page_say_where_they_stood() -> None:
    assert directives("noai,noai, index", "meta") == ("meta:noai",)


@pytest.mark.parametrize(
    ("body", "path", "reserved"),
    [
        (b'[{"location": "/", "tdm-reservation": 1}]', "/a", True),
        (b'[{"location": "/", "tdm-reservation": "1"}]', "/a", True),
        (b'[{"location": "/", "tdm-reservation": 0}]', "/a", False),
        (b'[{"location": "/pics/*.jpg", "tdm-reservation": 1}]', "/pics/a.jpg", True),
        (b'[{"location": "/", "tdm-reservation": 1}, {"location": "/free/", "tdm-reservation": 0}]', "/free/a", False),
        (b"[]", "/a", False),
        (b"{}", "/a", False),
        (b"null", "/a", False),
        (b"[1, null, [], {}]", "/a", False),
        (b'[{"location": 1, "tdm-reservation": 1}]', "/a", False),
        (b'[{"location": "/x\\nAllow: /", "tdm-reservation": 1}]', "/x", False),
        (b"<html>", "/a", False),
        (b"\xff\xfe", "/a", False),
        (b"[" * 100_000, "/a", False),
        (b'[{"location": "/", "tdm-reservation": []}]', "/a", False),
    ],
)
def test_tdmrep_reserves_what_it_names(body: bytes, path: str, reserved: bool) -> None:
    assert is_reserved(reservations(body), SITE + path) is reserved


# ---------------------------------------------------------------- anything at all


@given(st.binary(max_size=400))
def test_any_bytes_are_a_robots_txt(body: bytes) -> None:
    found = Robots(decode(body), "newsworker")
    assert isinstance(found.allows(f"{SITE}/a"), bool)
    assert found.delay is None or 0 < found.delay < math.inf
    assert all(word.startswith(("robots.txt:", "content-")) for word in found.opt_outs(f"{SITE}/a"))


LINES = ["User-agent: *", "User-agent: newsworker", "User-agent: GPTBot", "Disallow: /", "Allow: /", "Disallow:", "junk", ""]


@given(st.lists(st.sampled_from(LINES), max_size=12))
def test_what_concerns_others_alone_changes_nothing_for_us(lines: list[str]) -> None:
    more = ["User-agent: somebot", "Disallow: /", *lines]
    assert rules(*more).allows(f"{SITE}/a") == rules(*lines).allows(f"{SITE}/a")


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"User-agent: a{number}\n" for number in range(15_000)) + "".join(f"Disallow:/{n}\n" for n in range(15_000)),
        "".join(f"User-agent: {agent}\n" for agent in MINERS * 5000) + "".join(f"Disallow:/{n}\n" for n in range(15_000)),
        ("".join(f"User-agent: {agent}\n" for agent in MINERS) + "Disallow: /x\n") * 4000,
        "User-agent: *\n" + ("Disallow: /" + "a*" * 60 + "$\n") * 3500,
        "User-agent: *\nDisallow: /" + "*a" * 200_000,
        "User-agent: *\n" + "".join(f"Disallow: /*{number}\n" for number in range(25_000)),
        "user-agent" + " " * 400_000 + "x\nDisallow: /",
        "content-signal" + " " * 400_000 + "x",
    ],
    ids=["agents", "miners", "groups", "stars", "one-line", "patterns", "spaces", "signals"],
)
def test_a_file_made_to_cost_time_costs_little(text: str) -> None:
    begun = time.process_time()
    found = Robots(text, "newsworker")
    found.allows(f"{SITE}/" + "a" * 2000)
    found.opt_outs(f"{SITE}/" + "a" * 2000)
    assert time.process_time() - begun < 3  # room for a slow machine; it is a fraction of a second


@pytest.mark.skipif(not FILES, reason="the corpus of robots.txt is not here")
def test_every_real_file_is_read_in_bounded_time() -> None:
    assert len(FILES) > 150
    for file in FILES:
        begun = time.process_time()
        found = Robots(decode(file.read_bytes()), "newsworker")
        assert isinstance(found.allows(f"{SITE}/news/1"), bool), file.name
        found.opt_outs(f"{SITE}/news/1")
        assert time.process_time() - begun < 2, file.name
