"""Rows of a fact sheet: `<th>Motto</th><td>Trust</td>` is one line, though no colon parts the two.

Whether a cell is a key to what stands beside it only its word tells: any table has rows.
"""

from collections.abc import Sequence

from mithaq.wire.announcement.folded import fold_word
from mithaq.wire.announcement.lexicon import Lexicon, Phrases
from mithaq.wire.announcement.page import Block, is_row, one_line

__all__ = ["join_rows"]


def join_rows(blocks: Sequence[Block], lexicon: Lexicon | None) -> list[Block]:
    """The blocks, with the two cells of such a row as one of which `key` letters are the key."""
    if lexicon is None:
        return list(blocks)
    keys = Phrases(lexicon).any_of("header.keys")
    made: list[Block] = []
    for block in blocks:
        above = made[-1] if made else None
        if above is not None and not above.key and is_row(above, block):
            label = fold_word(above.letters.text).strip()
            if keys.fullmatch(label) and not keys.fullmatch(fold_word(block.letters.text).strip()):
                made[-1] = one_line(above, block)._replace(key=len(above.letters.text))
                continue
        made.append(block)
    return made
