"""The patterns of STIX 2.1 section 9: what is read, as which tree, and where what is wrong is said to stand."""

import json
from pathlib import Path

import pytest

from mithaq.errors import Malformed
from mithaq.wire.pattern import (
    MAX_COMPARISONS,
    MAX_DIGITS,
    MAX_LETTERS,
    MAX_NESTING,
    BinaryConstant,
    BooleanConstant,
    CombinedComparison,
    CombinedObservation,
    ExistsComparison,
    FloatConstant,
    HexConstant,
    IntegerConstant,
    ListIndexStep,
    ObjectPath,
    ObservationExpression,
    PropertyComparison,
    PropertyStep,
    QualifiedObservation,
    SetConstant,
    StringConstant,
    TimestampConstant,
    parse_pattern,
    parse_simple,
)
from tests.properties.pattern_writing import write_pattern


def comparison(text: str) -> PropertyComparison:
    tree = parse_pattern(text)
    assert isinstance(tree, ObservationExpression)
    assert isinstance(tree.comparison, PropertyComparison)
    return tree.comparison


def error(text: str) -> Malformed:
    with pytest.raises(Malformed) as caught:
        parse_pattern(text, "$.pattern")
    assert caught.value.place == "$.pattern"
    return caught.value


def test_every_example_of_section_9_is_read(shared_data: Path) -> None:
    folder = shared_data / "stix" / "rstix" / "pattern"
    patterns = [line for path in sorted(folder.glob("*.txt")) for line in path.read_text("utf-8").splitlines() if line]
    assert len(patterns) > 20
    for pattern in patterns:
        once = write_pattern(parse_pattern(pattern))
        assert write_pattern(parse_pattern(once)) == once


def test_every_property_of_every_observable_can_be_named(shared_data: Path) -> None:
    folder = shared_data / "stix" / "rstix" / "pattern" / "sco-fields"
    cases = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert len(cases) > 200
    for case in cases:
        assert write_pattern(parse_pattern(case["pattern"]))


def test_a_tree_with_its_places() -> None:
    text = "[file:hashes.'SHA-1' != 5]".replace("hashes", "extensions")
    path = ObjectPath("file", (PropertyStep("extensions", 6, 16), PropertyStep("SHA-1", 17, 24)), 1, 24)
    compared = PropertyComparison(path, "!=", False, IntegerConstant(5, 28, 29), 1, 29)
    assert parse_pattern(text) == ObservationExpression(compared, 0, 30)


def test_the_simple_form_is_read_at_a_look() -> None:
    text = " [file:name.'a-b' == 'x]']  "
    path = ObjectPath("file", (PropertyStep("name", 7, 11), PropertyStep("a-b", 12, 17)), 2, 17)
    compared = PropertyComparison(path, "=", False, StringConstant("x]", 21, 25), 2, 25)
    assert parse_simple(text) == ObservationExpression(compared, 1, 26) == parse_pattern(text)


def test_what_looks_simple_and_is_not_goes_the_long_way() -> None:
    for text in (
        "[true:name = 'x']", "[file:true = 'x']", "[file:name.IN = 'x']", "[fi:name = 'x']", "[file:na = 'x']",
        "[file:hashes.MD5 = 'x']", "[file:name = 'x' ] WITHIN 1 SECONDS", f"[file:name = '{'x' * MAX_LETTERS}']",
    ):  # fmt: skip
        assert parse_simple(text) is None


@pytest.mark.parametrize(
    ("written", "constant", "value"),
    [
        (r"'it\'s C:\\x'", StringConstant, r"it's C:\x"),
        ("''", StringConstant, ""),
        ("'/* no comment */ // at all'", StringConstant, "/* no comment */ // at all"),
        ("'two\nlines \U0001f600'", StringConstant, "two\nlines \U0001f600"),
        ("+5", IntegerConstant, 5),
        ("-0", IntegerConstant, 0),
        ("9223372036854775808", IntegerConstant, 2**63),
        ("-.5", FloatConstant, -0.5),
        ("00.50", FloatConstant, 0.5),
        ("true", BooleanConstant, True),
        ("false", BooleanConstant, False),
        ("h''", HexConstant, b""),
        ("h'fFd8'", HexConstant, b"\xff\xd8"),
        ("b'YWI='", BinaryConstant, b"ab"),
        ("b'YW\r\nI=\n'", BinaryConstant, b"ab"),
        ("t'2016-12-31T23:59:60.123Z'", TimestampConstant, "2016-12-31T23:59:60.123Z"),
    ],
)
def test_constants(written: str, constant: type, value: object) -> None:
    read = comparison(f"[file:name = {written}]").constant
    assert type(read) is constant
    assert not isinstance(read, SetConstant)
    assert read.value == value
    assert (read.start, read.end) == (13, 13 + len(written))


def test_sets() -> None:
    read = comparison("[file:size NOT IN (1, 2.5,-3)]")
    assert read.negated
    assert isinstance(read.constant, SetConstant)
    assert [one.value for one in read.constant.elements] == [1, 2.5, -3]
    assert comparison("[file:name IN()]").constant == SetConstant((), 13, 15)


def test_object_paths() -> None:
    path = comparison(r"[x-usb:'ports'[0][*].any_ref.'a\'b'.value = 1]").path
    assert path.object_type == "x-usb"
    assert [step.name if isinstance(step, PropertyStep) else step.index for step in path.steps] == [
        "ports", 0, None, "any_ref", "a'b", "value",
    ]  # fmt: skip
    assert path.steps[1] == ListIndexStep(0, 14, 17)
    assert comparison("[x-usb:id = 'x-usb--1']").path.steps[0] == PropertyStep("id", 7, 9)


def test_white_space_and_comments() -> None:
    loose = "\u3000[\tfile\u00a0:/* [ */size\n<>\u20287 // ]\n]\u2029/**/REPEATS/***/2//\r TIMES //"
    assert write_pattern(parse_pattern(loose)) == "[file:size != 7] REPEATS 2 TIMES"
    tight = "[file:size=5AND file:name='x'OR NOT EXISTS file:name]AND([file:size>.5])WITHIN 5SECONDS"
    assert write_pattern(parse_pattern(tight)) == (
        "[file:size = 5 AND file:name = 'x' OR NOT EXISTS file:name] AND [file:size > 0.5] WITHIN 5 SECONDS"
    )


def test_and_binds_tighter_than_or_and_followedby_loosest() -> None:
    tree = parse_pattern(
        "[file:aaa = 1] FOLLOWEDBY [file:bbb = 1] OR [file:ccc = 1] AND [file:ddd = 1] WITHIN 2 SECONDS"
    )
    assert isinstance(tree, CombinedObservation)
    either = tree.operands[1]
    assert isinstance(either, CombinedObservation)
    both = either.operands[1]
    assert isinstance(both, CombinedObservation)
    assert (tree.operator, either.operator, both.operator) == ("FOLLOWEDBY", "OR", "AND")
    assert isinstance(both.operands[1], QualifiedObservation)
    inner = parse_pattern("[file:aaa = 1 OR file:bbb = 1 AND (file:ccc = 1 OR EXISTS file:ddd)]")
    assert isinstance(inner, ObservationExpression)
    assert isinstance(inner.comparison, CombinedComparison)
    last = inner.comparison.operands[1]
    assert isinstance(last, CombinedComparison)
    assert (inner.comparison.operator, last.operator) == ("OR", "AND")
    assert (last.start, last.end) == (17, 67)
    alternative = last.operands[1]
    assert isinstance(alternative, CombinedComparison)
    assert isinstance(alternative.operands[1], ExistsComparison)


def test_canonical_writing_keeps_what_parentheses_mean() -> None:
    for text in (
        "([file:aaa = 1] AND [file:bbb = 1]) WITHIN 2.5 SECONDS",
        "([file:aaa = 1] OR [file:bbb = 1]) AND [file:ccc = 1]",
        "([file:aaa = 1] WITHIN 1 SECONDS) WITHIN 2 SECONDS",
        "([file:aaa = 1]) WITHIN 1 SECONDS WITHIN 2 SECONDS",
        "[file:aaa = 1 AND (file:bbb = 1 AND file:ccc = 1)]",
        "[file:'0ab'.'true'.'a-b'.aB = 0.00000001]",
        "[file:aaa = 1] START t'2026-01-01T00:00:00Z' STOP t'2026-01-01T00:00:00.5Z' REPEATS 2 TIMES",
        r"[file:name IN (h'00ff', h'') OR file:name = b'AA==' OR file:name LIKE 'it\'s \\%']",
    ):
        assert write_pattern(parse_pattern(text)) == text
    assert write_pattern(parse_pattern("(([file:aaa = 1]))")) == "[file:aaa = 1]"


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("", 0, "'[' '('"),
        ("file:size = 1280", 0, "'[' '('"),
        ("[]", 1, "type:property EXISTS NOT '('"),
        ("[file:size = ]", 13, "'...' 1 1.5 t'...' h'...' b'...' true false"),
        ("[file:size = 1280", 17, "']' AND OR"),
        ("[file:size = 1280]]", 18, "AND OR FOLLOWEDBY WITHIN REPEATS START"),
        ("([file:size = 1280]", 19, "')' AND OR FOLLOWEDBY WITHIN REPEATS START"),
        ("[(file:size = 1280]", 18, "')' AND OR"),
        ("[file.size = 1280]", 5, "':'"),
        ("[file:na-me = 1]", 6, "property 'property'"),
        ("[file:name.true = 1]", 11, "property 'property'"),
        ("[file:name[-1] = 1]", 11, "0 1 2 ... '*'"),
        ("[file:name[x] = 1]", 11, "0 1 2 ... '*'"),
        ("[file:name[1 = 1]", 13, "']'"),
        ("[file:name]", 10, "= != < <= > >= IN ISSUBSET ISSUPERSET LIKE MATCHES NOT"),
        ("[file:name NOT 5]", 15, "= != < <= > >= IN ISSUBSET ISSUPERSET LIKE MATCHES"),
        ("[NOT file:name = 5]", 5, "EXISTS"),
        ("[file:size =? 5]", 12, "'...' 1 1.5 t'...' h'...' b'...' true false"),
        ("[file:size > true]", 13, "'...' 1 1.5 t'...' h'...' b'...'"),
        ("[file:size = TRUE]", 13, "'...' 1 1.5 t'...' h'...' b'...' true false"),
        ("[file:size = 05]", 13, "'...' 1 1.5 t'...' h'...' b'...' true false"),
        ("[file:size = 5.]", 14, "']' AND OR"),
        (r"[file:name = 'a\b']", 13, "'...' 1 1.5 t'...' h'...' b'...' true false"),
        ("[file:name = 'open]", 13, "'...' 1 1.5 t'...' h'...' b'...' true false"),
        ("[file:name = h'abc']", 13, "h'0af9'"),
        ("[file:name = b'']", 13, "b'YWJj'"),
        ("[file:name = b'====']", 13, "b'YWJj'"),
        ("[file:name = b'YWJ']", 13, "b'YWJj'"),
        ("[file:name MATCHES /.*/]", 19, "'...'"),
        ("[file:name LIKE h'00']", 16, "'...'"),
        ("[file:name IN 'a']", 14, "'('"),
        ("[file:name IN ('a' 'b')]", 19, "',' ')'"),
        ("[file:size = 1] WITHIN 5 HOURS", 25, "SECONDS"),
        ("[file:size = 1] WITHIN -5 SECONDS", 23, "1 1.5"),
        ("[file:size = 1] REPEATS 1.5 TIMES", 24, "1 2 3 ..."),
        ("[file:size = 1] REPEATS 2 SECONDS", 26, "TIMES"),
        ("[file:size = 1] within 2 SECONDS", 16, "AND OR FOLLOWEDBY WITHIN REPEATS START"),
        ("[file:size = 1] START '2026-01-01T00:00:00Z'", 22, "t'2026-01-31T12:00:00Z'"),
        ("[file:size = 1] START t'2026-01-01T00:00:00Z'", 45, "STOP"),
        ("[file:size = 1] AND", 19, "'[' '('"),
        ("[file:size = 1] /* open", 16, "AND OR FOLLOWEDBY WITHIN REPEATS START"),
        ("/* first [ */ [file:size = 1]", 0, "'[' '('"),
        ("( // first\n[file:size = 1])", 2, "'[' '('"),
        ("[file:hashes[0] = 'a']", 12, "'[*]' .MD5 .'SHA-256'"),
        ("[\U0001f600]", 1, "type:property EXISTS NOT '('"),
        ("[file:name = '\U0001f600' x]", 17, "']' AND OR"),
    ],
)
def test_a_mistake_is_said_where_it_stands(text: str, position: int, expected: str) -> None:
    found = error(text)
    assert found.code == "pattern-malformed"
    assert found.details == {"position": position, "expected": expected}


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("[x:abc = 1]", "pattern-type-name", 1),
        ("[File:name = 1]", "pattern-type-name", 1),
        ("[my_file:name = 1]", "pattern-type-name", 1),
        ("[a--b:name = 1]", "pattern-type-name", 1),
        ("[EXISTS ab:name]", "pattern-type-name", 8),
        ("[file:ab = 1]", "pattern-property-name", 6),
        ("[file:'a-b' = 1]", "pattern-property-name", 6),
        ("[file:Name = 1]", "pattern-property-name", 6),
        ("[EXISTS file:Name]", "pattern-property-name", 13),
        ("[file:ctime = t'2026-02-30T00:00:00Z']", "pattern-time", 14),
        ("[file:ctime = t'2026-02-01']", "pattern-time", 14),
        ("[file:ctime = t'2457-73-22T32:81:84.1Z']", "pattern-time", 14),
        ("[file:size = 1] WITHIN 0.0 SECONDS", "pattern-zero", 23),
        ("[file:size = 1] REPEATS 0 TIMES", "pattern-zero", 24),
        ("[file:size = 1] WITHIN 1 SECONDS REPEATS 2 TIMES WITHIN 2 SECONDS", "pattern-qualifier-twice", 49),
        ("[file:size IN (1, '2')]", "pattern-set-mixed", 18),
        ("[file:hashes.'SHA-256' = 'f00']", "pattern-hash", 25),
        (f"[file:hashes.MD5 IN ('{'a' * 32}', 'b')]", "pattern-hash", 57),
        (f"[file:size = {'9' * (MAX_DIGITS + 1)}]", "pattern-number", 13),
        ("[" + "(" * (MAX_NESTING + 1), "pattern-too-deep", MAX_NESTING + 1),
        ("(" * (MAX_NESTING + 1), "pattern-too-deep", MAX_NESTING),
        ("[file:size=1" + " OR file:size=1" * MAX_COMPARISONS, "pattern-too-many", 15 * MAX_COMPARISONS + 1),
    ],
)
def test_what_is_written_well_and_not_lawful(text: str, code: str, position: int) -> None:
    found = error(text)
    assert (found.code, found.details["position"]) == (code, position)
    assert str(position) in found.title("ru")
    assert str(position) in found.title("ar")


def test_limits_leave_room_for_what_they_allow() -> None:
    nested = "(" * MAX_NESTING + "[file:size = 1]" + ")" * MAX_NESTING
    assert write_pattern(parse_pattern(nested)) == "[file:size = 1]"
    assert write_pattern(parse_pattern("[file:size=1" + " OR file:size=1" * (MAX_COMPARISONS - 1) + "]"))
    assert write_pattern(parse_pattern(f"[file:name = '{'x' * (MAX_LETTERS - 16)}']"))
    assert error(f"[file:name = '{'x' * MAX_LETTERS}']").code == "pattern-too-long"


def test_a_hash_in_part_or_in_a_form_may_be_asked_for() -> None:
    for compared in ("LIKE 'f00%'", "MATCHES '^f00'", f"IN ('{'a' * 32}', '{'B' * 32}')"):
        assert write_pattern(parse_pattern(f"[file:hashes.MD5 {compared}]"))
    for path in ("hashes[*] = 'x'", "hashes.TLSH = 'x'", "hashes = 'x'", "content_ref.hashes.md5 LIKE 'x'"):
        assert write_pattern(parse_pattern(f"[file:{path}]"))


@pytest.mark.parametrize(
    "unit",
    ["/*", "//", "'", "h'", "b'", "t'a", "(", "[", "0", "1.", "-", "\\'", "''", "/**/", "a-", "a:b=1 ", "[a:b=1]", " "],
)
def test_long_nonsense_is_refused_soon(unit: str) -> None:
    """No clock: were any of these to take a time that grows with the square of their length, it would be minutes."""
    for before in ("", "[", "[file:name = '", "[file:name IN ("):
        with pytest.raises(Malformed):
            parse_pattern(before + unit * ((MAX_LETTERS - 20) // len(unit)))
