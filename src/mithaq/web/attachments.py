"""Attachments: bytes sent in pieces before their record is published, and read in ranges afterwards.

    POST  /api/v1/uploads {"size", "sha256"}   -> 201 {"upload", "received", "size"}
    PATCH /api/v1/uploads/ID  Upload-Offset: N -> 204, Upload-Offset: where it stands now
    POST  /api/v1/records {"objects": [{"type": "artifact", "url": "mithaq:upload:ID", ...}], ...}

A piece may have any length up to the limit of a body. What has arrived is kept step by step, so that after a broken
connection one asks where the upload stands and goes on from there. An upload is its token's alone.

An attachment is never shown inline, whatever it is: it is a file to save, of no stated kind, in a sandbox.
"""

import re
from collections.abc import AsyncIterator
from typing import Final, NamedTuple

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from mithaq.errors import Malformed, MithaqError
from mithaq.model import Reader
from mithaq.node import Node, Visitor
from mithaq.node.tokens import PUBLISHERS
from mithaq.web.answers import json_answer
from mithaq.web.backend import Backend, backend_of
from mithaq.web.requests import (
    MAX_SMALL_BODY,
    UploadWish,
    decode_body,
    path_commitment,
    read_body,
    verify_no_parameters,
)

__all__ = ["begin", "go_on", "read_attachment", "read_state"]

PIECE_BYTES: Final = 1024 * 1024
NEVER_INLINE: Final = {
    "content-disposition": 'attachment; filename="attachment.bin"',
    "content-security-policy": "default-src 'none'; sandbox",
    "accept-ranges": "bytes",
    "cache-control": "private, no-store",
}

_OFFSET = re.compile(r"[0-9]{1,12}").fullmatch
_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})").fullmatch


# Sending


async def begin(request: Request) -> Response:
    """Begin an upload."""
    verify_no_parameters(request)
    backend = backend_of(request)
    visitor = await backend.admit(request, PUBLISHERS)
    wish = decode_body(await read_body(request, MAX_SMALL_BODY), UploadWish)
    upload = await backend.run(backend.node.begin_upload, visitor.name, wish.size, bytes.fromhex(wish.sha256))
    return json_answer(
        {"upload": upload, "received": 0, "size": wish.size},
        201,
        {"location": f"{backend.settings.public_url.rstrip('/')}/api/v1/uploads/{upload}"},
    )


async def go_on(request: Request) -> Response:
    """Add a piece where the upload stands."""
    verify_no_parameters(request)
    stated = request.headers.get("upload-offset", "")
    if not _OFFSET(stated):
        raise Malformed("parameter", "Upload-Offset")
    backend = backend_of(request)
    visitor = await backend.admit(request, PUBLISHERS)
    upload, start = request.path_params["upload"], int(stated)
    waiting = bytearray()
    broken: Exception | None = None

    async def keep() -> int:
        data = bytes(waiting)
        waiting.clear()
        return await backend.run(backend.node.continue_upload, visitor.name, upload, start, data)

    start = await keep()  # nothing yet: refuses a wrong offset before a byte is read
    try:
        async for piece in request.stream():
            waiting += piece
            if len(waiting) >= PIECE_BYTES:
                start = await keep()
    except (ClientDisconnect, MithaqError) as error:  # what is here already need not be sent again
        broken = error
    if waiting:
        start = await keep()
    if broken is not None:
        raise broken
    return Response(status_code=204, headers={"upload-offset": str(start)})


async def read_state(request: Request) -> Response:
    """Say where an upload stands."""
    verify_no_parameters(request)
    upload = request.path_params["upload"]

    def act(node: Node, visitor: Visitor) -> Response:
        received, size = node.upload_received(visitor.name, upload)
        return json_answer(
            {"upload": upload, "received": received, "size": size},
            headers={"upload-offset": str(received), "upload-length": str(size)},
        )

    return await backend_of(request).visit(request, act, PUBLISHERS)


# Reading


class Span(NamedTuple):
    """Bytes from `start` up to before `end`."""

    start: int
    end: int


async def read_attachment(request: Request) -> Response:
    """The attachment of a record, or a range of it."""
    verify_no_parameters(request)
    commitment = path_commitment(request)
    backend = backend_of(request)
    visitor = await backend.admit(request, frozenset())
    found = await backend.run(backend.node.attachment, visitor.reader, commitment)
    etag = f'"{found.digest.hex()}"'
    wanted = request.headers.get("range", "") if request.headers.get("if-range", etag) == etag else ""
    span = find_span(wanted, found.size)
    headers = NEVER_INLINE | {"etag": etag}
    if span is not None:
        headers["content-range"] = f"bytes {span.start}-{span.end - 1}/{found.size}"
    start, end = span or (0, found.size)
    headers["content-length"] = str(end - start)
    pieces = _pieces(backend, visitor.reader, found.digest, Span(start, end))
    return StreamingResponse(pieces, 206 if span else 200, headers, media_type="application/octet-stream")


def find_span(stated: str, size: int) -> Span | None:
    """What a Range header asks of `size` bytes (RFC 9110, 14.2); None for the whole, as for what we don't understand.

    Several ranges at once are answered with the whole. Raises `Malformed` (`range-beyond`).

    >>> find_span("bytes=0-99", 1000), find_span("bytes=-1", 1000), find_span("bytes=990-5000", 1000)
    (Span(start=0, end=100), Span(start=999, end=1000), Span(start=990, end=1000))
    """
    match = _RANGE(stated)
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size:
        raise Malformed("range-beyond", size=size)
    return Span(start, end)


async def _pieces(backend: Backend, reader: Reader, digest: bytes, span: Span) -> AsyncIterator[bytes]:
    """The bytes of a span. If the record is withdrawn meanwhile, the answer breaks off."""
    start = span.start
    while start < span.end:
        wanted = min(PIECE_BYTES, span.end - start)
        data = await backend.run(backend.node.attachment_bytes, reader, digest, start, wanted)
        if not data:
            return
        yield data
        start += len(data)
