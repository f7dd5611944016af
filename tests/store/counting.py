"""Counting statements, so that a test can say how many something may take."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest


class Statements:
    """Counts what is sent to the servers while it is on; many rows of one statement count once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[str] = []
        for name in ("execute", "executemany", "copy"):
            real = getattr(psycopg.Cursor, name)

            def counted(cursor: Any, query: Any, *words: Any, _real: Any = real, **named: Any) -> Any:
                if query:  # the pool asks an empty one, to see whether a connection lives
                    self.sent.append(str(query))
                return _real(cursor, query, *words, **named)

            monkeypatch.setattr(psycopg.Cursor, name, counted)

    def of(self, work: Callable[[], object]) -> list[str]:
        self.sent.clear()
        work()
        return list(self.sent)
