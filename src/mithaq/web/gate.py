"""Our own ASGI layer around the application: limits of body and time, headers of every answer, one line of log each.

- A body has at most `max_body` bytes, and is here `read_seconds` after its first byte was asked for, whether its length
  is stated or it comes in chunks. (The time for a request's head is granian's part, with the same limit.)
- Every answer carries the headers of `SAFE`, unless its endpoint says otherwise, and the request's number.
- Who called is the peer of the connection; a forwarding header counts only from one of the configured proxies.
- The log names the route by its template, never by what was asked for; `web.events` says what else stays out.
- An exception that nobody expected is logged under the request's number and goes no further.
"""

import asyncio
import ipaddress
import secrets
import time
from collections.abc import Sequence
from typing import Any, Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mithaq.errors import Malformed
from mithaq.web.events import EventLog, describe
from mithaq.web.measures import Measures

__all__ = ["Gate", "Network", "decode_proxies", "find_client"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

SAFE: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "server": "mithaq",
}
STRICT_TRANSPORT = "max-age=31536000"

DRAINED_BYTES = 1024 * 1024
DRAINED_SECONDS = 2.0
CLIENT_GONE = 499
"""What the log says instead of a status when the caller left before there was one."""

_log: EventLog = structlog.get_logger()


class Gate:
    """The ASGI application that a worker serves."""

    def __init__(
        self,
        app: ASGIApp,
        measures: Measures,
        *,
        max_body: int,
        read_seconds: float,
        proxies: Sequence[Network] = (),
        encrypted: bool = False,
    ) -> None:
        self._app = app
        self._measures = measures
        self._max_body = max_body
        self._read_seconds = read_seconds
        self._proxies = proxies
        self._headers = SAFE | ({"strict-transport-security": STRICT_TRANSPORT} if encrypted else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; the lifespan is passed on as it is."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        state = scope.setdefault("state", {})
        state["request_id"] = secrets.token_hex(8)
        body = _Body(scope, receive, self._max_body, self._read_seconds)
        answer = _Answer(send, body, self._headers | {"x-request-id": state["request_id"]})
        try:
            await self._app(scope, body.receive, answer.send)
        except ClientDisconnect:
            pass
        except Exception as error:
            _log.error("unexpected", request_id=state["request_id"], **describe(error))
        finally:
            self._note(scope, answer.status, time.perf_counter() - begun)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        method = scope["method"] if scope["method"] in {"GET", "HEAD", "POST", "PATCH", "DELETE"} else "other"
        self._measures.observe(method, route, status, seconds)
        _log.info(
            "request",
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            request_id=scope["state"]["request_id"],
            token=scope["state"].get("visitor", ""),
            client=find_client(scope, self._proxies),
        )


class _Body:
    """A request's body on its way in, counted and timed."""

    def __init__(self, scope: Scope, receive: Receive, limit: int, seconds: float) -> None:
        headers = Headers(scope=scope)
        stated = headers.get("content-length", "")
        self.complete = not (stated.isdigit() and int(stated)) and "transfer-encoding" not in headers
        self._declared = int(stated) if stated.isdigit() else 0
        self._waits = "expect" in headers
        self._receive = receive
        self._limit = limit
        self._seconds = seconds
        self._deadline = 0.0
        self._size = 0

    async def receive(self) -> Message:
        """The next piece. Raises `Malformed` (`body-too-large`, `body-slow`)."""
        if self.complete:  # whoever asks on waits for the caller to leave
            return await self._receive()
        if self._declared > self._limit:
            raise Malformed("body-too-large", limit=self._limit)
        loop = asyncio.get_running_loop()
        self._deadline = self._deadline or loop.time() + self._seconds
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise Malformed("body-slow", seconds=f"{self._seconds:g}") from None
        self._size += len(message.get("body", b""))
        self.complete = not message.get("more_body", False)
        if self._size > self._limit:
            raise Malformed("body-too-large", limit=self._limit)
        return message

    async def drain(self) -> None:
        """Read on for a moment what is left of a body that nobody wants, so that its sender can hear why."""
        if self.complete or self._waits or self._declared > DRAINED_BYTES:
            return
        size = 0
        try:
            async with asyncio.timeout(DRAINED_SECONDS):
                while not self.complete and size < DRAINED_BYTES:
                    message = await self._receive()
                    size += len(message.get("body", b""))
                    self.complete = not message.get("more_body", False)
        except TimeoutError:
            return


class _Answer:
    """An answer on its way out."""

    def __init__(self, send: Send, body: _Body, headers: dict[str, str]) -> None:
        self.status = CLIENT_GONE
        self._send = send
        self._body = body
        self._headers = headers

    async def send(self, message: Message) -> None:
        """Pass on a message, the first with the headers that every answer has."""
        if message["type"] == "http.response.start":
            await self._body.drain()
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
        await self._send(message)


def decode_proxies(stated: Sequence[str]) -> list[Network]:
    """The addresses or networks of the setting `proxies`. Raises `Malformed` (`settings-malformed`)."""
    try:
        return [ipaddress.ip_network(each) for each in stated]
    except ValueError:
        raise Malformed("settings-malformed", "proxies") from None


def find_client(scope: Scope | dict[str, Any], proxies: Sequence[Network]) -> str:
    """The address of whoever called; behind configured proxies what the nearest of them says in X-Forwarded-For.

    >>> scope = {"client": ("127.0.0.1", 1), "headers": [(b"x-forwarded-for", b"203.0.113.9, 198.51.100.7")]}
    >>> find_client(scope, []), find_client(scope, decode_proxies(["127.0.0.1"]))
    ('127.0.0.1', '198.51.100.7')
    """
    address = str((scope.get("client") or ("",))[0])
    said = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    hops = b",".join(said).decode("latin-1").split(",") if said else []
    while hops and _is_among(address, proxies):
        hop = hops.pop().strip()
        if not _is_address(hop):
            break
        address = hop
    return address


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_among(address: str, networks: Sequence[Network]) -> bool:
    return _is_address(address) and any(ipaddress.ip_address(address) in each for each in networks)
