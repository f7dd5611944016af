"""An answer of the server, read as TAXII: its status, its media type, its JSON, its dates. No sending here."""

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.conformance.taxii.checks import Failed, require

__all__ = ["TAXII", "Answer", "instant", "is_uuid4", "lists_of", "media_type", "require_timestamp"]

TAXII = "application/taxii+json;version=2.1"
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
SHORT = 400


def media_type(text: str) -> tuple[str, dict[str, str]]:
    """A media type and its parameters, in lower case, without quotes (RFC 7231 section 3.1.1.1)."""
    name, *rest = text.split(";")
    pairs = [part.partition("=") for part in rest if part.strip()]
    return name.strip().lower(), {key.strip().lower(): value.strip().strip('"') for key, _, value in pairs}


def instant(text: str) -> datetime:
    """The point in time that a timestamp of STIX or TAXII names; `Failed` if it names none."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (TypeError, ValueError) as error:
        raise Failed(f"{text!r} is no timestamp") from error


def require_timestamp(text: object, what: str) -> None:
    """Fails unless `text` is a timestamp as TAXII 2.1 section 2 defines it: UTC, Z, six digits of a second."""
    require(
        isinstance(text, str) and TIMESTAMP.fullmatch(text), f"{what} is no timestamp with microseconds and Z: {text!r}"
    )
    instant(str(text))


def is_uuid4(text: object) -> bool:
    """Whether this is an `identifier` of TAXII 2.1 section 2, as far as one can see: a UUID that says version 4."""
    try:
        found = uuid.UUID(str(text))
    except ValueError:
        return False
    return found.version == 4 and str(found) == str(text).lower()


def lists_of(value: object, where: str = "") -> Iterator[tuple[str, list[Any]]]:
    """Every list in a resource with the path to it."""
    if isinstance(value, list):
        yield where, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from lists_of(inner, f"{where}/{key}")


@dataclass(frozen=True)
class Answer:
    """What the server said to one request."""

    request: str
    status: int
    headers: dict[str, str]
    body: bytes

    def __str__(self) -> str:
        told = [
            f"{name}: {self.headers[name]}" for name in ("content-type", "www-authenticate") if name in self.headers
        ]
        told += [f"{name}: {value}" for name, value in self.headers.items() if name.startswith("x-taxii-")]
        text = self.body.decode("utf-8", "replace")
        text = text if len(text) <= SHORT else f"{text[:SHORT]}… ({len(self.body):,} bytes)"
        return "\n".join([self.request, f"-> {self.status}", *told, text]).rstrip()

    def expect(self, *statuses: int) -> "Answer":
        """Fails unless the status is one of these."""
        wanted = " or ".join(str(each) for each in statuses)
        require(self.status in statuses, f"{wanted} was to be answered, not {self.status}")
        return self

    def expect_refusal(self) -> "Answer":
        """Fails unless the status is one of the 400 series: section 3.6 says that the tables' are not all."""
        require(400 <= self.status < 500, f"it was to be refused, and was answered with {self.status}")
        return self

    def expect_no_crash(self) -> "Answer":
        """Fails on a status of the 500 series."""
        require(self.status < 500, f"the server failed: {self.status}")
        return self

    @property
    def json(self) -> Any:
        """The body as JSON; `Failed` if it is none (TAXII 2.1 section 1.6.7: UTF-8)."""
        try:
            return json.loads(self.body.decode("utf-8"))
        except ValueError as error:
            raise Failed(f"the body is no JSON in UTF-8: {self.body[:80]!r}") from error

    @property
    def resource(self) -> dict[str, Any]:
        """The body as a JSON object."""
        found = self.json
        require(isinstance(found, dict), f"the body is no JSON object but {type(found).__name__}")
        return dict(found)

    @property
    def objects(self) -> list[dict[str, Any]]:
        """What an envelope or a manifest carries."""
        found = self.resource.get("objects", [])
        require(isinstance(found, list), "`objects` is no list")
        return list(found)

    @property
    def ids(self) -> list[str]:
        """The ids of these."""
        return [str(each.get("id")) for each in self.objects]

    @property
    def versions(self) -> list[tuple[str, datetime]]:
        """Id and version of these: `version` of a manifest's record, `modified` or `created` of an object."""
        return [
            (str(each.get("id")), instant(str(each.get("version") or each.get("modified") or each.get("created"))))
            for each in self.objects
        ]

    @property
    def more(self) -> bool:
        """Whether the answer says that there is more."""
        found = self.resource.get("more", False)
        require(isinstance(found, bool), f"`more` is no boolean: {found!r}")
        return bool(found)

    @property
    def next(self) -> str | None:
        """The token of the next page."""
        found = self.resource.get("next")
        require(found is None or isinstance(found, str), f"`next` is no string: {found!r}")
        return found

    def expect_taxii(self) -> "Answer":
        """Fails unless `Content-Type` is TAXII's with the version (TAXII 2.1 section 3.1)."""
        text = self.headers.get("content-type", "")
        name, parameters = media_type(text)
        require(
            name == "application/taxii+json" and parameters.get("version") == "2.1",
            f"Content-Type is {text!r}, not {TAXII}",
        )
        return self
