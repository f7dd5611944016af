"""Importing files: bundles, envelopes, lists and lines of STIX objects, plain or gzip, of any length in little memory.

Objects are taken in batches, each a transaction of its own: all or nothing. What was published before is left alone, so
an import that was broken off is resumed by running it again. What can't be published is listed with its place, and the
rest goes on.
"""

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from mithaq.errors import Malformed, MithaqError, Refused
from mithaq.model import Tlp, tlp_of_definition
from mithaq.node.node import Node
from mithaq.node.publish import UPLOAD, Listed, Prepared, Wish, prepare, prepare_value
from mithaq.wire import decode_object, split_objects

__all__ = ["Import", "attach", "import_files"]

BATCH_OBJECTS = 2000
BATCH_BYTES = 16 * 1024 * 1024
CHUNK_BYTES = 256 * 1024
MAX_LISTED = 1000
_GZIP = b"\x1f\x8b"
_MARKING = b'"marking-definition"'


@dataclass(slots=True)
class Import:
    """What an import has done so far. Lists hold the first thousand, counts count all."""

    read: int = 0
    published: int = 0
    unchanged: int = 0
    conflicting: int = 0
    refused: int = 0
    warned: int = 0
    size: int = 0
    bytes_read: int = 0
    listed_conflicting: list[Listed] = field(default_factory=list)
    listed_refused: list[Listed] = field(default_factory=list)


def import_files(
    node: Node, actor: str, paths: Sequence[Path], wish: Wish, progress: Callable[[Import], None]
) -> Import:
    """Publish all objects in `paths`, in order; `progress` is told after each batch.

    Raises `Malformed` for a file that is no bundle, after what came before it has been published, and what forbids the
    import as a whole.
    """
    done = Import()
    definitions: dict[str, Tlp | None] = {}
    for path in paths:
        before = done.bytes_read
        with path.open("rb") as file:
            for batch, broken in _batches(file, path.name, done):
                _publish(node, actor, batch, wish, paths, definitions, done)
                done.bytes_read = before + file.tell()
                progress(done)
                if broken is not None:
                    raise broken
    return done


def _publish(
    node: Node,
    actor: str,
    batch: list[Prepared],
    wish: Wish,
    paths: Sequence[Path],
    definitions: dict[str, Tlp | None],
    done: Import,
) -> None:
    def find_definitions() -> dict[str, Tlp | None]:
        if not definitions:
            definitions.update(_marking_definitions(paths))
        return definitions

    outcome = node.publish(actor, batch, wish, strict=False, definitions=find_definitions)
    done.published += len(outcome.published)
    done.unchanged += len(outcome.unchanged)
    done.conflicting += len(outcome.conflicting)
    done.refused += len(outcome.refused)
    done.warned += len(outcome.warned)
    done.listed_conflicting += outcome.conflicting[: MAX_LISTED - len(done.listed_conflicting)]
    done.listed_refused += outcome.refused[: MAX_LISTED - len(done.listed_refused)]
    if outcome.published:
        done.size = outcome.published[-1].index + 1


def _batches(file: BinaryIO, name: str, done: Import) -> Iterator[tuple[list[Prepared], MithaqError | None]]:
    """The file's objects in batches; what is wrong with the file itself comes with the last, complete, batch."""
    batch: list[Prepared] = []
    size = 0
    broken: MithaqError | None = None
    objects = split_objects(_chunks(file, name))
    while True:
        try:
            place, data = next(objects)
        except StopIteration:
            break
        except Malformed as error:
            error.place = f"{name}: {error.place}"
            broken = error
            break
        done.read += 1
        try:
            batch.append(prepare(f"{name}: {place}", data))
        except Malformed as error:
            done.refused += 1
            if len(done.listed_refused) < MAX_LISTED:
                done.listed_refused.append(Listed(f"{name}: {place}", "", "", error))
        size += len(data)
        if len(batch) == BATCH_OBJECTS or size > BATCH_BYTES:
            yield batch, None
            batch, size = [], 0
    yield batch, broken


def _chunks(file: BinaryIO, name: str) -> Iterator[bytes]:
    """The file's bytes, unpacked if it is gzip."""
    head = file.read(2)
    file.seek(0)
    stream: BinaryIO | gzip.GzipFile = gzip.GzipFile(fileobj=file) if head == _GZIP else file
    try:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise Malformed("gzip-malformed", name) from None


def _marking_definitions(paths: Sequence[Path]) -> Iterator[tuple[str, Tlp | None]]:
    """Every marking-definition in the files; asked for only when an object names one that is not known."""
    for path in paths:
        with path.open("rb") as file:
            try:
                for place, data in split_objects(_chunks(file, path.name)):
                    if _MARKING in data:
                        value = decode_object(data, place)
                        if value["type"] == "marking-definition":
                            yield value["id"], tlp_of_definition(value)
            except Malformed:  # the import itself comes to that place and says so
                continue


def attach(node: Node, owner: str, prepared: Prepared, data: bytes) -> Prepared:
    """The artifact `prepared` with `data` uploaded for it: publish it, and they become its record's attachment.

    Raises `Refused` (`attachment-type`, `upload-size`).
    """
    if prepared.value["type"] != "artifact":
        raise Refused("attachment-type", f"{prepared.place}.type")
    upload = node.begin_upload(owner, len(data), hashlib.sha256(data).digest())
    for start in range(0, len(data), CHUNK_BYTES):
        node.continue_upload(owner, upload, start, data[start : start + CHUNK_BYTES])
    return prepare_value(prepared.place, {**prepared.value, "url": UPLOAD + upload})
