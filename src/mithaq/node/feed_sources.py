"""Where a feed's objects come from: a TAXII collection, a bundle at a URL, a folder; step by step.

Each source is an iterator of steps. A step holds objects and says what may be noted once they are published: that is
how a pull that ends anywhere, be it by a kill, is taken up again. Nothing here writes.
"""

import hashlib
import stat
from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from mithaq.errors import Malformed, MithaqError, Refused, Unavailable
from mithaq.store.feeds import Feed, FileState
from mithaq.wire import split_objects
from mithaq.wire.feeds import (
    Offer,
    Position,
    Walk,
    choose_offer,
    decode_page,
    decode_resource,
    is_same_place,
    unpacked,
)
from mithaq.wire.taxii import MEDIA_TYPE, is_taxii

if TYPE_CHECKING:
    from mithaq.node.fetching import Answer, Fetcher

__all__ = ["Found", "Step", "read_bundle", "read_folder", "walk_collection"]

PAGE_OBJECTS: Final = 1000
STEP_OBJECTS: Final = 500
STEP_BYTES: Final = 8 * 1024 * 1024
OBJECT_BYTES: Final = 32 * 1024 * 1024
MAX_RESOURCES: Final = 40
"""Resources that are asked for on the way to a collection."""

MAX_FILES: Final = 10_000
SETTLED_SECONDS: Final = 5.0
"""A file that was changed less long ago may still be being written."""

_ENDINGS = (".json", ".json.gz")
_BUNDLES = "application/stix+json;version=2.1, application/json;q=0.9, */*;q=0.5"


class Found(NamedTuple):
    """An object's bytes as they came, and where they stood."""

    place: str
    data: bytes


class Step(NamedTuple):
    """Objects, and what may be noted once they are published: a position, a file that was read to its end.

    `broken` says of a file why it can't be read to its end. `waits` says that something is left for the next pull.
    """

    objects: list[Found]
    position: dict[str, Any] | None = None
    file: FileState | None = None
    gone: tuple[str, ...] = ()
    broken: MithaqError | None = None
    waits: bool = False


# TAXII


def walk_collection(feed: Feed, fetcher: "Fetcher", clock: Callable[[], datetime]) -> Generator[Step]:
    """The pages of a feed's collection that were not read yet.

    Raises as `Fetcher.get` does, `Malformed` (`feed-type`, `feed-resource`, `feed-page`, `feed-endless`), `Refused`
    (`feed-collection`, `feed-collection-unread`, `feed-redirect`).
    """
    offer = _find_collection(feed, fetcher)
    walk = Walk(msgspec.convert(feed.position, Position), feed.types, min(PAGE_OBJECTS, feed.max_objects))
    while not walk.done:
        try:
            answer, body = _read_taxii(fetcher, offer.url, walk.parameters())
        except (Refused, Unavailable) as error:
            # Who has forgotten a token that he gave out before says so in one of these ways.
            if error.code in {"feed-missing", "feed-status"} and walk.start_over():
                continue
            raise
        page = decode_page(body)
        digest = hashlib.sha256(b"\n".join(page.objects)).hexdigest()
        walk.take(page, digest, answer.headers.get("x-taxii-date-added-last", ""), clock())
        objects = [Found(f"$.objects[{number}]", data) for number, data in enumerate(page.objects)]
        yield Step(objects, msgspec.to_builtins(walk.position))


def _read_taxii(fetcher: "Fetcher", url: str, parameters: list[tuple[str, str]]) -> "tuple[Answer, bytes]":
    with fetcher.get(url, MEDIA_TYPE, parameters) as answer:
        if not is_taxii(answer.media_type):
            raise Malformed("feed-type", found=_shown(answer.media_type))
        return answer, b"".join(answer.chunks)


def _shown(media_type: str) -> str:
    return "".join(letter for letter in media_type[:80] if letter.isprintable()) or "–"


def _find_collection(feed: Feed, fetcher: "Fetcher") -> Offer:
    """The collection, by way of discovery and API roots as far as need be; on the feed's own server alone."""
    waiting, asked, offers = [feed.address], set[str](), list[Offer]()
    strangers = False
    while waiting and len(asked) < MAX_RESOURCES:
        url = waiting.pop(0)
        if not is_same_place(feed.address, url):
            strangers = True
        elif url not in asked:
            asked.add(url)
            _, body = _read_taxii(fetcher, url, [])
            resource = decode_resource(body, url)
            offers += resource.offers
            waiting += resource.ask
    if strangers and not offers:
        raise Refused("feed-redirect")
    return choose_offer([each for each in offers if is_same_place(feed.address, each.url)], feed.collection)


# A bundle


def read_bundle(feed: Feed, fetcher: "Fetcher") -> Generator[Step]:
    """The objects of what lies at a URL, unless it is what was read to its end before.

    Raises as `Fetcher.get` and `split_objects` do, `Malformed` (`feed-type`).
    """
    headers = {}
    if etag := feed.position.get("etag"):
        headers["if-none-match"] = etag
    elif modified := feed.position.get("modified"):
        headers["if-modified-since"] = modified
    with fetcher.get(feed.address, _BUNDLES, headers=headers) as answer:
        if answer.status == 304:
            return
        if answer.media_type.lower().startswith(("text/html", "application/xhtml")):
            raise Malformed("feed-type", found=_shown(answer.media_type))
        yield from _steps(split_objects(answer.chunks, max_object_bytes=OBJECT_BYTES), "")
        yield Step([], _validators(answer.headers))


def _validators(headers: Mapping[str, str]) -> dict[str, Any]:
    """What the server names a state of its resource by (RFC 9110 section 8.8), if it can be sent back."""
    found = {"etag": headers.get("etag", ""), "modified": headers.get("last-modified", "")}
    return {name: value for name, value in found.items() if value and value.isascii() and value.isprintable()}


def _steps(objects: Iterator[tuple[str, bytes]], name: str) -> Generator[Step]:
    found: list[Found] = []
    size = 0
    try:
        for place, data in objects:
            found.append(Found(f"{name}: {place}" if name else place, data))
            size += len(data)
            if len(found) == STEP_OBJECTS or size > STEP_BYTES:
                yield Step(found)
                found, size = [], 0
    except MithaqError:
        yield Step(found)  # what came whole is taken in before the rest is known to be broken
        raise
    yield Step(found)


# A folder


def read_folder(feed: Feed, known: Mapping[str, FileState], now: datetime) -> Generator[Step]:
    """The objects of new and changed files in a folder, file by file, in order of their names.

    A file that can't be read to its end is said to be broken, once. Raises `Unavailable` (`feed-folder`), `Refused`
    (`feed-files`).
    """
    folder = Path(feed.address)
    try:
        names = sorted(each.name for each in folder.iterdir())
    except OSError as error:
        raise Unavailable("feed-folder", reason=error.strerror or type(error).__name__) from None
    names = [each for each in names if each.endswith(_ENDINGS) and each.isprintable() and not each.startswith(".")]
    if len(names) > MAX_FILES:
        raise Refused("feed-files", limit=MAX_FILES)
    if gone := tuple(known.keys() - set(names)):
        yield Step([], gone=gone)
    for name in names:
        before = known.get(name)
        try:
            yield from _read_file(feed, folder / name, before, now)
        except OSError:  # it was taken away, or is not ours to read: the next pull looks again
            yield Step([], waits=True)


def _read_file(feed: Feed, path: Path, before: FileState | None, now: datetime) -> Generator[Step]:
    seen = path.stat()
    if not stat.S_ISREG(seen.st_mode) or (before is not None and before[1:3] == (seen.st_size, seen.st_mtime_ns)):
        return
    if abs(now.timestamp() - seen.st_mtime) < SETTLED_SECONDS:
        yield Step([], waits=True)
        return
    state = FileState(path.name, seen.st_size, seen.st_mtime_ns, _digest(path))
    broken: MithaqError | None = None
    if before is None or before.digest != state.digest:
        try:
            yield from _steps(split_objects(_chunks(path, feed.max_bytes), max_object_bytes=OBJECT_BYTES), path.name)
        except MithaqError as error:
            error.place = f"{path.name}: {error.place}"
            broken = error
    after = path.stat()
    if (after.st_size, after.st_mtime_ns, after.st_ino) != (seen.st_size, seen.st_mtime_ns, seen.st_ino):
        yield Step([], waits=True)  # it was written while it was read
        return
    yield Step([], file=state, broken=broken)


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _chunks(path: Path, limit: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from unpacked(iter(lambda: file.read(256 * 1024), b""), limit)
