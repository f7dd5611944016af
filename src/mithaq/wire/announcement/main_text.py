"""Which text of an HTML page is the main one, as Trafilatura sees it.

It gets a string and nothing else: no address, no network. Its answer is a second opinion, asked line by line; pages
that are too large for it, or that it fails on, have none, and the rules of `cleaning` decide alone.
"""

import re
from collections.abc import Sequence

from mithaq.wire.announcement.folded import fold_word

__all__ = ["MainText", "read_main_text"]

_MAX_LETTERS = 600_000
_MAX_TAGS = 20_000
_RUN = 3
_ENOUGH = 0.7
_WORD = re.compile(r"\w+")


class MainText:
    """The runs of three words of a text; of a line with fewer, the line."""

    def __init__(self, text: str) -> None:
        self._runs: set[tuple[str, ...]] = set()
        for line in text.splitlines():
            self._runs |= set(_runs(_WORD.findall(fold_word(line))))

    def holds(self, words: Sequence[str]) -> bool:
        """Whether most of a line, given as its folded words, stands in the text."""
        runs = _runs(words)
        return sum(run in self._runs for run in runs) >= _ENOUGH * len(runs)


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + _RUN]) for at in range(max(1, len(words) - _RUN + 1))]


def read_main_text(source: str) -> MainText | None:
    """What Trafilatura takes for the main text; None where it has no answer."""
    if len(source) > _MAX_LETTERS or source.count("<") > _MAX_TAGS:
        return None
    try:
        # Only here: it takes a third of a second to import, and plain text never needs it.
        from trafilatura import extract

        text = extract(source, fast=True, favor_recall=True, include_comments=False)
    except Exception:
        # Whatever a hostile page does to it, our own rules still decide.
        return None
    return MainText(text) if text else None
