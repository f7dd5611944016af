"""Answers: JSON, and one shape for every error, with its HTTP status and its words in the reader's language.

    {"error": {"code", "family", "place", "title", "advice"}}

Below `/taxii2/` it is the error message of TAXII 2.1 section 3.6.1 with the same words, in TAXII's media type.

The status follows from the family and, for some codes, from the code. What is wrong inside the node (a database that
is down, a damaged log) is told to its operator by the log; to others it is `node-unready`, since its words may name
folders and hosts.
"""

import math
from typing import Any, Final

import orjson
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from mithaq.errors import Language, MithaqError, Refused, Unavailable
from mithaq.web.events import EventLog
from mithaq.web.forms import error_value
from mithaq.wire.taxii import MEDIA_TYPE, encode_resource

__all__ = ["TAXII_ROOT", "answer_exception", "json_answer", "spoken_language", "status_of", "taxii_answer"]

STATUS_BY_FAMILY: Final = {"Malformed": 400, "Refused": 403, "Untrusted": 500, "Unavailable": 503}
STATUS_BY_CODE: Final = {
    "token-missing": 401,
    "token-wrong": 401,
    "record-absent": 404,
    "tile-absent": 404,
    "collection-absent": 404,
    "object-absent": 404,
    "status-absent": 404,
    "upload-gone": 404,
    "route-absent": 404,
    "method-wrong": 405,
    "media-type-unacceptable": 406,
    "body-slow": 408,
    "conflicting-version": 409,
    "released-otherwise": 409,
    "upload-offset": 409,
    "body-too-large": 413,
    "bundle-too-large": 413,
    "json-too-large": 413,
    "objects-many": 413,
    "media-type-unsupported": 415,
    "range-beyond": 416,
    "object-unidentified": 422,
    "internal": 500,
}
SPOKEN: Final = frozenset({"internal", "node-unready", "database-busy", "log-absent", "log-unproven"})
"""Codes of what is wrong inside the node that everybody may hear."""

RETRY_SECONDS = 10
_CHALLENGE = 'Bearer realm="mithaq"'
TAXII_ROOT: Final = "/taxii2/"

_log: EventLog = structlog.get_logger()


def json_answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer of JSON; records that `web.forms` made stand in it byte for byte."""
    return Response(orjson.dumps(value), status, headers, media_type="application/json")


def taxii_answer(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer of TAXII's media type."""
    return Response(body, status, {**(headers or {}), "content-type": MEDIA_TYPE})


def status_of(error: MithaqError) -> int:
    """The HTTP status of an error."""
    return STATUS_BY_CODE.get(error.code, STATUS_BY_FAMILY[error.family])


def spoken_language(accepted: str) -> Language:
    """The language of an `Accept-Language` header that we speak and its sender likes best; English if there is none.

    >>> spoken_language("de, ru-RU;q=0.8, ar;q=0.9")
    'ar'
    """
    best: Language = "en"
    weight = 0.0
    for part in accepted[:1000].split(","):
        name, _, quality = part.strip().partition(";")
        try:
            likes = float(quality.strip().removeprefix("q=")) if quality else 1.0
        except ValueError:
            continue
        for language in ("ar", "ru", "en"):
            if name.partition("-")[0].lower() == language and weight < likes <= 1:
                best, weight = language, likes
    return best


def error_answer(request: Request, error: MithaqError, headers: dict[str, str] | None = None) -> Response:
    """An error as everybody may hear it."""
    if STATUS_BY_FAMILY[error.family] >= 500 and error.code not in SPOKEN:
        _log.error("unready", code=error.code, request_id=request.state.request_id)
        error = Unavailable("node-unready", retry_after=getattr(error, "retry_after", None))
    language = spoken_language(request.headers.get("accept-language", ""))
    status = status_of(error)
    head = {"content-language": language, "cache-control": "no-store", **(headers or {})}
    taxii = request.url.path.startswith(TAXII_ROOT)
    if status == 401:
        basic = 'Basic realm="mithaq", ' if taxii else ""
        wrong = ', error="invalid_token"' if error.code == "token-wrong" else ""
        head["www-authenticate"] = basic + _CHALLENGE + wrong
    if isinstance(error, Unavailable) and status == 503:
        head["retry-after"] = str(math.ceil(error.retry_after or RETRY_SECONDS))
    if error.code == "upload-offset":
        head["upload-offset"] = str(error.details["received"])
    if error.code == "range-beyond":
        head["content-range"] = f"bytes */{error.details['size']}"
    if taxii:
        return taxii_answer(encode_resource(_taxii_error(request, error, status, language)), status, head)
    return json_answer({"error": error_value(error, language)}, status, head)


def _taxii_error(request: Request, error: MithaqError, status: int, language: Language) -> dict[str, Any]:
    place = f" ({error.place})" if error.place else ""
    return {
        "title": error.title(language),
        "description": error.advice(language) + place,
        "error_id": request.state.request_id,
        "error_code": error.code,
        "http_status": str(status),
        "details": error_value(error, language),
    }


def _methods(request: Request) -> list[str]:
    """What an address takes; two routes may share it."""
    routes = [each for each in request.app.routes if each.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for each in routes for method in each.methods})


async def answer_exception(request: Request, error: Exception) -> Response:
    """The answer to an exception: ours, what the router refuses, and what nobody expected, which the gate logs."""
    if isinstance(error, MithaqError):
        return error_answer(request, error)
    if isinstance(error, HTTPException):
        if error.status_code == 405:
            return error_answer(request, Refused("method-wrong"), {"allow": ", ".join(_methods(request))})
        return error_answer(request, Refused("route-absent"))
    return error_answer(request, Unavailable("internal", id=request.state.request_id))
