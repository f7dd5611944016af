"""The JSON API of records: publish, read by arrival, by commitment, by id, by words; proofs; previews; the charter."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from mithaq.errors import Refused
from mithaq.model import Reader
from mithaq.node import Node, Page, Prepared, Visitor
from mithaq.node.prepare import UPLOAD
from mithaq.node.tokens import PUBLISHERS
from mithaq.store.reading import StoredRecord
from mithaq.web.answers import json_answer
from mithaq.web.backend import backend_of
from mithaq.web.forms import head_values, outcome_value, page_value, record_value, rehearsal_value
from mithaq.web.requests import (
    Asked,
    asked_page,
    decode_publication,
    path_commitment,
    path_object_id,
    read_body,
    verify_no_parameters,
)

__all__ = [
    "preview",
    "publish",
    "read_charter",
    "read_object",
    "read_proof",
    "read_record",
    "read_records",
    "search",
]

STEP = 100
"""Records that are fetched at once. A page is put together from steps, so that it needs little memory."""

ENOUGH_BYTES = 8 * 1024 * 1024
"""A page of this many bytes ends, however many records were asked for."""


async def publish(request: Request) -> Response:
    """Publish objects, all or none: 201, or 200 if all of them were published already."""
    verify_no_parameters(request)
    backend = backend_of(request)
    visitor = await backend.admit(request, PUBLISHERS)

    def act(body: bytes) -> Response:
        batch, wish = decode_publication(body, visitor.reader)
        for prepared in batch:
            _verify_upload(backend.node, visitor, prepared)
        outcome = backend.node.publish(visitor.name, batch, wish)
        checkpoint = outcome.checkpoint or backend.node.checkpoint()
        value = outcome_value(outcome) | {"checkpoint": checkpoint.decode()}
        return json_answer(value, 201 if outcome.published else 200)

    async with backend.bodies:
        return await backend.run(act, await read_body(request))


def _verify_upload(node: Node, visitor: Visitor, prepared: Prepared) -> None:
    """Check that the bytes which an artifact names were sent by this very token's owner."""
    if prepared.url.startswith(UPLOAD):
        try:
            node.upload_received(visitor.name, prepared.url.removeprefix(UPLOAD))
        except Refused as error:
            error.place = f"{prepared.place}.url"
            raise


async def preview(request: Request) -> Response:
    """Say who would see one object if it were published so, or why it would be refused; nothing is published."""
    verify_no_parameters(request)
    backend = backend_of(request)
    visitor = await backend.admit(request, PUBLISHERS)

    def act(body: bytes) -> Response:
        (prepared,), wish = decode_publication(body, visitor.reader, most=1)
        return json_answer(rehearsal_value(backend.node.rehearse(visitor.name, prepared, wish)))

    async with backend.bodies:
        return await backend.run(act, await read_body(request))


async def read_records(request: Request) -> Response:
    """The records that the token may read, by arrival. Whoever follows `next` sees each of them once."""
    asked = asked_page(request)

    def act(node: Node, visitor: Visitor) -> bytes:
        return orjson.dumps(page_value(_collect(node, visitor.reader, asked)))

    return _json(await backend_of(request).visit(request, act))


async def search(request: Request) -> Response:
    """The records that the token may read and that have all the words, the newest first."""
    asked = asked_page(request, search=True)

    def act(node: Node, visitor: Visitor) -> bytes:
        return orjson.dumps(page_value(_collect(node, visitor.reader, asked, search=True)))

    return _json(await backend_of(request).visit(request, act))


def _collect(node: Node, reader: Reader, asked: Asked, *, search: bool = False) -> Page:
    """A page, fetched in steps; it may end early, and says then that there is more."""
    records: list[StoredRecord] = []
    size, after = 0, asked.after
    while True:
        wanted = min(STEP, asked.limit - len(records))
        page = node.search(reader, asked.words, after, wanted) if search else node.page(reader, after, wanted)
        records += page.records
        size += sum(len(each.body) for each in page.records)
        after = page.next
        if not page.more or len(records) >= asked.limit or size >= ENOUGH_BYTES:
            return Page(records, after, page.more)


async def read_record(request: Request) -> Response:
    """One record; absent ones and those that the token may not read are refused alike."""
    verify_no_parameters(request)
    commitment = path_commitment(request)

    def act(node: Node, visitor: Visitor) -> bytes:
        return orjson.dumps(record_value(node.record(visitor.reader, commitment)))

    return _json(await backend_of(request).visit(request, act))


async def read_object(request: Request) -> Response:
    """An object's newest forms, among what the token may read."""
    verify_no_parameters(request)
    object_id = path_object_id(request)

    def act(node: Node, visitor: Visitor) -> bytes:
        return orjson.dumps({"heads": head_values(*node.show(visitor.reader, object_id))})

    return _json(await backend_of(request).visit(request, act))


async def read_proof(request: Request) -> Response:
    """A record with its proof, as a file that `mithaq verify` checks offline."""
    verify_no_parameters(request)
    commitment = path_commitment(request).hex()

    def act(node: Node, visitor: Visitor) -> bytes:
        return node.prove(visitor.reader, commitment)[1]

    proof = await backend_of(request).visit(request, act)
    name = f'attachment; filename="{commitment[:16]}.tlog-proof"'
    return Response(proof, media_type="application/octet-stream", headers={"content-disposition": name})


async def read_charter(request: Request) -> Response:
    """The charter's signed notes, all versions, and the log's key: what verifying begins with. Public."""
    verify_no_parameters(request)
    backend = backend_of(request)

    def act(node: Node) -> Response:
        charter = node.charter
        return json_answer(
            {
                "member": node.name,
                "url": backend.settings.public_url,
                "alliance": charter.alliance,
                "charter": charter.digest,
                "version": charter.charter.version,
                "origin": charter.origin(node.name),
                "vkey": node.vkey(),
                "notes": [note.decode() for note in node.home.charter_notes()],
            }
        )

    return await backend.run(act, backend.node)


def _json(data: bytes) -> Response:
    return Response(data, media_type="application/json")
