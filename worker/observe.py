"""Logs: one JSON object a line in services, short lines on a terminal; passwords in addresses are masked."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import sys
from typing import TextIO

PASSWORD = re.compile(r"(?<=://)([^/\s:@]*):[^@/\s]+@")
# C0, C1 and what turns the direction of writing; each is replaced by one character, so that offsets stay.
UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# What every log record has; anything else was given by the caller as `extra` and is worth showing.
USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "data"}


def setup(level: int | str = logging.INFO, stream: TextIO | None = None) -> None:
    """Send all logs to `stream` (standard error), as JSON unless it is a terminal. Earlier handlers are dropped."""
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Plain() if stream.isatty() else Json())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)


def mask(text: str) -> str:
    """The text without passwords in its addresses: `redis://user:***@host`."""
    return PASSWORD.sub(r"\1:***@", text)


class Json(logging.Formatter):
    """One object a line: time (UTC), level, logger, message, what was given as `extra`, the traceback as `error`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
        entry = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{key: value for key, value in vars(record).items() if key not in USUAL},
        }
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        return mask(json.dumps(entry, ensure_ascii=False, default=str))


class Plain(logging.Formatter):
    """For people: clock time, level where it is not the usual one, message."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, with the traceback below it where there is one."""
        clock = dt.datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        level = f" {record.levelname.lower()}:" if record.levelno != logging.INFO else ""
        error = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        return UNSAFE.sub("\ufffd", mask(f"{clock}{level} {record.getMessage()}{error}"))


def warning(line: str) -> str | None:
    """The message of a log line of a child if a person should see it: warnings and worse, and what is no JSON.

    Of several lines the first, as Celery's scheduler gives whole stacks; the log has all. What becomes of single articles
    is not said here: the dead letters say it.
    """
    try:
        entry = json.loads(line)
        level, logger, message = entry["level"], entry["logger"], str(entry["message"])
    except (ValueError, TypeError, KeyError):
        return line.strip() or None
    first = message.strip().partition("\n")[0]
    return first if level in {"warning", "error", "critical"} and logger != "worker.delivery" else None
