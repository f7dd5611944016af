"""TAXII 2.1 over HTTP (OASIS Standard, 10 June 2021): discovery, one API root, collections, and what is in them.

Every answer below `/taxii2/`, errors included, is of TAXII's media type. A collection is an audience
(`node.collections`); writing to it publishes, deleting withdraws.
"""

import uuid
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, TypeVar

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mithaq.errors import Language, Malformed, MithaqError, Refused
from mithaq.model import encode_time
from mithaq.node import Node, Outcome, Prepared, Visitor, prepare
from mithaq.node.collections import (
    Collection,
    Slice,
    find_collection,
    glance_at,
    keep_status,
    kept_status,
    list_collections,
    post,
    read_collection,
    withdraw_object,
)
from mithaq.node.prepare import prepare_read
from mithaq.node.validation import verify_valid
from mithaq.store.reading import StoredRecord
from mithaq.web.answers import TAXII_ROOT, spoken_language, taxii_answer
from mithaq.web.backend import backend_of, stated_token
from mithaq.web.requests import read_body
from mithaq.wire import read_whole, split_objects
from mithaq.wire.taxii import (
    DELETION,
    MEDIA_TYPE,
    NOTHING,
    OBJECTS,
    ONE_OBJECT,
    VERSIONS,
    CollectionResource,
    ManifestRecord,
    Status,
    StatusDetail,
    decode_filters,
    encode_envelope,
    encode_manifest,
    encode_resource,
    encode_versions,
    is_acceptable,
    is_taxii,
    object_bytes,
    stated_text,
)

__all__ = ["TAXII_ROUTES"]

Answer = TypeVar("Answer")

API_ROOT: Final = TAXII_ROOT + "api/"
MAX_POSTED: Final = 10_000
"""Objects of one envelope: they are published in one transaction, while all others wait."""

_HEAD: Final = 100
"""Bytes in which an ordinary envelope has begun."""

WITHDRAWN_BY_DELETE: Final = "deleted by its publisher"


# Resources that say what there is


async def read_discovery(request: Request) -> Response:
    """Discovery (section 4.1): the one API root."""

    def act(node: Node, _: Visitor) -> bytes:
        names = node.charter.charter.organisation.names
        url = request.app.state.backend.settings.public_url.rstrip("/") + API_ROOT
        return encode_resource(
            {
                "title": f"Mithaq: {node.name}",
                "description": f"What {node.name} holds of {names.en}",
                "default": url,
                "api_roots": [url],
            }
        )

    return taxii_answer(await _visit(request, act))


async def read_api_root(request: Request) -> Response:
    """The API root (section 4.2)."""

    def act(node: Node, _: Visitor) -> bytes:
        return encode_resource(
            {
                "title": f"Mithaq: {node.name}",
                "versions": [MEDIA_TYPE],
                "max_content_length": request.app.state.backend.settings.max_body,
            }
        )

    return taxii_answer(await _visit(request, act))


async def read_status(request: Request) -> Response:
    """What became of a request to write (section 4.3)."""
    status = request.path_params["status"]
    return taxii_answer(await _visit(request, lambda node, visitor: kept_status(node, visitor, status)))


async def read_collections(request: Request) -> Response:
    """The collections that the token opens (section 5.1)."""

    def act(node: Node, visitor: Visitor) -> bytes:
        found = [_resource(each) for each in list_collections(node.charter, visitor.reader)]
        return encode_resource({"collections": found})

    return taxii_answer(await _visit(request, act))


async def read_collection_resource(request: Request) -> Response:
    """One collection (section 5.2)."""

    def act(node: Node, visitor: Visitor) -> bytes:
        return encode_resource(_resource(_collection(request, node, visitor)))

    return taxii_answer(await _visit(request, act))


def _resource(collection: Collection) -> CollectionResource:
    if collection.label:
        description = f"What was released to the group “{collection.name}”; writing to it releases to that group."
    else:
        description = "All that this token may read, whomever it was released to."
    return CollectionResource(
        id=collection.id,
        title=collection.name,
        description=description,
        alias=collection.name,
        can_read=collection.can_read,
        can_write=collection.can_write,
    )


# What is in a collection


async def read_manifest(request: Request) -> Response:
    """The manifest (section 5.3)."""

    def write(found: Slice) -> bytes:
        return encode_manifest([_manifest_record(each) for each in found.records], found.next)

    return await _read(request, OBJECTS, write)


async def read_objects(request: Request) -> Response:
    """The objects (section 5.4)."""
    return await _read(request, OBJECTS, _envelope)


async def read_object(request: Request) -> Response:
    """One object (section 5.6); its newest version, if that is all that is asked for, at a glance."""
    backend = backend_of(request)
    if backend.glance is not None and not request.url.query and "authorization" in request.headers:
        _verify_acceptable(request)
        name, token = stated_token(request)
        wanted = request.path_params
        seen = glance_at(backend.node, backend.glance, token, str(wanted["collection"]), str(wanted["id"]))
        if seen is not None and name in {"", seen[0].name}:
            request.state.visitor = seen[0].name
            return _answer(Slice([seen[1]], ""), _envelope)
        if not backend.glance.is_open:
            await backend.run(backend.glance.open)
    return await _read(request, ONE_OBJECT, _envelope)


async def read_versions(request: Request) -> Response:
    """An object's versions (section 5.8), all of them."""

    def write(found: Slice) -> bytes:
        return encode_versions([_manifest_record(each).version for each in found.records], found.next)

    return await _read(request, VERSIONS, write)


async def _read(request: Request, known: frozenset[str], write: Callable[[Slice], bytes]) -> Response:
    def act(node: Node, visitor: Visitor) -> Response:
        collection = _collection(request, node, visitor)
        if not collection.can_read:
            raise Refused("collection-unread", collection=collection.name)
        filters = decode_filters(request.query_params.multi_items(), known)
        found = read_collection(node, visitor.reader, collection, filters, request.path_params.get("id"))
        return _answer(found, write)

    return await _visit(request, act, known)


def _answer(found: Slice, write: Callable[[Slice], bytes]) -> Response:
    headers = {}
    if found.records:
        headers["x-taxii-date-added-first"] = encode_time(found.records[0].accepted)
        headers["x-taxii-date-added-last"] = encode_time(found.records[-1].accepted)
    return taxii_answer(write(found), headers=headers)


def _envelope(found: Slice) -> bytes:
    return encode_envelope([object_bytes(each.body) for each in found.records], found.next)


def _manifest_record(record: StoredRecord) -> ManifestRecord:
    added = encode_time(record.accepted)
    return ManifestRecord(record.object_id, added, stated_text(object_bytes(record.body)) or added)


# Writing


async def write_objects(request: Request) -> Response:
    """Publish the objects of an envelope (section 5.5): 202, and what became of each."""
    _verify_acceptable(request)
    if not is_taxii(request.headers.get("content-type", "")):
        raise Refused("media-type-unsupported", accepted=MEDIA_TYPE)
    backend = backend_of(request)
    visitor = await backend.admit(request, frozenset())
    language = spoken_language(request.headers.get("accept-language", ""))

    def act(body: bytes) -> Response:
        node = backend.node
        collection = _collection(request, node, visitor)
        decode_filters(request.query_params.multi_items(), NOTHING)
        if not collection.can_write:
            raise Refused("collection-read-only", collection=collection.name)
        begun = encode_time(node.clock())
        batch, failures, count = _decode_envelope(body, begun, language)
        outcome = post(node, visitor, collection, batch) if batch else Outcome()
        status = _status(str(uuid.uuid4()), begun, count, batch, outcome, failures, language)
        written = encode_resource(status)
        keep_status(node, visitor, status.id, written)
        return taxii_answer(written, 202)

    async with backend.bodies:
        return await backend.run(act, await read_body(request))


class _Envelope(msgspec.Struct, frozen=True):
    objects: list[msgspec.Raw] = []
    # A bundle stands for an envelope: stix2's TAXIICollectionSink sends nothing else.
    type: Literal["bundle"] | msgspec.UnsetType = msgspec.UNSET


def _decode_envelope(body: bytes, begun: str, language: Language) -> tuple[list[Prepared], list[StatusDetail], int]:
    """The objects of an envelope that can be published, why others can't, and how many there are.

    Raises `Malformed` (`envelope-malformed`, `objects-many`, `object-unidentified`, and as `split_objects` does).
    """
    # An ordinary envelope is read once; of any other its form is looked at first, then each object.
    values: Sequence[tuple[str, Any]] | None = read_whole(body) if body[:_HEAD].lstrip()[:1] == b"{" else None
    count = _count_objects(body) if values is None else len(values)
    if count == 0:
        raise Malformed("envelope-malformed", "$.objects")
    if count > MAX_POSTED:
        raise Malformed("objects-many", "$.objects", limit=MAX_POSTED)
    batch: list[Prepared] = []
    failures: list[StatusDetail] = []
    for place, data in split_objects([body]) if values is None else values:
        try:
            prepared = prepare(place, data) if isinstance(data, bytes) else prepare_read(place, data)
            verify_valid(orjson.loads(prepared.canonical) if isinstance(data, bytes) else data, place)
            batch.append(prepared)
        except MithaqError as error:
            try:
                value = msgspec.json.decode(data) if isinstance(data, bytes) else data
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                raise error from None  # it is no JSON, so that nothing of the envelope is
            failures.append(_failure(value, place, begun, error, language))
    return batch, failures, count


def _count_objects(body: bytes) -> int:
    """How many objects an envelope has, 0 without any. Raises `Malformed` (`envelope-malformed`) if it is none."""
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("envelope-malformed", "$") from None
    return len(envelope.objects)


def _failure(value: Any, place: str, begun: str, error: MithaqError, language: Language) -> StatusDetail:
    identifier = value.get("id") if isinstance(value, dict) else None
    if not isinstance(identifier, str):
        raise Malformed("object-unidentified", place)
    stated = [value[name] for name in ("modified", "created") if isinstance(value.get(name), str)]
    return StatusDetail(identifier[:300], (stated or [begun])[0][:100], _words(error, language))


def _words(error: MithaqError, language: Language) -> str:
    place = f" ({error.place})" if error.place else ""
    return f"{error.title(language)} {error.advice(language)}{place} [{error.code}]"


def _status(
    identifier: str,
    begun: str,
    count: int,
    batch: Sequence[Prepared],
    outcome: Outcome,
    failures: list[StatusDetail],
    language: Language,
) -> Status:
    by_place = {each.place: each for each in batch}

    def version(place: str) -> str:
        return stated_text(by_place[place].canonical) or begun

    done = [*outcome.published, *outcome.unchanged]
    successes = [StatusDetail(each.object_id, version(each.place)) for each in done]
    failures = failures + [
        StatusDetail(each.object_id, version(each.place), _words(each.error, language))
        for each in [*outcome.conflicting, *outcome.refused]
    ]
    return Status(
        id=identifier,
        status="complete",
        request_timestamp=begun,
        total_count=count,
        success_count=len(successes),
        failure_count=len(failures),
        pending_count=0,
        successes=successes,
        failures=failures,
    )


async def delete_object(request: Request) -> Response:
    """Withdraw what this member released of an object in a collection (section 5.7)."""

    def act(node: Node, visitor: Visitor) -> None:
        collection = _collection(request, node, visitor)
        filters = decode_filters(request.query_params.multi_items(), DELETION)
        withdraw_object(node, visitor, collection, request.path_params["id"], filters, WITHDRAWN_BY_DELETE)

    await _visit(request, act, DELETION)
    return taxii_answer(b"")


# What all have in common


def _verify_acceptable(request: Request) -> None:
    accept = request.headers.getlist("accept")
    if not is_acceptable(", ".join(accept) if accept else None):
        raise Refused("media-type-unacceptable", accepted=MEDIA_TYPE)


async def _visit(request: Request, act: Callable[[Node, Visitor], Answer], known: frozenset[str] = NOTHING) -> Answer:
    """Check what is asked for and by whom, and `act`; `known` are the parameters that `act` reads itself."""
    _verify_acceptable(request)

    def work(node: Node, visitor: Visitor) -> Answer:
        if not known:
            decode_filters(request.query_params.multi_items(), NOTHING)
        return act(node, visitor)

    return await backend_of(request).visit(request, work)


def _collection(request: Request, node: Node, visitor: Visitor) -> Collection:
    return find_collection(node.charter, visitor.reader, str(request.path_params["collection"]))


TAXII_ROUTES = [
    Route("/taxii2/api/collections/{collection}/objects/{id}/", read_object),
    Route("/taxii2/api/collections/{collection}/objects/", read_objects),
    Route("/taxii2/api/collections/{collection}/objects/{id}/", delete_object, methods=["DELETE"]),
    Route("/taxii2/api/collections/{collection}/objects/", write_objects, methods=["POST"]),
    Route("/taxii2/api/collections/{collection}/objects/{id}/versions/", read_versions),
    Route("/taxii2/api/collections/{collection}/manifest/", read_manifest),
    Route("/taxii2/api/collections/{collection}/", read_collection_resource),
    Route("/taxii2/api/collections/", read_collections),
    Route("/taxii2/api/status/{status}/", read_status),
    Route("/taxii2/api/", read_api_root),
    Route("/taxii2/", read_discovery),
]
"""Every address of TAXII, each with its final slash, as the specification writes them."""
