"""The syntax tree of a STIX pattern, in the words of STIX 2.1 section 9: immutable, and free of how it was spelled.

Parentheses are not in it: the tree says what belongs to what. Operators are kept in one spelling (`=` for `==`, `!=`
for `<>`), strings without their escapes, binary and hex constants as bytes. `start` and `end` are where a node stands
in the pattern, in code points; the end is the first code point behind it. Trees are equal if their places are, too.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

__all__ = [
    "BinaryConstant",
    "BooleanConstant",
    "CombinedComparison",
    "CombinedObservation",
    "Comparison",
    "Constant",
    "ExistsComparison",
    "FloatConstant",
    "HexConstant",
    "IntegerConstant",
    "ListIndexStep",
    "ObjectPath",
    "ObservationExpression",
    "Pattern",
    "PropertyComparison",
    "PropertyStep",
    "QualifiedObservation",
    "Qualifier",
    "Repeats",
    "SetConstant",
    "StartStop",
    "StringConstant",
    "TimestampConstant",
    "Within",
]

ComparisonOperator: TypeAlias = Literal[
    "=", "!=", "<", "<=", ">", ">=", "IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"
]


class _Node(Struct, frozen=True, gc=False, tag=True):
    """What all nodes share: they hold text, numbers and other nodes, so that no circle can arise."""


class StringConstant(_Node, frozen=True, gc=False):
    """A text, without its escapes."""

    value: str
    start: int
    end: int


class IntegerConstant(_Node, frozen=True, gc=False):
    """A whole number."""

    value: int
    start: int
    end: int


class FloatConstant(_Node, frozen=True, gc=False):
    """A number with a decimal point, as IEEE 754 holds it."""

    value: float
    start: int
    end: int


class BooleanConstant(_Node, frozen=True, gc=False):
    """`true` or `false`."""

    value: bool
    start: int
    end: int


class HexConstant(_Node, frozen=True, gc=False):
    """Bytes that were written as `h'..'`."""

    value: bytes
    start: int
    end: int


class BinaryConstant(_Node, frozen=True, gc=False):
    """Bytes that were written as `b'..'`, in base64."""

    value: bytes
    start: int
    end: int


class TimestampConstant(_Node, frozen=True, gc=False):
    """An instant, as it was written between the quotes of `t'..'`: `model.instant_key` makes it comparable."""

    value: str
    start: int
    end: int


Constant: TypeAlias = (
    StringConstant
    | IntegerConstant
    | FloatConstant
    | BooleanConstant
    | HexConstant
    | BinaryConstant
    | TimestampConstant
)


class SetConstant(_Node, frozen=True, gc=False):
    """The constants of an `IN`, all of one kind (integers and floats are both numbers); there may be none."""

    elements: tuple[Constant, ...]
    start: int
    end: int


class PropertyStep(_Node, frozen=True, gc=False):
    """A property, or a key of a dictionary; in front of another step, a name in `_ref` leads to the object meant."""

    name: str
    start: int
    end: int


class ListIndexStep(_Node, frozen=True, gc=False):
    """An element of a list, counted from 0; `None` is `[*]`, any of them."""

    index: int | None
    start: int
    end: int


class ObjectPath(_Node, frozen=True, gc=False):
    """The type of an object and the way to a property of it (section 9.7); the first step is a `PropertyStep`."""

    object_type: str
    steps: tuple[PropertyStep | ListIndexStep, ...]
    start: int
    end: int


class PropertyComparison(_Node, frozen=True, gc=False):
    """An object path, an operator, a constant (section 9.6); `negated` where `NOT` stands before the operator."""

    path: ObjectPath
    operator: ComparisonOperator
    negated: bool
    constant: Constant | SetConstant
    start: int
    end: int


class ExistsComparison(_Node, frozen=True, gc=False):
    """Whether there is something at the end of a path; `negated` for `NOT EXISTS`."""

    path: ObjectPath
    negated: bool
    start: int
    end: int


class CombinedComparison(_Node, frozen=True, gc=False):
    """Two or more comparisons that are joined by one operator, in their order."""

    operator: Literal["AND", "OR"]
    operands: tuple["Comparison", ...]
    start: int
    end: int


Comparison: TypeAlias = PropertyComparison | ExistsComparison | CombinedComparison


class ObservationExpression(_Node, frozen=True, gc=False):
    """What stands between brackets: one observation fulfils it or does not."""

    comparison: Comparison
    start: int
    end: int


class Within(_Node, frozen=True, gc=False):
    """`WITHIN n SECONDS`; n is above 0."""

    seconds: int | float
    start: int
    end: int


class Repeats(_Node, frozen=True, gc=False):
    """`REPEATS n TIMES`; n is above 0."""

    times: int
    start: int
    end: int


class StartStop(_Node, frozen=True, gc=False):
    """`START t'..' STOP t'..'`: from the first instant on and before the second, which is later."""

    begins: TimestampConstant
    stops: TimestampConstant
    start: int
    end: int


Qualifier: TypeAlias = Within | Repeats | StartStop


class QualifiedObservation(_Node, frozen=True, gc=False):
    """An observation expression with the qualifiers that follow it, at least one, in their order."""

    observation: "Pattern"
    qualifiers: tuple[Qualifier, ...]
    start: int
    end: int


class CombinedObservation(_Node, frozen=True, gc=False):
    """Two or more observation expressions that are joined by one operator, in their order."""

    operator: Literal["AND", "OR", "FOLLOWEDBY"]
    operands: tuple["Pattern", ...]
    start: int
    end: int


Pattern: TypeAlias = ObservationExpression | QualifiedObservation | CombinedObservation
