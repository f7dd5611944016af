"""Asking another server over HTTP: with limits, and so that nothing but what was asked for is believed.

TLS is verified against the machine's certificates; proxies, .netrc and the like in the environment have no effect.
A redirect is followed within the same server only, so credentials reach nobody else. Bytes are counted unpacked,
seconds over the whole pull, so that neither a drop at a time nor a bomb helps. No error quotes a URL or a header.
"""

import contextlib
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

import httpx2

import mithaq
from mithaq.errors import Malformed, Refused, Unavailable, Untrusted
from mithaq.wire.feeds import is_same_place, seconds_until, unpacked

__all__ = ["Answer", "Fetcher"]

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 30.0
REDIRECTS: Final = 5
_MOVED = frozenset({301, 302, 303, 307, 308})


class Answer(NamedTuple):
    """A good answer: its status (200 or 304), its headers, and its unpacked bytes as they come."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]

    @property
    def media_type(self) -> str:
        """What it says that it is."""
        return self.headers.get("content-type", "")


class Fetcher:
    """Asks one server for a pull of at most `seconds`; answers of `limit` bytes. A context manager."""

    def __init__(self, authorization: str, *, seconds: float, limit: int) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._limit = limit
        headers = {"user-agent": f"mithaq/{mithaq.__version__}", "accept-encoding": "gzip"}
        if authorization:
            headers["authorization"] = authorization
        self._client = httpx2.Client(
            headers=headers, trust_env=False, verify=ssl.create_default_context(), follow_redirects=False
        )

    def __enter__(self) -> "Fetcher":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def left(self) -> float:
        """The seconds that are left of the pull, perhaps none."""
        return self._end - time.monotonic()

    @contextlib.contextmanager
    def get(
        self,
        url: str,
        accept: str,
        parameters: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[Answer]:
        """The answer to a GET, open while the block runs.

        Raises `Refused` (`feed-unauthorised`, `feed-missing`, `feed-redirect`, `feed-large`), `Unavailable`
        (`feed-unreachable`, `feed-busy` with `retry_after`, `feed-status`, `feed-slow`), `Untrusted` (`feed-tls`),
        `Malformed` (`feed-packed`, `gzip-malformed`), also while its bytes are read.
        """
        asked = {"accept": accept, **(headers or {})}
        target = httpx2.URL(url).copy_merge_params(list(parameters)) if parameters else httpx2.URL(url)
        with _reaching():
            for _ in range(REDIRECTS + 1):
                with self._client.stream("GET", target, headers=asked, timeout=self._timeout()) as response:
                    if response.status_code not in _MOVED:
                        _verify_status(response)
                        yield Answer(response.status_code, response.headers, self._chunks(response))
                        return
                    moved = httpx2.URL(str(target)).join(response.headers.get("location", ""))
                if not is_same_place(url, str(moved)):
                    raise Refused("feed-redirect")
                target = moved
        raise Refused("feed-redirect")

    def _timeout(self) -> httpx2.Timeout:
        left = self.left()
        if left <= 0:
            raise Unavailable("feed-slow", seconds=round(self._seconds))
        return httpx2.Timeout(min(READ_SECONDS, left + 0.1), connect=min(CONNECT_SECONDS, left + 0.1))

    def _chunks(self, response: httpx2.Response) -> Iterator[bytes]:
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"identity", "gzip", "x-gzip", ""}:
            raise Malformed("feed-packed")
        stated = response.headers.get("content-length", "")
        if stated.isdecimal() and int(stated) > self._limit:
            raise Refused("feed-large", limit=self._limit)
        received = unpacked(self._received(response), self._limit)
        # A packed file may have been packed once more for its way.
        return unpacked(received, self._limit) if encoding in {"gzip", "x-gzip"} else received

    def _received(self, response: httpx2.Response) -> Iterator[bytes]:
        chunks = response.iter_raw()
        while True:
            with _reaching():
                chunk = next(chunks, None)
            if chunk is None:
                return
            if self.left() <= 0:
                raise Unavailable("feed-slow", seconds=round(self._seconds))
            yield chunk


def _verify_status(response: httpx2.Response) -> None:
    """Raise unless the answer is good."""
    status = response.status_code
    if status in {200, 304}:
        return
    if status in {401, 403}:
        raise Refused("feed-unauthorised", status=status)
    if status in {404, 410}:
        raise Refused("feed-missing", status=status)
    if status in {429, 503}:
        after = seconds_until(response.headers.get("retry-after", ""), datetime.now(UTC))
        raise Unavailable("feed-busy", retry_after=after, status=status)
    raise Unavailable("feed-status", status=status)


@contextlib.contextmanager
def _reaching() -> Iterator[None]:
    """Say what kept the block from the server, by kind: what libraries say in words may quote a header."""
    try:
        yield
    except httpx2.TransportError as error:
        causes: list[BaseException] = []
        cause: BaseException | None = error
        while cause is not None and len(causes) < 10:
            causes.append(cause)
            cause = cause.__cause__ or cause.__context__
        certificate = next((each for each in causes if isinstance(each, ssl.SSLCertVerificationError)), None)
        if certificate is not None:
            raise Untrusted("feed-tls", reason=certificate.verify_message) from None
        system = next((each.strerror for each in causes if isinstance(each, OSError) and each.strerror), "")
        reason = type(error).__name__ + (f", {system}" if system else "")
        raise Unavailable("feed-unreachable", reason=reason[:200]) from None
    except httpx2.InvalidURL:
        raise Refused("feed-redirect") from None
