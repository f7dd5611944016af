"""How well the reader reads: its drafts against what people wrote down of the same announcements (`*.gold.json`).

    python -m tests.announcement.scoring tests/announcement/first [--verbose]
    python -m tests.announcement.scoring tests/announcement/{first,more,second,third,fourth,fifth}  # the page's table

A header value is right if it is one of those that the gold lists, or absent where the gold has none. An item is found
if a gold item and it share at least half of the longer one's letters, one to one, the best pairs first. Gold items that
are marked unsure (headings, an outlet's summary) may be found or not; every other item of the draft counts against
precision if it matches none.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from mithaq.web.announcements import draft_programme
from mithaq.wire.announcement import Draft, Field
from mithaq.wire.announcement.folded import fold_word

CHARTERS = Path(__file__).parents[2] / "examples" / "charters"
FIELDS = ("organisation", "chair", "from", "to", "motto", "speaker", "source", "page", "published")


@dataclass
class Score:
    """Sums over announcements."""

    fields: dict[str, list[bool]] = field(default_factory=lambda: {name: [] for name in FIELDS})
    wanted: int = 0
    found: int = 0
    made: int = 0
    right: int = 0
    themes: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found / max(self.wanted, 1)

    @property
    def precision(self) -> float:
        return self.right / max(self.made, 1)

    @property
    def theme_share(self) -> float:
        return self.themes / max(self.right, 1)

    @property
    def header(self) -> float:
        every = [each for values in self.fields.values() for each in values]
        return sum(every) / max(len(every), 1)


def announcements(folder: Path) -> Iterator[tuple[str, bytes, dict[str, Any]]]:
    for gold in sorted(folder.glob("*.gold.json")):
        name = gold.name.removesuffix(".gold.json")
        source = next(each for each in folder.glob(f"{name}.*") if each.suffix in {".html", ".txt"})
        yield name, source.read_bytes(), json.loads(gold.read_text("utf-8"))


def read(data: bytes, gold: dict[str, Any]) -> Draft:
    charter = (CHARTERS / f"{gold['charter']}.toml").read_bytes() if gold["charter"] else None
    retrieved = datetime.fromisoformat(gold["retrieved"]) if gold["retrieved"] else None
    return draft_programme(data, charter, retrieved)


def header_field(draft: Draft, name: str) -> Field:
    if name == "from":
        return draft.term.since
    if name == "to":
        return draft.term.until
    value: Field = getattr(draft, name)
    return value


def _plain(text: str) -> str:
    return " ".join(fold_word(text).split()).strip(" .\"'")


def compare(name: str, draft: Draft, gold: dict[str, Any], score: Score) -> None:
    for each in FIELDS:
        wanted = gold["header"][each]
        found = header_field(draft, each).value
        if wanted is None:
            well = found is None
        else:
            well = found is not None and _plain(found) in {_plain(value) for value in wanted["values"]}
        score.fields[each].append(well)
        if not well:
            score.faults.append(f"{name} {each}: {found!r}, wanted {wanted and wanted['values']}")
    _compare_items(name, draft, gold, score)


def _place(text: str, quote: str) -> tuple[int, int]:
    """Where a quotation stands, white space aside; nowhere is (-1, -1)."""
    letters = [(place, letter) for place, letter in enumerate(text) if not letter.isspace()]
    packed = "".join(letter for _, letter in letters)
    wanted = "".join(quote.split())
    at = packed.find(wanted)
    return (letters[at][0], letters[at + len(wanted) - 1][0] + 1) if at >= 0 and wanted else (-1, -1)


def _compare_items(name: str, draft: Draft, gold: dict[str, Any], score: Score) -> None:
    places = [_place(draft.text, item["quote"]) for item in gold["items"]]
    pairs = []
    for number, item in enumerate(draft.items):
        for other, (start, end) in enumerate(places):
            common = min(item.end or 0, end) - max(item.start or 0, start)
            longer = max((item.end or 0) - (item.start or 0), end - start)
            if start >= 0 and common * 2 >= longer:
                pairs.append((common / longer, number, other))
    taken: dict[int, int] = {}
    for _, number, other in sorted(pairs, reverse=True):
        if number not in taken and other not in taken.values():
            taken[number] = other
    matched = set(taken.values())
    for other, item in enumerate(gold["items"]):
        if item["sure"]:
            score.wanted += 1
            score.found += other in matched
            if other not in matched:
                gone = " [NOT IN TEXT]" if places[other][0] < 0 else ""
                score.faults.append(f"{name} missed{gone}: {item['quote']}")
    for number, found in enumerate(draft.items):
        score.made += 1
        if number not in taken:
            score.faults.append(f"{name} extra: [{found.theme}, {found.confidence}, {found.rule}] {found.quote}")
            continue
        score.right += 1
        wanted = gold["items"][taken[number]]
        well = found.theme in {wanted["theme"], *wanted.get("also", [])}
        score.themes += well
        if not well:
            score.faults.append(f"{name} theme: {found.theme}, wanted {wanted['theme']}: {found.quote}")


def score_folder(folder: Path) -> Score:
    score = Score()
    for name, data, gold in announcements(folder):
        compare(name, read(data, gold), gold, score)
    return score


def table(folders: Sequence[Path]) -> list[str]:
    """The lines of the page's table: fields as right of all, then the sums."""
    scores = [score_folder(folder) for folder in folders]
    lines = [f"| | {' | '.join(folder.name for folder in folders)} |", f"|---|{'---|' * len(folders)}"]
    lines += [
        f"| {name} | {' | '.join(f'{sum(each.fields[name])} of {len(each.fields[name])}' for each in scores)} |"
        for name in FIELDS
    ]
    sums: list[tuple[str, Callable[[Score], str]]] = [
        ("header fields right", lambda each: f"{each.header:.2f}"),
        ("items found", lambda each: f"{each.recall:.2f} ({each.found} of {each.wanted})"),
        ("items that are right", lambda each: f"{each.precision:.2f} ({each.right} of {each.made})"),
        ("themes right, of these", lambda each: f"{each.theme_share:.2f}"),
    ]
    for title, value in sums:
        cells = " | ".join(value(each) for each in scores)
        lines += [f"| {title} | {cells} |"]
    return lines


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="+")
    parser.add_argument("--verbose", action="store_true")
    wanted = parser.parse_args()
    if len(wanted.folder) > 1:
        print("\n".join(table(wanted.folder)))
        return
    score = score_folder(wanted.folder[0])
    for name, values in score.fields.items():
        print(f"{name:13} {sum(values)} of {len(values)}")
    print(f"header {score.header:.3f}; items: recall {score.recall:.3f} ({score.found} of {score.wanted}), ", end="")
    print(f"precision {score.precision:.3f} ({score.right} of {score.made}), themes {score.theme_share:.3f}")
    if wanted.verbose:
        print("\n".join(score.faults))


if __name__ == "__main__":
    main()
