"""Lists of intentions: where one was announced, what stands in it, and where it ends.

Numbers, dashes and dots at the beginning of a line make an item of it, but not every item belongs to the list that a
heading or a colon has announced: a text may go on with numbered paragraphs.
"""

import re

from mithaq.wire.announcement.sentences import Sentence

__all__ = ["LIST_MARK", "Listing", "behind_label", "is_date", "is_heading"]

_HEADING_WORDS = 8
_LABEL_WORDS = 2
LIST_MARK = re.compile(
    r" *(?:(?:[\u2190-\u21ff\u2600-\u27bf\U0001f300-\U0001faff]|\d\u20e3)+ *"
    r"|\d{1,2}/\d{0,2} |[•*◦▪●■·→✓➢>-]+ *|\(?(?:\d{1,2}|\w)[.)-] *-? *)"
)
_NUMBERED = re.compile(r" *\(?(?:\d{1,2}|\w)[.)]")
_LABEL = re.compile(r" *[^\W\d_]+(?: [^\W\d_]+){0,2}(?:: | - )(?=\w)")
"""What a line of a list may begin with: "Health: vaccines for herds"."""


def behind_label(text: str) -> int:
    """Where, behind its mark and its label, what a line of a list says begins."""
    mark = LIST_MARK.match(text)
    start = 0 if mark is None else mark.end()
    label = _LABEL.match(text, start)
    return start if label is None else label.end()


def is_heading(sentence: Sentence, following: Sentence | None) -> bool:
    """Whether a sentence stands above others: marked so, or a short line without an end, perhaps a numbered one."""
    text = sentence.folded.text
    if sentence.kind == "heading":
        return True
    if len(text.split()) > _HEADING_WORDS or text[-1:] in ".:!?;,":
        return False
    if sentence.kind != "item":
        return sentence.kind == "line"
    # "1. Security", and below it points with dashes, or a list within the list.
    if following is None or following.kind != "item" or (sentence.start, sentence.end) != sentence.block:
        return False
    below = _NUMBERED.match(text) and LIST_MARK.match(following.folded.text)
    return following.level > sentence.level or bool(below and not _NUMBERED.match(following.folded.text))


def is_date(sentence: Sentence) -> bool:
    """Whether a line of a list is a date and nothing else."""
    at, rest = 0, ""
    for date in sentence.dates:
        rest += sentence.folded.text[at : date.start]
        at = date.end
    return not any(map(str.isalpha, rest + sentence.folded.text[at:]))


class Listing:
    """The list that was announced, if it goes on: `lead`; `kind` is what its announcement calls the items."""

    def __init__(self) -> None:
        self.lead = False
        self.kind = ""
        self._numbered: bool | None = None
        self._parted = self._ended = False
        self._labelled = False

    def announce(self, lead: bool, kind: str) -> None:
        """A heading, a question or a colon: a list begins below if `lead`."""
        self.lead, self.kind = lead, kind
        self._numbered = None
        self._parted = self._ended = False

    def holds(self, sentence: Sentence, *, begun: bool) -> bool:
        """Whether a sentence is a point of the list; each is asked for once, in order.

        `begun`: behind its mark and label it begins with a word of intention.
        """
        text = sentence.folded.text
        if not self.lead:
            return False
        if sentence.kind != "item":
            return _LABEL.match(text) is not None
        if sentence.start == sentence.block[0] and not text.endswith(":"):
            numbered = _NUMBERED.match(text) is not None
            self._numbered = numbered if self._numbered is None else self._numbered
            # Behind dots or dashes the paragraphs of the text go on with their numbers.
            if self._ended or (numbered and not self._numbered):
                self.lead = False
                return False
        if sentence.end == sentence.block[1]:
            self._ended = self._parted and text[-1:] == "."
            self._parted = text[-1:] == ";"
        if sentence.start == sentence.block[0]:
            self._labelled = not begun and len(text[behind_label(text) :].split()) <= _LABEL_WORDS
            return True
        # "Trust. We will ..." says it behind a label; other points explain what they have said.
        labelled, self._labelled = self._labelled, False
        return begun or labelled
