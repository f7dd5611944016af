"""What a request says: parameters, ids, and the envelope in which objects are published.

Everything that is unknown, doubled or too long is refused with its place: a misspelt parameter never is without effect.
Objects stay the bytes that were sent (numbers such as 1.0, unknown properties); `wire` and `node` read them.
"""

import re
from typing import Annotated, Final, NamedTuple, TypeVar

import msgspec
from starlette.requests import Request

from mithaq.errors import Malformed
from mithaq.model import Reader
from mithaq.node import Prepared, Wish, prepare
from mithaq.wire import split_objects

__all__ = [
    "MAX_PAGE",
    "MAX_PUBLISHED",
    "Asked",
    "UploadWish",
    "asked_page",
    "decode_body",
    "decode_publication",
    "path_commitment",
    "path_object_id",
    "read_body",
    "verify_no_parameters",
]

MAX_PAGE: Final = 1000
DEFAULT_PAGE = 100
MAX_QUERY_LETTERS = 1000
MAX_CURSOR_LETTERS = 100
MAX_PUBLISHED: Final = 2000
"""Objects of one request: they are published in one transaction, while all others wait."""

MAX_SMALL_BODY: Final = 4096

_COMMITMENT = re.compile(r"[0-9a-f]{64}").fullmatch
_OBJECT_ID = re.compile(r"[a-z0-9-]{3,250}--[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
_NUMBER = re.compile(r"[1-9][0-9]{0,3}").fullmatch

Form = TypeVar("Form")


class Asked(NamedTuple):
    """Which page: the words searched for (empty in a list), the cursor behind which it begins, how many at most."""

    words: str
    after: str
    limit: int


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is sent to publish: objects, whom to address, what a person has confirmed."""

    objects: list[msgspec.Raw]
    to: Annotated[list[Annotated[str, msgspec.Meta(max_length=100)]], msgspec.Meta(max_length=1024)]
    confirm_public: bool = False
    widen: bool = False


class UploadWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is sent to begin an upload: how many bytes will come, and their SHA-256."""

    size: int
    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


def path_commitment(request: Request) -> bytes:
    """The commitment in a request's path. Raises `Malformed` (`commitment-malformed`)."""
    text = request.path_params["commitment"]
    if not _COMMITMENT(text):
        raise Malformed("commitment-malformed")
    return bytes.fromhex(text)


def path_object_id(request: Request) -> str:
    """The STIX id in a request's path. Raises `Malformed` (`object-id`)."""
    text = str(request.path_params["id"])
    if not _OBJECT_ID(text):
        raise Malformed("object-id")
    return text


def asked_page(request: Request, *, search: bool = False) -> Asked:
    """The parameters `after` and `limit`, and `q` of a search. Raises `Malformed` (`parameter`) with the name."""
    given = _parameters(request, {"after", "limit", "q"} if search else {"after", "limit"})
    limit = given.get("limit", str(DEFAULT_PAGE))
    if not _NUMBER(limit) or int(limit) > MAX_PAGE:
        raise Malformed("parameter", "limit")
    words, after = given.get("q", ""), given.get("after", "")
    for name, text, most in (("q", words, MAX_QUERY_LETTERS), ("after", after, MAX_CURSOR_LETTERS)):
        if len(text) > most:
            raise Malformed("parameter", name)
    return Asked(words, after, int(limit))


def verify_no_parameters(request: Request) -> None:
    """Check that a request has none. Raises `Malformed` (`parameter`) with the name."""
    _parameters(request, set())


def _parameters(request: Request, known: set[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in known or name in given:
            raise Malformed("parameter", name[:100])
        given[name] = value
    return given


async def read_body(request: Request, limit: int | None = None) -> bytes:
    """The whole body. Raises `Malformed` (`body-too-large`) beyond `limit`, and as the gate does."""
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        pieces.append(piece)
        size += len(piece)
        if limit is not None and size > limit:
            raise Malformed("body-too-large", limit=limit)
    return b"".join(pieces)


def decode_body(body: bytes, form: type[Form]) -> Form:
    """A body that is small JSON of this form. Raises `Malformed` (`request-malformed`) with the place."""
    try:
        return msgspec.json.decode(body, type=form)
    except msgspec.ValidationError as error:
        place = re.search(r" - at `(\$[\w.\[\]]*)`\Z", str(error), re.ASCII)
        raise Malformed("request-malformed", place[1] if place else "$") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("request-malformed", "$") from None


def decode_publication(body: bytes, author: Reader, most: int = MAX_PUBLISHED) -> tuple[list[Prepared], Wish]:
    """What is to be published by `author`, each object read from the very bytes that were sent, and to whom.

    Raises `Malformed`: `request-malformed`, `objects-count`, and what an object lacks.
    """
    try:
        envelope = decode_body(body, Envelope)
    except Malformed as error:
        if error.place == "$":  # whoever reads the objects may say more exactly what is wrong
            for place, data in split_objects([body]):
                prepare(place, data)
        raise
    if not 1 <= len(envelope.objects) <= most:
        raise Malformed("objects-count", "$.objects", limit=most)
    # It also reads the members beside the objects by the rules of I-JSON, so that none of them is there twice.
    batch = [prepare(place, data) for place, data in split_objects([body])]
    wish = Wish(
        tuple(envelope.to), author.roles, public_confirmed=envelope.confirm_public, widen=envelope.widen, reader=author
    )
    return batch, wish
