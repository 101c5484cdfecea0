"""What the owner of a site says about robots: robots.txt (RFC 9309), and what reserves pages from AI and data mining.

Opt-outs are words such as "robots.txt:GPTBot", "content-signal:ai-train=no", "x-robots-tag:noai", "tdm-reservation".
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from protego import Protego

# RFC 9309: at least so much is read; what stands behind it counts as not written.
MAX_BYTES = 500 * 1024
# Each rule is kept for each agent of its group: a file of nothing but both would fill memory.
_MAX_PAIRS = 100_000
_MAX_PATTERNS = 1000
_AGENT = re.compile(r"(?:user-?agent|user agent)\s*[:\s]\s*(.*)", re.IGNORECASE)
_SIGNAL = re.compile(r"(content-signal|content-usage)\s*:\s*(.*)", re.IGNORECASE)
_PRODUCT = re.compile(r"[A-Za-z_-]+")
# Stands in for agents that are no matter of ours; none is called so.
_SOMEBODY = "somebody-else"


class Robots:
    """The rules of one robots.txt for one agent, a product token such as "newsworker"."""

    def __init__(self, text: str, agent: str) -> None:
        self._agent = agent.lower()
        self._named, lines = _sifted(text, self._agent)
        self._rules = Protego.parse("\n".join(lines))
        self._signals = tuple(_signals(lines, self._agent))

    def allows(self, url: str) -> bool:
        """Whether the agent may fetch an address of this site."""
        return self._rules.can_fetch(url, self._agent)

    @property
    def delay(self) -> float | None:
        """Seconds between requests (Crawl-delay); None if the file does not say, or says nonsense."""
        delay = self._rules.crawl_delay(self._agent)
        return delay if delay and math.isfinite(delay) and delay > 0 else None

    def opt_outs(self, url: str) -> tuple[str, ...]:
        """What the file reserves an address from."""
        agents = (agent for agent in _data()["agents"] if agent.lower() in self._named)
        forbidden = [f"robots.txt:{agent}" for agent in agents if not self._rules.can_fetch(url, agent.lower())]
        path = "/" + url.split("://", 1)[-1].partition("/")[2]
        return (*forbidden, *dict.fromkeys(word for prefix, word in self._signals if path.startswith(prefix)))


@lru_cache(maxsize=32)
def parse(text: str, agent: str) -> Robots:
    """The rules in a text; those asked for last are kept, for an article is seldom alone."""
    return Robots(text, agent)


def product(user_agent: str) -> str:
    """The product token of a User-Agent, by which robots.txt calls it."""
    match = _PRODUCT.match(user_agent)
    return match[0] if match else user_agent


def decode(body: bytes) -> str:
    """The text of a robots.txt: UTF-8 as the standard says, and no more of it than must be read."""
    return body[:MAX_BYTES].decode("utf-8-sig", "replace")


def announced(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The opt-outs in the header of an answer (lower-case names)."""
    found = list(directives(headers.get("x-robots-tag", ""), "x-robots-tag"))
    if headers.get("tdm-reservation", "").strip() == "1":
        found.append("tdm-reservation")
    for name in ("content-signal", "content-usage"):
        found += _refused(name, headers.get(name, ""))
    return tuple(dict.fromkeys(found))


def directives(value: str, place: str) -> tuple[str, ...]:
    """The opt-outs in a list of robots directives, which stood in `place`: "noai, googlebot: noindex"."""
    words = (part.rpartition(":")[2].strip().lower() for part in value.split(","))
    return tuple(dict.fromkeys(f"{place}:{word}" for word in words if word in _data()["words"]))


def reservations(body: bytes) -> tuple[tuple[str, bool], ...]:
    """The pairs of pattern and reservation in a tdmrep.json; none if it is not one."""
    try:
        rows = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    found = []
    for row in rows[:_MAX_PATTERNS] if isinstance(rows, list) else ():
        location = row.get("location") if isinstance(row, dict) else None
        if isinstance(location, str) and location.isprintable() and "#" not in location:
            found.append((location, row.get("tdm-reservation") in (1, "1")))
    return tuple(found)


def is_reserved(pairs: Iterable[tuple[str, bool]], url: str) -> bool:
    """Whether a tdmrep.json reserves an address; its patterns are those of robots.txt."""
    lines = [f"{'disallow' if reserved else 'allow'}: {location}" for location, reserved in pairs]
    return bool(lines) and not Protego.parse("\n".join(["user-agent: *", *lines])).can_fetch(url, _SOMEBODY)


def _sifted(text: str, agent: str) -> tuple[frozenset[str], list[str]]:
    """The agents that have a group of their own, and the lines with nobody named but those who matter.

    Names match as a whole, as RFC 9309 has it: "news" is not "newsworker".
    """
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    names = [_agent_name(line) for line in lines]
    wanted = {agent, "*"}
    miners = {token.lower() for token in _data()["agents"]}
    many = sum(name in miners for name in names)
    if many * (len(lines) - many) <= _MAX_PAIRS:
        wanted |= miners
    kept = [
        line if name is None else f"user-agent: {name if name in wanted else _SOMEBODY}"
        for line, name in zip(lines, names, strict=True)
        if line
    ]
    return frozenset(name for name in names if name in wanted), kept


def _agent_name(line: str) -> str | None:
    """Whom a line names, without version or star; None if it begins no group."""
    match = _AGENT.match(line)
    if match is None:
        return None
    name = match[1].strip().lower()
    return name if name == "*" else name.partition("/")[0].strip("* ")


def _signals(lines: list[str], agent: str) -> Iterable[tuple[str, str]]:
    """Path prefix and word of each refusal that is meant for all, or for us."""
    meant, naming = True, False
    for line in lines:
        name = _agent_name(line)
        if name is not None:
            meant = (naming and meant) or name in {"*", agent}
            naming = True
            continue
        naming = False
        match = _SIGNAL.match(line)
        if match and meant:
            path, _, rest = match[2].partition(" ") if match[2].startswith("/") else ("/", "", match[2])
            yield from ((path, word) for word in _refused(match[1].lower(), rest))


def _refused(place: str, value: str) -> list[str]:
    data, words = _data(), []
    for part in value.lower().split(","):
        use, _, answer = (piece.strip() for piece in part.partition("="))
        if use in data["uses"] and answer in data["refusals"]:
            words.append(f"{place}:{use}={answer}")
    return words


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((files("worker.http") / "optouts.toml").read_text(encoding="utf8"))
