"""A block on its way through the rules of `cleaning`: its words, whether it is a sentence, what has cut it."""

import re

from mithaq.wire.announcement.folded import fold_word
from mithaq.wire.announcement.page import Block, BlockKind

__all__ = ["FULL_STOP", "WORD", "Line"]

WORD = re.compile(r"\w+")
_STOP = re.compile(r"[.…:;!?]['\"»”’)\]]*$")
FULL_STOP = re.compile(r"[.…]['\"»”’)\]]*$|[.!?]['\"»”’]*$")


class Line:
    """A block on its way through the rules; `rule` is what cut it, empty while it is kept."""

    def __init__(self, number: int, block: Block) -> None:
        self.number = number
        self.block = block
        self.letters = block.letters
        self.kind: BlockKind = block.kind
        self.rule = ""
        self.main = True
        self.folded = fold_word(block.letters.text)
        self.words = WORD.findall(self.folded)
        self.cuts: list[tuple[int, int, str]] = []

    @property
    def ended(self) -> bool:
        """Whether it ends as a sentence or a clause does."""
        return bool(_STOP.search(self.folded))

    @property
    def sentence(self) -> bool:
        """Whether it is likely a sentence of the text: kept in doubt."""
        return len(self.words) >= 6 and bool(FULL_STOP.search(self.folded))

    @property
    def linked(self) -> bool:
        """Whether it is nothing but a link."""
        text = self.block.letters.text
        return self.block.linked * 10 >= (len(text) - text.count(" ")) * 9

    def cut(self, rule: str) -> None:
        """Cuts the whole line."""
        self.rule = self.rule or rule
