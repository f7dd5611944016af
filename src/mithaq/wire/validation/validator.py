"""The validator: for each type a plan, made once, of what is looked at in its objects; then objects, one after another.

A plan names the checks of each property, so that what an object has not costs nothing. Objects that stand in lists of
another object, and those of an observable container, are looked at in the same way, each at its place.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from mithaq.model import MAX_DEPTH
from mithaq.wire.validation import musts, observables, shoulds
from mithaq.wire.validation.finding import Finding, Findings
from mithaq.wire.validation.shapes import Shape, Shapes
from mithaq.wire.validation.tables import Tables

__all__ = ["Validator"]

Object = dict[str, Any]
Check = Callable[[Object, Findings], None]

# Names that section 3.8 reserves: the schemas refuse them, and they are no custom properties.
_RESERVED = frozenset({"severity", "username", "phone_numbers", "action"})
_TIMES = ("created", "modified")


class _Plan(NamedTuple):
    """What is looked at in the objects of a type."""

    shape: Shape
    properties: Mapping[str, Check | None]
    """Every property that the type has, with what is checked where it is present."""

    foreign: Mapping[str, Check]
    """What is checked of properties that the type has not: common ones have their meaning everywhere."""

    always: tuple[Check, ...]
    times: tuple[str, ...]
    compared: tuple[str, ...]
    section: str
    uuid_version: int
    custom: bool = False
    """Whether the type is nobody's that is known here, so that its properties are its own."""

    holds_objects: bool = False
    """Whether it is a bundle."""


class Validator:
    """Checks STIX 2.1 objects; made once from the files of `node.validation`, and safe to share between threads.

    `files` are the JSON schemas by path (`sdos/tool.json`), IANA's lists (`iana/charsets.csv`), this package's tables
    (`tables/types.toml`) and the schemas of Mithaq's own types (`mithaq/mithaq-receipt.json`). Raises `KeyError` if one
    is missing: a mistake of the shell.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._tables = Tables(files)
        self._shapes = Shapes(self._tables)
        self._plans: dict[str, _Plan] = {}
        self._custom: dict[bool, _Plan] = {}

    def validate(self, value: object) -> list[Finding]:
        """Everything that is found in one object, or in a bundle and its objects; errors first, at most a hundred.

        `value` is JSON as `model.decode_json` reads it. An empty list is the best verdict; one of warnings alone is
        still valid.
        """
        found = Findings()
        self._check(value, found, MAX_DEPTH)
        return found.listed()

    def is_valid(self, value: object) -> bool:
        """Whether there is no error in it."""
        found = Findings()
        self._check(value, found, MAX_DEPTH)
        return not found.broken

    def _check(self, value: object, found: Findings, depth: int) -> None:
        if not isinstance(value, dict) or not isinstance(value.get("type"), str) or "id" not in value:
            found.add("stix/object", (), "must be an object with an id and a type")
            return
        if value.get("spec_version") == "2.0":
            found.add("stix/version", ("spec_version",), "is of STIX 2.0; only 2.1 is read here")
            return
        plan = self._plan(value)
        if not plan.shape.is_valid(value):
            plan.shape.report(value, found)
        self._check_properties(value, plan, found, depth)

    def _check_properties(self, value: Object, plan: _Plan, found: Findings, depth: int) -> None:
        musts.check_times(value, plan.times, plan.compared, plan.section, found)
        shoulds.check_identifier(value, plan.uuid_version, found)
        for check in plan.always:
            check(value, found)
        own = []
        properties = plan.properties
        for name, inner in value.items():
            if name in properties:
                if (known := properties[name]) is not None:
                    known(value, found)
            else:
                own.append(name)
            if type(inner) is list:
                for number, each in enumerate(inner):
                    if type(each) is dict and "type" in each and "id" in each:
                        self._check_inside(each, (name, number), found, depth, whole=plan.holds_objects)
        if own:
            self._check_own(value, own, plan, found)
        if value["type"] == "bundle":
            self._check_bundle(value, found)
        elif value["type"] == "observed-data" and "objects" in value:
            self._check_container(value, found, depth)

    def _check_own(self, value: Object, names: list[str], plan: _Plan, found: Findings) -> None:
        """Look at properties that are not the type's."""
        for name in names:
            if name in plan.foreign:
                plan.foreign[name](value, found)
        if not plan.custom:
            custom = [name for name in names if name not in _RESERVED]
            shoulds.check_custom_properties(value, custom, found)

    def _check_inside(
        self, value: Object, path: tuple[str | int, ...], found: Findings, depth: int, *, whole: bool
    ) -> None:
        """Look at an object inside another one, as if it stood alone or, unless `whole`, without its shape.

        Only a bundle and an observable container are said to hold objects (sections 2.13, 8.1).
        """
        if not depth:
            found.add("limit/depth", path, "is an object inside too many others")
            return
        base = found.base
        found.base = (*base, *path)
        if whole:
            self._check(value, found, depth - 1)
        elif isinstance(value["type"], str):
            self._check_properties(value, self._plan(value), found, depth - 1)
        found.base = base

    def _check_bundle(self, value: Object, found: Findings) -> None:
        objects = value.get("objects")
        if isinstance(objects, list):
            for number, each in enumerate(objects):
                if not isinstance(each, dict) or "type" not in each or "id" not in each:
                    found.add("stix/object", ("objects", number), "must be an object with an id and a type")
            shoulds.check_duplicates(objects, found)

    def _check_container(self, value: Object, found: Findings, depth: int) -> None:
        """The objects of an observable container: their ids may be any text, or left out (sections 2.9, 2.13)."""
        objects = value["objects"]
        if not isinstance(objects, dict):
            return
        observables.check_container_keys(value, found)
        observables.check_references(objects, found, self._tables)
        for key, each in objects.items():
            place = ("objects", key)
            if not isinstance(each, dict) or not isinstance(each.get("type"), str):
                found.add("stix/container", place, "must be an observable with a type")
                continue
            if not isinstance(each.get("id", ""), str):
                found.add("stix/container", (*place, "id"), "must be a string")
            named = each
            if not observables.uuid_version(each.get("id")):
                named = {**each, "id": each["type"] + observables.PLACEHOLDER}
            self._check_inside(named, place, found, depth, whole=True)

    # Plans

    def _plan(self, value: Object) -> _Plan:
        kind = value["type"]
        plan = self._plans.get(kind)
        if plan is None:
            if kind in self._tables.files:
                plan = self._plans[kind] = self._make_plan(kind)
            else:
                observable = "created" not in value and "modified" not in value
                plan = self._custom.get(observable)
                if plan is None:
                    plan = self._custom[observable] = self._make_custom_plan(observable)
        return plan

    def _common(self) -> dict[str, Check]:
        common: dict[str, Check] = {name: partial(musts.check_moment, name=name) for name in _TIMES}
        common["granular_markings"] = partial(musts.check_granular_markings, tables=self._tables)
        common["lang"] = partial(musts.check_language, tables=self._tables)
        common["external_references"] = shoulds.check_hashes_of_references
        return common

    def _make_custom_plan(self, observable: bool) -> _Plan:
        shape = self._shapes.custom(observable=observable)
        common = self._common()
        if not observable:
            common = {name: check for name, check in common.items() if name not in _TIMES}
        return _Plan(shape, {}, common, (shoulds.check_custom_type,), _TIMES, (), "3.2", 4, custom=True)

    def _make_plan(self, kind: str) -> _Plan:
        tables = self._tables
        observable = kind in tables.observables
        properties: dict[str, Check | None] = dict.fromkeys(tables.properties(kind))
        common = self._common()
        properties |= {name: check for name, check in common.items() if name in properties and name not in _TIMES}
        for rule, vocabulary in tables.vocabularies.items():
            for name in vocabulary.uses.get(kind, ()):
                properties[name] = _vocabulary_check(name, f"should/{rule}", vocabulary, words=not observable)
        if kind in tables.kill_chains:
            properties["kill_chain_phases"] = shoulds.check_kill_chains
        if kind == "marking-definition":
            properties["definition_type"] = _words_check("definition_type")
        if kind == "location":
            properties["country"] = partial(shoulds.check_country, tables=tables)
        if kind == "malware-analysis":
            properties["product"] = shoulds.check_product
        for name in tables.deprecated.get(kind, ()):
            properties[name] = _deprecated_check(name)
        times = tuple(dict.fromkeys((*_TIMES, *tables.times(kind))))
        return _Plan(
            self._shapes.of(kind),
            properties,
            {name: check for name, check in common.items() if name not in properties},
            self._always(kind, observable, properties),
            times,
            tables.compared.get(kind, ()),
            tables.sections.get(kind, ""),
            5 if observable and kind != "process" else 4,
            holds_objects=kind == "bundle",
        )

    def _always(self, kind: str, observable: bool, properties: dict[str, Check | None]) -> tuple[Check, ...]:
        tables = self._tables
        always: list[Check] = []
        by_type: dict[str, Check] = {
            "indicator": shoulds.check_indicator,
            "relationship": partial(shoulds.check_relationship, tables=tables),
            "extension-definition": shoulds.check_extension_definition,
            "marking-definition": shoulds.check_marking_definition,
            "language-content": partial(musts.check_language_contents, tables=tables),
        }
        if kind in by_type:
            always.append(by_type[kind])
        if kind == "indicator":
            properties["pattern"] = musts.check_pattern
        if kind == "marking-definition":
            always.append(musts.check_object_markings)
        if observable:
            always.append(partial(observables.check_dictionary_keys, tables=tables))
            if kind in observables.CHECKS:
                always.append(partial(observables.CHECKS[kind], tables=tables))
            if kind in tables.contributing:
                always.append(_contributing_check(tables.contributing[kind]))
            for name, known in tables.embedded(kind).items():
                properties[name] = _embedded_check(name, known)
            if extensions := tables.extensions(kind):
                properties["extensions"] = partial(_check_extensions, known=extensions)
        return tuple(always)


def _vocabulary_check(name: str, rule: str, vocabulary: Any, *, words: bool) -> Check:
    def check(value: Object, found: Findings) -> None:
        shoulds.check_vocabulary(value[name], name, rule, vocabulary, found)
        if words:
            shoulds.check_words(value[name], name, found)

    return check


def _words_check(name: str) -> Check:
    def check(value: Object, found: Findings) -> None:
        shoulds.check_words(value[name], name, found)

    return check


def _deprecated_check(name: str) -> Check:
    def check(_value: Object, found: Findings) -> None:
        found.add("should/deprecated-properties", (name,), "is kept for old content only")

    return check


def _embedded_check(name: str, known: frozenset[str]) -> Check:
    def check(value: Object, found: Findings) -> None:
        shoulds.check_embedded(value[name], name, known, found)

    return check


def _contributing_check(names: list[str]) -> Check:
    def check(value: Object, found: Findings) -> None:
        observables.check_uuid_version(value, names, found)

    return check


def _check_extensions(value: Object, found: Findings, known: dict[str, Any]) -> None:
    shoulds.check_extensions(value, known, found)
