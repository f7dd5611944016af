"""The OpenAPI description as a judge: is this answer one that it promises?"""

import re
from dataclasses import dataclass
from importlib import resources
from typing import Any, Self

import httpx2
import yaml  # type: ignore[import-untyped]

KINDS: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
}


@dataclass
class Description:
    """`openapi.yaml`, read."""

    text: dict[str, Any]

    @classmethod
    def read(cls) -> Self:
        return cls(yaml.safe_load((resources.files("mithaq.web") / "openapi.yaml").read_bytes()))

    def operations(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Method and path of every operation."""
        return {
            (method.upper(), path): operation
            for path, item in self.text["paths"].items()
            for method, operation in item.items()
            if method != "parameters"
        }

    def resolve(self, part: dict[str, Any]) -> dict[str, Any]:
        """A part, or what it refers to."""
        while "$ref" in part:
            found: dict[str, Any] = self.text
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            part = found
        return part

    def judge(self, method: str, path: str, answer: httpx2.Response) -> None:
        """Fail unless the operation promises this status, kind of content and, if it is JSON, this form."""
        operation = self.operations()[method, path]
        where = f"{method} {path} {answer.status_code}"
        assert str(answer.status_code) in operation["responses"], f"{where} is not described: {answer.text}"
        content = self.resolve(operation["responses"][str(answer.status_code)]).get("content", {})
        kind = answer.headers.get("content-type", "").partition(";")[0]
        assert kind in (content or {""}), f"{where}: {kind}"
        if kind == "application/json":
            self.verify(content[kind]["schema"], answer.json(), where)

    def verify(self, schema: dict[str, Any], value: Any, place: str) -> None:
        """Fail unless a value has the form of a schema; only what our description uses is known."""
        schema = self.resolve(schema)
        unknown = schema.keys() - KNOWN
        assert not unknown, f"{place}: this judge doesn't know {unknown}"
        if "enum" in schema:
            assert value in schema["enum"], f"{place}: {value}"
            return
        kind = schema["type"]
        fits = isinstance(value, KINDS[kind]) and (kind == "boolean") == isinstance(value, bool)
        assert fits, f"{place}: {value!r} is no {kind}"
        if kind == "string" and "pattern" in schema:
            assert re.search(schema["pattern"], value), f"{place}: {value}"
        if kind == "array":
            for number, each in enumerate(value):
                self.verify(schema["items"], each, f"{place}[{number}]")
        if kind == "object" and "properties" in schema:
            missing = set(schema.get("required", ())) - value.keys()
            assert not missing, f"{place}: lacks {missing}"
            for name, each in value.items():
                assert name in schema["properties"], f"{place}: {name} is not described"
                self.verify(schema["properties"][name], each, f"{place}.{name}")


KNOWN = {
    "type", "properties", "required", "additionalProperties", "items", "enum", "pattern", "description", "minItems",
    "maxItems", "maxLength", "minimum", "maximum", "default", "examples",
}  # fmt: skip
