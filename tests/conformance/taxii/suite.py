"""One run against one server: how it is asked, what was written to it, and what is taken away again at the end.

Everything that several checks need is written once, by the first that asks for it: see `Suite.written`. What a
check writes for itself goes through `post` too, so `clean_up` finds all of it.
"""

import base64
import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import httpx2

from tests.conformance.taxii.answers import TAXII, Answer, instant
from tests.conformance.taxii.checks import Failed, Skipped, require, skip
from tests.conformance.taxii.material import Material, later

__all__ = ["ENDPOINTS", "LISTS", "READS", "Suite", "Target", "Written"]

ENDPOINTS: Final = (
    "discovery", "api-root", "status", "collections", "collection", "manifest", "objects", "object", "versions",
)  # fmt: skip
"""All that TAXII 2.1 sections 4 and 5 answer GET at."""
READS: Final = ("objects", "manifest", "object", "versions")
"""Those that give content, with pages and date headers."""
LISTS: Final = ("objects", "manifest")
"""Those that take every filter."""
PAGES: Final = 60
BATCH: Final = 7
PENDING: Final = 30.0


@dataclass(frozen=True)
class Target:
    """A server and what the suite may use there.

    `collection` is one that the account may read and write; it may hold other objects. `read_only`, `write_only` and
    `closed` (neither) are collections of the same account, for the checks of section 5 on permissions. `api_root` is
    a path or URL; without it the discovery's default is taken. `seed` makes the ids; without it chance does.
    """

    url: str
    collection: str
    api_root: str | None = None
    basic: tuple[str, str] | None = None
    token: str | None = None
    read_only: str | None = None
    write_only: str | None = None
    closed: str | None = None
    seed: int | None = None
    timeout: float = 30.0


@dataclass(frozen=True)
class Written:
    """What all reading checks read.

    `history` are three versions of one indicator, each added by a request of its own; `batch` are seven indicators of
    one request; `malware`, `marking`, `address` and `relation` are of one more.
    """

    history: list[dict[str, Any]]
    batch: list[dict[str, Any]]
    malware: dict[str, Any]
    marking: dict[str, Any]
    address: dict[str, Any]
    relation: dict[str, Any]

    @property
    def id(self) -> str:
        """The indicator with three versions."""
        return str(self.history[0]["id"])

    @property
    def batch_ids(self) -> list[str]:
        """The seven, in the order of the request."""
        return [str(each["id"]) for each in self.batch]


class Suite:
    """Asks the server. Close it in the end."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.url = target.url.rstrip("/")
        self.trace: list[str] = []
        self.material = Material(secrets.randbits(64) if target.seed is None else target.seed)
        self._posted: dict[str, None] = {}
        # TLS is judged in `chapters.access`; certificates of a test installation are nobody's.
        self.client = httpx2.Client(timeout=target.timeout, verify=False, follow_redirects=False)

    def close(self) -> None:
        """End all connections."""
        self.client.close()

    # Where

    @property
    def discovery(self) -> str:
        """Where section 8.2.1 puts the discovery."""
        place = urlsplit(self.url)
        return f"{place.scheme}://{place.netloc}/taxii2/"

    @cached_property
    def root(self) -> str:
        """The API root's URL, with a slash at its end."""
        given = self.target.api_root
        if given is None:
            found = self.get(self.discovery).resource
            given = found.get("default") or (found.get("api_roots") or [""])[0]
            require(given, "the discovery names no API root, and none was given")
        return urljoin(f"{self.url}/", str(given)).rstrip("/") + "/"

    def collection(self, collection: str | None = None) -> str:
        """A collection's URL."""
        return f"{self.root}collections/{collection or self.target.collection}/"

    def place(self, endpoint: str, identifier: str = "", collection: str | None = None) -> str:
        """The URL of an endpoint; `identifier` is an object's id, where one is needed the history's."""
        if endpoint in {"object", "versions"}:
            identifier = identifier or self.written.id
        match endpoint:
            case "discovery":
                return self.discovery
            case "api-root":
                return self.root
            case "status":
                return f"{self.root}status/{identifier or self.status_id}/"
            case "collections":
                return f"{self.root}collections/"
            case "collection":
                return self.collection(collection)
            case "manifest" | "objects":
                return f"{self.collection(collection)}{endpoint}/"
            case "object":
                return f"{self.collection(collection)}objects/{identifier}/"
            case "versions":
                return f"{self.collection(collection)}objects/{identifier}/versions/"
        raise ValueError(endpoint)

    # Asking

    def authorization(self, basic: tuple[str, str] | None = None) -> dict[str, str]:
        """The header that says who asks."""
        if basic is None and self.target.token is not None:
            return {"Authorization": f"Bearer {self.target.token}"}
        basic = basic or self.target.basic
        if basic is None:
            return {}
        return {"Authorization": "Basic " + base64.b64encode(":".join(basic).encode()).decode()}

    def ask(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str | None] | None = None,
        content: bytes | None = None,
        anonymous: bool = False,
    ) -> Answer:
        """One request with the credentials and TAXII's `Accept`; a header of None is not sent."""
        given: dict[str, str | None] = {"Accept": TAXII, "User-Agent": "mithaq-taxii-conformance"}
        given |= {} if anonymous else self.authorization()
        given |= headers or {}
        kept = [name for name, value in given.items() if value is None]
        request = self.client.build_request(
            method,
            url,
            params=dict(params) or None if isinstance(params, Mapping) else httpx2.QueryParams(list(params)),
            headers={name: value for name, value in given.items() if value is not None},
            content=content,
        )
        for name in kept:
            request.headers.pop(name, None)
        told = f"{method} {request.url.raw_path.decode('ascii', 'replace')}"
        told += "".join(f"\n{name}: {value}" for name, value in (headers or {}).items() if name != "Authorization")
        if content is not None:
            told += f"\n{content[:200].decode('utf-8', 'replace')}{'…' if len(content) > 200 else ''}"
        try:
            found = self.client.send(request)
        except httpx2.HTTPError as error:
            self.trace.append(f"{told}\n-> {type(error).__name__}: {error}")
            raise Failed(f"no answer: {type(error).__name__}: {error}") from error
        answer = Answer(
            told, found.status_code, {name.lower(): value for name, value in found.headers.items()}, found.content
        )
        self.trace.append(str(answer))
        return answer

    def get(self, url: str, **more: Any) -> Answer:
        """GET with filters as `params`."""
        return self.ask("GET", url, **more)

    def read(self, endpoint: str, identifier: str = "", **params: Any) -> Answer:
        """GET an endpoint with filters, which must be answered with 200; `id=…` means `match[id]=…` and so on."""
        return self.get(self.place(endpoint, identifier), params=filters(**params)).expect(200)

    def send(self, content: bytes, collection: str | None = None, **headers: str | None) -> Answer:
        """POST these bytes as an envelope."""
        given = {"Content-Type": TAXII} | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", self.place("objects", collection=collection), headers=given, content=content)

    def post(self, objects: Sequence[Mapping[str, Any]], collection: str | None = None) -> Answer:
        """POST objects in an envelope; those with an id are removed at the end."""
        if collection is None:
            self.remember(*(each for each in objects if "id" in each))
        return self.send(json.dumps({"objects": list(objects)}).encode(), collection)

    def remember(self, *objects: Mapping[str, Any]) -> None:
        """Objects that were posted by `send`, so that they are removed at the end."""
        self._posted |= {str(each["id"]): None for each in objects}

    def add(self, *objects: Mapping[str, Any]) -> dict[str, Any]:
        """POST objects, wait until none is pending, and fail unless all succeeded; the final status."""
        status = self.settle(self.post(objects).expect(202).resource)
        require(status.get("failure_count") == 0, f"{status.get('failure_count')} objects failed")
        return status

    def settle(self, status: dict[str, Any]) -> dict[str, Any]:
        """Ask for a status until it is complete."""
        deadline = time.monotonic() + PENDING
        while status.get("status") == "pending":
            require(time.monotonic() < deadline, f"still pending after {PENDING:.0f} s")
            time.sleep(0.1)
            status = self.read("status", str(status.get("id"))).resource
        return status

    # What was written

    @cached_property
    def _made(self) -> "Written | Failed":
        made = self.material
        first = made.indicator(1)
        history = [first, later(first, 5), later(first, 9)]
        batch = [made.indicator(number) for number in range(1, BATCH + 1)]
        malware = made.malware(3)
        relation = made.relationship(first["id"], malware["id"])
        try:
            for each in history:
                self._last_status = self.add(each)
            self._last_status = self.add(*batch)
            self.add(malware, relation)
        except Failed as error:
            return error
        return Written(history, batch, malware, made.marking(), made.address(), relation)

    @property
    def written(self) -> Written:
        """What all reading checks read; where it could not be written they are skipped."""
        if isinstance(self._made, Failed):
            skip(f"nothing to read: {self._made}")
        return self._made

    @property
    def status_id(self) -> str:
        """The id of a status that exists."""
        require(self.written.batch, "nothing was written")
        return str(self._last_status.get("id"))

    @cached_property
    def unversioned(self) -> dict[str, Any] | None:
        """The marking definition, once the server took it; None if it does not."""
        return self._try_to_add(self.written.marking)

    @cached_property
    def undated(self) -> dict[str, Any] | None:
        """The cyber-observable object, once the server took it; None if it does not."""
        return self._try_to_add(self.written.address)

    def _try_to_add(self, given: dict[str, Any]) -> dict[str, Any] | None:
        try:
            self.add(given)
        except Failed:
            return None
        return given

    def records(self, *ids: str) -> list[dict[str, Any]]:
        """The manifest's records of all versions of these objects, over all pages."""
        return [each for page in self.walk("manifest", id=",".join(ids), version="all") for each in page.objects]

    def stored(self, given: Mapping[str, Any]) -> list[dict[str, Any]]:
        """All versions of an object that are there."""
        answer = self.get(self.place("object", given["id"]), params={"match[version]": "all"}).expect(200, 404)
        return answer.objects if answer.status == 200 else []

    def date_added(self, identifier: str, version: str) -> str:
        """When a version was added, as the manifest says."""
        for each in self.records(identifier):
            if instant(str(each.get("version"))) == instant(version):
                return str(each.get("date_added"))
        raise Failed(f"the manifest has no record of {identifier} of {version}")

    def walk(self, endpoint: str, identifier: str = "", *, by_date: bool = False, **params: Any) -> Iterator[Answer]:
        """All pages, by `next` where there is one, else by `added_after`; fails if they do not end."""
        more: dict[str, Any] = {}
        for _ in range(PAGES):
            page = self.read(endpoint, identifier, **(params | more))
            yield page
            if not page.more:
                return
            if page.next and not by_date:
                more = {"next": page.next}
            else:
                last = page.headers.get("x-taxii-date-added-last")
                require(last, "`more` is true, but neither `next` nor X-TAXII-Date-Added-Last says how to go on")
                more = {"added_after": last}
        raise Failed(f"{PAGES} pages and no end")

    # The end

    def delete(self, identifier: str, **params: Any) -> Answer:
        """DELETE an object; `version=…` means `match[version]=…`."""
        return self.ask("DELETE", self.place("object", identifier), params=filters(**params))

    def clean_up(self) -> None:
        """Delete all that was posted, as far as the server lets us."""
        for identifier in self._posted:
            try:
                self.delete(identifier, version="all")
            except (Failed, Skipped):
                return


def filters(**params: Any) -> dict[str, str]:
    """Query parameters: `id`, `type`, `version` and `spec_version` are match fields, others themselves."""
    match = {"id", "type", "version", "spec_version"}
    return {f"match[{name}]" if name in match else name: str(value) for name, value in params.items()}
