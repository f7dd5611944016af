"""The validator with its files: OASIS's schemas and IANA's lists from the wheel of `stix2-validator`, tables of ours.

The wheel's code is never imported: that takes two seconds, and brings a second validator along.
"""

import functools
from importlib import resources, util
from pathlib import Path
from typing import Any

from mithaq.errors import Malformed, Unavailable
from mithaq.errors.words_rules import Told
from mithaq.wire.validation import Finding, Validator

__all__ = ["find_error", "load_validator", "verify_valid"]

_WHEEL = "stix2validator"
_SCHEMAS = Path("schemas-2.1", "schemas")
_LISTS = Path("v21", "assets")


@functools.cache
def load_validator() -> Validator:
    """The validator, made once a process. Raises `Unavailable` (`validation-files`) if the wheel is not there."""
    return Validator(_read_wheel() | _read_package())


def find_error(value: object) -> Finding | None:
    """The first thing in an object that STIX 2.1 forbids; None if there is none, whatever it advises against."""
    validator = load_validator()
    # Errors come before warnings; what is well is not looked at for what might be better.
    return None if validator.is_valid(value) else validator.validate(value)[0]


def verify_valid(value: dict[str, Any], place: str) -> None:
    """Check an object that stands at `place` against STIX 2.1.

    Raises `Malformed` (`stix-invalid`) with the rule, the section and, behind the place, the pointer of the first
    thing that the specification forbids; warnings are none of its business.
    """
    first = find_error(value)
    if first is None:
        return
    section = first.section or "Mithaq"
    message = Told(first.rule, first.message)
    raise Malformed("stix-invalid", place + first.pointer, rule=first.rule, section=section, message=message)


def _read_wheel() -> dict[str, bytes]:
    spec = util.find_spec(_WHEEL)
    folders = [Path(each) for each in (spec.submodule_search_locations or ())] if spec else []
    for folder in folders:
        schemas = {
            file.relative_to(folder / _SCHEMAS).as_posix(): file.read_bytes()
            for file in (folder / _SCHEMAS).rglob("*.json")
        }
        lists = {f"iana/{file.name}": file.read_bytes() for file in (folder / _LISTS).glob("*.csv")}
        if schemas and lists:
            return schemas | lists
    raise Unavailable("validation-files", _WHEEL)


def _read_package() -> dict[str, bytes]:
    package = resources.files("mithaq.wire.validation")
    found = {}
    for folder, name in (("tables", "tables"), ("schemas", "mithaq")):
        for file in (package / folder).iterdir():
            if file.name.endswith((".toml", ".json")):
                found[f"{name}/{file.name}"] = file.read_bytes()
    return found
