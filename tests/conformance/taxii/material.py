"""The STIX objects that the suite writes: of made-up hosts and names, with new ids for each seed."""

import random
import uuid
from typing import Any

__all__ = ["STIX_TYPES", "Material", "day", "later"]

STIX_TYPES = (
    "attack-pattern", "campaign", "course-of-action", "grouping", "identity", "incident", "indicator",
    "infrastructure", "intrusion-set", "location", "malware", "malware-analysis", "note", "observed-data", "opinion",
    "report", "threat-actor", "tool", "vulnerability", "relationship", "sighting", "artifact", "autonomous-system",
    "directory", "domain-name", "email-addr", "email-message", "file", "ipv4-addr", "ipv6-addr", "mac-addr", "mutex",
    "network-traffic", "process", "software", "url", "user-account", "windows-registry-key", "x509-certificate",
    "language-content", "marking-definition", "extension-definition",
)  # fmt: skip
"""All types that STIX 2.1 defines."""


def day(number: int) -> str:
    """A timestamp in January 2026."""
    return f"2026-01-{number:02d}T08:30:00.000Z"


class Material:
    """Makes objects; the same seed makes the same."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def uuid(self) -> str:
        """A UUID of version 4."""
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))

    def id(self, kind: str) -> str:
        """A STIX id."""
        return f"{kind}--{self.uuid()}"

    def _object(self, kind: str, number: int, **properties: Any) -> dict[str, Any]:
        common = {"type": kind, "spec_version": "2.1", "id": self.id(kind), "created": day(1), "modified": day(number)}
        return common | properties

    def indicator(self, number: int = 1, **properties: Any) -> dict[str, Any]:
        """An indicator, modified on that day."""
        host = f"{self.uuid()}.example"
        return (
            self._object(
                "indicator",
                number,
                name=f"Host {host}",
                indicator_types=["benign"],
                pattern=f"[domain-name:value = '{host}']",
                pattern_type="stix",
                valid_from=day(1),
            )
            | properties
        )

    def malware(self, number: int = 1) -> dict[str, Any]:
        """A malware object."""
        return self._object("malware", number, name=f"Sample {self.uuid()[:8]}", is_family=False)

    def relationship(self, source: str, target: str) -> dict[str, Any]:
        """A relationship object between two others."""
        return self._object("relationship", 1, relationship_type="indicates", source_ref=source, target_ref=target)

    def marking(self) -> dict[str, Any]:
        """A marking definition: created, never modified."""
        made = self._object("marking-definition", 1, definition_type="statement")
        made["definition"] = {"statement": f"Conformance suite {self.uuid()[:8]}"}
        return {key: value for key, value in made.items() if key != "modified"}

    def address(self) -> dict[str, Any]:
        """A cyber-observable object: neither created nor modified."""
        last = self._chance.randrange(1, 255)
        return {
            "type": "ipv4-addr",
            "spec_version": "2.1",
            "id": self.id("ipv4-addr"),
            "value": f"198.51.100.{last}",
        }


def later(given: dict[str, Any], number: int) -> dict[str, Any]:
    """The same object as modified on another day."""
    return given | {"modified": day(number), "name": f"{given['name']} ({number})"}
