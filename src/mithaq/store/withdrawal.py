"""Taking back: which records a withdrawal is about, and their erasure, inside an acceptance (`store.append`).

Erased are the record's bytes and all that came from them: words, attachments, keys to find it by. What stays is the
reference (log, index, commitment), since the log's entry stays too, and the commitment of the withdrawal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mithaq.model import Audience, Tlp
from mithaq.store.append import Acceptance

__all__ = ["Target", "erase", "find_targets"]


@dataclass(frozen=True, slots=True)
class Target:
    """A record of the own log that is to be withdrawn: where it stands, what of, to whom and how it was released."""

    log: str
    index: int
    commitment: bytes
    version: str
    accepted: datetime
    audience: Audience
    label: str
    tlp: Tlp


def find_targets(acceptance: Acceptance, publisher: str, object_id: str, label: str) -> list[Target]:
    """What `publisher` has released of an object under a label, the oldest first."""
    rows = acceptance.connection.execute(
        "SELECT l.origin, r.index, r.commitment, r.version, r.accepted, a.entries, a.label, r.tlp"
        " FROM records r JOIN audiences a ON a.id = r.audience JOIN logs l ON l.id = r.log"
        " WHERE r.object_id = %s AND r.publisher = %s AND a.label = %s AND l.own ORDER BY r.arrival",
        [object_id, publisher, label],
    )
    return [Target(row[0], row[1], row[2], row[3], row[4], tuple(row[5]), row[6], Tlp(row[7])) for row in rows]


def erase(acceptance: Acceptance, targets: Sequence[Target], withdrawals: Sequence[bytes]) -> None:
    """Erase records; each is paired with the commitment of the record that withdraws it."""
    commitments = [each.commitment for each in targets]
    acceptance.connection.execute(
        "INSERT INTO withdrawn (log, index, commitment, withdrawal) SELECT r.log, r.index, r.commitment, w.withdrawal"
        " FROM unnest(%s::bytea[], %s::bytea[]) AS w (commitment, withdrawal) JOIN records r USING (commitment)",
        [commitments, list(withdrawals)],
    )
    acceptance.connection.execute("DELETE FROM records WHERE commitment = ANY (%s)", [commitments])
