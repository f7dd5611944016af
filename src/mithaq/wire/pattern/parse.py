"""Reading a pattern: from its text to the tree (STIX 2.1 section 9; grammar: OASIS `STIXPattern.g4` for 2.1).

AND binds tighter than OR, OR tighter than FOLLOWEDBY; a qualifier belongs to the bracket or parenthesis before it.
What the grammar lets pass and section 9 or the checkers in use do not, is refused here, too: `docs/validation.md`
lists where verdicts differ from those of `stix2-validator`.

Most patterns of indicators are one comparison of one property with one text. A single expression reads them, and
whatever it does not know goes the long way; a property test holds that both ways give the same tree.
"""

import binascii
import re
from typing import Any, NoReturn, cast

from mithaq.errors import Malformed
from mithaq.model import instant_key
from mithaq.wire.pattern.rules import hash_fits, is_property_name, is_type_name
from mithaq.wire.pattern.tokens import KEYWORDS, cut
from mithaq.wire.pattern.tree import (
    BinaryConstant,
    BooleanConstant,
    CombinedComparison,
    CombinedObservation,
    Comparison,
    Constant,
    ExistsComparison,
    FloatConstant,
    HexConstant,
    IntegerConstant,
    ListIndexStep,
    ObjectPath,
    ObservationExpression,
    Pattern,
    PropertyComparison,
    PropertyStep,
    QualifiedObservation,
    Qualifier,
    Repeats,
    SetConstant,
    StartStop,
    StringConstant,
    TimestampConstant,
    Within,
)

__all__ = ["MAX_COMPARISONS", "MAX_DIGITS", "MAX_LETTERS", "MAX_NESTING", "parse_pattern", "parse_simple"]

MAX_LETTERS = 100_000
MAX_NESTING = 50
MAX_COMPARISONS = 5_000
MAX_DIGITS = 300

_SIMPLE = re.compile(
    r" *+\[ *+([a-z][a-z0-9]*+(?:-[a-z0-9]++)*+):([a-z_][a-z0-9_]*+)"
    r"(?:\.(?:'([^'\\]*+)'|([A-Za-z_][A-Za-z0-9_]*+)))?+ *+==?+ *+'([^'\\]*+)' *+\] *+"
).fullmatch
_unescape = re.compile(r"\\(.)", re.DOTALL).sub
_is_hex = re.compile(r"(?:[A-Fa-f0-9]{2})*+").fullmatch
_is_base64 = re.compile(r"(?!\Z)(?:[A-Za-z0-9+/]{4})*+(?:[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)?+").fullmatch

_SIGNS = "= != < <= > >="
_WORDS = frozenset({"LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"})
_OPERATORS = f"{_SIGNS} IN {' '.join(sorted(_WORDS))}"
_NUMBERS = "1 1.5"
_ORDERED = f"'...' {_NUMBERS} t'...' h'...' b'...'"
_CONSTANTS = f"{_ORDERED} true false"
_OBSERVATION_OPERATORS = ("FOLLOWEDBY", "OR", "AND")
_COMPARISON_OPERATORS = ("OR", "AND")


def parse_pattern(text: str, place: str = "") -> Pattern:
    """The syntax tree of a pattern that stands at `place` in the input.

    Raises `Malformed` with that place, and the offset in the pattern (code points, from 0) as `position`:
    `pattern-malformed` with what is `expected` there in the signs of the language; `pattern-type-name`,
    `pattern-property-name`, `pattern-time`, `pattern-zero`, `pattern-qualifier-twice`,
    `pattern-set-mixed`, `pattern-hash` for what is written well and not lawful; `pattern-too-long`,
    `pattern-too-deep`, `pattern-too-many` and `pattern-number` for what passes the limits of this module. No regular
    expression of a MATCHES is looked at.
    """
    return parse_simple(text) or _Parser(text, place).pattern()


def parse_simple(text: str) -> ObservationExpression | None:
    """The same tree by a single look, if the pattern is one of the most usual form, and lawful; else nothing."""
    match = _SIMPLE(text)
    if match is None:
        return None
    kind, name, quoted, plain, value = match.groups()
    step = plain if quoted is None else quoted
    if kind in KEYWORDS or name in KEYWORDS or plain in KEYWORDS or len(text) > MAX_LETTERS:
        return None
    if not (2 < len(kind) <= 250 and (2 < len(name) <= 250 or name == "id")):
        return None
    if name == "hashes" and step is not None and not hash_fits(step, value):
        return None
    start, end = match.start(1), match.end(2)
    first = PropertyStep(name, match.start(2), end)
    if step is None:
        path = ObjectPath(kind, (first,), start, end)
    else:
        after = end + 1
        end = match.end(3) + 1 if plain is None else match.end(4)
        path = ObjectPath(kind, (first, PropertyStep(step, after, end)), start, end)
    end = match.end(5) + 1
    constant = StringConstant(value, match.start(5) - 1, end)
    comparison = PropertyComparison(path, "=", False, constant, start, end)
    return ObservationExpression(comparison, text.index("["), text.rindex("]") + 1)


class _Parser:
    """One walk over the tokens of one pattern; `at` is the token that is next."""

    def __init__(self, text: str, place: str) -> None:
        if len(text) > MAX_LETTERS:
            raise Malformed("pattern-too-long", place, limit=MAX_LETTERS)
        self.text = text
        self.place = place
        self.kinds, self.texts, self.starts, self.ends = cut(text)
        self.at = 0
        self.nesting = 0
        self.comparisons = 0

    def wrong(self, expected: str) -> NoReturn:
        raise Malformed("pattern-malformed", self.place, position=self.starts[self.at], expected=expected)

    def take(self, kind: str, expected: str) -> str:
        """The next token, which must be of this kind."""
        at = self.at
        if self.kinds[at] != kind:
            self.wrong(expected)
        self.at = at + 1
        return self.texts[at]

    def deeper(self) -> None:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            position = self.starts[self.at]
            raise Malformed("pattern-too-deep", self.place, position=position, limit=MAX_NESTING)

    def pattern(self) -> Pattern:
        tree = self.observations(0)
        if self.kinds[self.at] != "end":
            self.wrong("AND OR FOLLOWEDBY WITHIN REPEATS START")
        # The checkers in use want the first sign to be a bracket or a parenthesis; section 9 knows no comments.
        comment = self.text.find("/", 0, self.text.index("["))
        if comment >= 0:
            raise Malformed("pattern-malformed", self.place, position=comment, expected="'[' '('")
        return tree

    # Observation expressions

    def observations(self, level: int) -> Pattern:
        """Observation expressions that are joined by operators of this level or a tighter one."""
        if level == len(_OBSERVATION_OPERATORS):
            return self.observation()
        begin = self.starts[self.at]
        first = self.observations(level + 1)
        operator = _OBSERVATION_OPERATORS[level]
        if self.kinds[self.at] != operator:
            return first
        operands = [first]
        while self.kinds[self.at] == operator:
            self.at += 1
            operands.append(self.observations(level + 1))
        joined: Any = operator
        return CombinedObservation(joined, tuple(operands), begin, self.ends[self.at - 1])

    def observation(self) -> Pattern:
        begin = self.starts[self.at]
        kind = self.kinds[self.at]
        tree: Pattern
        if kind == "[":
            self.at += 1
            comparison = self.compared(0)
            self.take("]", "']' AND OR")
            tree = ObservationExpression(comparison, begin, self.ends[self.at - 1])
        elif kind == "(":
            self.deeper()
            self.at += 1
            tree = self.observations(0)
            self.take(")", "')' AND OR FOLLOWEDBY WITHIN REPEATS START")
            self.nesting -= 1
        else:
            self.wrong("'[' '('")
        if self.kinds[self.at] not in {"WITHIN", "REPEATS", "START"}:
            return tree
        qualifiers = self.qualifiers(once=kind == "[")
        return QualifiedObservation(tree, qualifiers, begin, self.ends[self.at - 1])

    def qualifiers(self, *, once: bool) -> tuple[Qualifier, ...]:
        """The qualifiers that follow; each word only once, unless they belong to a parenthesis."""
        found: list[Qualifier] = []
        seen = set()
        while (word := self.kinds[self.at]) in {"WITHIN", "REPEATS", "START"}:
            begin = self.starts[self.at]
            if once and word in seen:
                raise Malformed("pattern-qualifier-twice", self.place, position=begin, qualifier=word)
            seen.add(word)
            self.at += 1
            found.append(self.qualifier(word, begin))
        return tuple(found)

    def qualifier(self, word: str, begin: int) -> Qualifier:
        if word == "START":
            begins = self.timestamp()
            self.take("STOP", "STOP")
            stops = self.timestamp()
            # One that ends before it begins is lawful (section 9.5.1); it only never matches.
            return StartStop(begins, stops, begin, stops.end)
        at = self.at
        kind, written = self.kinds[at], self.texts[at]
        whole = kind == "integer"
        if written[:1] == "-" or not (whole or (kind == "float" and word == "WITHIN")):
            self.wrong("1 2 3 ..." if word == "REPEATS" else _NUMBERS)
        self.count_digits()
        number = int(written) if whole else float(written)
        if not number:
            raise Malformed("pattern-zero", self.place, position=self.starts[at], qualifier=word)
        self.at = at + 1
        unit = "SECONDS" if word == "WITHIN" else "TIMES"
        self.take(unit, unit)
        end = self.ends[at + 1]
        return Within(number, begin, end) if word == "WITHIN" else Repeats(int(number), begin, end)

    def timestamp(self) -> TimestampConstant:
        if self.kinds[self.at] != "time":
            self.wrong("t'2026-01-31T12:00:00Z'")
        return cast(TimestampConstant, self.constant())

    # Comparison expressions

    def compared(self, level: int) -> Comparison:
        """Comparisons that are joined by operators of this level or a tighter one."""
        if level == len(_COMPARISON_OPERATORS):
            return self.comparison()
        begin = self.starts[self.at]
        first = self.compared(level + 1)
        operator = _COMPARISON_OPERATORS[level]
        if self.kinds[self.at] != operator:
            return first
        operands = [first]
        while self.kinds[self.at] == operator:
            self.at += 1
            operands.append(self.compared(level + 1))
        joined: Any = operator
        return CombinedComparison(joined, tuple(operands), begin, self.ends[self.at - 1])

    def comparison(self) -> Comparison:
        begin = self.starts[self.at]
        kind = self.kinds[self.at]
        if kind == "(":
            self.deeper()
            self.at += 1
            inner = self.compared(0)
            self.take(")", "')' AND OR")
            self.nesting -= 1
            return inner
        self.comparisons += 1
        if self.comparisons > MAX_COMPARISONS:
            raise Malformed("pattern-too-many", self.place, position=begin, limit=MAX_COMPARISONS)
        if kind in {"NOT", "EXISTS"}:
            self.at += kind == "NOT"
            self.take("EXISTS", "EXISTS")
            path = self.path("type:property")
            return ExistsComparison(path, kind == "NOT", begin, path.end)
        path = self.path("type:property EXISTS NOT '('")
        negated = self.kinds[self.at] == "NOT"
        self.at += negated
        operator = self.kinds[self.at]
        if operator == "operator":
            operator = self.texts[self.at]
            self.at += 1
            constant: Constant | SetConstant = self.constant(ordered=operator not in {"=", "!="})
        elif operator == "IN":
            self.at += 1
            constant = self.elements()
        elif operator in _WORDS:
            self.at += 1
            if self.kinds[self.at] != "string":
                self.wrong("'...'")
            constant = self.constant()
        else:
            self.wrong(_OPERATORS if negated else f"{_OPERATORS} NOT")
        self.check_hash(path, operator, constant)
        compares: Any = operator
        return PropertyComparison(path, compares, negated, constant, begin, constant.end)

    def check_hash(self, path: ObjectPath, operator: str, constant: Constant | SetConstant) -> None:
        """Where a hash of a known algorithm is compared, it must be one; a part or a form of one is not looked at."""
        names = [step.name for step in path.steps if isinstance(step, PropertyStep)]
        if "hashes" not in names or operator in {"LIKE", "MATCHES"}:
            return
        last = path.steps[-1]
        if isinstance(last, ListIndexStep):
            if last.index is None:
                return
            # Hashes are a dictionary.
            raise Malformed("pattern-malformed", self.place, position=last.start, expected="'[*]' .MD5 .'SHA-256'")
        for one in constant.elements if isinstance(constant, SetConstant) else (constant,):
            if not hash_fits(last.name, self.text[one.start : one.end].replace("'", "")):
                raise Malformed("pattern-hash", self.place, position=one.start, algorithm=last.name)

    # Object paths

    def path(self, expected: str) -> ObjectPath:
        at = self.at
        begin, object_type = self.starts[at], self.texts[at]
        if self.kinds[at] not in {"name", "type"}:
            self.wrong(expected)
        self.at = at + 1
        self.take(":", "':'")
        first = self.property_step()
        if not is_type_name(object_type):
            raise Malformed("pattern-type-name", self.place, position=begin)
        if not is_property_name(first.name):
            raise Malformed("pattern-property-name", self.place, position=first.start)
        steps: list[PropertyStep | ListIndexStep] = [first]
        while True:
            kind = self.kinds[self.at]
            if kind == ".":
                self.at += 1
                steps.append(self.property_step())
            elif kind == "[":
                steps.append(self.index_step())
            else:
                return ObjectPath(object_type, tuple(steps), begin, steps[-1].end)

    def property_step(self) -> PropertyStep:
        at = self.at
        kind, written = self.kinds[at], self.texts[at]
        if kind == "string":
            written = _text(written)
        elif kind != "name":
            self.wrong("property 'property'")
        self.at = at + 1
        return PropertyStep(written, self.starts[at], self.ends[at])

    def index_step(self) -> ListIndexStep:
        begin = self.starts[self.at]
        self.at += 1
        index = None
        kind, written = self.kinds[self.at], self.texts[self.at]
        if kind == "integer" and written[0] != "-":
            self.count_digits()
            index = int(written)
        elif kind != "*":
            self.wrong("0 1 2 ... '*'")
        self.at += 1
        self.take("]", "']'")
        return ListIndexStep(index, begin, self.ends[self.at - 1])

    # Constants

    def elements(self) -> SetConstant:
        begin = self.starts[self.at]
        self.take("(", "'('")
        found: list[Constant] = []
        if self.kinds[self.at] != ")":
            found.append(self.constant())
            sort = _sort(found[0])
            while self.kinds[self.at] == ",":
                self.at += 1
                found.append(self.constant())
                if _sort(found[-1]) is not sort:
                    raise Malformed("pattern-set-mixed", self.place, position=found[-1].start)
        self.take(")", "',' ')'")
        return SetConstant(tuple(found), begin, self.ends[self.at - 1])

    def constant(self, *, ordered: bool = False) -> Constant:
        """The constant that is next; `ordered` leaves out booleans, of which none is less than the other."""
        at = self.at
        kind, written = self.kinds[at], self.texts[at]
        start, end = self.starts[at], self.ends[at]
        self.at = at + 1
        if kind == "string":
            return StringConstant(_text(written), start, end)
        if kind in {"integer", "float"}:
            self.at = at
            self.count_digits()
            self.at = at + 1
            if kind == "integer":
                return IntegerConstant(int(written), start, end)
            return FloatConstant(float(written), start, end)
        if kind in {"true", "false"} and not ordered:
            return BooleanConstant(kind == "true", start, end)
        if kind == "time":
            return self.instant(written[2:-1], start, end)
        self.at = at
        return self.octets(_ORDERED if ordered else _CONSTANTS)

    def octets(self, expected: str) -> Constant:
        at = self.at
        kind, written = self.kinds[at], self.texts[at][2:-1]
        start, end = self.starts[at], self.ends[at]
        self.at = at + 1
        if kind == "hex" and _is_hex(written):
            return HexConstant(bytes.fromhex(written), start, end)
        if kind == "binary":
            # Section 9.2 wants line feeds in base64 ignored; the grammar forgot them.
            written = written.replace("\r", "").replace("\n", "")
            if _is_base64(written):
                return BinaryConstant(binascii.a2b_base64(written), start, end)
        self.at = at
        return self.wrong({"hex": "h'0af9'", "binary": "b'YWJj'"}.get(kind, expected))

    def instant(self, written: str, start: int, end: int) -> TimestampConstant:
        try:
            instant_key(written)
        except Malformed:
            raise Malformed("pattern-time", self.place, position=start) from None
        return TimestampConstant(written, start, end)

    def count_digits(self) -> None:
        if len(self.texts[self.at].lstrip("+-0")) > MAX_DIGITS:
            raise Malformed("pattern-number", self.place, position=self.starts[self.at], limit=MAX_DIGITS)


def _text(written: str) -> str:
    """What stands between the quotes, its escapes resolved."""
    inner = written[1:-1]
    return _unescape(r"\1", inner) if "\\" in inner else inner


def _sort(constant: Constant) -> type:
    """The kind of a constant; numbers are one kind."""
    return IntegerConstant if isinstance(constant, FloatConstant) else type(constant)
