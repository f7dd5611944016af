"""The house rules, run on this project."""

import doctest
import importlib
import re

import pytest

from tests.house.exemptions import EXEMPT, unexcused
from tests.house.rules import RULES
from tests.house.source import PURE_ROOMS, ROOT, modules, tree_files

DOCTEST_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.REPORT_NDIFF


@pytest.mark.parametrize("name", RULES)
def test_rule_holds(name: str) -> None:
    left = unexcused(name, RULES[name](ROOT))
    if left:
        pytest.fail("\n".join(left), pytrace=False)


def test_exemptions_have_a_rule_and_a_reason() -> None:
    assert all(rule in RULES and len(reason.split()) >= 3 for (rule, _), reason in EXEMPT.items())


@pytest.mark.parametrize("name", [module.name for module in modules(ROOT) if ">>>" in module.text])
def test_docstring_examples_run(name: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(name), optionflags=DOCTEST_FLAGS)
    assert tried
    assert not failed, "the captured output says which example differs"


def test_there_is_something_to_judge() -> None:
    """A rule that finds no files would hold for ever."""
    names = {path.relative_to(ROOT).as_posix() for path in tree_files(ROOT)}
    assert {"Makefile", "README.md", "pyproject.toml", ".ci/run", "src/mithaq/py.typed"} <= names
    assert {module.room for module in modules(ROOT)} & set(PURE_ROOMS)
    assert not {name for name in names if re.search(r"(^|/)(\.venv|\.tools|__pycache__)/", name)}


def test_changelog_has_room_for_the_next_release() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
