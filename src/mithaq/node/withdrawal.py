"""Taking back what this member released: `mithaq-withdrawal` records, and erasure in the same transaction.

A withdrawal names a record by its log, index and commitment and goes to those whom that record was released to. Here
the bytes are gone when it is accepted; that it reaches the other members' nodes, and what they then do, is theirs.
"""

import itertools
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import UNSET

from mithaq.errors import Refused
from mithaq.model import Audience, Release, Tlp, VerifiedCharter, encode_time, seal_record, withdraw
from mithaq.node.prepare import prepare_value
from mithaq.node.publish import Author
from mithaq.release import Addressed, verify_audience
from mithaq.store.append import Acceptance, NewRecord
from mithaq.store.withdrawal import Target, erase

__all__ = ["take_back"]

_NONCE_BYTES = 16


def take_back(
    acceptance: Acceptance,
    author: Author,
    targets: Sequence[Target],
    scope: Literal["record", "object"],
    reason: str,
    now: datetime,
) -> None:
    """Withdraw records of one object, inside an acceptance, and erase them.

    With scope `object` one withdrawal takes back all of them that went to one audience: it names the newest. With
    scope `record` each has its own. Raises what the store raises (`log-unproven`, `log-damaged`).
    """
    ordered = sorted(targets, key=lambda each: (each.audience, each.label, each.index))
    groups = [list(group) for _, group in itertools.groupby(ordered, key=lambda each: (each.audience, each.label))]
    if scope == "record":
        groups = [[each] for each in ordered]
    records = [_seal(acceptance, author, group, scope, reason, now) for group in groups]
    acceptance.append(records, author.sign)
    paired = [(each, new.record.commitment) for group, new in zip(groups, records, strict=True) for each in group]
    erase(acceptance, [each for each, _ in paired], [commitment for _, commitment in paired])


def _seal(
    acceptance: Acceptance,
    author: Author,
    group: Sequence[Target],
    scope: Literal["record", "object"],
    reason: str,
    now: datetime,
) -> NewRecord:
    """The record that withdraws a group of one audience, to that audience, no less strict than any of them."""
    newest, charter, member = group[-1], author.charter, author.member
    tlp = max(each.tlp for each in group)
    value = withdraw(
        (newest.log, newest.index, newest.commitment.hex()),
        newest.audience,
        scope,
        reason,
        tlp=tlp,
        author=charter.organisations[member].identity,
        unique=uuid.UUID(bytes=author.chance(16), version=4),
        now=now,
    )
    audience, label = _addressed(charter, member, newest, tlp)
    release = Release(
        alliance=charter.alliance,
        log=acceptance.origin,
        author=member,
        audience=audience,
        charter=charter.digest,
        released=encode_time(now),
        nonce=author.chance(_NONCE_BYTES).hex(),
        group=label or UNSET,
    )
    prepared = prepare_value("withdrawal", value)
    record = seal_record(prepared.canonical, release)
    return NewRecord(
        record, prepared.object_id, prepared.type, prepared.version, prepared.digest, tlp, True, prepared.words
    )


def _addressed(charter: VerifiedCharter, member: str, target: Target, tlp: Tlp) -> tuple[Audience, str]:
    """The audience of a withdrawal and its label: that of what is withdrawn, as far as the charter still knows it.

    A label whose group has changed since would be untrue and is left out.
    """
    known = tuple(each for each in target.audience if each.partition("/")[0] in {*charter.organisations, "public"})
    try:
        verify_audience(charter, member, Addressed(known, target.label or None), tlp)
    except Refused:
        return known, ""
    return known, target.label
