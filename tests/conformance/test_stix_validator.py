"""Our verdicts beside those of OASIS's `stix2-validator`: on files, on ATT&CK, on thousands of changed objects.

Where it raises instead of answering, ours must refuse. Where verdicts or warnings differ, the difference has a name in
`DIFFERENCES`, an example that shows it, and a line in `docs/validation.md` with the section of STIX 2.1 that decides.
"""

import copy
import gzip
import json
import logging
import random
import re
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mithaq.node.validation import load_validator
from mithaq.wire.validation import Finding
from tests.unit.stix_objects import DELETE, OBJECTS, TLP_WHITE, V4, V5, changed

ROOT = Path(__file__).resolve().parents[2]
VALIDATOR = load_validator()
CODE = re.compile(r"\{(\d+)\} ")
OBSERVABLES = {name for name, each in OBJECTS.items() if "created" not in each} - {"bundle"}


class Answer(NamedTuple):
    """What the other validator says: None where it raises; its errors as one text, and the codes of its warnings."""

    valid: bool | None
    errors: str
    codes: frozenset[str]


Oracle = Callable[[Any], Answer]


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stix2validator = import_module("stix2validator")
        codes_by_number: dict[str, str] = import_module("stix2validator.v21.enums").CHECK_CODES
        import_module("colorama").deinit()  # it wraps standard output when it is imported
        logging.getLogger("stix2validator").disabled = True
        options = stix2validator.ValidationOptions()

        def ask(value: Any) -> Answer:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    found = stix2validator.validate_instance(copy.deepcopy(value), options)
                except Exception as error:
                    return Answer(None, f"{type(error).__name__}: {error}", frozenset())
            codes = {codes_by_number[code] for each in found.warnings for code in CODE.findall(str(each))[:1]}
            return Answer(found.is_valid, "\n".join(str(each) for each in found.errors), frozenset(codes))

        yield ask


# Where we differ


class Difference(NamedTuple):
    """A difference of verdicts: its name and section, objects that show it, and how a mismatch is known to be one."""

    name: str
    section: str
    shown_by: list[dict[str, Any]]
    applies: Callable[[dict[str, Any], Answer, list[Finding]], bool]


def _errors(found: list[Finding]) -> set[str]:
    return {each.rule for each in found if each.severity == "error"}


def _only(*rules: str) -> Callable[[dict[str, Any], Answer, list[Finding]], bool]:
    """The other one calls it valid, and we find breaches of these rules alone."""
    return lambda _, answer, found: bool(answer.valid) and _errors(found) <= set(rules)


def _says(*words: str) -> Callable[[dict[str, Any], Answer, list[Finding]], bool]:
    """We call it valid, and each of the other one's errors has one of these words."""

    def applies(_value: dict[str, Any], answer: Answer, found: list[Finding]) -> bool:
        lines = answer.errors.split("\n")
        return not _errors(found) and all(any(word in line for word in words) for line in lines)

    return applies


def _inside(value: Any) -> Iterator[Any]:
    yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _inside(each)


def _seems_old(value: dict[str, Any]) -> bool:
    """Whether a bundle has an object that the other one takes for one of STIX 2.0."""
    objects = value.get("objects") if value["type"] == "bundle" else None
    listed = [each for each in objects if isinstance(each, dict)] if isinstance(objects, list) else []
    return any("created" in each and "spec_version" not in each for each in listed)


def _has_object_in_a_list(value: dict[str, Any]) -> bool:
    lists = [each for each in _inside(value) if isinstance(each, list)]
    return any(isinstance(each, dict) and {"id", "type"} <= each.keys() for listed in lists for each in listed)


def _is_container(value: dict[str, Any]) -> bool:
    return any(
        isinstance(each, dict) and each.get("type") == "observed-data" and "objects" in each for each in _inside(value)
    )


EARLY, LATE = "2016-04-06T20:03:48.1234567Z", "2016-04-06T20:03:48.123456712Z"
DIFFERENCES = [
    Difference(
        "2.0",
        "3.2",
        [
            changed("campaign", {"spec_version": "2.0"}),
            changed("bundle", {"objects/0/created": "2016-04-06T20:03:48.000Z"}),
        ],
        lambda value, answer, found: _only("stix/version")(value, answer, found) or _seems_old(value),
    ),
    Difference("empty lists", "2.12", [changed("bundle", {"objects": []})], _only("schema/minItems")),
    Difference(
        "languages",
        "3.2, 7.1.1",
        [
            changed("tool", {"lang": "tg"}),
            changed("language-content", {"contents": {"sr-Latn": {"name": "a"}}}),
            changed("tool", {"lang": "ns"}),
        ],
        lambda *told: (
            _says("RFC 5646")(*told)
            or _only("must/language", "must/language-contents", "must/software-language")(*told)
        ),
    ),
    Difference(
        "containers",
        "2.9, 2.13, 2.16",
        [
            OBJECTS["container"],
            changed("container", {"objects": {"0": {**OBJECTS["directory"], "ctime": "2016-02-30T00:00:00Z"}}}),
            changed("container", {"objects": {"0": {"type": "x-my-file", "id": f"x-my-file--{V4}", "a_b": 1}}}),
        ],
        lambda value, *_: _is_container(value),
    ),
    Difference(
        "granular languages",
        "7.2.3.1",
        [
            changed("tool", {"granular_markings": [{"selectors": ["name"], "lang": "ru"}]}),
            changed("tool", {"granular_markings": [{"selectors": ["name"], "lang": "ru", "marking_ref": TLP_WHITE}]}),
        ],
        lambda value, *_: any(
            isinstance(each, dict) and {"lang", "selectors"} <= each.keys() for each in _inside(value)
        ),
    ),
    Difference(
        "cpe",
        "6.14.1",
        [changed("tool", {"cpe": "a"}), changed("tool", {"cpe": 1})],
        lambda value, _, found: (
            any(isinstance(each, dict) and "cpe" in each for each in _inside(value)) and not _errors(found)
        ),
    ),
    Difference(
        "media types", "6.1.1", [changed("artifact", {"mime_type": "image/x-own"})], _says("IANA registered MIME")
    ),
    Difference(
        "properties called objects",
        "6",
        [changed("url", {"objects": "a"}), changed("url", {"objects": {"a": {"type": "url", "value": 1}}})],
        lambda value, _, found: value["type"] in OBSERVABLES and "objects" in value and not _errors(found),
    ),
    Difference(
        "common properties",
        "3.2",
        [changed("url", {"external_references": ["a"]}), changed("url", {"created": "a"})],
        _only("stix/common"),
    ),
    Difference(
        "selectors into text",
        "7.2.3",
        [changed("tool", {"granular_markings": [{"selectors": ["name.[0]"], "marking_ref": TLP_WHITE}]})],
        _only("must/marking-selector"),
    ),
    Difference(
        "moments",
        "2.16, 3.2",
        [
            changed("campaign", {"first_seen": "2016-12-31T23:59:60Z", "last_seen": "2017-01-01T00:00:00Z"}),
            changed("tool", {"created": LATE, "modified": EARLY}),
            changed("campaign", {"last_seen": f"2016-12-21T20:00:01.{'0' * 51}Z"}),
        ],
        lambda *told: (
            _only("must/timestamp", "must/timestamp-compare")(*told)
            or _says("is not a valid timestamp", "must be later than")(*told)
        ),
    ),
    Difference(
        "ends of texts",
        "2.15",
        [changed("tool", {"id": f"tool--{V4}\n"}), changed("email-addr", {"value": "a@b.example\n"})],
        lambda value, answer, found: (
            bool(answer.valid)
            and any(isinstance(each, str) and each.endswith("\n") for each in _inside(value))
            and _errors(found) <= {"schema/pattern", "schema/format", "schema/not", "schema/oneOf"}
        ),
    ),
    Difference(
        "types called like schemas",
        "11.2",
        [{**changed("x-own", {}), "type": "hex", "id": f"hex--{V4}"}],
        lambda value, _, found: (
            (ROOT / "src").is_dir() and value["type"] in {"dictionary", "core", "hex"} and not _errors(found)
        ),
    ),
    Difference(
        "objects in lists",
        "3.2",
        [changed("tool", {"x_inner": [{"type": "process", "id": "1"}]})],
        lambda value, answer, _: answer.valid is None and _has_object_in_a_list(value),
    ),
]


def _may_differ(value: dict[str, Any]) -> set[str]:
    """The checks about whose warnings we differ in an object, by their names there and here."""
    found: set[str] = set()
    for each in _inside(value):
        if not isinstance(each, dict):
            continue
        match each.get("type"):
            case "location":
                found |= {"countries", "marking-definition-type"}
            case "grouping" | "indicator":
                found |= {"open-vocab-format"}
            case "extension-definition" | "language-content" | "malware-analysis" | "marking-definition":
                found |= {"extensions-use"}
            case "relationship":
                pair = {str(each.get(name)).partition("--")[0] for name in ("source_ref", "target_ref")}
                found |= {"relationship-types"} if "vulnerability" in pair or "malware-analysis" in pair else set()
            case "artifact" | "file":
                found |= {"mime-type"}
        if "request_header" in each:
            found |= {"http-request-headers"}
        if isinstance(each.get("alternate_data_streams"), list) or isinstance(each.get("values"), list):
            found |= {"extensions-use"}
        if "extension_type" in str(each.get("extensions")):
            found |= {"extensions-use"}
    return found


def compare(oracle: Oracle, value: dict[str, Any]) -> None:
    """Hold both verdicts together, and if both are good the warnings."""
    answer, found = oracle(value), VALIDATOR.validate(value)
    valid = not _errors(found)
    if valid != bool(answer.valid):
        named = [each.name for each in DIFFERENCES if each.applies(value, answer, found)]
        assert named, (answer, found, value)
    elif valid and not _is_container(value) and (value["type"] == "bundle" or not _has_object_in_a_list(value)):
        ours = {each.rule.removeprefix("should/") for each in found}
        assert not (ours ^ answer.codes) - _may_differ(value), (answer, found, value)


def test_shared_files(oracle: Oracle, shared_data: Path) -> None:
    values = [json.loads(file.read_bytes()) for file in sorted((shared_data / "stix").rglob("*.json"))]
    typed = [value for value in values if isinstance(value, dict) and "type" in value]
    assert len(typed) > 200
    for value in typed:
        compare(oracle, value)


@pytest.mark.parametrize("count", [150, pytest.param(4000, marks=pytest.mark.torture)])
@pytest.mark.parametrize("name", ["ics-attack-18.1", "attack-history"])
def test_attack(oracle: Oracle, shared_data: Path, name: str, count: int) -> None:
    whole = json.loads(gzip.decompress((shared_data / "attack" / f"{name}.json.gz").read_bytes()))
    objects = whole["objects"]
    for value in random.Random(name).sample(objects, min(count, len(objects))):
        compare(oracle, value)


@pytest.mark.parametrize("name", OBJECTS)
def test_objects_without_faults(oracle: Oracle, name: str) -> None:
    compare(oracle, OBJECTS[name])


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda each: each.name)
def test_each_difference_is_one(oracle: Oracle, difference: Difference) -> None:
    for value in difference.shown_by:
        answer, found = oracle(value), VALIDATOR.validate(value)
        assert bool(answer.valid) == bool(_errors(found)), (answer, found)
        assert difference.applies(value, answer, found), (answer, found)


def test_each_difference_is_explained() -> None:
    page = (ROOT / "docs" / "validation.md").read_text("utf-8")
    for difference in DIFFERENCES:
        assert f"| {difference.name} | {difference.section} |" in page


# Changed objects

NAMES = [
    "name", "description", "x_own", "Own", "a", "id", "lang", "created", "modified", "type", "spec_version", "hashes",
    "extensions", "labels", "granular_markings", "object_marking_refs", "external_references", "kill_chain_phases",
    "confidence", "revoked", "severity", "defanged", "pattern", "country", "x_own_hex", "x_own_bin", "mime_type",
]  # fmt: skip
TEXTS = [
    "", "x", "X y", "x_y", "en", "xx", "tg", "zh-Hans", "stix", "http", "tcp", "SHA-256", "a.b", "0", "é", "a\n", "2.0",
    "2.1", "2016-02-30T00:00:00.000Z", "2016-04-06T20:03:60.000Z", "2017-01-01T00:00:00Z", "2015-01-01T00:00:00.000Z",
    "2016-04-06T20:03:48.123456789Z", f"indicator--{V4}", f"ipv4-addr--{V5}", TLP_WHITE,
    "[ipv4-addr:value = '1']", "[a", "application/x-own", "https://x.example/", "https://x", "name.[0]",
]  # fmt: skip
VALUES: list[Any] = [
    None, [], {}, 0, 1, -1, 1.0, 1.5, 10**15, True, False, ["x"], ["x", 1], [{}], {"a": 1}, DELETE,
    {"type": "url", "id": f"url--{V5}", "value": "https://x.example/"}, [OBJECTS["file"]], *TEXTS,
]  # fmt: skip


def _places(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, str(key))
        yield from _places(each, (*path, str(key)))


@st.composite
def changed_objects(draw: st.DrawFn) -> dict[str, Any]:
    """An object with one or two places set to something else, taken away, renamed, or new."""
    name = draw(st.sampled_from(sorted(OBJECTS)))
    value = changed(name, {})
    for _ in range(draw(st.integers(1, 2))):
        places = list(_places(value))
        path = draw(st.sampled_from(places)) if places else ("name",)
        if draw(st.booleans()):
            path = (*path[:-1], draw(st.sampled_from(NAMES)))
        _set(value, path, draw(st.sampled_from(VALUES)))
    return value


def _set(value: dict[str, Any], path: tuple[str, ...], wanted: Any) -> None:
    inner: Any = value
    for step in path[:-1]:
        inner = inner[int(step)] if isinstance(inner, list) else inner[step]
    if isinstance(inner, list):
        if not path[-1].isdigit():
            inner = value
        elif wanted is DELETE:
            del inner[int(path[-1])]
            return
        else:
            inner[int(path[-1])] = copy.deepcopy(wanted)
            return
    if wanted is DELETE:
        inner.pop(path[-1], None)
    else:
        inner[path[-1]] = copy.deepcopy(wanted)


@given(changed_objects())
@settings(max_examples=400)
def test_changed_objects(oracle: Oracle, value: dict[str, Any]) -> None:
    compare(oracle, value)


@pytest.mark.torture
@given(changed_objects())
@settings(max_examples=8_000)
def test_many_changed_objects(oracle: Oracle, value: dict[str, Any]) -> None:
    compare(oracle, value)
