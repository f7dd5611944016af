"""What the server says about itself: one JSON object a line on standard error, and what may stand in one.

Never a token, a body, the text of a query, an id of a record, or the text of an unexpected exception, which may quote
any of these: of such an exception only its kind and the places in the source are written. Libraries say their own
sentences only where `QUOTED` names them; of others the logger's name is written.
"""

import logging
import logging.config
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson
import structlog

from mithaq.errors import Malformed

__all__ = ["EventLog", "JsonLines", "begin_events", "describe", "logging_settings"]

EventLog = structlog.typing.FilteringBoundLogger

LEVELS: Final = ("debug", "info", "warning", "error")
QUOTED: Final = ("_granian", "psycopg.pool")
"""Loggers whose messages hold nothing but states of processes and connections."""

_FRAMES = 30


def begin_events(level: str) -> None:
    """Set up logging in this process. Raises `Malformed` (`settings-malformed`) for another level than `LEVELS`."""
    if level not in LEVELS:
        raise Malformed("settings-malformed", "log_level")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=_encode),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(logging_settings())


def logging_settings() -> dict[str, Any]:
    """How libraries log, as `logging.config` and granian take it: warnings and worse, as our own lines."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "mithaq.web.events.JsonLines"}},
        "handlers": {
            "lines": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "lines"},
        },
        "loggers": {"_granian": {"handlers": ["lines"], "level": "WARNING", "propagate": False}},
        "root": {"handlers": ["lines"], "level": "WARNING"},
    }


def describe(error: BaseException) -> dict[str, Any]:
    """An exception without its text: its kind, and where in the source it came by, the innermost place last."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return {
        "kind": f"{type(error).__module__}.{type(error).__qualname__}",
        "frames": [f"{'/'.join(Path(each.filename).parts[-3:])}:{each.lineno} {each.name}" for each in frames],
    }


class JsonLines(logging.Formatter):
    """What libraries log, in the form of our own lines."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        spoken = record.name.startswith(QUOTED)
        line: dict[str, Any] = {"event": record.getMessage() if spoken else "library", "logger": record.name}
        if record.exc_info and record.exc_info[1] is not None:
            line |= describe(record.exc_info[1])
        line |= {"level": record.levelname.lower(), "timestamp": datetime.now(UTC).isoformat()}
        return _encode(line).decode()


def _encode(value: Any, **_: Any) -> bytes:
    return orjson.dumps(value, default=repr)
