"""The charter: who belongs, with which keys, in which groups and roles, by which rules (`docs/formats.md`).

A charter is a signed note whose text is TOML. Its first version is signed by all members and names the alliance: the
digest of its text is the alliance's id. Each later version names the digest of the one before and is signed by the
thresholds of both. `verify_charter` takes one version after the other; nothing else makes a `VerifiedCharter`.

A rule that a node doesn't know must not be ignored, so an unknown name in the text is refused. Proposing, comparing and
adopting versions is the node's; keys are the shell's.

>>> charter_signer_name("dara.example", "dara")
'dara.example/mithaq/charter/dara'
>>> log_origin("dara.example", "ab" * 32, "dara", 1)
'dara.example/mithaq/abababababababab/dara/1'
"""

import json
import math
import re
import tomllib
from collections.abc import Iterator
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal

import msgspec

from mithaq.errors import Malformed, Untrusted
from mithaq.model.audience import ROLES, is_id
from mithaq.model.canonical import MAX_INTEGER
from mithaq.model.instant import decode_time
from mithaq.tlog import Note, SignatureType, VerifierKey, decode_note, verify_note

__all__ = [
    "ALL",
    "OWN",
    "Alliance",
    "Charter",
    "Keys",
    "Names",
    "Organisation",
    "Rotation",
    "VerifiedCharter",
    "charter_signer_name",
    "decode_charter",
    "encode_charter",
    "follow_charters",
    "log_origin",
    "verify_charter",
    "witness_name",
]

MAX_CHARTER_BYTES = 1024 * 1024
MAX_ORGANISATIONS = 1024
OWN = "own"
"""The group of the author alone; every charter has it."""
ALL = "all"
"""The group of all active members, without partners; every charter has it."""

# With the longest id and generation behind it, an origin has 255 bytes: what an ML-DSA-44 cosignature can cover.
_DOMAIN = re.compile(
    r"(?=.{1,188}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*(:[0-9]{1,5})?"
)
_IDENTITY = re.compile(r"identity--[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_URL = re.compile(r"https?://[^\s\x00-\x20\x7f]{1,2000}")
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,3}")
# Controls, line separators and what turns the direction of text: a name must look like what it is.
_NOT_IN_NAMES = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
# tomllib's time grows with the square of a dotted key's parts: without a limit, a megabyte of them takes an hour.
_LONG_KEY = re.compile(r"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){16}", re.ASCII)
# Comments and strings, each to where it ends or should have ended, so that no text takes more than one pass.
_OPAQUE = re.compile(
    r"""#[^\n]*+|\"{3}(?:[^"\\]|\\[\s\S]|"(?!""))*+(?:"{3,5}+)?|'{3}(?:[^']|'(?!''))*+(?:'{3,5}+)?"""
    r"""|"(?:[^"\\\n]|\\.)*+"?|'[^'\n]*+'?"""
)
_MAX_PROFILE_DEPTH = 8
_KEY_BYTES = {"witness_mldsa44": 1312}
# The y coordinates of the eight points of small order (RFC 8032 section 5.1). Under such a key anybody can make
# signatures, so that its owner could deny its own.
_FIELD = 2**255 - 19
_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER = {0, 1, _FIELD - 1, _ORDER_8, _FIELD - _ORDER_8}


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name in Arabic, Russian and English."""

    ar: str
    ru: str
    en: str


class Keys(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An organisation's public keys, raw: Ed25519 but `seal` (X25519) and `witness_mldsa44` (a second witness key)."""

    charter: bytes
    log: bytes
    witness: bytes
    http: bytes
    seal: bytes
    witness_mldsa44: bytes = b""


class Organisation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A member or a partner: id, STIX identity id, names, domain, node URL, keys, state, and its log's generation."""

    id: str
    identity: str
    names: Names
    domain: str
    node: str
    keys: Keys
    state: Literal["active", "suspended", "frozen"] = "active"
    generation: int = 1


class Rotation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In which order members take the chair, for how many months, reckoned in which time zone (IANA name)."""

    order: tuple[str, ...]
    months: int
    zone: str


class Alliance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The organisation itself, by its names."""

    names: Names


class Charter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A charter version as its text says it. `previous` is the digest of the version before, empty in version 1."""

    version: int
    instant: str
    threshold: int
    organisation: Alliance
    members: tuple[Organisation, ...]
    previous: str = ""
    partners: tuple[Organisation, ...] = ()
    groups: dict[str, tuple[str, ...]] = {}
    roles: tuple[str, ...] = tuple(sorted(ROLES))
    rotation: Rotation | None = None
    profiles: dict[str, dict[str, Any]] = {}
    quotas: dict[str, int] = {}


class VerifiedCharter(msgspec.Struct, frozen=True, dict=True):
    """A charter whose signatures hold, with its place in the chain: the alliance's id and its own digest, in hex."""

    charter: Charter
    text: bytes
    alliance: str

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the text, in hex: what records name as their charter."""
        return sha256(self.text).hexdigest()

    @cached_property
    def organisations(self) -> dict[str, Organisation]:
        """Members and partners by id."""
        return {each.id: each for each in (*self.charter.members, *self.charter.partners)}

    @cached_property
    def partners(self) -> frozenset[str]:
        """The ids of all partners."""
        return frozenset(each.id for each in self.charter.partners)

    @cached_property
    def active_members(self) -> tuple[str, ...]:
        """The ids of the members that are neither suspended nor frozen, sorted."""
        return tuple(sorted(each.id for each in self.charter.members if each.state == "active"))

    @cached_property
    def identities(self) -> dict[str, str]:
        """The organisation that each STIX identity id is bound to."""
        return {each.identity: each.id for each in self.organisations.values()}

    def group(self, name: str, author: str) -> tuple[str, ...] | None:
        """The organisations of a group, `own` and `all` included, sorted; None if the charter has no such group."""
        if name == OWN:
            return (author,)
        if name == ALL:
            return self.active_members
        members = self.charter.groups.get(name)
        return None if members is None else tuple(sorted(members))

    def origin(self, organisation: str) -> str:
        """The origin of an organisation's log. Raises `KeyError` for one that the charter doesn't name."""
        found = self.organisations[organisation]
        return log_origin(found.domain, self.alliance, found.id, found.generation)

    def log_key(self, organisation: str) -> VerifierKey:
        """The verifier key of an organisation's log, named like its origin."""
        key = self.organisations[organisation].keys.log
        return VerifierKey(self.origin(organisation), SignatureType.ED25519, key)

    def witness_keys(self, organisation: str) -> tuple[VerifierKey, ...]:
        """The verifier keys with which an organisation cosigns others' checkpoints."""
        found = self.organisations[organisation]
        name = witness_name(found.domain, self.alliance, found.id)
        keys: tuple[VerifierKey, ...] = (VerifierKey(name, SignatureType.COSIGNATURE_ED25519, found.keys.witness),)
        if found.keys.witness_mldsa44:
            keys += (VerifierKey(name, SignatureType.COSIGNATURE_MLDSA44, found.keys.witness_mldsa44),)
        return keys

    def witness_quorum(self, author: str) -> tuple[tuple[str, ...], int]:
        """Who witnesses an organisation's log, and how many of them suffice: half of the other active members and one.

        Without any other active member none is needed (`docs/formats.md`, *Proof file*).
        """
        others = tuple(each for each in self.active_members if each != author)
        return others, len(others) // 2 + 1 if others else 0


def charter_signer_name(domain: str, member: str) -> str:
    """The name under which a member signs charters."""
    return f"{domain}/mithaq/charter/{member}"


def log_origin(domain: str, alliance: str, member: str, generation: int) -> str:
    """The origin of a log, which is also its key's name; `alliance` in hex."""
    return f"{domain}/mithaq/{alliance[:16]}/{member}/{generation}"


def witness_name(domain: str, alliance: str, member: str) -> str:
    """The name under which a member cosigns checkpoints; `alliance` in hex."""
    return f"{domain}/mithaq/{alliance[:16]}/{member}/witness"


# Text


def decode_charter(text: bytes) -> Charter:
    """Read a charter's text, final newline included. Nothing is signed yet.

    Raises `Malformed` (`charter-malformed`, with the place) for what is no TOML, of another form, or in contradiction,
    and `time-malformed` for an instant that is none of ours.
    """
    if len(text) > MAX_CHARTER_BYTES or not text.endswith(b"\n"):
        raise Malformed("charter-malformed", "charter")
    try:
        content = text.decode()
        if _LONG_KEY.search(_OPAQUE.sub("s", content)):
            raise Malformed("charter-malformed", "charter")
        # ValueError is what tomllib raises for its own errors, and for integers beyond Python's own limit of digits.
        value = tomllib.loads(content)
    except (ValueError, RecursionError):
        raise Malformed("charter-malformed", "charter") from None
    try:
        # TOML has no bytes: keys are base64, which msgspec reads as it does in JSON.
        charter = msgspec.convert(value, Charter)
    except msgspec.ValidationError as error:
        raise Malformed("charter-malformed", _place(error)) from None
    for place in _contradictions(charter):
        raise Malformed("charter-malformed", place)
    return charter


def encode_charter(charter: Charter) -> bytes:
    """A charter's text: the same charter always gives the same bytes. Raises `Malformed` if it can't be one."""
    value = msgspec.to_builtins(charter)
    # A lone surrogate is written as bytes that reading refuses.
    text = "\n".join(_toml_table((), value)).strip("\n").encode(errors="surrogatepass") + b"\n"
    decode_charter(text)
    return text


def _place(error: msgspec.ValidationError) -> str:
    """The path in msgspec's message, and the member that is missing or unknown there."""
    text = str(error)
    path = re.search(r" - at `(\$[\w.\[\]]*)`\Z", text, re.ASCII)
    member = re.search(r"(?:unknown|required) field `([\w-]{1,64})`", text, re.ASCII)
    return (path[1] if path else "$") + (f".{member[1]}" if member else "")


def _toml_table(path: tuple[str, ...], table: dict[str, Any]) -> Iterator[str]:
    """The lines of a TOML table: plain values first, then tables, then arrays of tables."""
    tables, arrays = [], []
    for name, value in table.items():
        if value is None:
            continue
        if isinstance(value, dict):
            tables.append((name, value))
        elif isinstance(value, list | tuple) and value and all(isinstance(item, dict) for item in value):
            arrays.append((name, value))
        else:
            yield f"{_toml_key(name)} = {_toml_value(value)}"
    for name, value in tables:
        yield from ("", f"[{'.'.join(map(_toml_key, (*path, name)))}]", *_toml_table((*path, name), value))
    for name, items in arrays:
        for item in items:
            yield from ("", f"[[{'.'.join(map(_toml_key, (*path, name)))}]]", *_toml_table((*path, name), item))


def _toml_key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _toml_value(name)


def _toml_value(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml_value, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_toml_key(name)} = {_toml_value(item)}' for name, item in value.items())}}}"
    # JSON's strings, numbers and booleans are TOML's too, but for one control character that JSON leaves as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _contradictions(charter: Charter) -> Iterator[str]:
    """The places where a charter of good form contradicts itself or the rules of `docs/formats.md`."""
    if not 1 <= charter.version <= MAX_INTEGER:
        yield "$.version"
    if not re.fullmatch(r"[0-9a-f]{64}" if charter.version > 1 else "", charter.previous):
        yield "$.previous"
    decode_time(charter.instant, "$.instant")
    yield from _name_faults(charter.organisation.names, "$.organisation.names")
    if not charter.members or len(charter.members) + len(charter.partners) > MAX_ORGANISATIONS:
        yield "$.members"
    active = sum(member.state == "active" for member in charter.members)
    least, most = (active, active) if active < 3 else (active // 2 + 1, active - 1)
    if not (active and least <= charter.threshold <= most):
        yield "$.threshold"
    yield from _organisations_faults(charter)
    yield from _group_faults(charter)
    if not ROLES.issuperset(charter.roles) or len(set(charter.roles)) != len(charter.roles):
        yield "$.roles"
    if charter.rotation is not None:
        yield from _rotation_faults(charter.rotation, {each.id for each in charter.members})
    yield from _value_faults(charter.profiles, "$.profiles", 0)
    for name, quota in charter.quotas.items():
        if not 0 <= quota <= MAX_INTEGER:
            yield "$.quotas" + _step(name)


def _organisations_faults(charter: Charter) -> Iterator[str]:
    seen: set[object] = set()
    for kind, organisations in (("members", charter.members), ("partners", charter.partners)):
        for number, each in enumerate(organisations):
            place = f"$.{kind}[{number}]"
            yield from _organisation_faults(each, place)
            # The founders all sign, which one that is suspended could not.
            if charter.version == 1 and kind == "members" and each.state != "active":
                yield f"{place}.state"
            keys = {purpose: getattr(each.keys, purpose) for purpose in each.keys.__struct_fields__}
            unique: list[tuple[str, object]] = [("id", each.id), ("identity", each.identity)]
            unique += [(f"keys.{purpose}", key) for purpose, key in keys.items() if key]
            for name, value in unique:
                if value in seen:
                    yield f"{place}.{name}"
                seen.add(value)


def _organisation_faults(each: Organisation, place: str) -> Iterator[str]:
    if not is_id(each.id) or each.id in {OWN, ALL}:
        yield f"{place}.id"
    if not _IDENTITY.fullmatch(each.identity):
        yield f"{place}.identity"
    if not _DOMAIN.fullmatch(each.domain):
        yield f"{place}.domain"
    if not _URL.fullmatch(each.node):
        yield f"{place}.node"
    yield from _name_faults(each.names, f"{place}.names")
    for purpose in each.keys.__struct_fields__:
        key = getattr(each.keys, purpose)
        if len(key) != _KEY_BYTES.get(purpose, 32) and not (purpose == "witness_mldsa44" and not key):
            yield f"{place}.keys.{purpose}"
        if len(key) == 32 and purpose != "seal" and _has_small_order(key):
            yield f"{place}.keys.{purpose}"
    if not 1 <= each.generation <= 999_999_999:
        yield f"{place}.generation"


def _has_small_order(key: bytes) -> bool:
    # The highest bit is the sign of x; a y from the field's size on is another spelling of a smaller one.
    return int.from_bytes(key, "little") % 2**255 % _FIELD in _SMALL_ORDER


def _name_faults(names: Names, place: str) -> Iterator[str]:
    for language in names.__struct_fields__:
        name = getattr(names, language)
        if not 0 < len(name) <= 300 or name.isspace() or _NOT_IN_NAMES.search(name):
            yield f"{place}.{language}"


def _group_faults(charter: Charter) -> Iterator[str]:
    known = {each.id for each in (*charter.members, *charter.partners)}
    for group, members in charter.groups.items():
        if not is_id(group) or group in {OWN, ALL} | known or not members or not known.issuperset(members):
            yield "$.groups" + _step(group)
        if len(set(members)) != len(members):
            yield "$.groups" + _step(group)


def _rotation_faults(rotation: Rotation, members: set[str]) -> Iterator[str]:
    order = set(rotation.order)
    if not order or not members.issuperset(order) or len(order) != len(rotation.order):
        yield "$.rotation.order"
    if not 1 <= rotation.months <= 120:
        yield "$.rotation.months"
    if not _ZONE.fullmatch(rotation.zone):
        yield "$.rotation.zone"


def _value_faults(value: object, place: str, depth: int) -> Iterator[str]:
    """Where a profile says what not every reader of TOML would read alike: dates, infinities, vast integers, depth."""
    if isinstance(value, dict | list):
        if depth > _MAX_PROFILE_DEPTH:
            yield place
            return
        steps = map(_step, value) if isinstance(value, dict) else (f"[{number}]" for number in range(len(value)))
        for step, item in zip(steps, value.values() if isinstance(value, dict) else value, strict=True):
            yield from _value_faults(item, place + step, depth + 1)
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield place
    elif not isinstance(value, str | int) or (isinstance(value, int) and abs(value) > MAX_INTEGER):
        yield place


def _step(name: str) -> str:
    """A step in a place; a name that could be anything is not repeated."""
    return f".{name}" if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) else "[...]"


# Signatures


def verify_charter(data: bytes, previous: VerifiedCharter | None = None) -> VerifiedCharter:
    """The charter in the signed note `data`, if it is version 1, or the version that follows `previous`.

    Version 1 wants the signatures of all its members; that they are who they say is compared out of band, by the
    alliance's id. Raises `Malformed` for what is no charter, `Untrusted` (`charter-chain`, `charter-signatures`) for a
    version that doesn't follow, or has too few signatures, and (`note-signature`) for a member's that doesn't hold.
    """
    # A member that changes its key signs with both, for the version before and for this one.
    note = decode_note(data, max_bytes=2 * MAX_CHARTER_BYTES, max_signatures=2 * MAX_ORGANISATIONS)
    charter = decode_charter(note.text)
    expected = 1 if previous is None else previous.charter.version + 1
    if charter.version != expected or charter.previous != (previous.digest if previous else ""):
        raise Untrusted("charter-chain", version=charter.version, expected=expected)
    if previous is None:
        _require(note, charter, len(charter.members), charter.version)
        return VerifiedCharter(charter, note.text, sha256(note.text).hexdigest())
    _require(note, previous.charter, previous.charter.threshold, charter.version)
    _require(note, charter, charter.threshold, charter.version)
    return VerifiedCharter(charter, note.text, previous.alliance)


def charter_keys(charter: Charter) -> tuple[VerifierKey, ...]:
    """The keys with which the active members of a charter sign charters."""
    return tuple(
        VerifierKey(charter_signer_name(each.domain, each.id), SignatureType.ED25519, each.keys.charter)
        for each in charter.members
        if each.state == "active"
    )


def _require(note: Note, charter: Charter, needed: int, version: int) -> None:
    try:
        signed = {each.key for each in verify_note(note, charter_keys(charter))}
    except Untrusted as error:
        if error.code != "note-unsigned":
            raise
        signed = set()
    if len(signed) < needed:
        raise Untrusted("charter-signatures", version=version, signed=len(signed), needed=needed)


def follow_charters(notes: list[bytes]) -> VerifiedCharter:
    """The last of a chain of charters, the first of which is version 1; raises as `verify_charter` does."""
    current = verify_charter(notes[0])
    for data in notes[1:]:
        current = verify_charter(data, current)
    return current
