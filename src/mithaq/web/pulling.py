"""Pulling feeds while the server serves: when one is due, a process of its own pulls, and is gone afterwards.

The server's process only looks at a file in the node's folder (`node.feeds.note_due`), so it holds no connection and
no memory for that. What pulls may be killed at any moment; the next one goes on where it was.

    python -m mithaq.web.pulling DIR          what that process runs
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from mithaq.config import load_settings
from mithaq.errors import MithaqError, Unavailable
from mithaq.node import Home, open_node
from mithaq.node.feed_due import due_at
from mithaq.store.supervisor import end_with_parent
from mithaq.web.events import EventLog, begin_events, describe

__all__ = ["pull_by_and_by"]

LOOK_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = 15.0
"""After one process has ended, the next begins at least so much later; after a failure four times as much."""

STOP_SECONDS: Final = 5.0


def pull_by_and_by(home: Home, stopped: threading.Event) -> None:
    """Start a process whenever a feed is due, one after the other, until `stopped`; then end the one that runs.

    What it does is in the events; it raises nothing.
    """
    events: EventLog = structlog.get_logger()
    pause = LOOK_SECONDS
    while not stopped.wait(pause):
        pause = LOOK_SECONDS
        due = due_at(home)
        if due is None or due > datetime.now(UTC):
            continue
        command = [sys.executable, "-P", "-m", "mithaq.web.pulling", str(home.path)]
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        except OSError as error:
            events.error("feeds", outcome="not started", **describe(error))
            pause = 4 * PAUSE_SECONDS
            continue
        status = _wait(process, stopped)
        if status and not stopped.is_set():
            events.error("feeds", outcome="ended", status=status)
        pause = 4 * PAUSE_SECONDS if status else PAUSE_SECONDS


def _wait(process: "subprocess.Popen[bytes]", stopped: threading.Event) -> int:
    """Wait for a process, or end it when the server stops; its exit status."""
    while not stopped.is_set():
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(0.2)
    process.terminate()
    try:
        return process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def main(folder: str) -> int:
    """Pull what is due, and say so in the server's events. Returns the exit status."""
    from mithaq.node.feeds import pull_feeds

    parent = os.getppid()
    end_with_parent()
    if os.getppid() != parent:
        return 1
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the server says when to end
    home = Home(Path(folder))
    settings = load_settings(home)
    begin_events(settings.log_level)
    events: EventLog = structlog.get_logger()
    try:
        with open_node(home, settings.name, settings.place, readers=1) as node:
            for pulled in pull_feeds(node, []):
                counts = pulled.counts
                events.info(
                    "feed",
                    feed=pulled.feed.name,
                    outcome=pulled.outcome,
                    code=pulled.error.code if pulled.error else "",
                    read=counts.read,
                    published=counts.published,
                    unchanged=counts.unchanged,
                    quarantined=counts.quarantined,
                )
    except Unavailable as error:
        events.warning("feeds", outcome="not now", code=error.code)
    except MithaqError as error:
        events.error("feeds", outcome="failed", code=error.code)
        return 1
    except Exception as error:
        events.error("feeds", outcome="failed", **describe(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
