"""Publishing: from an object's bytes to a record in the log, or to the reason why not.

`node.prepare` reads an object; `publish` takes a batch through one acceptance (`store.append`): what is known is left
alone, what conflicts is listed, what a rule forbids is refused, the rest is released, sealed and appended together.
Strict (one object, one request), the first reason is raised and nothing is published; otherwise (an import) reasons
are listed and the others go on.

The rules are `release`'s. Here they meet what the store holds, the clock, chance and the log's key.
"""

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from msgspec import UNSET

from mithaq.errors import Malformed, MithaqError, Refused
from mithaq.model import (
    TLP_BY_MARKING,
    Grant,
    Reader,
    Release,
    Tlp,
    VerifiedCharter,
    decode_json,
    encode_time,
    seal_record,
    strictest,
)
from mithaq.node.prepare import ATTACHMENT, UPLOAD, Prepared, prepare_value
from mithaq.node.tokens import note_act
from mithaq.release import (
    Addressed,
    Door,
    HeldObject,
    find_stricter,
    marking_of,
    may_read,
    preview,
    resolve_audience,
    verify_author,
)
from mithaq.store.append import Acceptance, Labelled, NewRecord, Published, accept
from mithaq.store.database import Database
from mithaq.tlog import Checkpoint
from mithaq.wire import references

__all__ = ["Listed", "Outcome", "Placed", "Rehearsal", "Wish", "add_definition", "publish", "rehearse"]

_OWN_TYPES = "mithaq-"
_NONCE_BYTES = 16
_DRAWN = 256
"""How many nonces are drawn at once; those of an unfinished draw are dropped."""


class Wish(NamedTuple):
    """To whom an author wants to release, as which roles, and what a person has confirmed.

    `widen` lets an object that was released already go to another audience as well; `own_types` is for the node alone,
    which publishes Mithaq's own types by commands that know their rules. To a `reader` nothing is said of what it may
    not read: what depends on that is refused as `held-back`, whatever the reason.
    """

    to: tuple[str, ...]
    roles: frozenset[str] = frozenset()
    public_confirmed: bool = False
    widen: bool = False
    expires: datetime | None = None
    own_types: bool = False
    reader: Reader | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A record that was published: its entry's index, its commitment, its object's id and version."""

    place: str
    index: int
    commitment: bytes
    object_id: str
    version: str


class Listed(NamedTuple):
    """An object that was not published, and why."""

    place: str
    object_id: str
    version: str
    error: MithaqError


class Rehearsal(NamedTuple):
    """What a publication would mean: the object's level, its audience, and who would see it by which door."""

    tlp: Tlp
    addressed: Addressed
    doors: list[Door]


@dataclass(slots=True)
class Outcome:
    """What became of a batch. `warned` pairs a place with a stricter copy of a third party's that it refers to."""

    published: list[Placed] = field(default_factory=list)
    unchanged: list[Placed] = field(default_factory=list)
    conflicting: list[Listed] = field(default_factory=list)
    refused: list[Listed] = field(default_factory=list)
    warned: list[tuple[str, str]] = field(default_factory=list)
    checkpoint: bytes = b""


class Author(NamedTuple):
    """Who publishes: the member's id, the charter in force, its grants, the signer of its log's checkpoints, chance.

    `actor` is the person or program that does it for the member, for the audit trail.
    """

    actor: str
    member: str
    charter: VerifiedCharter
    grants: Sequence[Grant]
    sign: Callable[[Checkpoint], bytes]
    chance: Callable[[int], bytes]


def publish(
    database: Database,
    author: Author,
    batch: Sequence[Prepared],
    wish: Wish,
    now: datetime,
    *,
    strict: bool = True,
    definitions: Callable[[], Mapping[str, Tlp | None]] = dict,
) -> Outcome:
    """Publish a batch in one transaction; see the module's description.

    `definitions` is asked once, and only if a marking is neither fixed, nor in the batch, nor held. `now` is the time
    of release. Raises whatever forbids the batch as a whole, and, if `strict`, what forbids one of its objects.
    """
    outcome = Outcome()
    if not batch:
        return outcome
    with accept(database, now) as acceptance:
        draft = _Draft(acceptance, author, wish, now, outcome)
        draft.learn(batch, definitions)
        records = draft.records(batch, strict=strict)
        if any(prepared.url.startswith((UPLOAD, ATTACHMENT)) for prepared in batch):
            records = iter([*records])  # these ask the store, which has no ear while it takes records in
        begin = next(records, None)
        if begin is not None:
            new = itertools.chain([begin], records)
            outcome.checkpoint = acceptance.append(new, author.sign, draft.audiences()).checkpoint
            first, last = outcome.published[0].index, outcome.published[-1].index
            # In the same transaction: there is no act without its line, and no line without its act.
            note_act(acceptance.connection, author.actor, "publish", now, first=first, last=last, to=" ".join(wish.to))
    return outcome


class _Draft:
    """A batch on its way: what is known beforehand, and what becomes of each object."""

    def __init__(self, acceptance: Acceptance, author: Author, wish: Wish, now: datetime, outcome: Outcome) -> None:
        self.acceptance = acceptance
        self.author = author
        self.wish = wish
        self.outcome = outcome
        self.now = now
        self.released = encode_time(now)
        self.known: dict[tuple[str, str], list[Published]] = {}
        self.held: dict[str, HeldObject] = {}
        self.seen: dict[str, Tlp] = {}
        self.references: dict[bytes, frozenset[str]] = {}
        self.definitions: dict[str, Tlp | None] = {}
        self.addressed: dict[Tlp, Addressed] = {}
        self.levels: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[Tlp, Tlp]] = {}
        self.uploads: set[str] = set()
        # Asking the system for each would take a tenth of an import's time.
        drawn = (author.chance(_NONCE_BYTES * _DRAWN) for _ in itertools.count())
        self.nonces = (
            block[start : start + _NONCE_BYTES] for block in drawn for start in range(0, len(block), _NONCE_BYTES)
        )

    def learn(self, batch: Sequence[Prepared], definitions: Callable[[], Mapping[str, Tlp | None]]) -> None:
        """Ask the store, in a few queries, for all that the rules want to know about this batch."""
        versions = list({(prepared.object_id, prepared.version) for prepared in batch})
        for published in self.acceptance.published(self.author.member, versions):
            self.known.setdefault((published.object_id, published.version), []).append(published)
        self._learn_markings(batch, definitions)
        self._learn_references(batch)

    def _learn_references(self, batch: Sequence[Prepared]) -> None:
        """What the batch refers to, and how strict that is; only of objects than which something here is stricter."""
        levels: dict[bytes, Tlp] = {}
        for prepared in batch:
            with contextlib.suppress(Refused):
                levels[prepared.digest] = self._marking(prepared)[0]
        strictest = max([self.acceptance.strictest(), *levels.values()])
        if all(level is strictest for level in levels.values()):
            return
        for prepared in batch:
            if levels.get(prepared.digest, strictest) < strictest:
                # Who made it and how it is marked says what the object is; it is no reference to other content.
                own = {prepared.object_id, prepared.creator, *prepared.markings, *prepared.granular}
                self.references[prepared.digest] = references(prepared.canonical) - own
        wanted = set().union(*self.references.values())
        self.held = {name: HeldObject(*found) for name, found in self.acceptance.levels(list(wanted)).items()}
        if self.wish.reader is not None and self.held:
            readable = self.acceptance.levels(list(self.held), self.wish.reader)
            self.seen = {name: level for name, (level, _) in readable.items()}
        for prepared in batch:
            if prepared.object_id in wanted and prepared.digest in levels:
                before = self.held.get(prepared.object_id)
                level = levels[prepared.digest]
                self.seen[prepared.object_id] = max(level, self.seen.get(prepared.object_id, level))
                if before is None or before.tlp < level:
                    self.held[prepared.object_id] = HeldObject(level, self._is_ours(prepared))

    def _learn_markings(self, batch: Sequence[Prepared], definitions: Callable[[], Mapping[str, Tlp | None]]) -> None:
        wanted = {ref for prepared in batch for ref in (*prepared.markings, *prepared.granular)}
        wanted -= TLP_BY_MARKING.keys()
        for prepared in batch:
            if prepared.type == "marking-definition":
                add_definition(self.definitions, prepared.object_id, prepared.defines)
        if wanted:
            for name, level in self.acceptance.definitions(list(wanted)).items():
                add_definition(self.definitions, name, level)
        if not wanted <= self.definitions.keys():
            for name, level in definitions().items():
                add_definition(self.definitions, name, level)

    def _is_ours(self, prepared: Prepared) -> bool:
        return not prepared.creator or prepared.creator in self.author.charter.identities

    def _marking(self, prepared: Prepared) -> tuple[Tlp, Tlp]:
        """The object's level and the strictest within; objects of one batch are mostly marked alike."""
        key = prepared.markings, prepared.granular
        if key not in self.levels:
            stated = {
                "object_marking_refs": list(prepared.markings),
                "granular_markings": [{"marking_ref": ref} for ref in prepared.granular],
            }
            try:
                self.levels[key] = marking_of(stated, self.definitions)
            except Refused as error:
                error.place = prepared.place + error.place.removeprefix("$")
                raise
        return self.levels[key]

    def audiences(self) -> list[Labelled]:
        """Every audience that a record of the batch may have."""
        found = []
        for level in {level for level, _ in self.levels.values()}:
            with contextlib.suppress(Refused):  # raised again for each object that is meant
                addressed = self._address(level)
                found.append(Labelled(addressed.audience, addressed.group or ""))
        return found

    def records(self, batch: Sequence[Prepared], *, strict: bool) -> Iterator[NewRecord]:
        """The new records of a batch, one after the other; what is none is listed or, if `strict`, raised."""
        for prepared in batch:
            try:
                record = self.add(prepared)
            except MithaqError as error:
                if strict:
                    raise
                listed = Listed(prepared.place, prepared.object_id, prepared.version, error)
                conflicting = error.code in {"conflicting-version", "released-otherwise"}
                (self.outcome.conflicting if conflicting else self.outcome.refused).append(listed)
            else:
                if record is not None:
                    yield record

    def add(self, prepared: Prepared) -> NewRecord | None:
        """Take one object in: its new record, None if it is published already; or raise the reason why not."""
        if prepared.type.startswith(_OWN_TYPES) and not self.wish.own_types:
            raise Refused("type-reserved", prepared.place, type=prepared.type)
        creator = prepared.creator
        owner = self.author.charter.identities.get(creator)
        if owner is not None and owner != self.author.member:
            raise Refused("author-identity", f"{prepared.place}.created_by_ref", creator=creator, member=owner)
        level, reach = self._marking(prepared)
        if reach > level:
            place = f"{prepared.place}.granular_markings"
            raise Refused("marking-stricter", place, inner=reach.label, tlp=level.label)
        addressed = self._address(level)
        known = self.known.setdefault((prepared.object_id, prepared.version), [])
        restates = self._restated(prepared, addressed, known)
        if restates is None:
            return None
        # Asked last: what was released already stays so, even if what it refers to has become stricter since.
        self._compare_references(prepared, level)
        return self._seal(prepared, level, addressed, restates, known)

    def _compare_references(self, prepared: Prepared, level: Tlp) -> None:
        found = self.references.get(prepared.digest, ())
        held = {name: self.held[name] for name in found if name in self.held}
        if held:
            forbidden, warned = find_stricter(level, held)
            if forbidden:
                seen = self._seen_stricter(forbidden, level)
                if not seen:
                    raise Refused("held-back", prepared.place)
                raise Refused("reference-stricter", prepared.place, tlp=level.label, reference=seen[0])
            self.outcome.warned += [(prepared.place, name) for name in self._seen_stricter(warned, level)]

    def _seen_stricter(self, names: list[str], level: Tlp) -> list[str]:
        """Of stricter objects those that the one who asks can see to be stricter: in the batch, or by what he may read.

        Who works for the node itself may see all of them.
        """
        if self.wish.reader is None:
            return names
        return [name for name in names if self.seen.get(name, level) > level]

    def _address(self, level: Tlp) -> Addressed:
        if level not in self.addressed:
            wish, author = self.wish, self.author
            addressed = resolve_audience(
                author.charter,
                author.member,
                wish.to,
                level,
                author_roles=wish.roles,
                public_confirmed=wish.public_confirmed,
            )
            verify_author(author.charter, author.member, addressed.group, author.grants, self.now)
            self.addressed[level] = addressed
        return self.addressed[level]

    def _restated(self, prepared: Prepared, addressed: Addressed, known: list[Published]) -> str | None:
        """The commitment that the new record restates, empty for a first one; None if it is published already."""
        if not known:
            return ""
        if others := [each for each in known if each.digest != prepared.digest]:
            if not any(self._is_seen(each) for each in others):
                raise Refused("held-back", prepared.place)
            raise Refused("conflicting-version", prepared.place, id=prepared.object_id, version=prepared.version)
        # A release that he may not read is not restated either: its readers would learn of it.
        known = [each for each in known if self._is_seen(each)]
        for each in known:
            # Two groups may have the same members; who widens means this one, since a collection is a group.
            same = each.label == (addressed.group or "") or not self.wish.widen
            if each.audience == addressed.audience and same:
                self.outcome.unchanged.append(
                    Placed(prepared.place, each.index, each.commitment, each.object_id, each.version)
                )
                return None
        if not known:
            return ""
        if not self.wish.widen:
            raise Refused("released-otherwise", prepared.place, id=prepared.object_id, index=known[-1].index)
        return known[-1].commitment.hex()

    def _is_seen(self, published: Published) -> bool:
        """Whether the one who asks may read a release; who works for the node itself may read all."""
        return self.wish.reader is None or may_read(self.wish.reader, published.audience).allowed

    def _seal(
        self, prepared: Prepared, level: Tlp, addressed: Addressed, restates: str, known: list[Published]
    ) -> NewRecord:
        author, place = self.author, prepared.place
        nonce = next(self.nonces)
        upload, attached = "", b""
        if prepared.url.startswith((UPLOAD, ATTACHMENT)):
            upload, attached, prepared = self._take_upload(prepared, nonce)
        release = Release(
            alliance=author.charter.alliance,
            log=self.acceptance.origin,
            author=author.member,
            audience=addressed.audience,
            charter=author.charter.digest,
            released=self.released,
            nonce=nonce.hex(),
            group=addressed.group or UNSET,
            restates=restates or UNSET,
            expires=encode_time(self.wish.expires) if self.wish.expires else UNSET,
        )
        record = seal_record(prepared.canonical, release, checked=True)
        index = self.acceptance.size + len(self.outcome.published)
        known.append(
            Published(
                prepared.object_id,
                prepared.version,
                prepared.digest,
                addressed.audience,
                record.commitment,
                index,
                addressed.group or "",
            )
        )
        self.outcome.published.append(Placed(place, index, record.commitment, prepared.object_id, prepared.version))
        return NewRecord(
            record, prepared.object_id, prepared.type, prepared.version, prepared.digest, level,
            self._is_ours(prepared), prepared.words, upload, attached,
        )  # fmt: skip

    def _take_upload(self, prepared: Prepared, nonce: bytes) -> tuple[str, bytes, Prepared]:
        """Bind uploaded bytes to the record: the artifact's url becomes their digest under the record's nonce."""
        if not prepared.url.startswith(UPLOAD):
            raise Refused("attachment-foreign", f"{prepared.place}.url")
        upload = prepared.url.removeprefix(UPLOAD)
        if upload in self.uploads:
            raise Refused("upload-gone", f"{prepared.place}.url")
        self.uploads.add(upload)
        plain, bound = self.acceptance.digest_upload(upload, nonce)
        value = decode_json(prepared.canonical)
        hashes = value.get("hashes", {})
        if not isinstance(hashes, dict):
            raise Malformed("attachment-hashes", f"{prepared.place}.hashes")
        hashes = {**hashes, "SHA-256": plain.hex()}
        changed = {**value, "url": ATTACHMENT + bound.hex(), "hashes": hashes}
        return upload, bound, prepare_value(prepared.place, changed)


def add_definition(definitions: dict[str, Tlp | None], name: str, level: Tlp | None) -> None:
    """Learn what a marking-definition states. If others of its id state something else, the strictest counts."""
    definitions[name] = strictest(each for each in (definitions.get(name), level) if each is not None)


def rehearse(database: Database, author: Author, prepared: Prepared, wish: Wish, now: datetime) -> Rehearsal:
    """What `publish` would do with one object, by the same rules, with nothing written. Raises what it would raise."""
    with accept(database, now) as acceptance:
        draft = _Draft(acceptance, author, wish, now, Outcome())
        draft.learn([prepared], dict)
        draft.add(prepared)
        ((tlp, addressed),) = draft.addressed.items()
    return Rehearsal(tlp, addressed, preview(author.charter, addressed))
