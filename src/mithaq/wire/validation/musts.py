"""What STIX 2.1 demands and no schema states, for objects of every kind; `observables` has the rest.

Each check looks at one object whose schema may have failed: what has not the right type is left to the schema.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mithaq.errors import Malformed
from mithaq.model import instant_key
from mithaq.wire.pattern import parse_pattern
from mithaq.wire.validation.finding import Findings, quote
from mithaq.wire.validation.tables import Tables

__all__ = [
    "NO_TIMESTAMP",
    "check_granular_markings",
    "check_language",
    "check_language_contents",
    "check_moment",
    "check_object_markings",
    "check_pattern",
    "check_times",
    "is_language",
    "items",
]

Object = dict[str, Any]

NO_TIMESTAMP = "is no timestamp such as 2026-01-31T12:00:00.000Z"

_SHAPE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII).fullmatch
_INDEX = re.compile(r"\[(\d+)\]", re.ASCII).fullmatch
_PROPERTY = re.compile(r"[a-z0-9_]{3,250}").fullmatch
# RFC 5646 section 2.1, without the tags that were registered before it; the primary subtag is looked up.
_LANGUAGE = re.compile(
    r"([a-z]{2,3})(?:-[a-z]{3}){0,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*"
    r"(?:-[0-9a-wyz](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?",
    re.ASCII | re.IGNORECASE,
).fullmatch
_LONGEST_LANGUAGE = 200


def items(value: Mapping[str, Any], name: str) -> Iterator[tuple[int, Object]]:
    """The objects in a list of objects, with their index; nothing if there is none."""
    listed = value.get(name)
    if isinstance(listed, list):
        yield from ((number, each) for number, each in enumerate(listed) if isinstance(each, dict))


def read_time(text: object, path: tuple[str | int, ...], found: Findings) -> str:
    """The key of a timestamp (`instant_key`), empty where it is none; such as is only by its form is a finding."""
    if not isinstance(text, str):
        return ""
    try:
        return instant_key(text)
    except Malformed:
        if _SHAPE(text):
            found.add("must/timestamp", path, f"{quote(text)} is no moment that there is")
        return ""


def check_times(
    value: Object, names: tuple[str, ...], compared: tuple[str, ...], section: str, found: Findings
) -> None:
    """Timestamps that exist (section 2.16), and the order in which they must stand (3.2, and each type's section)."""
    keys = {}
    for name in names:
        if name in value:
            keys[name] = read_time(value[name], (name,), found)
    created, modified = keys.get("created"), keys.get("modified")
    if created and modified and modified < created:
        found.add("must/timestamp-compare", ("modified",), "is before created")
    if compared:
        later, operator, earlier = compared
        above, below = keys.get(later), keys.get(earlier)
        if above and below and (above < below or (above == below and operator == "gt")):
            rule = "must/observable-timestamp-compare" if later == "end" else "must/timestamp-compare"
            word = "is not after" if operator == "gt" else "is before"
            found.add(rule, (later,), f"{word} {earlier}", section)


def check_moment(value: Object, found: Findings, name: str) -> None:
    """A common property is a timestamp also in an object that has no use for it (section 3.2)."""
    text = value[name]
    if not isinstance(text, str):
        found.add("stix/common", (name,), "must be a string")
    elif not _SHAPE(text):
        found.add("stix/common", (name,), f"{quote(text)} {NO_TIMESTAMP}")


def check_object_markings(value: Object, found: Findings) -> None:
    """A marking definition must not be marked by itself (sections 7.2.2, 7.2.3)."""
    own = value.get("id")
    markings = value.get("object_marking_refs")
    if isinstance(markings, list):
        for number, marking in enumerate(markings):
            if marking == own:
                message = "a marking definition marks itself"
                found.add("must/object-marking-circular-refs", ("object_marking_refs", number), message)
    for number, granular in items(value, "granular_markings"):
        if granular.get("marking_ref") == own:
            place = ("granular_markings", number, "marking_ref")
            found.add("must/granular-markings-circular-refs", place, "a marking definition marks itself")


def check_granular_markings(value: Object, found: Findings, tables: Tables) -> None:
    """Selectors lead to something in the object, and languages are languages (section 7.2.3.1)."""
    for number, marking in items(value, "granular_markings"):
        selectors = marking.get("selectors")
        for position, selector in enumerate(selectors if isinstance(selectors, list) else ()):
            if isinstance(selector, str) and (lost := _follow(value, selector)):
                place = ("granular_markings", number, "selectors", position)
                found.add("must/marking-selector", place, f"nothing is at {quote(lost)}")
        if "lang" in marking:
            check_language(marking, found, tables, ("granular_markings", number))


def _follow(value: object, selector: str) -> str:
    """The first step of a selector that leads nowhere; empty if there is none."""
    for step in selector.split("."):
        if isinstance(value, dict) and step in value:
            value = value[step]
            continue
        index = _INDEX(step)
        if index is None or not isinstance(value, list) or len(index[1]) > 9 or int(index[1]) >= len(value):
            return step
        value = value[int(index[1])]
    return ""


def is_language(text: object, tables: Tables) -> bool:
    """Whether a text is a language tag of RFC 5646 whose primary language is registered."""
    if not isinstance(text, str) or len(text) > _LONGEST_LANGUAGE:
        return False
    match = _LANGUAGE(text)
    return match is not None and match[1].lower() in tables.languages


def check_language(value: Object, found: Findings, tables: Tables, place: tuple[str | int, ...] = ()) -> None:
    """`lang` is a language tag of RFC 5646 (section 3.2)."""
    if not is_language(value["lang"], tables):
        message = f"{quote(value['lang'])} is no language tag of RFC 5646"
        found.add("must/language", (*place, "lang"), message)


def check_language_contents(value: Object, found: Findings, tables: Tables) -> None:
    """The keys of `contents` are languages, the keys below them names of properties (section 7.1.1)."""
    contents = value.get("contents")
    if not isinstance(contents, dict):
        return
    rule = "must/language-contents"
    for language, translated in contents.items():
        if not is_language(language, tables):
            found.add(rule, ("contents", language), f"{quote(language)} is no language tag of RFC 5646")
        if not isinstance(translated, dict):
            found.add(rule, ("contents", language), "must be a dictionary of translated properties")
            continue
        for name in translated:
            if not _PROPERTY(name):
                found.add(rule, ("contents", language, name), f"{quote(name)} is no name of a property")


def check_pattern(value: Object, found: Findings) -> None:
    """The pattern of an indicator follows the grammar of section 9, if it says that it is one of STIX."""
    pattern = value.get("pattern")
    if value.get("pattern_type") == "stix" and isinstance(pattern, str):
        try:
            parse_pattern(pattern)
        except Malformed as error:
            found.add("must/pattern", ("pattern",), error.title("en"))
