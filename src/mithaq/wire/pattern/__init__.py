"""Patterns of indicators (STIX 2.1 section 9): from text to a syntax tree.

Evaluating a tree is left to others, and so are the regular expressions in it.

>>> tree = parse_pattern("[ipv4-addr:value=='198.51.100.7']")
>>> tree.comparison.path.object_type, tree.comparison.operator, tree.comparison.constant.value
('ipv4-addr', '=', '198.51.100.7')
>>> parse_pattern("[file:name LIKE 7]")
Traceback (most recent call last):
mithaq.errors.Malformed: At offset 16 the pattern should go on with one of: '...' [pattern-malformed]
"""

from mithaq.wire.pattern.parse import (
    MAX_COMPARISONS,
    MAX_DIGITS,
    MAX_LETTERS,
    MAX_NESTING,
    parse_pattern,
    parse_simple,
)
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

__all__ = [
    "MAX_COMPARISONS",
    "MAX_DIGITS",
    "MAX_LETTERS",
    "MAX_NESTING",
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
    "parse_pattern",
    "parse_simple",
]
