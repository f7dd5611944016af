"""Importing files: bundles, envelopes, lists and lines of STIX objects, plain or gzip, of any length in little memory.

Objects are taken in batches, each a transaction of its own: all or nothing. What was published before is left alone, so
an import that was broken off is resumed by running it again. What can't be published is listed with its place, and the
rest goes on.

Reading and publishing are two halves: `read_ahead` reads files, in a process of its own if there is much to read, and
`import_batches` publishes what it has read while it reads on.
"""

import contextlib
import gc
import hashlib
import itertools
import multiprocessing
import os
import queue
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import BufferedReader
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from mithaq.errors import Malformed, MithaqError, Refused, Unavailable
from mithaq.model import Tlp, decode_json, tlp_of_definition
from mithaq.node.node import Node
from mithaq.node.prepare import UPLOAD, Prepared, prepare, prepare_read, prepare_value
from mithaq.node.publish import Listed, Wish, add_definition
from mithaq.wire import decode_object, read_whole, split_objects
from mithaq.wire.packed import unpack

__all__ = ["Batch", "Import", "attach", "import_batches", "read_ahead", "read_objects"]

BATCH_OBJECTS = 2000
BATCH_BYTES = 16 * 1024 * 1024
CHUNK_BYTES = 256 * 1024
WHOLE_BYTES = 32 * 1024 * 1024
"""A file of up to so many bytes, unpacked, is read at once; a larger one object by object."""

OBJECT_BYTES = 32 * 1024 * 1024
"""An object beyond this ends the reading of its file; one that is only too large for a record is listed."""

MAX_LISTED = 1000
COLLECT_EACH = 50
WORTH_A_PROCESS = 1024 * 1024
_MARKING = b'"marking-definition"'


class Batch(NamedTuple):
    """Objects that were read, and what could not be read; `broken` says why a file ended before its end.

    `read` counts the objects that stood in the input, `file_bytes` the bytes of the files that were taken for them.
    """

    objects: list[Prepared]
    unreadable: list[Listed]
    read: int
    file_bytes: int
    broken: MithaqError | None = None


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


# Reading


@contextlib.contextmanager
def read_ahead(paths: Sequence[Path]) -> Iterator[Iterator[Batch]]:
    """The objects of `paths`, in order, in batches, while the block runs. Nothing raises before the batch is asked for.

    Asking raises `Unavailable` (`import-reader`) if the reading process was ended.
    """
    if sum(path.stat().st_size for path in paths) < WORTH_A_PROCESS:
        yield _read_files(paths)
        return
    ours, theirs = multiprocessing.Pipe(duplex=False)
    # A fork is quick, but would copy the locks of other threads in any state.
    alone = threading.active_count() == 1
    start = multiprocessing.get_context("fork").Process if alone else multiprocessing.get_context("spawn").Process
    process = start(target=_send_batches, args=(list(paths), theirs, ours), daemon=True)
    process.start()
    theirs.close()
    try:
        yield _receive_batches(ours)
    finally:
        ours.close()
        process.terminate()
        process.join()


def _send_batches(paths: Sequence[Path], pipe: Connection, other_end: Connection) -> None:
    """What the reading process does. One batch is sent, one waits, one is read: it is never further ahead.

    What was read before it fails is sent; only a pipe that ends with None has brought all. It ends itself when nobody
    takes batches any more, be it that the importing process was killed.
    """
    other_end.close()  # else the pipe would not break as long as this process lives
    gc.disable()  # what is read holds no cycles, and is gone after each batch
    waiting: queue.Queue[Batch | None] = queue.Queue(1)
    sender = threading.Thread(target=_send_waiting, args=(waiting, pipe), daemon=True)
    sender.start()
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        try:
            for batch in _read_files(paths):
                waiting.put(batch)
        finally:
            waiting.put(None)
            sender.join()
        pipe.send(None)


def _send_waiting(waiting: "queue.Queue[Batch | None]", pipe: Connection) -> None:
    """Send what waits until None does. Where that fails the process ends, or its reader would wait for ever."""
    try:
        while (batch := waiting.get()) is not None:
            pipe.send(batch)
    except BaseException:
        os._exit(1)


def _receive_batches(pipe: Connection) -> Iterator[Batch]:
    while True:
        try:
            batch: Batch | None = pipe.recv()
        except (EOFError, OSError):
            raise Unavailable("import-reader") from None
        if batch is None:
            return
        yield batch


def read_objects(file: BufferedReader, name: str) -> Iterator[tuple[str, bytes | dict[str, Any]]]:
    """Place of each object in a file that need not be one that can be rewound, and its bytes or its value.

    They are in the forms that `wire.bundle` reads, plain or gzip. Raises `Malformed` as `split_objects` does, and
    `gzip-malformed` with `name`.
    """
    whole, chunks = _begin(file, name)
    yield from split_objects(chunks, max_object_bytes=OBJECT_BYTES) if whole is None else whole


def _read_files(paths: Sequence[Path]) -> Iterator[Batch]:
    for path in paths:
        with path.open("rb") as file:
            yield from _read_file(file, path.name)


def _read_file(file: BufferedReader, name: str) -> Iterator[Batch]:
    """The batches of one file. The first ones are small: publishing begins early."""
    batch: list[Prepared] = []
    unreadable: list[Listed] = []
    read = size = taken = 0
    broken: MithaqError | None = None
    wanted = BATCH_OBJECTS // 8
    objects = _objects(file, name)
    while True:
        try:
            place, found, behind = next(objects)
        except StopIteration:
            break
        except Malformed as error:
            error.place = f"{name}: {error.place}"
            broken = error
            break
        read += 1
        here = f"{name}: {place}"
        try:
            batch.append(prepare(here, found) if isinstance(found, bytes) else prepare_read(here, found))
            size += len(batch[-1].canonical)
        except Malformed as error:
            unreadable.append(Listed(here, "", "", error))
        if read == wanted or size > BATCH_BYTES:
            yield Batch(batch, unreadable, read, behind - taken)
            taken, wanted = behind, min(2 * wanted, BATCH_OBJECTS)
            batch, unreadable, read, size = [], [], 0, 0
    yield Batch(batch, unreadable, read, file.tell() - taken, broken)


def _objects(file: BufferedReader, name: str) -> Iterator[tuple[str, bytes | dict[str, Any], int]]:
    """Place and bytes of each object and how far in the file that is; its value, if all were read at once.

    Raises `Malformed` as `split_objects` does.
    """
    whole, chunks = _begin(file, name)
    if whole is None:
        for place, data in split_objects(chunks, max_object_bytes=OBJECT_BYTES):
            yield place, data, file.tell()
        return
    end = file.tell()
    for number, (place, value) in enumerate(whole, 1):
        yield place, value, end * number // len(whole)


def _begin(file: BufferedReader, name: str) -> tuple[list[tuple[str, dict[str, Any]]] | None, Iterator[bytes]]:
    """All objects of the file, if it is of ordinary size and nothing in it wants a closer look; else its chunks."""
    chunks = _chunks(file, name)
    begun: list[bytes] = []
    size = 0
    try:
        for chunk in chunks:
            begun.append(chunk)
            size += len(chunk)
            if size > WHOLE_BYTES:
                return None, itertools.chain(begun, chunks)
    except Malformed as broken:
        return None, _broken_off(begun, broken)
    return read_whole(b"".join(begun)), iter(begun)


def _broken_off(chunks: list[bytes], broken: Malformed) -> Iterator[bytes]:
    yield from chunks
    raise broken


def _chunks(file: BufferedReader, name: str) -> Iterator[bytes]:
    """The file's bytes, unpacked if it is gzip."""
    try:
        yield from unpack(iter(lambda: file.read1(CHUNK_BYTES), b""))
    except (EOFError, zlib.error):
        raise Malformed("gzip-malformed", name) from None


def _marking_definitions(paths: Sequence[Path]) -> dict[str, Tlp | None]:
    """Every marking-definition in the files; asked for only when an object names one that is not known."""
    definitions: dict[str, Tlp | None] = {}
    for path in paths:
        with path.open("rb") as file:
            try:
                for place, data in split_objects(_chunks(file, path.name), max_object_bytes=OBJECT_BYTES):
                    if _MARKING in data:
                        with contextlib.suppress(Malformed):  # here and below: the import comes there and says so
                            value, _ = decode_object(data, place)
                            if value["type"] == "marking-definition":
                                add_definition(definitions, value["id"], tlp_of_definition(value))
            except Malformed:
                continue
    return definitions


# Publishing


def _without_collector(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The batches, with Python's search for cycles put off: batches hold none, and it would walk them all each time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        for number, batch in enumerate(batches, 1):
            yield batch
            if number % COLLECT_EACH == 0:
                gc.collect()
    finally:
        if enabled:
            gc.enable()


def import_batches(
    node: Node,
    actor: str,
    batches: Iterator[Batch],
    paths: Sequence[Path],
    wish: Wish,
    progress: Callable[[Import], None] = lambda _: None,
) -> Import:
    """Publish all batches of `paths`, in order; `progress` is told after each.

    Raises `Malformed` for a file that is no bundle, after what came before it has been published, and what forbids the
    import as a whole.
    """
    done = Import()
    found: list[dict[str, Tlp | None]] = []

    def find_definitions() -> dict[str, Tlp | None]:
        if not found:  # the files are read through once, also if there is no definition in them
            found.append(_marking_definitions(paths))
        return found[0]

    for batch in _without_collector(batches):
        outcome = node.publish(actor, batch.objects, wish, strict=False, definitions=find_definitions)
        done.read += batch.read
        done.bytes_read += batch.file_bytes
        done.published += len(outcome.published)
        done.unchanged += len(outcome.unchanged)
        done.conflicting += len(outcome.conflicting)
        done.refused += len(batch.unreadable) + len(outcome.refused)
        done.warned += len(outcome.warned)
        done.listed_conflicting += outcome.conflicting[: MAX_LISTED - len(done.listed_conflicting)]
        done.listed_refused += batch.unreadable[: MAX_LISTED - len(done.listed_refused)]
        done.listed_refused += outcome.refused[: MAX_LISTED - len(done.listed_refused)]
        if outcome.published:
            done.size = outcome.published[-1].index + 1
        progress(done)
        if batch.broken is not None:
            raise batch.broken
    return done


def attach(node: Node, owner: str, prepared: Prepared, data: bytes) -> Prepared:
    """The artifact `prepared` with `data` uploaded for it: publish it, and they become its record's attachment.

    Raises `Refused` (`attachment-type`, `upload-size`).
    """
    if prepared.type != "artifact":
        raise Refused("attachment-type", f"{prepared.place}.type")
    upload = node.begin_upload(owner, len(data), hashlib.sha256(data).digest())
    for start in range(0, len(data), CHUNK_BYTES):
        node.continue_upload(owner, upload, start, data[start : start + CHUNK_BYTES])
    return prepare_value(prepared.place, {**decode_json(prepared.canonical), "url": UPLOAD + upload})
