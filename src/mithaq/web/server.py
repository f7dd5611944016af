"""The server: granian with its workers, watched and stopped as `docs/operators.md` promises.

- One server per folder (a lock), one listener per port: it is tried before granian binds it, which would share it.
- Workers die with their parent: the kernel kills them (`PR_SET_PDEATHSIG`), so that no old one answers beside new ones.
- A worker that fails is started again; if that fails at once too, the server ends and says so.
- Feeds that are due are pulled by a process of their own (`web.pulling`), unless the settings say no.
- SIGTERM or SIGINT: no new connections, answers under way are finished, after `STOP_SECONDS` what is left is killed.

Each worker opens the node for itself (`web.app`); the parent opens it once, before, so that migrations are done and
what is wrong is said in one place.
"""

import contextlib
import ctypes
import errno
import functools
import http.client
import ipaddress
import os
import signal
import socket
import threading
from collections.abc import Callable
from typing import Final

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from starlette.types import ASGIApp

from mithaq.config import Settings
from mithaq.errors import Malformed, Unavailable
from mithaq.node import Home, open_node
from mithaq.node.feed_due import note_due
from mithaq.web.events import begin_events, logging_settings
from mithaq.web.gate import decode_proxies
from mithaq.web.measures import clear_measures
from mithaq.web.pulling import pull_by_and_by

__all__ = ["serve"]

STOP_SECONDS: Final = 10
CONNECTIONS: Final = 512
"""Requests that one worker takes in at once; others wait in the kernel."""

_PR_SET_PDEATHSIG = 1


def serve(home: Home, settings: Settings, ready: Callable[[], None]) -> None:
    """Serve the node in `home` until SIGTERM or SIGINT; `ready` is called, in a thread, when it answers.

    Only in a process's main thread. Raises `Refused` (`server-running`), `Unavailable` (`port-taken`,
    `workers-failing`, and what `open_node` raises), `Malformed` (`settings-malformed`).
    """
    begin_events(settings.log_level)
    decode_proxies(settings.proxies)
    with home.serving():
        verify_port_free(settings.bind, settings.port)
        with open_node(home, settings.name, settings.place, readers=1) as node:
            note_due(node)
        clear_measures(home.path / "metrics")
        server = Granian(
            "mithaq",
            address=settings.bind,
            port=settings.port,
            interface=Interfaces.ASGI,
            workers=settings.workers,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=round(settings.read_seconds * 1000)),
            websockets=False,
            backpressure=CONNECTIONS,
            respawn_failed_workers=True,
            workers_kill_timeout=STOP_SECONDS,
            log_dictconfig=logging_settings(),
            log_level=LogLevels.warning,
        )
        stopped = threading.Event()
        watch = threading.Thread(target=_watch, args=(settings, ready, stopped), name="mithaq-ready", daemon=True)
        server.on_startup(watch.start)
        pulls = threading.Thread(target=pull_by_and_by, args=(home, stopped), name="mithaq-feeds", daemon=True)
        if settings.pull_feeds:
            server.on_startup(pulls.start)
        try:
            server.serve(target_loader=functools.partial(load_worker, home, settings, os.getpid()), wrap_loader=False)
        except SystemExit:  # how granian says that a worker failed twice
            raise Unavailable("workers-failing") from None
        finally:
            stopped.set()
            if pulls.is_alive():
                pulls.join()


def load_worker(home: Home, settings: Settings, parent: int) -> ASGIApp:
    """What a new worker does first: tie its life to its parent's; then make what it serves."""
    bound = ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0) == 0
    if not bound or os.getppid() != parent:  # or it died before the kernel was told
        os._exit(1)
    # Until granian has a loop to stop, being asked to stop means to end.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    begin_events(settings.log_level)
    from mithaq.web.app import make_app

    return make_app(home, settings)


def verify_port_free(address: str, port: int) -> None:
    """Check that nobody listens there. Raises `Unavailable` (`port-taken`), `Malformed` (`settings-malformed`)."""
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
    except ValueError:
        raise Malformed("settings-malformed", "bind") from None
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address, port))
        except OSError as error:
            reason = errno.errorcode.get(error.errno or 0, "?")
            raise Unavailable("port-taken", address=f"{address}:{port}", reason=reason) from None


def _watch(settings: Settings, ready: Callable[[], None], stopped: threading.Event) -> None:
    """Ask until the server answers, and say so once."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.bind, settings.bind)  # noqa: S104 - only compared
    while not stopped.wait(0.05):
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(address, settings.port, timeout=5)
            try:
                connection.request("GET", "/health/ready")
                answered = connection.getresponse().status
            finally:
                connection.close()
            if answered == 200:
                ready()
                return
