"""Where a draft's quotes stand in its text: what the terminal and the page mark, nested as mark-up must be.

Quotes may overlap. Where one ends inside another, the inner one is closed and opened again, so that marks always nest;
the same at the border of two paragraphs. Offsets are code points.

>>> marks = [Passage("1", 0, 7), Passage("2", 4, 10)]
>>> for paragraph in mark("one two three", marks):
...     print("".join(step.text or (f"<{step.opens.name}>" if step.opens else "</>") for step in paragraph))
<1>one <2>two</></><2> th</>ree
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from mithaq.wire.announcement import HEADER, Draft, Field

__all__ = ["Passage", "Step", "direction", "header_fields", "mark", "passages", "visible"]

Direction = Literal["ltr", "rtl"]


class Passage(NamedTuple):
    """A range of the text, half-open, and whose quote it is: a header field's name or an item's number."""

    name: str
    start: int
    end: int


class Step(NamedTuple):
    """A mark that opens or closes, or text; `first` where a mark opens that was not cut in two before."""

    text: str = ""
    opens: Passage | None = None
    closes: Passage | None = None
    first: bool = False


def header_fields(draft: Draft) -> list[tuple[str, Field]]:
    """The header in the order in which people read it; the names are those of the words `field.…`."""
    fields = [(name, getattr(draft, name)) for name in HEADER]
    fields[2:2] = [("from", draft.term.since), ("to", draft.term.until)]
    return fields


def passages(draft: Draft) -> list[Passage]:
    """All passages on which the draft stands; items are numbered from 1 in the draft's order."""
    named = [*header_fields(draft), *((str(number), item) for number, item in enumerate(draft.items, 1))]
    return [
        Passage(name, field.start, field.end)
        for name, field in named
        if field.start is not None and field.end is not None and 0 <= field.start < field.end <= len(draft.text)
    ]


def mark(text: str, marks: Sequence[Passage]) -> Iterator[list[Step]]:
    """The paragraphs of `text` as steps; joined by empty lines, the texts of all steps are `text` again."""
    waiting = sorted(marks, key=lambda each: (each.start, -each.end))[::-1]
    started: set[str] = set()
    at = 0
    for border in [*(match.start() for match in re.finditer("\n\n", text)), len(text)]:
        yield _paragraph(text, at, border, waiting, started)
        at = border + 2


def _paragraph(text: str, at: int, end: int, waiting: list[Passage], started: set[str]) -> list[Step]:
    steps: list[Step] = []
    opened: list[Passage] = []

    def write(until: int) -> None:
        nonlocal at
        if until > at:
            steps.append(Step(text[at:until]))
            at = until

    def close(until: int) -> None:
        """Close all marks that end up to here; those that lie on top of them go on behind."""
        while opened and (place := min(each.end for each in opened)) <= until:
            write(min(place, end))
            depth = next(number for number, each in enumerate(opened) if each.end == place)
            cut = opened[depth:]
            steps.extend(Step(closes=each) for each in reversed(cut))
            opened[depth:] = []
            for each in cut:
                if each.end > place:
                    open_(each)

    def open_(passage: Passage) -> None:
        steps.append(Step(opens=passage, first=passage.name not in started))
        started.add(passage.name)
        opened.append(passage)

    while waiting and waiting[-1].start < end:
        passage = waiting.pop()
        close(passage.start)
        write(max(at, passage.start))
        if passage.end > at:
            open_(passage)
    close(end)
    write(end)
    steps.extend(Step(closes=each) for each in reversed(opened))
    # What goes on in the next paragraph opens there again.
    waiting.extend(reversed([each for each in opened if each.end > end]))
    return steps


def direction(text: str, otherwise: Direction) -> Direction:
    """Which way most of the letters run; `otherwise` where there are none, or as many of either."""
    kinds = [unicodedata.bidirectional(letter) for letter in text]
    left, right = kinds.count("L"), kinds.count("R") + kinds.count("AL")
    return "ltr" if left > right else "rtl" if right > left else otherwise


_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def visible(text: str) -> str:
    """`text` with what would steer a terminal or turn other text around written out, as `⟨U+202E⟩`."""
    return _UNSEEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)
