"""Who is addressed, and who reads: audience entries, roles, readers, grants (`docs/formats.md`).

An audience is a sorted tuple of entries: `m` (a member or partner with all its roles but administrator), `m/role`, or
`public` alone. It is plain text, so that a record says for itself whom it addresses. Which audience a marking allows,
and whether a reader stands in one, is `release`'s; here is only what an audience *is*.

>>> decode_audience(["dara", "sarib/analyst"])
('dara', 'sarib/analyst')
>>> Reader("dara", frozenset({"analyst"})).entries()
('dara', 'dara/analyst', 'public')
>>> Reader("dara", frozenset({"administrator"})).entries()
('dara/administrator', 'public')
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args

import msgspec

from mithaq.errors import Malformed

__all__ = ["MAX_AUDIENCE", "PUBLIC", "ROLES", "Audience", "Grant", "Reader", "Role", "decode_audience", "is_id"]

Role = Literal["duty-officer", "analyst", "delegate", "secretariat", "auditor", "administrator"]
Audience = tuple[str, ...]
"""Audience entries, sorted, each once."""

ROLES: frozenset[str] = frozenset(get_args(Role))
PUBLIC = "public"
MAX_AUDIENCE = 1024
"""Entries of one audience."""

_ID = re.compile(r"[a-z0-9-]{2,32}")


def is_id(text: object) -> bool:
    """Whether `text` may name a member, partner or group: 2 to 32 of a-z, 0-9 and hyphen; never `public`."""
    return isinstance(text, str) and text != PUBLIC and _ID.fullmatch(text) is not None


def decode_audience(entries: Sequence[object], place: str = "") -> Audience:
    """The audience that a record states, if it is well formed: not empty, sorted, each entry once, `public` alone.

    Raises `Malformed` (`audience-malformed`). Whether the charter knows the names is another question.
    """
    audience = tuple(entry for entry in entries if isinstance(entry, str))
    if not 0 < len(audience) == len(entries) <= MAX_AUDIENCE or list(audience) != sorted(set(audience)):
        raise Malformed("audience-malformed", place)
    if audience != (PUBLIC,) and not all(_is_entry(entry) for entry in audience):
        raise Malformed("audience-malformed", place)
    return audience


def _is_entry(entry: str) -> bool:
    organisation, slash, role = entry.partition("/")
    return is_id(organisation) and (role in ROLES if slash else True)


class Reader(msgspec.Struct, frozen=True):
    """Who asks: a person or program of one organisation with its roles there. Only authentication makes one.

    Without an organisation it is anybody, who reads what is public. An administrator by that role alone reads nothing
    that is addressed to the organisation; somebody without any role does.
    """

    organisation: str = ""
    roles: frozenset[str] = frozenset()

    def entries(self) -> tuple[str, ...]:
        """The audience entries in which this reader stands, sorted."""
        if not self.organisation:
            return (PUBLIC,)
        whole = () if self.roles == {"administrator"} else (self.organisation,)
        return tuple(sorted((*whole, *(f"{self.organisation}/{role}" for role in self.roles), PUBLIC)))


class Grant(msgspec.Struct, frozen=True):
    """An agreement lets a partner publish to `groups` from `begins` until before `ends` (aware times)."""

    partner: str
    groups: frozenset[str]
    begins: datetime
    ends: datetime

    def holds(self, partner: str, group: str | None, now: datetime) -> bool:
        """Whether it lets `partner` publish to the charter's `group` at `now`."""
        return partner == self.partner and group in self.groups and self.begins <= now < self.ends
