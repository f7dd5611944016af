"""What holds for validation whatever it is given: it answers, says the same twice, and leaves its input alone."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mithaq.node.validation import load_validator
from mithaq.wire.validation import MAX_FINDINGS, RULES
from tests.unit.stix_objects import OBJECTS

VALIDATOR = load_validator()
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8) | st.sampled_from(["id", "type", "tool", "file", "2.0", "[0]", "extensions", "hashes"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(max_size=6) | st.sampled_from(["id", "type", "objects", "lang"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(each, (*path, key))


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    value = copy.deepcopy(OBJECTS[draw(st.sampled_from(sorted(OBJECTS)))])
    for _ in range(draw(st.integers(1, 3))):
        *path, last = draw(st.sampled_from([*places(value), ("x_own",)]))
        inner = value
        for step in path:
            inner = inner[step]
        inner[last] = draw(JSON)
    return value


@given(damaged() | JSON)
@settings(max_examples=600)
def test_it_always_answers(value: Any) -> None:
    before = copy.deepcopy(value)
    found = VALIDATOR.validate(value)
    assert value == before
    assert found == VALIDATOR.validate(value)
    assert VALIDATOR.is_valid(value) == all(each.severity == "warning" for each in found)
    assert len(found) <= MAX_FINDINGS + 1
    assert all(each.rule in RULES or each.rule.startswith("schema/") for each in found)
    assert all(each.message and (each.pointer == "" or each.pointer.startswith("/")) for each in found)
    severities = [each.severity for each in found]
    assert severities[:MAX_FINDINGS] == sorted(severities[:MAX_FINDINGS])
