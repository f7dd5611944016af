"""Makes the checks one after the other against a server, and counts what came of them."""

from collections.abc import Sequence

from tests.conformance.taxii import chapters
from tests.conformance.taxii.checks import CHECKS, Check, Failed, Result, Skipped
from tests.conformance.taxii.suite import Suite, Target

__all__ = ["failures", "run_checks"]

PLACES = {chapter.__name__: place for place, chapter in enumerate(chapters.ORDER)}
KEPT = 3
"""How many of the last requests of a failed check are reported."""


def run_checks(target: Target, names: Sequence[str] = ()) -> list[Result]:
    """Makes all checks, or those whose names begin with one of `names`, and deletes what they wrote.

    In: where the server is and what may be used there. Out: a result for each check, in the order of the chapters.
    A server that cannot be reached fails checks; it raises nothing.
    """
    suite = Suite(target)
    try:
        chosen = [each for each in CHECKS if not names or each.name.startswith(tuple(names))]
        results = [_one(suite, each) for each in sorted(chosen, key=lambda each: PLACES[each.chapter])]
        suite.clean_up()
    finally:
        suite.close()
    return results


def _one(suite: Suite, check: Check) -> Result:
    suite.trace.clear()
    try:
        check.run(suite)
    except Skipped as why:
        return Result(check.name, check.section, check.level, check.statement, "skip", str(why))
    except Failed as why:
        return _failed(suite, check, str(why))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError) as error:
        # A server may answer anything; that a check stumbles over it is the server's fault, and ends no run.
        return _failed(suite, check, f"an answer has not the form that it should have: {type(error).__name__}: {error}")
    return Result(check.name, check.section, check.level, check.statement, "pass")


def _failed(suite: Suite, check: Check, reason: str) -> Result:
    return Result(check.name, check.section, check.level, check.statement, "fail", reason, suite.trace[-KEPT:])


def failures(results: Sequence[Result], level: str | None = None) -> list[str]:
    """The names of the checks that failed, all or those of a level, sorted."""
    return sorted(each.name for each in results if each.outcome == "fail" and level in {None, each.level})
