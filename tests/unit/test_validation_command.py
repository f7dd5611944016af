"""The command `mithaq validate`: lines, verdicts, exit codes, languages, and input that can't be read."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import mithaq
from mithaq.cli import main
from mithaq.node.validation import load_validator
from mithaq.wire.validation import RULES
from tests.unit.stix_objects import OBJECTS, changed

GOOD, WARNED = OBJECTS["tool"], changed("tool", {"own": 1})
BAD = changed("tool", {"name": 1})


def run(*words: object, given: bytes = b"", code: int = 0, language: str = "C") -> Result:
    done = CliRunner().invoke(main, ["validate", *map(str, words)], input=given, env={"LC_ALL": language})
    assert done.exit_code == code, done.output
    return done


def lines(done: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_line_for_each_object(tmp_path: Path) -> None:
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps(changed("bundle", {"objects": [GOOD, WARNED, BAD]})))
    done = run(file, "--json", code=1)
    found = lines(done)
    assert [each["valid"] for each in found] == [True, True, False]
    assert [each["place"] for each in found] == [f"$.objects[{number}]" for number in range(3)]
    assert {each["id"] for each in found} == {GOOD["id"]}
    assert {each["file"] for each in found} == {str(file)}
    assert {each["type"] for each in found} == {"tool"}
    assert [each["rule"] for each in found[1]["findings"]] == ["should/extensions-use", "should/duplicate-ids"]
    error = found[2]["findings"][0]
    assert (error["pointer"], error["rule"], error["section"]) == ("/name", "schema/type", "4.18")
    assert "2 valid, 2 of them" not in done.stdout
    assert "3 objects: 2 valid, 1 of them with warnings; 1 invalid." in done.stderr


def test_only_errors_fail(tmp_path: Path) -> None:
    file = tmp_path / "objects.ndjson"
    file.write_text("\n".join(map(json.dumps, (GOOD, changed("url", {"own": 1})))))
    done = run(file)
    assert done.stdout.splitlines()[0].startswith("valid  tool--")
    assert "valid, with warnings  url--" in done.stdout
    assert "    warning  /own  a property of one's own" in done.stdout
    assert "STIX 2.1 section 7.3" in done.stdout
    assert done.stdout.splitlines()[-1] == "2 objects: 2 valid, 1 of them with warnings; 0 invalid."


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_standard_input(pack: Any) -> None:
    assert [each["valid"] for each in lines(run("-", "--json", given=pack(json.dumps([GOOD]).encode())))] == [True]


@pytest.mark.parametrize(
    ("given", "places", "rule"),
    [
        (b"", ["$"], "read/bundle-empty"),
        (b'{"type": "bundle", "spec_version": "2.0", "objects": []}', ["$"], "read/bundle-version"),
        (b"no json", ["$"], "read/bundle-not-object"),
        (b'[{"type": "a"}', ["$[0]", "$[1]"], "read/bundle-truncated"),
        (b'[{"a": 1, "a": 2}, {"a": 1}]', ["$[0].a", "$[1]"], "read/json-duplicate-key"),
        (b'[{"a": ' + b"[" * 70 + b"]" * 70 + b"}]", ["$[0].a" + "[0]" * 62], "read/json-too-deep"),
        (b'[{"a": ' + b"9" * 20 + b"}]", ["$[0].a"], "read/json-number"),
        (gzip.compress(b"[]")[:-4], ["-"], "read/gzip-malformed"),
    ],
)
def test_what_cannot_be_read_is_an_invalid_line(tmp_path: Path, given: bytes, places: list[str], rule: str) -> None:
    after = tmp_path / "after.json"
    after.write_text(json.dumps([GOOD]))
    found = lines(run("-", after, "--json", given=given, code=1))
    assert found[-1]["valid"]
    assert [each["place"] for each in found[:-1]] == places
    assert rule in [finding["rule"] for each in found for finding in each["findings"]]
    assert not any(each["valid"] for each in found[:-1])


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en_GB.UTF-8", ["invalid", "error", "could not be read", "section 4.18", "3 objects"]),
        ("ru_RU.UTF-8", ["неверно", "ошибка", "не удалось прочитать", "раздел 4.18", "Объектов: 3"]),
        ("ar_EG.UTF-8", ["غير صحيح", "خطأ", "تعذّرت قراءته", "القسم 4.18", "الكائنات: 3"]),
    ],
)
def test_it_speaks_the_terminals_language(tmp_path: Path, language: str, words: list[str]) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps([GOOD, BAD]))
    shown = run(file, "-", code=1, language=language).stdout
    assert all(word in shown for word in words)
    assert ("\u2066" in shown) == (language == "ar_EG.UTF-8")


def test_input_does_not_steer_the_terminal() -> None:
    value = {"type": "tool", "id": "tool--\x1b[2J\n\u202e", "\x1b[31m": 1}
    shown = run("-", given=json.dumps(value).encode(), code=1).stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert shown.count("\n") == len([line for line in shown.splitlines() if line])


def test_the_page_lists_every_rule() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "validation.md").read_text("utf-8")
    assert not [name for name in RULES if f"| `{name}` |" not in page]


def test_without_the_schemas_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mithaq.node.validation._WHEEL", "no_such_package")
    load_validator.cache_clear()
    try:
        done = run("-", given=b"{}", code=1)
    finally:
        load_validator.cache_clear()
    assert "[validation-files]" in done.stderr


def test_what_the_demonstration_publishes_is_valid() -> None:
    story = Path(mithaq.__file__).parent / "demo"
    run(story / "exercise.json", story / "red.json")
