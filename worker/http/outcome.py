"""How an exchange fails: what the libraries raise, as our two errors, and addresses as they may be shown."""

from __future__ import annotations

import contextlib
import re
import ssl
from collections.abc import Iterator

import httpcore2
import httpx2

from worker.errors import Rejected, Retryable
from worker.http.decoding import Damaged

# "[Errno 111] Connection refused": people know the words.
_ERRNO = re.compile(r"^\[Errno -?\d+\] ")


@contextlib.contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn what the libraries raise into our two errors, with the address that was asked for."""
    try:
        yield
    except (Rejected, Retryable) as error:
        if error.url is None:
            error.message, error.url = f"{shown(url)}: {error.message}", shown(url)
        raise
    except httpcore2.TimeoutException:
        message = f"{shown(url)}: no complete answer in time (settings connect_seconds, fetch_seconds)"
        raise Retryable(message, stage="fetch", reason="timeout", url=shown(url)) from None
    except httpcore2.LocalProtocolError:  # its message has the value in it
        message = f"{shown(url)}: the request cannot be sent; check the headers of the source"
        raise rejected(message, "headers", url) from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError, Damaged) as error:
        raise _broken(error, url) from None


def _broken(error: Exception, url: str) -> Rejected | Retryable:
    if _certificate(error):
        message = f"{shown(url)}: the server's certificate does not hold: {error}"
        return rejected(message, "certificate", url)
    reason = "connect" if isinstance(error, httpcore2.ConnectError) else "broken"
    message = f"{shown(url)}: {_ERRNO.sub('', str(error)) or type(error).__name__}"
    return Retryable(message, stage="fetch", reason=reason, url=shown(url))


def _certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def rejected(message: str, reason: str, url: str) -> Rejected:
    """A refusal of an address."""
    return Rejected(message, stage="fetch", reason=reason, url=shown(url))


def shown(url: str | httpx2.URL) -> str:
    """An address as it may be shown: without a name and password."""
    try:
        place = httpx2.URL(url)
        return str(place.copy_with(userinfo=b"")) if place.userinfo else str(url)
    except (httpx2.InvalidURL, ValueError):
        return str(url).rpartition("@")[2]
