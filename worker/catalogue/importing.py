"""Lists of sources from elsewhere: OPML that another reader wrote, or a sources file."""

from __future__ import annotations

from collections.abc import Iterator

from worker.catalogue import opml
from worker.errors import Rejected
from worker.sources import SECRETS, SourceConfig, parse_sources

# Python's parser takes a time that grows with the cube of the points in a key.
_MOST_POINTS = 200


def read(content: bytes, place: str, *, trust: bool = False) -> Iterator[SourceConfig | Rejected]:
    """The sources of a list, what cannot be polled in its place. Raises Rejected or Misconfigured for what is no list.

    A stranger's list may name code to run, or a secret of this machine to send to an address: such sources are refused
    unless the list is trusted.
    """
    markup = content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") or b"<opml" in content[:4096]
    if content.strip() and not markup and b"source" not in content:
        message = f"{place}: not a list of feeds: neither OPML nor a file such as feeds.toml"
        raise Rejected(message, stage="import", reason="not-a-list")
    if not markup and (len(content) > opml.MAX_BYTES or any(line.count(b".") > _MOST_POINTS for line in content.splitlines())):
        message = f"{place}: not read: more than {opml.MAX_BYTES} bytes, or a line with more than {_MOST_POINTS} points"
        raise Rejected(message, stage="import", reason="too-large")
    found = _outlines(content, place) if markup else iter(parse_sources(content, place))
    for item in found:
        yield item if trust or isinstance(item, Rejected) else _harmless(item)


def _outlines(content: bytes, place: str) -> Iterator[SourceConfig | Rejected]:
    for item in opml.read(content, place):
        if item.kind == "feed":
            try:
                yield opml.source(item)
            except Rejected as error:
                yield error
        else:
            yield _no_feed(item)


def _no_feed(item: opml.Outline) -> Rejected:
    what = {
        "list": f"another list; fetch it, and import it by itself: {item.url}",
        "site": f"a site without the address of a feed; look for it with: newsworker feeds add {item.url}",
    }[item.kind]
    return Rejected(f"{item.title or item.url}: {what}", stage="import", reason=item.kind, url=item.url)


def _harmless(source: SourceConfig) -> SourceConfig | Rejected:
    values = source.model_dump(include=set(SECRETS))
    pieces = [value for key in ("headers", "cookies") for value in values[key].values()]
    pieces += [value for key in ("auth", "proxy") if (value := values[key])]
    if ":" in source.kind:
        what = f"kind {source.kind} names code to run"
    elif any(piece.startswith(("env:", "file:")) for piece in pieces):
        what = "it sends a secret of this machine to its address"
    else:
        return source
    return Rejected(f"{source.name}: {what}; add --trust if the list is yours", stage="import", reason="trust")
