"""The ways in which work can fail. `Retryable | Rejected` are an article's; anything else is a bug and surfaces."""

from __future__ import annotations

from typing import Any


class NewsworkerError(Exception):
    """Base: says what went wrong and what to do next, and where it happened. Survives pickling.

    `status` is the HTTP status of the answer, where there was one; `retry_after` the seconds that the other side asked us
    to wait, where it did.
    """

    exit_code = 1
    status: int | None = None
    retry_after: float | None = None

    def __init__(
        self,
        message: str,
        *,
        stage: str = "",
        reason: str = "",
        source: str | None = None,
        url: str | None = None,
        article: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.stage, self.reason = message, stage, reason
        self.source, self.url, self.article = source, url, article

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, {k: v for k, v in self.__dict__.items() if k != "message"})

    def at(self, **where: str | None) -> NewsworkerError:
        """The same error with more said about its place; what is known already stays."""
        for key, value in where.items():
            if not getattr(self, key):
                setattr(self, key, value)
        return self


def _rebuild(cls: type[NewsworkerError], message: str, where: dict[str, Any]) -> NewsworkerError:
    error = cls(message)
    error.__dict__.update(where)
    return error


class Retryable(NewsworkerError):
    """It may work later: time-outs, a busy server, a full broker."""


class Rejected(NewsworkerError):
    """It will never work: the input itself is unfit. Goes to the dead letters at once."""


class BrokerUnreachable(NewsworkerError):
    """No Redis answers where one was expected."""

    exit_code = 69


class Misconfigured(NewsworkerError):
    """Settings or sources cannot be understood."""

    exit_code = 78
