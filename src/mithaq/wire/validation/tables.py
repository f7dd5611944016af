"""What the specification lists: types, properties, vocabularies, relationships, registers.

Most of it is read from the schema files themselves: which properties a type has, which of them are times, which
extensions are predefined. What no schema file states stands in this package's `tables`, and what IANA lists in the
files beside the schemas. All of it comes as bytes by name; the long registers are read when the first object asks.
"""

import csv
import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import orjson

__all__ = ["Extension", "Tables", "Vocabulary"]

_OWN = "mithaq/"
_OBSERVABLES = "observables/"
_TYPE_FOLDERS = ("sdos/", "sros/", _OBSERVABLES, _OWN)
_META = ("bundle", "extension-definition", "language-content", "marking-definition")
_TIMESTAMP = "timestamp.json"


class Vocabulary(NamedTuple):
    """One open vocabulary: its name and section, its values, and the properties that should use it, by type."""

    name: str
    section: str
    values: frozenset[str]
    uses: Mapping[str, tuple[str, ...]]


class Extension(NamedTuple):
    """A predefined extension: its properties, and those that hold objects, with these objects' properties."""

    properties: frozenset[str]
    embedded: Mapping[str, frozenset[str]]


class Tables:
    """All tables, from files by name: schemas (`sdos/tool.json`), tables (`tables/types.toml`), IANA (`iana/…`)."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self.documents: dict[str, dict[str, Any]] = {
            name: orjson.loads(data) for name, data in files.items() if name.endswith(".json")
        }
        own: dict[str, dict[str, Any]] = {
            name: tomllib.loads(files[f"tables/{name}.toml"].decode())
            for name in ("types", "vocabularies", "relationships", "observables", "registers")
        }
        types, registers, observables = own["types"], own["registers"], own["observables"]
        self.files: dict[str, str] = {}
        for name in self.documents:
            kind = name.rpartition("/")[2].removesuffix(".json")
            if name.startswith(_TYPE_FOLDERS) or (name.startswith("common/") and kind in _META):
                self.files[kind] = name
        self.observables = frozenset(kind for kind, name in self.files.items() if name.startswith(_OBSERVABLES))
        self.own = frozenset(kind for kind, name in self.files.items() if name.startswith(_OWN))
        self.sections: dict[str, str] = types["sections"]
        self.common: dict[str, str] = types["common"]
        self.compared = {kind: tuple(each) for kind, each in types["compared"].items()}
        self.deprecated: dict[str, list[str]] = types["deprecated"]
        self.kill_chains = frozenset(types["kill-chains"]["types"])
        self.vocabularies = {name: self._vocabulary(each) for name, each in own["vocabularies"].items()}
        self.common_relationships = frozenset(own["relationships"]["common"])
        self.relationships: dict[str, dict[str, list[str]]] = own["relationships"]["sources"]
        self.references = {tuple(name.split(".")): tuple(each) for name, each in observables["references"].items()}
        self.contributing: dict[str, list[str]] = observables["contributing"]
        self.foreign_keys = frozenset(observables["keys"]["foreign"])
        self.languages = frozenset(registers["languages"]["two"] + registers["languages"]["three"])
        self.software_languages = frozenset(registers["languages"]["doubled"]) | {"qaa-qtz"}
        self.countries = frozenset(registers["countries"]["codes"])
        self.headers = frozenset(name.lower() for name in registers["headers"]["names"])
        self.socket_options = frozenset(registers["sockets"]["options"])
        self.document_keys = frozenset(registers["documents"]["keys"])
        self._more_protocols: list[str] = registers["protocols"]["more"]

    def _vocabulary(self, entry: dict[str, Any]) -> Vocabulary:
        if "schema" in entry:
            name, definition = entry["schema"]
            values = self.documents[name]["definitions"][definition]["enum"]
        else:
            values = entry["values"]
        uses = {kind: tuple(names) for kind, names in entry["uses"].items()}
        return Vocabulary(entry["vocabulary"], entry["section"], frozenset(values), uses)

    # What IANA lists

    def _rows(self, name: str) -> Iterator[dict[str, str]]:
        yield from csv.DictReader(io.StringIO(self._files[name].decode()))

    @cached_property
    def media_types(self) -> frozenset[str]:
        """Registered media types, in small letters (RFC 2045 section 5.1: letter case does not matter)."""
        found = set()
        for name in self._files:
            if match := re.fullmatch(r"iana/mediatype_(\w+)\.csv", name):
                found |= {(row["Template"] or f"{match[1]}/{row['Name']}").lower() for row in self._rows(name)}
        return frozenset(found)

    @cached_property
    def character_sets(self) -> frozenset[str]:
        """Character sets by their preferred MIME name, or by their name if they have none (section 6.3.1)."""
        return frozenset(row["Preferred MIME Name"] or row["Name"] for row in self._rows("iana/charsets.csv"))

    @cached_property
    def protocols(self) -> frozenset[str]:
        """Names of services and of transport protocols."""
        found = set(self._more_protocols)
        rows = csv.reader(io.StringIO(self._files["iana/protocols.csv"].decode()))
        names = next(rows)
        service, transport = names.index("Service Name"), names.index("Transport Protocol")
        for row in rows:
            found |= {row[service], row[transport]}
        return frozenset(found - {""})

    @cached_property
    def flow_elements(self) -> frozenset[str]:
        """Information elements of IPFIX."""
        return frozenset(row["Name"] for row in self._rows("iana/ipfix-information-elements.csv") if row["Name"])

    # What the schema files say

    def properties(self, kind: str) -> dict[str, Any]:
        """The properties of a type of the specification or of Mithaq, with their schemas where they are stated last."""
        name = self.files[kind]
        return {key: found for key, (found, _) in self._stated(self.documents[name], name).items()}

    def times(self, kind: str) -> tuple[str, ...]:
        """The properties of a type that hold a timestamp."""
        return tuple(name for name, schema in self.properties(kind).items() if _is_time(schema))

    def embedded(self, kind: str) -> dict[str, frozenset[str]]:
        """The properties of an observable that hold objects or lists of objects, with these objects' properties."""
        name = self.files[kind]
        common = self.documents["common/cyber-observable-core.json"]["properties"]
        found = {
            key: self._inner(schema, where)
            for key, (schema, where) in self._stated(self.documents[name], name).items()
            if key not in common
        }
        return {key: names for key, names in found.items() if names}

    def extensions(self, kind: str) -> dict[str, Extension]:
        """The predefined extensions of an observable (section 3.10)."""
        name = self.files[kind]
        stated = self._stated(self.documents[name], name)
        if "extensions" not in stated:
            return {}
        schema, where = stated["extensions"]
        found = {}
        for pattern, inner in self._followed(schema, where)[0].get("patternProperties", {}).items():
            if re.fullmatch(r"\^[a-z0-9-]+-ext\$", pattern):
                properties = self._stated(inner, where)
                embedded = {key: self._inner(each, place) for key, (each, place) in properties.items()}
                named = {key: names for key, names in embedded.items() if names}
                found[pattern[1:-1]] = Extension(frozenset(properties), named)
        return found

    def _inner(self, schema: dict[str, Any], where: str) -> frozenset[str]:
        schema, where = self._followed(schema, where)
        return frozenset(self._stated(schema.get("items", schema), where))

    def _followed(self, schema: dict[str, Any], where: str) -> tuple[dict[str, Any], str]:
        """What a schema refers to, and the file in which that stands; the schema itself if it refers to nothing."""
        if "$ref" not in schema:
            return schema, where
        file, _, pointer = schema["$ref"].partition("#")
        if file:
            where = file.removeprefix("../") if file.startswith("../") else f"{where.rpartition('/')[0]}/{file}"
        found = self.documents[where]
        for step in pointer.split("/")[1:]:
            found = found[step]
        return found, where

    def _stated(self, schema: dict[str, Any], where: str) -> dict[str, tuple[dict[str, Any], str]]:
        """Every property that a schema or a part of it states, with its own schema and where that stands."""
        schema, where = self._followed(schema, where)
        found: dict[str, tuple[dict[str, Any], str]] = {}
        for part in ("allOf", "anyOf", "oneOf"):
            for each in schema.get(part, []):
                for name, stated in self._stated(each, where).items():
                    if part == "allOf" or name not in found:
                        found[name] = stated
        found |= {name: (each, where) for name, each in schema.get("properties", {}).items()}
        return found


def _is_time(schema: dict[str, Any]) -> bool:
    refers = [schema.get("$ref", "")] + [each.get("$ref", "") for each in schema.get("allOf", [])]
    return any(each.endswith(_TIMESTAMP) for each in refers)
