"""Pulling from others: addresses, credentials, what a TAXII server says that it has, and the walk through a collection.

Pure: bytes and text in, what to ask next out. `node.fetching` does the asking. The walk follows TAXII 2.1 (OASIS
Standard, 10 June 2021) sections 3.4, 3.7 and 5.4, and is written for servers that don't:

- Instants of addition need not be unique. So a pull begins *at* the instant where the last one ended, not behind it:
  what has the same one is read again, and left alone since it is known.
- `more` without `next` is followed by instants; where one instant fills a page, larger pages are asked for.
- A page or token that comes again, or page after page without an object, ends the walk: it would never end by itself.
- An instant in the future counts as now, else what is added meanwhile would be passed over.

>>> walk = Walk(Position(after="2026-11-24T05:00:00.000000Z"), (), 100)
>>> walk.parameters()
[('limit', '100'), ('added_after', '2026-11-24T04:59:59.999999Z')]
"""

import base64
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, NamedTuple
from urllib.parse import urljoin, urlsplit, urlunsplit

import msgspec

from mithaq.errors import Malformed, Refused
from mithaq.model import decode_time, encode_time, instant_key
from mithaq.wire.packed import unpack

__all__ = [
    "Offer",
    "Page",
    "Position",
    "Resource",
    "Walk",
    "choose_offer",
    "decode_credentials",
    "decode_interval",
    "decode_page",
    "decode_resource",
    "is_local",
    "is_same_place",
    "seconds_until",
    "taxii_url",
    "unpacked",
    "verify_url",
]

MAX_URL = 2000
MAX_TOKEN = 4000
MAX_EMPTY = 10
"""Pages without an object that may follow each other."""

MAX_PAGE_OBJECTS: Final = 10_000
"""What is asked for at most when one instant fills a page."""

MIN_INTERVAL, MAX_INTERVAL = 60, 30 * 86_400
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_PORTS = {"http": 80, "https": 443}
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_MOMENT = timedelta(microseconds=1)


# Addresses and credentials


def verify_url(text: str) -> str:
    """A URL that may be pulled from, as it is: http or https, without user, password and fragment.

    Raises `Malformed` (`feed-url`); the URL is never quoted, since what is wrong with it may be a password.
    """
    try:
        parts = urlsplit(text)
        well = parts.scheme in _PORTS and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        well = False
    plain = text.isascii() and text.isprintable() and " " not in text and len(text) <= MAX_URL
    if not well or not plain or "@" in parts.netloc or "#" in text:
        raise Malformed("feed-url")
    return text


def taxii_url(text: str) -> str:
    """The URL of a TAXII resource with its final slash; of a collection, where that of its objects is given.

    Raises `Malformed` (`feed-url`) also for one with a query.
    """
    parts = urlsplit(verify_url(text))
    if "?" in text:
        raise Malformed("feed-url")
    path = parts.path.rstrip("/") + "/"
    if "/collections/" in path:
        path = path.removesuffix("objects/")
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def is_local(url: str) -> bool:
    """Whether a URL leads to this machine itself, by its name."""
    return urlsplit(url).hostname in _LOCAL


def is_same_place(first: str, second: str) -> bool:
    """Whether a second URL leads to the server of the first: same host and port, or from plain HTTP to its HTTPS."""
    one, other = urlsplit(first), urlsplit(second)
    try:
        ports = [each.port or _PORTS.get(each.scheme, 0) for each in (one, other)]
    except ValueError:
        return False
    if one.hostname != other.hostname or other.scheme not in _PORTS or "@" in other.netloc:
        return False
    upgraded = (one.scheme, other.scheme, *ports) == ("http", "https", 80, 443)
    return upgraded or (one.scheme == other.scheme and ports[0] == ports[1])


def decode_credentials(data: bytes) -> str:
    """The value of an `Authorization` header from a file: `Bearer TOKEN`, `Basic USER:PASSWORD`, a token of Mithaq's.

    What `mithaq token create --json` prints is read too. Raises `Malformed` (`feed-credentials`), without quoting it.
    """
    try:
        text = data.decode().strip()
    except UnicodeDecodeError:
        raise Malformed("feed-credentials") from None
    if text.startswith("{"):
        try:
            text = str(msgspec.json.decode(text, type=dict[str, Any])["token"])
        except (msgspec.DecodeError, KeyError):
            raise Malformed("feed-credentials") from None
    if text.startswith("mq_"):
        text = f"Bearer {text}"
    scheme, _, secret = text.partition(" ")
    secret = secret.strip()
    if not secret or not secret.isprintable() or len(secret) > 4096:
        raise Malformed("feed-credentials")
    if scheme.lower() == "bearer" and secret.isascii() and " " not in secret:
        return f"Bearer {secret}"
    if scheme.lower() == "basic" and ":" in secret:
        return "Basic " + base64.b64encode(secret.encode()).decode()
    raise Malformed("feed-credentials")


def decode_interval(text: str) -> int:
    """Seconds from `90s`, `15m`, `2h` or `1d`: between a minute and thirty days. Raises `Malformed` (`feed-every`)."""
    number, unit = text[:-1], text[-1:]
    seconds = int(number) * _UNITS[unit] if number.isdecimal() and len(number) < 9 and unit in _UNITS else 0
    if not MIN_INTERVAL <= seconds <= MAX_INTERVAL:
        raise Malformed("feed-every")
    return seconds


def seconds_until(stated: str, now: datetime) -> float | None:
    """The seconds that a `Retry-After` names (RFC 9110 section 10.2.3), at most a day; None if it names none."""
    if stated.isdecimal() and len(stated) < 9:
        return min(float(stated), 86_400.0)
    try:
        found = parsedate_to_datetime(stated)
        return min(max((found - now).total_seconds(), 0.0), 86_400.0)
    except (ValueError, TypeError, OverflowError):
        return None


# What comes packed


def unpacked(chunks: Iterable[bytes], limit: int, *, place: str = "") -> Iterator[bytes]:
    """The bytes in pieces, unpacked if they are gzip (RFC 1952), `limit` of them at most, in little memory.

    Raises `Refused` (`feed-large`), `Malformed` (`gzip-malformed`).
    """
    size = 0
    try:
        for piece in unpack(chunks):
            size += len(piece)
            if size > limit:
                raise Refused("feed-large", place, limit=limit)
            yield piece
    except (EOFError, zlib.error):
        raise Malformed("gzip-malformed", place) from None


# What a TAXII server has


class Offer(NamedTuple):
    """A collection (section 5.2): where its objects are, its names, and whether the caller may read it."""

    url: str
    id: str
    title: str
    alias: str
    can_read: bool


class Resource(NamedTuple):
    """What a resource says: collections, and where to ask for more of them."""

    offers: tuple[Offer, ...]
    ask: tuple[str, ...] = ()


class _Collection(msgspec.Struct):
    id: str
    title: str = ""
    alias: str = ""
    can_read: bool = False


class _Stated(msgspec.Struct):
    """All members that tell discovery, API root, collections and collection apart (sections 4.1, 4.2, 5.1, 5.2)."""

    default: str = ""
    api_roots: list[str] = []
    versions: list[str] | None = None
    collections: list[_Collection] = []
    id: str = ""
    title: str = ""
    alias: str = ""
    can_read: bool | None = None


def decode_resource(data: bytes, url: str) -> Resource:
    """What the resource at `url` says, be it discovery, an API root, a list of collections or one of them.

    Raises `Malformed` (`feed-resource`).
    """
    try:
        stated = msgspec.json.decode(data, type=_Stated)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("feed-resource") from None
    if stated.api_roots or stated.default:
        roots = [root for root in (stated.default, *stated.api_roots) if root]
        return Resource((), tuple(dict.fromkeys(urljoin(url, root.rstrip("/") + "/") for root in roots)))
    if stated.versions is not None:
        return Resource((), (urljoin(url, "collections/"),))
    if stated.id and stated.can_read is not None:
        return Resource((Offer(url + "objects/", stated.id, stated.title, stated.alias, stated.can_read),))
    return Resource(
        tuple(
            Offer(urljoin(url, f"{each.id}/objects/"), each.id, each.title, each.alias, each.can_read)
            for each in stated.collections
        )
    )


def choose_offer(offers: Sequence[Offer], wanted: str) -> Offer:
    """The collection that is meant by its id, alias or title, or the only readable one if nothing is said.

    Raises `Refused`: `feed-collection` if there is none or several, with the names that there are;
    `feed-collection-unread` if the caller may not read it.
    """
    found = list({each.url: each for each in offers}.values())
    names = ", ".join(f"{each.alias or each.title} ({each.id})"[:120] for each in found[:20])
    if wanted:
        chosen = [each for each in found if wanted in {each.id, each.alias} or wanted.lower() == each.id.lower()]
        chosen = chosen or [each for each in found if wanted == each.title]
    else:
        chosen = [each for each in found if each.can_read]
    if len(chosen) != 1:
        raise Refused("feed-collection", collection=wanted, found=names or "–")
    if not chosen[0].can_read:
        raise Refused("feed-collection-unread", collection=wanted or chosen[0].id)
    return chosen[0]


# Walking


class Page(NamedTuple):
    """An envelope (section 3.7): the bytes of its objects, and what it says of a next one."""

    objects: list[bytes]
    more: bool
    next: str


class _Envelope(msgspec.Struct):
    objects: list[msgspec.Raw] = []
    more: bool = False
    next: str | int | None = None


def decode_page(data: bytes) -> Page:
    """The envelope in an answer. Raises `Malformed` (`feed-page`)."""
    try:
        envelope = msgspec.json.decode(data, type=_Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("feed-page") from None
    token = "" if envelope.next is None else str(envelope.next)
    if len(token) > MAX_TOKEN or not all(letter.isprintable() for letter in token):
        raise Malformed("feed-page")
    return Page([bytes(each) for each in envelope.objects], envelope.more, token)


class Position(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the reading of a collection stands between two requests.

    All that was added before `after` is here. Within a walk `next` is the token of the page to ask for, `last` the
    newest instant of the pages so far, `page` the digest of the last one, `limit` what is asked for if more than usual.
    """

    after: str = ""
    next: str = ""
    last: str = ""
    page: str = ""
    limit: int = 0


class Walk:
    """A walk through a collection from `position` on, with pages of `limit` objects of `types` (all, if none)."""

    def __init__(self, position: Position, types: Sequence[str], limit: int) -> None:
        self.position = position
        self.done = False
        self._types = tuple(types)
        self._limit = limit
        self._tokens: set[str] = {position.next} if position.next else set()
        self._empty = 0
        self._resumed = bool(position.next)

    def parameters(self) -> list[tuple[str, str]]:
        """The query of the next request."""
        position = self.position
        found = [("limit", str(position.limit or self._limit))]
        if position.after:
            found.append(("added_after", encode_time(decode_time(position.after) - _MOMENT)))
        if self._types:
            found.append(("match[type]", ",".join(self._types)))
        if position.next:
            found.append(("next", position.next))
        return found

    def start_over(self) -> bool:
        """Forget a token that an earlier pull left and the server does not know any more; False if it was no such."""
        if not self._resumed:
            return False
        position = self.position
        self.position = Position(after=position.last or position.after)
        self._tokens.clear()
        self._resumed = False
        return True

    def take(self, page: Page, digest: str, last: str, now: datetime) -> None:
        """Move behind a page. `digest` is its body's, `last` its `X-TAXII-Date-Added-Last` or empty.

        Raises `Malformed`: `feed-endless` for a walk that goes round in circles, `feed-page` for one without a way on.
        """
        before, self._resumed = self.position, False
        newest = max(before.last, _instant(last, now))
        repeated = bool(page.objects) and digest == before.page
        if not page.more:
            self.position, self.done = Position(after=newest or before.after), True
            return
        self._empty = 0 if page.objects else self._empty + 1
        if self._empty > MAX_EMPTY:
            raise Malformed("feed-endless")
        if page.next:
            if repeated or page.next in self._tokens:
                raise Malformed("feed-endless")
            self._tokens.add(page.next)
            self.position = Position(before.after, page.next, newest, digest, before.limit)
            return
        if not newest:
            raise Malformed("feed-page")
        limit = before.limit
        if repeated:  # one instant fills the page: only a larger one leads behind it
            limit = 4 * (before.limit or self._limit)
            if limit > 4 * MAX_PAGE_OBJECTS:
                raise Malformed("feed-endless")
            limit = min(limit, MAX_PAGE_OBJECTS)
            if limit == before.limit:
                raise Malformed("feed-endless")
        self.position = Position(after=newest, page=digest, limit=limit)


def _instant(stated: str, now: datetime) -> str:
    """An instant as we write it, not later than `now`; empty if it is none. Digits beyond microseconds are cut off."""
    try:
        whole, _, fraction = instant_key(stated).partition(".")
        found = datetime.fromisoformat(f"{whole}.{fraction[:6]:0<6}").replace(tzinfo=UTC)
    except (Malformed, ValueError):
        return ""
    return encode_time(min(found, now))
