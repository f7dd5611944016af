"""Servers of strangers, real ones on 127.0.0.1: each answers by a function of its own, and remembers what was asked."""

import contextlib
import dataclasses
import hashlib
import json
import ssl
import threading
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TAXII = "application/taxii+json;version=2.1"
API = "/taxii2/api/"
COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
OBJECTS = f"{API}collections/{COLLECTION}/objects/"


@dataclasses.dataclass
class Asked:
    """A request: its path, its query, its headers in small letters."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclasses.dataclass
class Reply:
    """What is answered; `body` in one piece, or pieces that are sent as they come, with a length that may be untrue."""

    body: bytes | Iterator[bytes] = b""
    status: int = 200
    type: str = TAXII
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    length: int | None = None


class Stranger:
    """A server that runs; `url` has no final slash."""

    def __init__(self, server: ThreadingHTTPServer, scheme: str) -> None:
        self.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
        self.asked: list[Asked] = []

    def pages(self) -> list[dict[str, str]]:
        """The queries of the requests for objects."""
        return [each.query for each in self.asked if each.path.endswith("/objects/")]


@contextlib.contextmanager
def stranger(answer: Callable[[Asked], Reply], certificate: ssl.SSLContext | None = None) -> Iterator[Stranger]:
    """A server that answers so while the block runs."""

    class Request(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            split = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(split.query).items()}
            asked = Asked(split.path, query, {name.lower(): value for name, value in self.headers.items()})
            found.asked.append(asked)
            self.reply(answer(asked))

        def reply(self, reply: Reply) -> None:
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.type)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            pieces = iter([reply.body]) if isinstance(reply.body, bytes) else reply.body
            length = len(reply.body) if isinstance(reply.body, bytes) else reply.length
            if reply.status != 304 and (length is not None or reply.length is not None):
                self.send_header("Content-Length", str(reply.length if reply.length is not None else length))
            self.end_headers()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                for piece in pieces:
                    self.wfile.write(piece)
                    self.wfile.flush()

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass  # who doesn't believe a certificate hangs up

    server = Server(("127.0.0.1", 0), Request)
    if certificate is not None:
        server.socket = certificate.wrap_socket(server.socket, server_side=True)
    found = Stranger(server, "https" if certificate else "http")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def taxii(value: Any, **headers: str) -> Reply:
    """A resource or an envelope."""
    return Reply(json.dumps(value).encode(), headers={name.replace("_", "-"): each for name, each in headers.items()})


def envelope(objects: list[dict[str, Any]], last: str = "", **more: Any) -> Reply:
    """An envelope, with the instant at which its last object was added."""
    return taxii({"objects": objects, **more}, **({"X_TAXII_Date_Added_Last": last} if last else {}))


def resources(asked: Asked) -> Reply | None:
    """Discovery, API root and collections; None for what lies deeper."""
    if asked.path == "/taxii2/":
        return taxii({"title": "Strange", "api_roots": [API]})
    if asked.path == API:
        return taxii({"title": "Root", "versions": [TAXII], "max_content_length": 1000})
    if asked.path == f"{API}collections/":
        one = {"id": COLLECTION, "title": "All", "alias": "all", "can_read": True, "can_write": False}
        return taxii({"collections": [one, one | {"id": str(uuid.UUID(int=1)), "alias": "closed", "can_read": False}]})
    return None


def serving(pages: Callable[[Asked], Reply]) -> Callable[[Asked], Reply]:
    """A TAXII server whose objects are answered by `pages`."""
    return lambda asked: resources(asked) or (pages(asked) if asked.path == OBJECTS else Reply(status=404))


class Shelf:
    """A collection that behaves: pages by `next`, instants of addition, at most `largest` objects a page."""

    def __init__(self, largest: int = 10, *, token: bool = True) -> None:
        self.held: list[tuple[str, dict[str, Any]]] = []
        self.largest = largest
        self.token = token

    def add(self, *objects: dict[str, Any], at: str = "") -> None:
        """Put objects on it, each at an instant of its own unless one is given."""
        for value in objects:
            self.held.append((at or f"2026-11-24T05:00:00.{len(self.held):06}Z", value))

    def page(self, asked: Asked) -> Reply:
        """The page that is asked for."""
        after, kinds = asked.query.get("added_after", ""), asked.query.get("match[type]", "")
        found = [each for each in self.held if each[0] > after and (not kinds or each[1]["type"] in kinds.split(","))]
        start = int(asked.query.get("next", "0"))
        size = min(int(asked.query["limit"]), self.largest)
        shown = found[start : start + size]
        more: dict[str, Any] = {"more": len(found) > start + size}
        if more["more"] and self.token:
            more["next"] = str(start + size)
        return envelope([value for _, value in shown], shown[-1][0] if shown else "", **more)


def note(number: int, **properties: Any) -> dict[str, Any]:
    """A valid object; the same number always gives the same one."""
    return {
        "type": "note",
        "spec_version": "2.1",
        "id": f"note--{uuid.UUID(bytes=hashlib.sha256(str(number).encode()).digest()[:16], version=4)}",
        "created": "2026-11-24T05:00:00.000Z",
        "modified": "2026-11-24T05:00:00.000Z",
        "content": f"Note {number}",
        "object_refs": ["indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"],
    } | properties


def bundle(*objects: dict[str, Any]) -> bytes:
    """A bundle of objects."""
    return json.dumps(
        {"type": "bundle", "id": f"bundle--{uuid.UUID(int=4 << 76 | 8 << 60)}", "objects": objects}
    ).encode()
