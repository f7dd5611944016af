'''Trust policies: C2SP tlog-policy, the file format and what it says about a checkpoint.

A policy names logs, witnesses, groups of them, and one quorum. `decode_policy` keeps the specification's rules to the
letter: names are opaque octets, defined before use, members of one group at most; keys stand in once; one quorum line.
`Policy.verify_checkpoint` then answers whether a signed checkpoint is valid under it, and by whose word.

A policy without logs leaves them to the application in the specification; here it accepts no checkpoint, since nobody
has said which log is meant. `quorum none` asks for no witness, as it says.

>>> policy = decode_policy(b"""
... log example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k
... quorum none
... """)
>>> policy.logs[0].key.name, policy.quorum
('example.com/foo', b'none')
'''

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from mithaq.errors import Malformed, Untrusted
from mithaq.tlog.checkpoint import Checkpoint, decode_checkpoint
from mithaq.tlog.note import SignatureType, VerifierKey, decode_note, decode_vkey, encode_vkey, verify_note

__all__ = [
    "MAX_DEFINITIONS",
    "MAX_POLICY_BYTES",
    "NO_QUORUM",
    "Cosignature",
    "Policy",
    "PolicyGroup",
    "PolicyLog",
    "PolicyWitness",
    "VerifiedCheckpoint",
    "decode_policy",
    "encode_policy",
]

MAX_POLICY_BYTES = 1024 * 1024
"""Bytes of a policy file."""

MAX_DEFINITIONS = 256
"""Logs, witnesses and groups of a policy, of each so many (the specification asks for 32 at least)."""

NO_QUORUM = b"none"
"""The predefined name that stands for no cosignature at all, in a quorum line only."""


class PolicyLog(NamedTuple):
    """A `log` line: a key, named like its log's origin, and perhaps the log's URL."""

    key: VerifierKey
    url: bytes | None = None


class PolicyWitness(NamedTuple):
    """A `witness` line: the name it has in this file, its key for cosignatures, and perhaps its URL."""

    name: bytes
    key: VerifierKey
    url: bytes | None = None


class PolicyGroup(NamedTuple):
    """A `group` line: it has witnessed if `threshold` of its `members` (witnesses, earlier groups) have."""

    name: bytes
    threshold: int
    members: tuple[bytes, ...]


class Cosignature(NamedTuple):
    """A witness, by its name in the policy, that cosigned, and the POSIX time that it stated."""

    witness: bytes
    time: int


class VerifiedCheckpoint(NamedTuple):
    """A checkpoint that is valid under a policy, the log key that signed it and the witnesses that cosigned it."""

    checkpoint: Checkpoint
    log: VerifierKey
    cosignatures: tuple[Cosignature, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Known logs, known witnesses, groups (each after its members) and the name of witness or group that is the quorum.

    Raises `Malformed` if a rule of the file format is broken, so that there is no policy that a file could not say.
    """

    logs: tuple[PolicyLog, ...]
    witnesses: tuple[PolicyWitness, ...]
    groups: tuple[PolicyGroup, ...]
    quorum: bytes

    def __post_init__(self) -> None:
        draft = _Draft()
        for log in self.logs:
            draft.add_log(log)
        for witness in self.witnesses:
            draft.add_witness(witness)
        for group in self.groups:
            draft.add_group(group)
        draft.set_quorum(self.quorum)

    def verify_checkpoint(self, data: bytes) -> VerifiedCheckpoint:
        """The checkpoint in the note `data`, if a log of this policy signed it and its quorum of witnesses cosigned it.

        Signatures of unknown keys, and of logs that have another origin, are ignored. Raises `Malformed` if `data` is
        no note or no checkpoint; `Untrusted` if a known key's signature does not hold, no known log has signed, or the
        quorum is not met.
        """
        note = decode_note(data)
        checkpoint = decode_checkpoint(note.text)
        logs = [log.key for log in self.logs if log.key.name == checkpoint.origin]
        if not logs:
            raise Untrusted("policy-log", origin=checkpoint.origin)
        verified = verify_note(note, logs + [witness.key for witness in self.witnesses])
        signed = [each.key for each in verified if each.key in logs]
        if not signed:
            raise Untrusted("policy-log", origin=checkpoint.origin)
        times = {each.key: each.time for each in reversed(verified) if each.time is not None}
        cosignatures = [Cosignature(each.name, times[each.key]) for each in self.witnesses if each.key in times]
        if not self._is_quorum(each.witness for each in cosignatures):
            raise Untrusted("policy-quorum", cosigned=len(cosignatures), quorum=_shown(self.quorum))
        return VerifiedCheckpoint(checkpoint, signed[0], tuple(cosignatures))

    def _is_quorum(self, cosigners: Iterable[bytes]) -> bool:
        witnessed = {NO_QUORUM, *cosigners}
        for group in self.groups:  # a group stands after its members, so one pass decides all of them
            if sum(member in witnessed for member in group.members) >= group.threshold:
                witnessed.add(group.name)
        return self.quorum in witnessed


@dataclass(slots=True)
class _Draft:
    """The rules that hold between lines, kept line by line; `place` is where the error is, for whoever reads a file."""

    place: str = ""
    logs: list[PolicyLog] = field(default_factory=list)
    witnesses: list[PolicyWitness] = field(default_factory=list)
    groups: list[PolicyGroup] = field(default_factory=list)
    quorum: bytes | None = None
    defined: set[bytes] = field(default_factory=set)
    grouped: set[bytes] = field(default_factory=set)

    def add_log(self, log: PolicyLog) -> None:
        self._refuse_duplicate(log.key, (each.key for each in self.logs))
        self._check_words(log.url)
        self.logs.append(log)
        self._count(self.logs)

    def add_witness(self, witness: PolicyWitness) -> None:
        if witness.key.type is SignatureType.ED25519:
            raise Malformed("policy-malformed", self.place)
        self._refuse_duplicate(witness.key, (each.key for each in self.witnesses))
        self._check_words(witness.url)
        self._define(witness.name)
        self.witnesses.append(witness)
        self._count(self.witnesses)

    def add_group(self, group: PolicyGroup) -> None:
        if not 1 <= group.threshold <= len(group.members):
            raise Malformed("policy-threshold", self.place, threshold=group.threshold, members=len(group.members))
        for member in group.members:
            if member not in self.defined:
                raise Malformed("policy-undefined", self.place, name=_shown(member))
            if member in self.grouped:
                raise Malformed("policy-grouped-twice", self.place, name=_shown(member))
            self.grouped.add(member)
        self._define(group.name)
        self.groups.append(group)
        self._count(self.groups)

    def set_quorum(self, name: bytes) -> None:
        if self.quorum is not None:
            raise Malformed("policy-quorum-line", self.place)
        if name != NO_QUORUM and name not in self.defined:
            raise Malformed("policy-undefined", self.place, name=_shown(name))
        self.quorum = name

    def add_line(self, words: list[bytes]) -> None:
        match words:
            case [b"log", vkey, *url] if len(url) <= 1:
                self.add_log(PolicyLog(self._decode_vkey(vkey), *url))
            case [b"witness", name, vkey, *url] if len(url) <= 1:
                self.add_witness(PolicyWitness(name, self._decode_vkey(vkey), *url))
            case [b"group", name, b"all", *members] if members:
                self.add_group(PolicyGroup(name, len(members), tuple(members)))
            case [b"group", name, b"any", *members] if members:
                self.add_group(PolicyGroup(name, 1, tuple(members)))
            case [b"group", name, threshold, *members] if members and _THRESHOLD.fullmatch(threshold):
                self.add_group(PolicyGroup(name, int(threshold), tuple(members)))
            case [b"quorum", name]:
                self.set_quorum(name)
            case _:
                raise Malformed("policy-malformed", self.place)

    def _decode_vkey(self, vkey: bytes) -> VerifierKey:
        try:
            return decode_vkey(vkey.decode())
        except (UnicodeDecodeError, Malformed):
            raise Malformed("note-vkey", self.place) from None

    def _define(self, name: bytes) -> None:
        self._check_words(name)
        if name in self.defined or name == NO_QUORUM:
            raise Malformed("policy-defined-twice", self.place, name=_shown(name))
        self.defined.add(name)

    def _refuse_duplicate(self, key: VerifierKey, keys: Iterable[VerifierKey]) -> None:
        if any(key.public_key == each.public_key for each in keys):
            raise Malformed("policy-key-twice", self.place, name=key.name)

    def _check_words(self, *words: bytes | None) -> None:
        if any(word is not None and not _WORD.fullmatch(word) for word in words):
            raise Malformed("policy-malformed", self.place)

    def _count(self, definitions: list[PolicyLog] | list[PolicyWitness] | list[PolicyGroup]) -> None:
        if len(definitions) > MAX_DEFINITIONS:
            raise Malformed("policy-too-many", self.place, limit=MAX_DEFINITIONS)


_WORD = re.compile(rb"[\x21-\x7e\x80-\xff]+")
_LINE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_THRESHOLD = re.compile(rb"[1-9][0-9]{0,8}|0")


def decode_policy(data: bytes) -> Policy:
    """Read a policy file.

    Raises `Malformed` with the line for whatever the specification does not allow, and beyond the limits.
    """
    if len(data) > MAX_POLICY_BYTES:
        raise Malformed("tlog-too-large", "policy", size=len(data), limit=MAX_POLICY_BYTES)
    *lines, rest = data.split(b"\n")
    draft = _Draft()
    for number, line in enumerate(lines, 1):
        draft.place = f"policy:{number}"
        if not _LINE.fullmatch(line):
            raise Malformed("policy-malformed", draft.place)
        # bytes.split() would also split at other white space, but the line has no other left.
        words = line.split()
        if words and not words[0].startswith(b"#"):
            draft.add_line(words)
    if rest:
        raise Malformed("policy-malformed", f"policy:{len(lines) + 1}")
    if draft.quorum is None:
        raise Malformed("policy-quorum-line", f"policy:{len(lines)}")
    return Policy(tuple(draft.logs), tuple(draft.witnesses), tuple(draft.groups), draft.quorum)


def encode_policy(policy: Policy) -> bytes:
    """The policy as a file: logs, witnesses, groups with their thresholds as numbers, quorum."""
    lines: list[list[bytes | None]] = []
    lines += [[b"log", encode_vkey(key).encode(), url] for key, url in policy.logs]
    lines += [[b"witness", name, encode_vkey(key).encode(), url] for name, key, url in policy.witnesses]
    lines += [[b"group", name, b"%d" % threshold, *members] for name, threshold, members in policy.groups]
    lines += [[b"quorum", policy.quorum]]
    return b"".join(b" ".join(word for word in line if word is not None) + b"\n" for line in lines)


def _shown(name: bytes) -> str:
    """A name as people may see it; what is no UTF-8 shows as replacement characters."""
    return name.decode(errors="replace")
