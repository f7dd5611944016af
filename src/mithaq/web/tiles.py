"""The own log as C2SP tlog-tiles: the checkpoint for everybody, tiles and entries for whoever has a token.

With the setting `public_log` tiles and entries are everybody's too. They never change, narrow ones neither, so that
they may be kept for ever; where a token was needed, only by whoever sent it.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from mithaq.node import Node, Visitor
from mithaq.tlog import decode_tile_path
from mithaq.web.backend import backend_of

__all__ = ["read_checkpoint", "read_tile"]

YEAR: Final = 365 * 24 * 3600


async def read_checkpoint(request: Request) -> Response:
    """The newest signed checkpoint; public."""
    backend = backend_of(request)
    return Response(await backend.run(backend.node.checkpoint), media_type="text/plain; charset=utf-8")


async def read_tile(request: Request) -> Response:
    """A tile of hashes or an entry bundle, full or partial."""
    tile = decode_tile_path(f"tile/{request.path_params['path']}")
    backend = backend_of(request)

    def act(node: Node, _: Visitor) -> bytes:
        return node.tile(tile)

    if backend.settings.public_log:
        data = await backend.run(backend.node.tile, tile)
        kept = {"cache-control": f"public, max-age={YEAR}, immutable"}
    else:
        data = await backend.visit(request, act)
        kept = {"cache-control": f"private, max-age={YEAR}, immutable", "vary": "Authorization"}
    return Response(data, media_type="application/octet-stream", headers=kept)
