"""Who may read a record and why; what an author may release to whom; the preview "who will see this".

TLP is a control here, not a label (`docs/formats.md`, *TLP*): CLEAR may be public, GREEN stays within the
charter's members and partners, AMBER and AMBER+STRICT name their readers, RED names roles and nobody else reads it, the
author's own colleagues included. What is stricter never allows more: as AMBER+STRICT goes to no partner, RED doesn't
either. No marking counts as GREEN. Nothing here widens: what a rule doesn't allow is refused.

Everything is a function of the charter, the grants and the objects handed in. Looking up referenced objects, the clock,
and the second lock in the database (row-level security) are others' part.

>>> reader = Reader("dara", frozenset({"analyst"}))
>>> may_read(reader, ("dara/analyst", "sarib/analyst")).door
'dara/analyst'
>>> may_read(reader, ("sarib",)).allowed
False
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from mithaq.errors import Refused
from mithaq.model import (
    ALL,
    MAX_AUDIENCE,
    PUBLIC,
    TLP_BY_MARKING,
    Audience,
    Grant,
    Reader,
    Release,
    Tlp,
    VerifiedCharter,
    strictest,
)

__all__ = [
    "Addressed",
    "Definitions",
    "Door",
    "HeldObject",
    "Verdict",
    "find_stricter",
    "marking_of",
    "may_read",
    "preview",
    "resolve_audience",
    "verify_author",
    "verify_audience",
]

Definitions = Mapping[str, Tlp | None]
"""The level of each known marking-definition that is none of the fixed ones; None for a marking that is no TLP."""

Reason = Literal["public", "named", "named-role", "not-named", "role-not-named", "administrator"]


class Verdict(NamedTuple):
    """Whether, why, and by which audience entry (empty if not)."""

    allowed: bool
    reason: Reason
    door: str = ""


class Addressed(NamedTuple):
    """An audience, and the charter's group that it was made from, if it was exactly one."""

    audience: Audience
    group: str | None


class HeldObject(NamedTuple):
    """What the node knows of an object that another one refers to: its level, and whether a member of ours made it."""

    tlp: Tlp
    ours: bool


class Door(NamedTuple):
    """One line of the preview: an organisation, whether somebody there will see it, by which entries or why not."""

    organisation: str
    sees: bool
    doors: tuple[str, ...]
    reason: str


# Reading


def may_read(reader: Reader, audience: Audience) -> Verdict:
    """Whether `reader` may read what is released to `audience`, by which entry, and why not."""
    entries = set(audience)
    if PUBLIC in entries:
        return Verdict(True, "public", PUBLIC)
    own = reader.organisation
    if not own:
        return Verdict(False, "not-named")
    by_role = sorted(f"{own}/{role}" for role in reader.roles if f"{own}/{role}" in entries)
    if own in entries and reader.roles != {"administrator"}:
        return Verdict(True, "named", own)
    if by_role:
        return Verdict(True, "named-role", by_role[0])
    if own in entries:
        return Verdict(False, "administrator")
    return Verdict(False, "role-not-named" if any(e.startswith(f"{own}/") for e in entries) else "not-named")


# Markings

_SHOWN = 100
"""Characters of a marking that an error repeats: an id has 56."""


def marking_of(value: Mapping[str, Any], definitions: Definitions) -> tuple[Tlp, Tlp]:
    """An object's level, and the strictest level that it reaches anywhere in it by granular markings.

    Without any TLP marking the level is GREEN. Raises `Refused` (`marking-unknown`) for a marking that is neither fixed
    nor known, or stands where none can be: what can't be read can't be kept. The object may come from anybody.
    """
    whole = _levels(_listed(value, "object_marking_refs"), definitions, "$.object_marking_refs")
    granular: list[Tlp] = []
    for number, each in enumerate(_listed(value, "granular_markings")):
        place = f"$.granular_markings[{number}]"
        if not isinstance(each, dict):
            raise Refused("marking-unknown", place, marking=str(each)[:_SHOWN])
        if "marking_ref" in each:
            granular += _levels([each["marking_ref"]], definitions, f"{place}.marking_ref")
    level = strictest(whole)
    level = Tlp.GREEN if level is None else level
    return level, max([level, *granular])


def _listed(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name, [])
    if not isinstance(found, list):
        raise Refused("marking-unknown", f"$.{name}", marking=str(found)[:_SHOWN])
    return found


def _levels(refs: Iterable[object], definitions: Definitions, place: str) -> list[Tlp]:
    found = []
    for ref in refs:
        if not isinstance(ref, str) or (ref not in TLP_BY_MARKING and ref not in definitions):
            raise Refused("marking-unknown", place, marking=str(ref)[:_SHOWN])
        level = TLP_BY_MARKING[ref] if ref in TLP_BY_MARKING else definitions[ref]
        if level is not None:
            found.append(level)
    return found


def find_stricter(level: Tlp, references: Mapping[str, HeldObject]) -> tuple[list[str], list[str]]:
    """Of the objects that another of this `level` refers to or quotes, those that are stricter.

    First those that a member of the charter made: these forbid the release. Then copies of third parties' objects,
    which only deserve a warning (`docs/formats.md`, *TLP*). Both sorted.
    """
    stricter = sorted(name for name, held in references.items() if held.tlp > level)
    return [name for name in stricter if references[name].ours], [n for n in stricter if not references[n].ours]


# Audiences


def resolve_audience(
    charter: VerifiedCharter,
    author: str,
    wanted: Sequence[str],
    tlp: Tlp,
    *,
    author_roles: frozenset[str] = frozenset(),
    public_confirmed: bool = False,
) -> Addressed:
    """The audience that an author means by groups, organisations, `organisation/role` and `public`.

    The author is always in it, unless it is public; where only roles may be named (RED), with those `author_roles` that
    released it and the charter knows, if the author named none of its own. Raises `Refused` (`audience-empty`,
    `audience-large`, `audience-public-unconfirmed`), and as `verify_audience` does.
    """
    if not wanted:
        raise Refused("audience-empty")
    if tlp >= Tlp.AMBER and any(word.partition("/")[0] == ALL for word in wanted):
        raise Refused("tlp-all", tlp=tlp.label)
    entries: set[str] = set()
    for word in wanted:
        entries |= set(_expand(charter, author, word))
    if PUBLIC not in entries and not any(entry.partition("/")[0] == author for entry in entries):
        known = author_roles.intersection(charter.charter.roles)
        entries |= {f"{author}/{role}" for role in known} if tlp is Tlp.RED else {author}
    if len(entries) > MAX_AUDIENCE:
        raise Refused("audience-large", limit=MAX_AUDIENCE)
    group = wanted[0] if len(wanted) == 1 and _is_group(charter, wanted[0]) else None
    addressed = Addressed(tuple(sorted(entries)), group)
    verify_audience(charter, author, addressed, tlp)
    # Asked last: nobody should confirm what is refused then.
    if PUBLIC in entries and not public_confirmed:
        raise Refused("audience-public-unconfirmed")
    return addressed


def _is_group(charter: VerifiedCharter, word: str) -> bool:
    return word not in charter.organisations and charter.group(word, "") is not None


def _expand(charter: VerifiedCharter, author: str, word: str) -> tuple[str, ...]:
    name, slash, role = word.partition("/")
    if word == PUBLIC:
        return (PUBLIC,)
    if slash and role not in charter.charter.roles:
        raise Refused("audience-role", role=role)
    organisations = (name,) if name in charter.organisations else charter.group(name, author)
    if organisations is None:
        raise Refused("audience-unknown", name=name)
    return tuple(f"{each}{slash}{role}" for each in organisations)


def verify_audience(charter: VerifiedCharter, author: str, addressed: Addressed, tlp: Tlp) -> None:
    """Check that a marking allows an audience; the same for what we publish and what a peer sends (`docs/formats.md`).

    Raises `Refused` with the rule: `audience-public-alone`, `audience-unknown`, `audience-role`, `audience-author`,
    `audience-group` where a group is named and the audience is not that group with the author; `tlp-public`,
    `tlp-all`, `tlp-partner`, `tlp-red`.
    """
    audience, group = addressed
    if PUBLIC in audience:
        if audience != (PUBLIC,):
            raise Refused("audience-public-alone")
        if tlp is not Tlp.CLEAR:
            raise Refused("tlp-public", tlp=tlp.label)
    else:
        _verify_names(charter, author, audience)
        _verify_level(charter, addressed, tlp)
    if group is not None:
        members = charter.group(group, author)
        if members is None or set(audience) != {*members, author}:
            # A label opens what a grant gives for it, so it must be true.
            raise Refused("audience-group", group=group)


def _verify_names(charter: VerifiedCharter, author: str, audience: Audience) -> None:
    for entry in audience:
        name, slash, role = entry.partition("/")
        if name not in charter.organisations:
            raise Refused("audience-unknown", name=name)
        if slash and role not in charter.charter.roles:
            raise Refused("audience-role", role=role)
    if not any(entry.partition("/")[0] == author for entry in audience):
        raise Refused("audience-author", author=author)


def _verify_level(charter: VerifiedCharter, addressed: Addressed, tlp: Tlp) -> None:
    audience, group = addressed
    partners = charter.partners.intersection(entry.partition("/")[0] for entry in audience)
    if tlp is Tlp.RED and not all("/" in entry for entry in audience):
        raise Refused("tlp-red")
    if tlp >= Tlp.AMBER and group == ALL:
        raise Refused("tlp-all", tlp=tlp.label)
    if tlp >= Tlp.AMBER_STRICT and partners:
        raise Refused("tlp-partner", tlp=tlp.label, partner=min(partners))


def verify_author(
    charter: VerifiedCharter, author: str, group: str | None, grants: Sequence[Grant], now: datetime
) -> None:
    """Check that an organisation may publish at all: an active member, or a partner under a grant for this group.

    Raises `Refused` (`author-unknown`, `author-inactive`, `author-no-grant`).
    """
    found = charter.organisations.get(author)
    if found is None:
        raise Refused("author-unknown", author=author)
    if found.state != "active":
        raise Refused("author-inactive", author=author, state=found.state)
    if author in charter.partners and not any(grant.holds(author, group, now) for grant in grants):
        raise Refused("author-no-grant", author=author)


# Preview


def preview(charter: VerifiedCharter, release: Release | Addressed) -> list[Door]:
    """Who would see a release, organisation by organisation and by which door, and why not the others; sorted by id."""
    entries = set(release.audience)
    if PUBLIC in entries:
        return [Door(each, True, (PUBLIC,), "public") for each in sorted(charter.organisations)]
    found = []
    for each in sorted(charter.organisations):
        state = charter.organisations[each].state
        doors = tuple(sorted(e for e in entries if e == each or e.startswith(f"{each}/")))
        if not doors:
            found.append(Door(each, False, (), "not-named"))
        elif state != "active":
            found.append(Door(each, False, (), state))
        else:
            found.append(Door(each, True, doors, "named" if each in entries else "named-role"))
    return found
