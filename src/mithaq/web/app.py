"""The application of one worker: which address is answered by what, around one open node."""

import contextlib
import signal
from asyncio import get_running_loop
from collections.abc import AsyncIterator
from importlib import resources

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

import mithaq
from mithaq.config import Settings
from mithaq.errors import MithaqError
from mithaq.node import Home, Node, Visitor
from mithaq.web import attachments, records, tiles
from mithaq.web.answers import answer_exception, json_answer
from mithaq.web.backend import Backend, backend_of
from mithaq.web.events import EventLog, describe
from mithaq.web.gate import Gate, decode_proxies
from mithaq.web.measures import Measures
from mithaq.web.taxii import TAXII_ROUTES

__all__ = ["ROUTES", "make_app"]

_log: EventLog = structlog.get_logger()

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def make_app(home: Home, settings: Settings) -> ASGIApp:
    """What a worker serves. The node in `home` is opened when the server starts the application's lifespan.

    Raises `Malformed` (`settings-malformed`).
    """
    measures = Measures(home.path / "metrics", mithaq.__version__)
    backend = Backend(home, settings)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        # Ctrl-C reaches every process of a terminal; only the parent heeds it, and stops the workers in order.
        get_running_loop().remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            await backend.open()
        except Exception as error:
            # Starlette would write the whole story into the log; the parent starts another worker, or gives up.
            _log.error("unopened", code=getattr(error, "code", ""), **describe(error))
            raise RuntimeError("the node can't be opened") from None
        try:
            yield
        finally:
            await backend.close()

    app = Starlette(
        routes=ROUTES,
        exception_handlers=dict.fromkeys((MithaqError, HTTPException, Exception), answer_exception),
        lifespan=lifespan,
    )
    # A redirect would name the host that the caller named; here an address has one spelling.
    app.router.redirect_slashes = False
    app.state.backend = backend
    app.state.measures = measures
    return Gate(
        app,
        measures,
        max_body=settings.max_body,
        read_seconds=settings.read_seconds,
        proxies=decode_proxies(settings.proxies),
        encrypted=settings.public_url.startswith("https:"),
    )


async def read_description(_: Request) -> Response:
    """The OpenAPI description of all this; public."""
    description = (resources.files("mithaq.web") / "openapi.yaml").read_bytes()
    return Response(description, media_type="application/yaml", headers={"cache-control": "public, max-age=300"})


async def read_life(_: Request) -> Response:
    """That this process answers; public, and says no more."""
    return json_answer({"status": "live"})


async def read_readiness(request: Request) -> Response:
    """That the database answers too; public, and says no more. Else `node-unready`."""
    backend = backend_of(request)
    await backend.run(backend.node.log_head)
    return json_answer({"status": "ready"})


async def read_metrics(request: Request) -> Response:
    """What the server counted, for Prometheus, with any token."""

    def act(node: Node, _: Visitor) -> bytes:
        measures: Measures = request.app.state.measures
        return measures.encode(node.log_head().size)

    return Response(await backend_of(request).visit(request, act), headers={"content-type": METRICS_TYPE})


ROUTES = [
    *TAXII_ROUTES,  # first, for they are asked most, and each that is tried before takes its time
    Route("/log/checkpoint", tiles.read_checkpoint),
    Route("/log/tile/{path:path}", tiles.read_tile),
    Route("/api/v1/charter", records.read_charter),
    Route("/api/v1/records", records.read_records),
    Route("/api/v1/records", records.publish, methods=["POST"]),
    Route("/api/v1/records/{commitment}", records.read_record),
    Route("/api/v1/records/{commitment}/proof", records.read_proof),
    Route("/api/v1/records/{commitment}/attachment", attachments.read_attachment),
    Route("/api/v1/objects/{id}", records.read_object),
    Route("/api/v1/search", records.search),
    Route("/api/v1/preview", records.preview, methods=["POST"]),
    Route("/api/v1/uploads", attachments.begin, methods=["POST"]),
    Route("/api/v1/uploads/{upload}", attachments.go_on, methods=["PATCH"]),
    Route("/api/v1/uploads/{upload}", attachments.read_state),
    Route("/api/v1/openapi.yaml", read_description),
    Route("/health/live", read_life),
    Route("/health/ready", read_readiness),
    Route("/metrics", read_metrics),
]
"""Every address; `openapi.yaml` says the same to clients."""
