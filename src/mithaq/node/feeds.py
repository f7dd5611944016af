"""Feeds: what others offer, pulled by and by, validated, and published as this member's copies to its organisation.

    add_feed(node, actor, NewFeed(name="cert", kind="taxii", address="https://…/taxii2/"), authorization)
    for pulled in pull_feeds(node, []):       # those that are due
        print(pulled.feed.name, pulled.outcome, pulled.counts)

What holds, wherever a pull ends, be it by a kill: an object is published before it is noted that it was, and what was
published is left alone when it comes again; so nothing is lost and nothing comes twice. One process pulls at a time
(`Database.holding`); if ever two do, they publish the same things once.

- What is no valid STIX 2.1, or what a rule of release forbids, goes into quarantine with its reason.
- Copies go to the group `own`, and further only when a person releases them. TLP:RED names its readers: it goes to
  the roles that the operator chose for the feed, or into quarantine.
- What this member has withdrawn is not brought back, and nobody speaks in this member's name through a feed.
"""

import contextlib
import hashlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from mithaq.errors import Malformed, MithaqError, Refused, Unavailable, Untrusted
from mithaq.model import is_id
from mithaq.node.feed_due import note_due
from mithaq.node.feed_sources import Found, Step, read_bundle, read_folder, walk_collection
from mithaq.node.node import Node
from mithaq.node.prepare import Prepared, prepare_value
from mithaq.node.publish import Listed, Outcome, Wish
from mithaq.node.tokens import note_act
from mithaq.store import feeds as store
from mithaq.store.database import Connection
from mithaq.store.feeds import Counts, Feed, NewFeed, Quarantined
from mithaq.wire import decode_object, stated_version
from mithaq.wire.feeds import is_local, taxii_url, verify_url

# What asks and validates takes a tenth of a second to load: commands that do neither start without.
if TYPE_CHECKING:
    from mithaq.node.fetching import Fetcher

__all__ = ["FeedReport", "Pulled", "add_feed", "kept_error", "list_feeds", "pull_feeds", "remove_feed", "show_feed"]

BATCH_OBJECTS: Final = 500
READ_AT_MOST: Final = 10
"""Objects that a pull reads of a collection at most, as a multiple of the new ones that it may bring."""

_FAMILIES: Mapping[str, Callable[..., MithaqError]] = {
    each.family: each for each in (Malformed, Refused, Untrusted, Unavailable)
}
_WORK = "mithaq feeds"
_OWN = Wish(("own",))
_SOON, _AGAIN, _BROKEN_OFF = timedelta(seconds=60), timedelta(minutes=15), timedelta(minutes=5)
_RETRIED = 200
_MARKING = "marking-definition--"


class FeedReport(NamedTuple):
    """A feed, and how many objects of it are in quarantine."""

    feed: Feed
    quarantined: int


class Pulled(NamedTuple):
    """What became of a pull: all was read, something is left for the next one, or the reason why it failed."""

    feed: Feed
    outcome: Literal["done", "partial", "failed"]
    counts: Counts
    error: MithaqError | None
    due: datetime


# Feeds


def add_feed(node: Node, actor: str, feed: NewFeed, authorization: str = "") -> None:
    """Take in a feed, with the `Authorization` header for its server if it wants one. It is due at once.

    Raises `Malformed` (`feed-name`, `feed-url`), `Refused` (`feed-exists`, `feed-plain`, `feed-folder-credentials`,
    `audience-role`).
    """
    if not is_id(feed.name):
        raise Malformed("feed-name")
    if feed.kind == "folder":
        if authorization:
            raise Refused("feed-folder-credentials")
    else:
        verify = taxii_url if feed.kind == "taxii" else verify_url
        if verify(feed.address) != feed.address:
            raise Malformed("feed-url")
        if authorization and not feed.address.startswith("https:") and not is_local(feed.address):
            raise Refused("feed-plain")
    for role in feed.red_roles:
        if role not in node.charter.charter.roles:
            raise Refused("audience-role", role=role)
    now = node.clock()
    with node.database.writing() as connection:
        store.make_feed(connection, feed, now)
        note_act(connection, actor, "feed add", now, name=feed.name, kind=feed.kind)
        if authorization:
            node.home.keep_credentials(feed.name, authorization)
    note_due(node)


def remove_feed(node: Node, actor: str, name: str) -> None:
    """Forget a feed, its credentials and its quarantine; what it brought stays. Raises `Refused` (`feed-absent`)."""
    with node.database.writing() as connection:
        store.remove_feed(connection, name)
        note_act(connection, actor, "feed remove", node.clock(), name=name)
    node.home.drop_credentials(name)
    note_due(node)


def list_feeds(node: Node) -> list[FeedReport]:
    """All feeds, by name."""
    with node.database.writing() as connection:
        return [FeedReport(feed, store.quarantined_count(connection, feed)) for feed in store.list_feeds(connection)]


def show_feed(node: Node, name: str, wanted: int) -> tuple[FeedReport, list[Quarantined]]:
    """One feed, and the newest objects of its quarantine. Raises `Refused` (`feed-absent`)."""
    with node.database.writing() as connection:
        feed = store.find_feed(connection, name)
        report = FeedReport(feed, store.quarantined_count(connection, feed))
        return report, store.list_quarantined(connection, feed, wanted)


def kept_error(family: str, code: str, place: str, details: Mapping[str, object]) -> MithaqError:
    """An error as it was kept, with its words in every language. Raises `KeyError` for a code of a newer version."""
    return _FAMILIES[family](code, place, **details)


# Pulling


def pull_feeds(node: Node, names: Sequence[str], *, again: bool = False) -> Iterator[Pulled]:
    """Pull the named feeds, or those that are due, one after the other; `again` begins the named from the start.

    Raises `Refused` (`feed-absent`), `Unavailable` (`feeds-pulling` if another process is at it, and what the store
    raises). What is wrong with one feed is in what is said of it, and the others go on.
    """
    with node.database.holding(_WORK) as alone:
        if not alone:
            raise Unavailable("feeds-pulling", retry_after=30.0)
        with node.database.writing() as connection:
            for name in names if again else ():
                store.forget_position(connection, store.find_feed(connection, name))
            if names:
                feeds = [store.find_feed(connection, name) for name in dict.fromkeys(names)]
            else:
                feeds = store.due_feeds(connection, node.clock())
        try:
            for feed in feeds:
                yield _pull(node, feed)
        finally:
            with contextlib.suppress(Unavailable):
                note_due(node)


def _pull(node: Node, feed: Feed) -> Pulled:
    begun = node.clock()
    every = timedelta(seconds=feed.every)
    with node.database.writing() as connection:
        store.begin_pull(connection, feed, begun, begun + min(every, _BROKEN_OFF))
    pull = _Pull(node, feed)
    outcome: Literal["done", "partial", "failed"] = "done"
    failure: MithaqError | None = None
    try:
        outcome = "done" if pull.run() else "partial"
    except MithaqError as error:
        # Time is used up like any other limit, if only something came of it.
        outcome = "partial" if error.code == "feed-slow" and pull.counts.published else "failed"
        failure = error if outcome == "failed" else None
    ended = node.clock()
    due = max(begun + every, ended + min(every, timedelta(seconds=30)))
    if outcome == "partial":
        due = ended + min(every, _SOON)
    elif outcome == "failed":
        due = ended + min(every, _AGAIN)
        if isinstance(failure, Unavailable) and failure.retry_after:
            due = max(due, ended + timedelta(seconds=failure.retry_after))
    with node.database.writing() as connection:
        store.end_pull(connection, feed, outcome, pull.counts, failure, ended, due)
    return Pulled(feed, outcome, pull.counts, failure, due)


class _Item(NamedTuple):
    """An object that was read: as it came, its value, and the digest of its canonical bytes."""

    found: Found
    value: dict[str, Any]
    digest: bytes

    @property
    def raw(self) -> bytes:
        """SHA-256 of its bytes as they came, by which the quarantine knows it."""
        return hashlib.sha256(self.found.data).digest()


class _Pull:
    """One pull of one feed."""

    def __init__(self, node: Node, feed: Feed) -> None:
        from mithaq.node.validation import find_error

        self.counts = Counts()
        self._node = node
        self._feed = feed
        self._actor = f"feed {feed.name}"
        self._identity = node.charter.organisations[node.name].identity
        self._find_error = find_error
        # Whether a marking-definition was published since the last look: perhaps by a pull that was broken off.
        self._defined = feed.begun is not None and (feed.ended is None or feed.ended < feed.begun)
        self._lost = False  # whether something that waits for one found no room in the quarantine

    def run(self) -> bool:
        """Take in what there is; False if something is left. Raises what its source raises."""
        from mithaq.node.fetching import Fetcher

        feed = self._feed
        authorization = self._node.home.credentials(feed.name) if feed.authenticated else ""
        whole = True
        with Fetcher(authorization, seconds=feed.max_seconds, limit=feed.max_bytes) as fetcher:
            steps = self._steps(fetcher)
            try:
                for step in steps:
                    self._take(step)
                    whole = whole and not step.waits
                    if self._enough() or fetcher.left() <= 0:
                        whole = False
                        break
            finally:
                steps.close()
                if self._release_waiting() and self._lost:
                    # Once for each definition: what found no room is read again, now that it is known.
                    with self._node.database.writing() as connection:
                        store.forget_position(connection, feed)
                    whole = False
        return whole

    def _steps(self, fetcher: "Fetcher") -> Generator[Step]:
        feed = self._feed
        if feed.kind == "taxii":
            return walk_collection(feed, fetcher, self._node.clock)
        if feed.kind == "bundle":
            return read_bundle(feed, fetcher)
        with self._node.database.writing() as connection:
            known = store.known_files(connection, feed)
        return read_folder(feed, known, self._node.clock())

    def _enough(self) -> bool:
        counts, limit = self.counts, self._feed.max_objects
        # Of a bundle that is longer than that the next pull reads the beginning again; a collection is a walk.
        walked = counts.read if self._feed.kind == "taxii" else 0
        return counts.published + counts.quarantined >= limit or walked >= READ_AT_MOST * limit

    def _take(self, step: Step) -> None:
        """Publish a step's objects; then, and only then, note how far that is."""
        self.counts.read += len(step.objects)
        for start in range(0, len(step.objects), BATCH_OBJECTS):
            self._publish(step.objects[start : start + BATCH_OBJECTS])
        feed, now = self._feed, self._node.clock()
        if step.position is None and step.file is None and not step.gone:
            return
        with self._node.database.writing() as connection:
            if step.position is not None:
                store.move_on(connection, feed, step.position)
            if step.gone:
                store.forget_files(connection, feed, step.gone)
            if step.file is not None:
                store.note_file(connection, feed, step.file)
                if step.broken is not None:
                    broken = Quarantined.of(step.broken, step.file.digest, b"", "", "")
                    self.counts.quarantined += store.quarantine(connection, feed, [broken], now).new

    # Objects

    def _publish(self, objects: Sequence[Found]) -> None:
        """Publish what may be published of a batch, whose places are all different, and keep the rest out."""
        out: list[Quarantined] = []
        items = self._read(objects, out)
        with self._node.database.writing() as connection:
            known = store.known_digests(connection, self._feed, [item.digest for item in items])
            known |= self._own(connection, items)
        brought = [item for item in items if item.digest in known]
        self.counts.unchanged += len(brought)
        fresh = {item.found.place: item for item in items if item.digest not in known}
        batch = [prepared for item in fresh.values() if (prepared := self._examine(item, out)) is not None]
        for outcome in self._release(batch):
            self.counts.published += len(outcome.published)
            self.counts.unchanged += len(outcome.unchanged)
            self._defined = self._defined or any(each.object_id.startswith(_MARKING) for each in outcome.published)
            brought += [fresh[each.place] for each in (*outcome.published, *outcome.unchanged)]
            for listed in (*outcome.conflicting, *outcome.refused):
                item = fresh[listed.place]
                if listed.error.code == "released-otherwise":  # the member has it, only with other readers
                    self.counts.unchanged += 1
                    brought.append(item)
                else:
                    out.append(self._kept_out(item, listed.error))
        with self._node.database.writing() as connection:
            store.note_brought(connection, self._feed, {item.digest for item in brought})
            freed = store.let_in(connection, self._feed, [item.raw for item in brought])
            kept = store.quarantine(connection, self._feed, out, self._node.clock())
        self.counts.quarantined = max(self.counts.quarantined + kept.new - freed, 0)
        self._lost = self._lost or kept.lost

    def _read(self, objects: Sequence[Found], out: list[Quarantined]) -> list[_Item]:
        """The objects of the feed's types that can be read; the others are counted, or put out."""
        items = []
        for found in objects:
            try:
                value, canonical = decode_object(found.data, found.place)
            except Malformed as error:
                raw = hashlib.sha256(found.data).digest()
                out.append(Quarantined.of(error, raw, found.data, "", ""))
                continue
            if self._feed.types and value["type"] not in self._feed.types:
                self.counts.skipped += 1
            else:
                items.append(_Item(found, value, hashlib.sha256(canonical).digest()))
        return items

    def _names_us(self, item: _Item) -> bool:
        return self._identity in {item.value.get("created_by_ref"), item.value["id"]}

    def _own(self, connection: Connection, items: Sequence[_Item]) -> set[bytes]:
        """Of objects in this member's name those that it has published: they only come home."""
        ids = [item.value["id"] for item in items if self._names_us(item)]
        return store.own_digests(connection, self._node.name, ids) if ids else set()

    def _examine(self, item: _Item, out: list[Quarantined]) -> Prepared | None:
        """The object ready to be published, unless it is not valid or speaks in this member's name."""
        place = item.found.place
        found = self._find_error(item.value)
        if found is not None:
            error: MithaqError = Malformed(
                "feed-invalid", f"{place} {found.pointer}".strip(), rule=found.rule, reason=found.message
            )
        elif self._names_us(item):
            error = Refused("feed-own-name", place)
        else:
            return prepare_value(place, item.value)
        out.append(self._kept_out(item, error))
        return None

    def _kept_out(self, item: _Item, error: MithaqError) -> Quarantined:
        return Quarantined.of(error, item.raw, item.found.data, item.value["id"], stated_version(item.value))

    def _release(self, batch: Sequence[Prepared]) -> Iterator[Outcome]:
        """Publish to the own organisation; what is TLP:RED then to the roles that were chosen for it."""
        if not batch:
            return
        outcome = self._node.publish(self._actor, batch, _OWN, strict=False)
        red: list[Listed] = []
        if self._feed.red_roles:
            red = [each for each in outcome.refused if each.error.code == "tlp-red"]
            outcome.refused = [each for each in outcome.refused if each.error.code != "tlp-red"]
        yield outcome
        if red:
            places = {each.place for each in red}
            wish = Wish(tuple(f"own/{role}" for role in self._feed.red_roles))
            again = [each for each in batch if each.place in places]
            yield self._node.publish(self._actor, again, wish, strict=False)

    def _release_waiting(self) -> bool:
        """Publish what only waited for a marking-definition that came in this pull; False if none came."""
        came = self._defined
        while self._defined:
            self._defined = False
            after = b""
            while waiting := self._waiting(after):
                after = waiting[-1].digest
                while waiting:
                    batch = {each.place: each for each in waiting}  # places of different pages may be the same
                    self._publish([Found(each.place, each.data or b"") for each in batch.values()])
                    waiting = [each for each in waiting if batch[each.place] is not each]
        return came

    def _waiting(self, after: bytes) -> list[Quarantined]:
        with self._node.database.writing() as connection:
            return store.waiting_for_marking(connection, self._feed, after, _RETRIED)
