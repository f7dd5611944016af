"""What validation finds, and the list in which it is gathered: bounded, however much there is to find.

>>> found = Findings()
>>> found.add("should/uuid-check", ("id",), "is not a UUIDv4")
>>> found.listed()[0].pointer
'/id'
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from mithaq.wire.validation.rules import RULES

__all__ = ["MAX_FINDINGS", "Finding", "Findings", "encode_pointer", "quote"]

MAX_FINDINGS = 100
"""An object's findings are cut off behind so many, errors before warnings; a last one says how many more there were."""

_MAX_QUOTED = 60


class Finding(msgspec.Struct, frozen=True, gc=False):
    """One thing that is wrong with an object (`error`) or that should be otherwise (`warning`).

    `pointer` is a JSON pointer within the object (RFC 6901), `rule` a name of `RULES` or `schema/` and a keyword of
    JSON Schema, `section` the section of STIX 2.1 where it says so, empty for Mithaq's own types and limits.
    """

    severity: Literal["error", "warning"]
    pointer: str
    rule: str
    section: str
    message: str


class Findings:
    """Findings of one object while it is looked at; `base` is where in it the part stands that is looked at."""

    __slots__ = ("_errors", "_errors_more", "_said", "_warnings", "_warnings_more", "base")

    def __init__(self) -> None:
        self.base: tuple[str | int, ...] = ()
        self._errors: list[Finding] = []
        self._warnings: list[Finding] = []
        self._said: set[tuple[str, str]] = set()
        self._errors_more = 0
        self._warnings_more = 0

    def add(self, rule: str, path: Sequence[str | int], message: str, section: str = "") -> None:
        """Take in a finding at `path` below `base`; without `section` it is that of the rule."""
        severity, usual = RULES[rule]
        self.put(Finding(severity, encode_pointer((*self.base, *path)), rule, section or usual, message))

    def put(self, finding: Finding) -> None:
        """Take in a finding as it is, unless it is known or there are too many."""
        kept = self._errors if finding.severity == "error" else self._warnings
        if len(kept) < MAX_FINDINGS:
            said = (finding.pointer, finding.message)
            if said not in self._said:
                self._said.add(said)
                kept.append(finding)
        elif finding.severity == "error":
            self._errors_more += 1
        else:
            self._warnings_more += 1

    @property
    def broken(self) -> bool:
        """Whether an error was found."""
        return bool(self._errors)

    def listed(self) -> list[Finding]:
        """All of them, errors first, at most `MAX_FINDINGS` and one that counts the rest."""
        if not self._said:
            return []
        everything = [*self._errors, *self._warnings]
        kept = everything[:MAX_FINDINGS]
        more = self._errors_more + self._warnings_more + len(everything) - len(kept)
        if more:
            severity, section = RULES["limit/findings"]
            kept.append(Finding(severity, "", "limit/findings", section, f"{more} more findings are not listed"))
        return kept


def encode_pointer(path: Sequence[str | int]) -> str:
    """A JSON pointer (RFC 6901) from its steps: names and indices."""
    pointer = ""
    for step in path:
        plain = isinstance(step, int) or not ("~" in step or "/" in step)
        pointer += f"/{step}" if plain else f"/{str(step).replace('~', '~0').replace('/', '~1')}"
    return pointer


def quote(value: object) -> str:
    """A value of the object as a message names it: short, on one line, between quotation marks."""
    text = value if isinstance(value, str) else str(value)
    text = text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]}…"
    return f"“{''.join(letter if letter.isprintable() else '�' for letter in text)}”"
