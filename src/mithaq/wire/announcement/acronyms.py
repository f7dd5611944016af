"""Organisations that no list knows, from where a text spells them out: "the Lakes Council for Transport (LCT)".

The initials of the words before the brackets are the acronym; words of up to three letters may be left out of it.

>>> from mithaq.wire.announcement.lexicon import Entry, Lexicon
>>> english = Lexicon("en", {"members.organisations": [Entry("council", "council")]}, {})
>>> spelled_out("It leads the Lakes Council for Transport (LCT).", english)
[('Lakes Council for Transport', 'LCT')]
"""

import re
from collections.abc import Sequence

from mithaq.wire.announcement.folded import fold_word
from mithaq.wire.announcement.lexicon import Lexicon, Phrases

__all__ = ["spelled_out"]

_BRACKETED = re.compile(r" \(([^\W\d_]{3,8})\)")
_LONGEST = 160
_SMALL = 3
_MOST = 20


def spelled_out(text: str, lexicon: Lexicon) -> list[tuple[str, str]]:
    """Names of organisations with their acronyms, as they stand in a text, each acronym once."""
    organisation = Phrases(lexicon).any_of("members.organisations")
    found: dict[str, str] = {}
    for match in _BRACKETED.finditer(text):
        if match[1] in found or not match[1].isupper() or len(found) == _MOST:
            continue
        line = text[max(0, match.start() - _LONGEST) : match.start()].rpartition("\n")[2]
        words = list(re.finditer(r"\w[\w’'-]*", line))
        start = _start(words, fold_word(match[1]))
        if start is not None and line[start].isupper() and organisation.search(fold_word(line[start:])):
            found[match[1]] = line[start:]
    return [(name, acronym) for acronym, name in found.items()]


def _start(words: Sequence[re.Match[str]], acronym: str) -> int | None:
    """Where the words begin whose initials are the acronym; None if they are not."""
    left = len(acronym)
    for word in reversed(words):
        if fold_word(word[0])[0] == acronym[left - 1]:
            left -= 1
        elif len(word[0]) > _SMALL:
            return None
        if not left:
            return word.start()
    return None
