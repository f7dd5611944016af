"""The shape of an object: the JSON schemas of STIX 2.1, compiled, and what they find, in words.

The schema files are those of OASIS, in JSON Schema 2020-12, and refer to each other; nothing is fetched. In three
places they say something else than the specification, and are mended here, as `docs/validation.md` explains: a bundle's
objects and a container's are checked one by one by their own types, and a granular marking may name a language instead
of a marking (section 7.2.3.1).
"""

import copy
import itertools
import re
from collections.abc import Mapping
from typing import Any

import jsonschema_rs
import orjson

from mithaq.wire.validation.finding import Finding, Findings, encode_pointer, quote
from mithaq.wire.validation.musts import NO_TIMESTAMP
from mithaq.wire.validation.tables import Tables

__all__ = ["Shape", "Shapes"]

_EMAIL = re.compile(r"[a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9.-]+").fullmatch
_HOST = jsonschema_rs.Draft202012Validator({"format": "idn-hostname"}, validate_formats=True, offline=True)
_FORMAT_WORDS = {"uri": "URI", "email": "e-mail address", "idn-hostname": "domain name"}
_MAX_NAMED = 8
_MAX_ERRORS = 10_000
_TITLES = {
    "timestamp": NO_TIMESTAMP,
    "timestamp_millis": "is not precise to the millisecond",
    "identifier": "is no identifier: a type, two hyphens and a UUID",
    "hex": "is no hexadecimal text of whole octets",
    "binary": "is no base64",
    "type": "is no name of a type: small letters, digits and single hyphens",
    "relationship_type": "is no name of a relationship: small letters, digits and hyphens",
}


def _is_host(value: str) -> bool:
    """A domain name may end with the root's dot (RFC 1034 section 3.1)."""
    return _HOST.is_valid(value[:-1] if value.endswith(".") and value != "." else value)


class Shape:
    """The compiled schema of one type."""

    def __init__(self, schema: Any, registry: Any, words: "Words", kind: str) -> None:
        self._validator = jsonschema_rs.Draft202012Validator(
            schema,
            registry=registry,
            formats={"email": lambda text: _EMAIL(text) is not None, "idn-hostname": _is_host},
            validate_formats=True,
            offline=True,
        )
        self._words = words
        self._kind = kind
        self.is_valid = self._validator.is_valid
        """Whether a value has this shape: quick, and says no more."""

    def report(self, value: dict[str, Any], found: Findings) -> None:
        """Find what a value lacks of this shape."""
        errors = list(itertools.islice(self._validator.iter_errors(value), _MAX_ERRORS))
        # Where something is missing, none of several forms may fit for that reason alone.
        plain = {tuple(error.instance_path) for error in errors if error.kind.name in {"required", "minItems", "type"}}
        for error in errors:
            if error.kind.name not in {"oneOf", "anyOf"} or tuple(error.instance_path) not in plain:
                found.put(self._words.finding(error, self._kind, found.base))


class Shapes:
    """The schemas of all types, each compiled when the first object of its type comes."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._documents = _mend(tables.documents)
        self._registry = jsonschema_rs.Registry([(each["$id"], each) for each in self._documents.values()])
        self._words = Words(tables, self._documents)

    def of(self, kind: str) -> Shape:
        """The shape of a type of the specification or of Mithaq."""
        return self._compiled(self._tables.files[kind], kind)

    def custom(self, *, observable: bool) -> Shape:
        """What any object has, whatever its type (section 3.2)."""
        return self._compiled("common/cyber-observable-core.json" if observable else "common/core.json", "")

    def _compiled(self, name: str, kind: str) -> Shape:
        return Shape(self._documents[name], self._registry, self._words, kind)


def _mend(documents: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    mended = copy.deepcopy(dict(documents))
    for name, document in mended.items():
        # Each refers to others by relative paths; nobody asks a host for them.
        document["$id"] = f"https://schemas.invalid/{name}"
    mended["common/bundle.json"]["properties"]["objects"] = {"type": "array", "minItems": 1}
    for part in mended["sdos/observed-data.json"]["allOf"]:
        if "properties" in part:
            part["properties"]["objects"] = {"type": "object", "minProperties": 1}
    marking = mended["common/granular-marking.json"]
    marking["required"] = ["selectors"]
    marking["oneOf"] = [{"required": ["marking_ref"]}, {"required": ["lang"]}]
    return mended


class Words:
    """Errors of JSON Schema, said shortly, with the section that they come from."""

    def __init__(self, tables: Tables, documents: Mapping[str, dict[str, Any]]) -> None:
        self._tables = tables
        self._forms: dict[str, str] = {}
        for document in documents.values():
            self._collect(document)

    def _collect(self, schema: Any) -> None:
        """Which pattern has which title: of the patterns themselves nobody could make sense."""
        match schema:
            case {"pattern": str(pattern), "title": str(title)} if title in _TITLES:
                self._forms[pattern] = _TITLES[title]
        for each in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
            self._collect(each)

    def finding(self, error: Any, kind: str, base: tuple[str | int, ...]) -> Finding:
        """The finding for an error of the compiled schema in an object of type `kind` that stands at `base`."""
        path = tuple(error.instance_path)
        pointer = encode_pointer((*base, *path))
        return Finding("error", pointer, f"schema/{error.kind.name}", self._section(error, kind, path), self.say(error))

    def _section(self, error: Any, kind: str, path: tuple[str | int, ...]) -> str:
        if kind in self._tables.own:
            return ""
        name = path[0] if path else ""
        if not path and error.kind.name == "required":
            name = error.kind.property
        if not path and error.kind.name == "additionalProperties":
            return "3.1"
        if not path and error.kind.name == "not":
            return "3.8"
        if isinstance(name, str) and name in self._tables.common:
            return self._tables.common[name]
        return self._tables.sections.get(kind, "3.2")

    def say(self, error: Any, *, depth: int = 0) -> str:
        """What is wrong, in words."""
        told = error.kind
        match told.name:
            case "pattern":
                return self._pattern(told.pattern, error.instance)
            case "not":
                return _forbidden(error)
            case "enum" | "const":
                return _choice(error)
            case "anyOf" | "oneOf":
                return self._branches(error, depth)
            case "propertyNames":
                return f"has a name that is not allowed here: {self.say(told.error, depth=depth + 1)}"
        return _plainly(told, error.instance)

    def _pattern(self, pattern: str, value: object) -> str:
        if pattern in self._forms:
            return f"{quote(value)} {self._forms[pattern]}"
        if match := re.fullmatch(r"\^([a-z0-9-]+--)", pattern):
            return f"must begin with {match[1]}"
        return f"{quote(value)} has not the form that is asked for"

    def _branches(self, error: Any, depth: int) -> str:
        """The shortest way to one of the forms that are allowed, if it can be told in a few words."""
        if error.instance is None:
            return "must not be null"
        context = getattr(error.kind, "context", [])
        if error.kind.name == "oneOf" and any(not branch for branch in context):
            return "fits more than one of the forms of which it must have one"
        branches = [branch for branch in context if branch]
        if error.instance in ([], {}):
            return "must not be empty"
        missing = [branch[0].kind.property for branch in branches if _is_one_missing(branch)]
        if missing and len(missing) == len(branches):
            return f"needs one of {', '.join(missing)}"
        if not branches or depth > 1:
            return "has none of the forms that are allowed here"
        nearest = min(branches, key=len)[0]
        steps = list(nearest.instance_path)[len(list(error.instance_path)) :]
        told = " ".join([*map(str, steps), self.say(nearest, depth=depth + 1)])
        return f"has none of the forms that are allowed here; the nearest: {told}"


def _plainly(told: Any, value: object) -> str:
    """What is wrong where one keyword and its bound say it all."""
    text = f"does not fulfil {told.name} of the schema"
    match told.name:
        case "required":
            text = f"{told.property} is required"
        case "type":
            text = f"must be {' or '.join(_with_article(each) for each in told.types)}"
        case "additionalProperties":
            named = ", ".join(quote(each) for each in told.unexpected[:_MAX_NAMED])
            text = f"has names that are not allowed here: {named}"
        case "format":
            text = f"{quote(value)} is no {_FORMAT_WORDS.get(told.format, told.format)}"
        case "minItems" | "minProperties":
            text = "must not be empty" if told.limit == 1 else f"must have at least {told.limit} entries"
        case "minimum" | "maximum" | "minLength" | "maxLength":
            bound = "at least" if told.name.startswith("min") else "at most"
            letters = " letters" if told.name.endswith("Length") else ""
            text = f"must be {bound} {told.limit}{letters}"
    return text


def _is_one_missing(branch: list[Any]) -> bool:
    return len(branch) == 1 and branch[0].kind.name == "required"


def _with_article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _choice(error: Any) -> str:
    options = getattr(error.kind, "options", None) or [error.kind.expected_value]
    more = ", …" if len(options) > _MAX_NAMED else ""
    named = ", ".join(each if isinstance(each, str) else orjson.dumps(each).decode() for each in options[:_MAX_NAMED])
    return f"must be {named}{more}" if len(options) == 1 else f"must be one of {named}{more}"


def _forbidden(error: Any) -> str:
    schema = error.kind.schema
    if isinstance(schema, dict) and "anyOf" in schema:
        names = [name for each in schema["anyOf"] for name in each.get("required", []) if name in error.instance]
        return f"uses a reserved name: {', '.join(names)}"
    return f"{quote(error.instance)} is not allowed here"
