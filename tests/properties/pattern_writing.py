"""Writing a syntax tree as a pattern in one way: one space between words, the fewest parentheses, `=` and `!=`.

What is written is read again as the same tree, but for its places.
"""

import binascii
from decimal import Decimal

from mithaq.wire.pattern.tokens import KEYWORDS, PLAIN_NAME
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
    PropertyStep,
    QualifiedObservation,
    Qualifier,
    Repeats,
    SetConstant,
    StringConstant,
    Within,
)

__all__ = ["write_pattern"]

_TIGHTNESS = {"FOLLOWEDBY": 0, "OR": 1, "AND": 2}


def write_pattern(tree: Pattern) -> str:
    """The canonical text of a tree that `parse_pattern` gave, or of a part of it that is an observation expression.

    A tree made by hand is written as it is; whether it is lawful shows when it is read.
    """
    match tree:
        case ObservationExpression(comparison=comparison):
            return f"[{_write_comparison(comparison)}]"
        case CombinedObservation(operator=operator, operands=operands):
            return f" {operator} ".join(_write_operand(one, operator) for one in operands)
        case QualifiedObservation(observation=observation, qualifiers=qualifiers):
            inner = write_pattern(observation)
            # To a bracket a qualifier may be given once, to a parenthesis as often as one likes.
            if not isinstance(observation, ObservationExpression) or len(set(map(type, qualifiers))) < len(qualifiers):
                inner = f"({inner})"
            return " ".join([inner, *map(_write_qualifier, qualifiers)])


def _write_operand(tree: Pattern, operator: str) -> str:
    looser = isinstance(tree, CombinedObservation) and _TIGHTNESS[tree.operator] <= _TIGHTNESS[operator]
    return f"({write_pattern(tree)})" if looser else write_pattern(tree)


def _write_qualifier(qualifier: Qualifier) -> str:
    if isinstance(qualifier, Within):
        return f"WITHIN {_write_number(qualifier.seconds)} SECONDS"
    if isinstance(qualifier, Repeats):
        return f"REPEATS {qualifier.times} TIMES"
    return f"START t'{qualifier.begins.value}' STOP t'{qualifier.stops.value}'"


def _write_comparison(tree: Comparison) -> str:
    if isinstance(tree, CombinedComparison):
        operands = []
        for one in tree.operands:
            looser = isinstance(one, CombinedComparison) and _TIGHTNESS[one.operator] <= _TIGHTNESS[tree.operator]
            operands.append(f"({_write_comparison(one)})" if looser else _write_comparison(one))
        return f" {tree.operator} ".join(operands)
    path, negation = _write_path(tree.path), "NOT " if tree.negated else ""
    if isinstance(tree, ExistsComparison):
        return f"{negation}EXISTS {path}"
    return f"{path} {negation}{tree.operator} {_write_constant(tree.constant)}"


def _write_path(path: ObjectPath) -> str:
    written = [path.object_type]
    for step in path.steps:
        if isinstance(step, ListIndexStep):
            written.append(f"[{'*' if step.index is None else step.index}]")
        else:
            written.append(f"{'.' if len(written) > 1 else ':'}{_write_step(step)}")
    return "".join(written)


def _write_step(step: PropertyStep) -> str:
    return step.name if PLAIN_NAME(step.name) and step.name not in KEYWORDS else _quote(step.name)


def _write_constant(constant: Constant | SetConstant) -> str:
    match constant:
        case SetConstant(elements=elements):
            return f"({', '.join(map(_write_constant, elements))})"
        case StringConstant(value=text):
            return _quote(text)
        case BooleanConstant(value=truth):
            return "true" if truth else "false"
        case IntegerConstant(value=number) | FloatConstant(value=number):
            return _write_number(number)
        case HexConstant(value=octets):
            return f"h'{octets.hex()}'"
        case BinaryConstant(value=octets):
            return f"b'{binascii.b2a_base64(octets, newline=False).decode()}'"
    return f"t'{constant.value}'"


def _write_number(number: int | float) -> str:
    if isinstance(number, int):
        return str(number)
    # The language has no exponents.
    digits = format(Decimal(repr(number)), "f")
    return digits if "." in digits else f"{digits}.0"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
