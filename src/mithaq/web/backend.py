"""What every endpoint works with: the open node, and threads to ask it in. And the door: tokens and roles.

The node's functions wait for the database, so they run in threads, never on the event loop. Who asks is found out in
the same thread and step as what they ask for, or, where a body has to be read first, before a byte of it is read.
"""

import asyncio
import base64
import binascii
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from starlette.requests import Request

from mithaq.config import Settings
from mithaq.errors import Refused, Unavailable
from mithaq.node import Home, Node, Visitor, open_node
from mithaq.store.glance import Glance
from mithaq.web.answers import TAXII_ROOT

__all__ = ["ANYBODY", "Backend", "backend_of", "stated_token"]

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

ANYBODY: Final[frozenset[str]] = frozenset()
"""Whoever has a token, whatever its role; what they may read is the reader's matter."""


class Backend:
    """The open node of one worker; made once, opened and closed by the application's lifespan.

    Whoever takes a whole body into memory holds `bodies` meanwhile: that many bodies, and no more, need memory at once.
    """

    def __init__(self, home: Home, settings: Settings) -> None:
        self.settings = settings
        self.bodies = asyncio.Semaphore(settings.threads)
        self._home = home
        self._open = contextlib.ExitStack()
        self._node: Node | None = None
        self.glance: Glance | None = None
        self._threads = ThreadPoolExecutor(settings.threads, thread_name_prefix="mithaq")

    @property
    def node(self) -> Node:
        """The node; before `open` and after `close` raises `Unavailable` (`node-unready`)."""
        if self._node is None:
            raise Unavailable("node-unready")
        return self._node

    async def open(self) -> None:
        """Open the node. Raises what `open_node` raises."""
        opening = open_node(self._home, self.settings.name, self.settings.place, readers=self.settings.threads)
        self._node = await self.run(self._open.enter_context, opening)
        self.glance = Glance(self._node.database.reader_login)
        await self.run(self.glance.open)

    async def close(self) -> None:
        """Wait for what the threads are doing, and close the node."""
        if self.glance is not None:
            self.glance.close()
        await self.run(self._open.close)
        self._threads.shutdown()

    async def run(self, act: Callable[Given, Answer], *args: Given.args, **kwargs: Given.kwargs) -> Answer:
        """Do something that waits, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: act(*args, **kwargs))

    async def visit(
        self, request: Request, act: Callable[[Node, Visitor], Answer], roles: frozenset[str] = ANYBODY
    ) -> Answer:
        """Find out whose token a request carries, whether they have one of these roles, and `act` for them.

        Raises `Refused` (`token-missing`, `token-wrong`, `role-may-not`), and what `act` raises.
        """

        def work() -> Answer:
            return act(self.node, self._admit(request, roles))

        return await self.run(work)

    async def admit(self, request: Request, roles: frozenset[str]) -> Visitor:
        """As `visit`, where the request's body is still to be read."""
        return await self.run(self._admit, request, roles)

    def _admit(self, request: Request, roles: frozenset[str]) -> Visitor:
        name, token = stated_token(request)
        visitor = self.node.visit(token)
        if name and name != visitor.name:
            raise Refused("token-wrong")
        request.state.visitor = visitor.name
        if roles and not roles & visitor.reader.roles:
            raise Refused("role-may-not", role=", ".join(sorted(visitor.reader.roles)))
        return visitor


def stated_token(request: Request) -> tuple[str, str]:
    """The token that a request carries, with the name that goes with it in Basic credentials; empty if it is none.

    Raises `Refused` (`token-missing`).
    """
    stated = request.headers.get("authorization")
    if stated is None:
        raise Refused("token-missing")
    scheme, _, said = stated.partition(" ")
    taxii = request.url.path.startswith(TAXII_ROOT)
    # `Token` is what taxii2-client's TokenAuth says.
    if scheme.lower() == "basic" and taxii:
        return _basic(said.strip())
    return "", said.strip() if scheme.lower() in ({"bearer", "token"} if taxii else {"bearer"}) else ""


def _basic(said: str) -> tuple[str, str]:
    """Name and token in Basic credentials (RFC 7617); the token empty if they are none."""
    try:
        name, _, token = base64.b64decode(said, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return (name, token) if name else ("", "")


def backend_of(request: Request) -> Backend:
    """The backend of the application that a request came to."""
    backend: Backend = request.app.state.backend
    return backend
