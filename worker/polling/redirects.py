"""Redirects that were followed on the way to an answer: which of them hold for ever, and which are a risk."""

from __future__ import annotations

from collections.abc import Sequence

from worker.http import Hop

# Longer addresses carry a session, not a place; they are neither kept nor rewritten to.
URL_CHARS = 2048
_PERMANENT = frozenset({301, 308})


def permanent(hops: Sequence[Hop]) -> str | None:
    """Where an unbroken row of permanent redirects from the first on leads; None if there is none to follow for ever.

    It breaks at a step from https to http, and a target that carries a password or a session is none.
    """
    target = None
    for hop in hops:
        if hop.status not in _PERMANENT or is_insecure(hop):
            break
        target = hop.location
    if target is None or len(target) > URL_CHARS or "@" in target.partition("//")[2].partition("/")[0]:
        return None
    return target


def is_insecure(hop: Hop) -> bool:
    """Whether it leads from https to http, where anybody on the way may change what is read."""
    return hop.url.startswith("https:") and not hop.location.startswith("https:")
