"""What a check is: a function with a section of TAXII 2.1, a level and a sentence; it passes, fails or is skipped.

A check raises `Failed` with what was wrong or `Skipped` with why it could not be made; `require` and `skip` do so.
Its name is what lists of known failures hold, so a name stays once it is given. With `each` one function makes a
check for every word, named `function[word]`.

    @check("3.4", MUST, each=("objects", "manifest"))
    def id_unknown(suite: Suite, endpoint: str) -> None:
        \"\"\"An id that nobody has gives an empty answer.\"\"\"
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

if TYPE_CHECKING:
    from tests.conformance.taxii.suite import Suite

__all__ = ["CHECKS", "MUST", "SHOULD", "Check", "Failed", "Level", "Result", "Skipped", "check", "require", "skip"]

Level = Literal["MUST", "SHOULD"]
MUST: Final = "MUST"
SHOULD: Final = "SHOULD"


class Failed(Exception):
    """The server does not do what the check states; the text says what it did."""


class Skipped(Exception):
    """The check could not be made; the text says why."""


@dataclass(frozen=True)
class Check:
    """One statement about a server, and the function that finds out whether it holds."""

    name: str
    section: str
    level: Level
    statement: str
    run: "Callable[[Suite], None]"
    chapter: str


@dataclass(frozen=True)
class Result:
    """What came of a check; `exchanges` are the requests and answers of one that failed, shortened."""

    name: str
    section: str
    level: Level
    statement: str
    outcome: Literal["pass", "fail", "skip"]
    reason: str = ""
    exchanges: list[str] = field(default_factory=list)


CHECKS: Final[list[Check]] = []
"""All checks of the chapters that were imported."""


def check(section: str, level: Level, *, each: Sequence[str] = ()) -> Callable[[Callable[..., None]], Any]:
    """Registers a function as a check, or as one for every word of `each`; its docstring is the statement."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        statement = " ".join((function.__doc__ or "").split())
        if not statement:
            raise TypeError(f"{function.__name__} states nothing")
        made = [Check(function.__name__, section, level, statement, function, function.__module__)] if not each else []
        for word in each:
            run = _with(function, word)
            made.append(
                Check(f"{function.__name__}[{word}]", section, level, f"{statement} ({word})", run, function.__module__)
            )
        known = {one.name for one in CHECKS}
        for one in made:
            if one.name in known:
                raise TypeError(f"two checks are called {one.name}")
        CHECKS.extend(made)
        return function

    return register


def _with(function: Callable[..., None], word: str) -> "Callable[[Suite], None]":
    return lambda suite: function(suite, word)


def require(condition: object, text: str) -> None:
    """Fails the check with `text` unless the condition holds."""
    if not condition:
        raise Failed(text)


def skip(reason: str) -> NoReturn:
    """Ends the check without a verdict."""
    raise Skipped(reason)
