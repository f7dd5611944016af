"""Results for people and for programs."""

import dataclasses
import json
from collections import Counter
from collections.abc import Sequence

from tests.conformance.taxii.checks import Result

__all__ = ["as_json", "as_text", "kinds", "summary"]

TITLES = {
    "1": "Media types, authentication", "2": "Data types", "3": "Core concepts", "4": "Server information",
    "5": "Collections", "7": "Customizing", "8": "Conformance",
}  # fmt: skip


def summary(results: Sequence[Result]) -> dict[str, int]:
    """How many passed, failed as MUST, failed as SHOULD, and were skipped."""
    counted = Counter(each.outcome if each.outcome != "fail" else f"fail {each.level}" for each in results)
    return {name: counted[name] for name in ("pass", "fail MUST", "fail SHOULD", "skip")}


def kinds(results: Sequence[Result], level: str | None = None) -> list[str]:
    """What failed, without repetition: one check is made at several endpoints, and with several values."""
    failed = [each for each in results if each.outcome == "fail" and level in {None, each.level}]
    return sorted({each.name.partition("[")[0] for each in failed})


def as_json(results: Sequence[Result]) -> str:
    """One JSON object: the summary, the names of what failed, and every result."""
    told = {
        "summary": summary(results),
        "failed": sorted(each.name for each in results if each.outcome == "fail"),
        "results": [dataclasses.asdict(each) for each in results],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _order(section: str) -> list[int]:
    return [int(part) for part in section.split(".")]


def as_text(results: Sequence[Result], *, everything: bool = False) -> str:
    """A line a section; below it what failed, with what was sent and answered, and what was skipped, with why."""
    lines: list[str] = []
    chapter = ""
    for section in sorted({each.section for each in results}, key=_order):
        here = [each for each in results if each.section == section]
        if chapter != (chapter := section.split(".")[0]):
            lines += ["", f"{chapter} {TITLES.get(chapter, '')}"]
        told = ", ".join(f"{count} {name}" for name, count in summary(here).items() if count)
        lines.append(f"  section {section}: {told}")
        for each in here:
            if each.outcome == "pass" and not everything:
                continue
            lines.append(f"    {each.outcome} {each.level} {each.name}: {each.statement}")
            if each.reason:
                lines.append(f"      {each.reason}")
            lines += [f"      | {line}" for exchange in each.exchanges for line in exchange.split("\n")]
    counted = summary(results)
    lines += ["", f"{len(results)} checks: " + ", ".join(f"{count} {name}" for name, count in counted.items())]
    different = [f"{len(kinds(results, level))} {level}" for level in ("MUST", "SHOULD")]
    lines.append(f"what fails without repetition at endpoints and values: {', '.join(different)}")
    return "\n".join(lines).lstrip("\n")
