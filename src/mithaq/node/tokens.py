"""Bearer tokens: `mq_<id>_<secret>`, made once, kept as a hash; and the audit trail of who did what in this member.

A token has a name, one role and perhaps an end. Its secret is 32 bytes of chance, so a plain SHA-256 keeps it: there is
nothing to guess. Comparison takes the same time whether or not the token exists.
"""

import hashlib
import hmac
import re
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
import psycopg

from mithaq.errors import Refused
from mithaq.model import ROLES, Reader, is_id
from mithaq.store.database import Connection, Database

__all__ = [
    "PUBLISHERS",
    "Act",
    "Token",
    "Visitor",
    "authenticate",
    "create_token",
    "list_tokens",
    "note_act",
    "read_audit",
    "revoke_token",
    "split_token",
]

PUBLISHERS: Final = frozenset({"duty-officer", "analyst", "delegate", "secretariat"})
"""Roles whose tokens may publish."""

_TOKEN = re.compile(r"mq_([a-z0-9]{16})_([0-9a-f]{64})")
_NOBODY = bytes(32)


class Token(msgspec.Struct, frozen=True):
    """A token as it is listed, without its secret; times in UTC."""

    name: str
    roles: tuple[str, ...]
    created: datetime
    expires: datetime | None
    revoked: datetime | None


class Act(msgspec.Struct, frozen=True):
    """A line of the audit trail: when (UTC), who, what, and with which particulars."""

    at: datetime
    actor: str
    act: str
    detail: dict[str, str | int]


class Visitor(NamedTuple):
    """Who stands at the door: the token's name, and the reader that it makes."""

    name: str
    reader: Reader


def create_token(
    connection: Connection, name: str, role: str, *, chance: bytes, now: datetime, expires: datetime | None = None
) -> str:
    """Make a token and return it: the only time that it is seen. `chance` are 48 random bytes.

    Raises `Refused` (`token-name`, `token-role`, `token-exists`).
    """
    if not is_id(name):
        raise Refused("token-name", name=name)
    if role not in ROLES:
        raise Refused("token-role", role=role)
    identifier, secret = chance[32:].hex()[:16], chance[:32].hex()
    try:
        connection.execute(
            "INSERT INTO tokens (id, name, roles, hash, created, expires) VALUES (%s, %s, %s, %s, %s, %s)",
            [identifier, name, [role], hashlib.sha256(secret.encode()).digest(), now, expires],
        )
    except psycopg.errors.UniqueViolation:
        raise Refused("token-exists", name=name) from None
    return f"mq_{identifier}_{secret}"


def list_tokens(connection: Connection) -> list[Token]:
    """All tokens that were made, the newest first."""
    rows = connection.execute("SELECT name, roles, created, expires, revoked FROM tokens ORDER BY created DESC, name")
    return [Token(row[0], tuple(row[1]), row[2], row[3], row[4]) for row in rows]


def revoke_token(connection: Connection, name: str, now: datetime) -> None:
    """End a token at once. Raises `Refused` (`token-absent`)."""
    done = connection.execute("UPDATE tokens SET revoked = %s WHERE name = %s AND revoked IS NULL", [now, name])
    if done.rowcount == 0:
        raise Refused("token-absent", name=name)


def split_token(token: str) -> tuple[str, bytes]:
    """A token's id, empty if it is none, and the hash of its secret."""
    match = _TOKEN.fullmatch(token)
    identifier, secret = match.groups() if match else ("", "")
    return identifier, hashlib.sha256(secret.encode()).digest()


def authenticate(database: Database, organisation: str, token: str, now: datetime) -> Visitor:
    """Who carries this token. The only way from outside to a `Reader`. Raises `Refused` (`token-wrong`)."""
    identifier, hashed = split_token(token)
    with database.asking() as connection:
        row = connection.execute("SELECT name, roles, hash, expires FROM find_token(%s)", [identifier]).fetchone()
    name, roles, kept, expires = row or ("", [], _NOBODY, None)
    right = hmac.compare_digest(bytes(kept), hashed)
    if not right or (expires is not None and expires <= now):
        raise Refused("token-wrong")
    return Visitor(name, Reader(organisation, frozenset(roles)))


def note_act(connection: Connection, actor: str, act: str, now: datetime, **detail: str | int) -> None:
    """Write a line of the audit trail: who did what. Never put content of a record, or a secret, into `detail`."""
    connection.execute(
        "INSERT INTO audit (at, actor, act, detail) VALUES (%s, %s, %s, %s::jsonb)",
        [now, actor, act, msgspec.json.encode(detail).decode()],
    )


def read_audit(connection: Connection, wanted: int) -> list[Act]:
    """The newest lines of the audit trail, the newest first."""
    rows = connection.execute("SELECT at, actor, act, detail FROM audit ORDER BY number DESC LIMIT %s", [wanted])
    return [Act(*row) for row in rows]
