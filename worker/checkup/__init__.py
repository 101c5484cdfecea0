"""What a feed does well and badly, as a person would want to send it to its owner: a pure function over an observation."""

from __future__ import annotations

from worker.checkup import content, form, transport
from worker.checkup.observation import Finding, Grade, Observation, Page

__all__ = ["Finding", "Grade", "Observation", "Page", "findings"]


def findings(seen: Observation) -> list[Finding]:
    """All findings: how it is served, how it is written, what is in it."""
    return [*transport.judge(seen), *form.judge(seen), *content.judge(seen)]
