"""When a feed is due next, as a file in the node's folder: a server looks there without asking the database.

The file is a hint and no more. Whoever adds, removes or pulls feeds writes it anew, and so does a server that starts.
"""

from datetime import datetime
from typing import Final

from mithaq.errors import Malformed
from mithaq.model import decode_time, encode_time
from mithaq.node.home import Home
from mithaq.node.node import Node
from mithaq.store.feeds import next_due

__all__ = ["due_at", "note_due"]

HINT: Final = "feeds.due"


def note_due(node: Node) -> None:
    """Write into the node's folder when a feed is due next, where the server looks without asking the database."""
    with node.database.writing() as connection:
        due = next_due(connection)
    node.home.write(HINT, encode_time(due).encode() if due else b"")


def due_at(home: Home) -> datetime | None:
    """When a feed is due next, as `note_due` wrote it; None if there is none."""
    try:
        return decode_time((home.path / HINT).read_text("ascii"))
    except (OSError, UnicodeDecodeError, Malformed):
        return None
