"""STIX 2.1 validation: an object in, findings out, each with its place, its rule and its section.

Errors are what the specification forbids, warnings what it advises against. The shape of objects is stated by the JSON
schemas of OASIS (`shapes`), the rest by checks of our own (`musts`, `shoulds`, `observables`) over what the
specification and its registers list (`tables`). `docs/validation.md` has every rule.
"""

from mithaq.wire.validation.finding import MAX_FINDINGS, Finding
from mithaq.wire.validation.rules import RULES
from mithaq.wire.validation.validator import Validator

__all__ = ["MAX_FINDINGS", "RULES", "Finding", "Validator"]
