"""Words for searching: one spelling of a word in Arabic, Russian and English, so that one finds what another wrote.

Folded are: compatibility forms and case; Arabic vowel signs and tatweel, the forms of alef, final ya and ta marbuta,
the prefixes و and ف before the article; Russian ё. What joins letters by `-`, `.`, `:`, `/`, `@` or `_` (CVE-2026-1234,
an address) is one word, and each of its parts another. Stems and synonyms are left to later.

>>> sorted(object_words({"name": "CVE-2026-1234", "description": "والتحذير"}))
['1234', '2026', 'cve', 'cve-2026-1234', 'التحذير']
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["MAX_WORDS", "object_words", "query_words"]

MAX_WORDS = 4096
"""Different words of one object that are kept."""

MAX_WORD_LETTERS = 100
_WORD = re.compile(r"\w+(?:[-.:/@]+\w+)*")
_ASCII_WORD = re.compile(r"[a-z0-9_]+(?:[-.:/@]+[a-z0-9_]+)*")
_PART = re.compile(r"[^\W_]+")
_DROPPED = dict.fromkeys([*range(0x064B, 0x0660), 0x0670, 0x0640])
_LETTERS = str.maketrans("أإآٱىةё", "اااايهе")
_PREFIX = re.compile(r"^[وف](?=ال)")
# Names of things, not words about them; ids are looked up, not searched.
_SKIPPED = frozenset({"type", "id", "spec_version", "created", "modified", "extensions", "granular_markings"})


def fold(text: str) -> str:
    """`text` with the spellings of a letter made one."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).casefold().translate(_DROPPED).translate(_LETTERS)


def _words(text: str) -> list[str]:
    folded = fold(text)
    if folded.isascii():
        return _ASCII_WORD.findall(folded)
    return [_PREFIX.sub("", word) for word in _WORD.findall(folded)]


def query_words(text: str) -> list[str]:
    """The folded words of a query, in order, each once."""
    return list(dict.fromkeys(word[:MAX_WORD_LETTERS] for word in _words(text)))


def object_words(value: Mapping[str, Any]) -> set[str]:
    """The folded words of all texts in a STIX object, and the parts of compound ones; at most `MAX_WORDS`."""
    text = "\n".join(_texts(value))
    whole = set(_words(text))
    parts = {part for word in whole if not word.isalnum() for part in _PART.findall(word)}
    found = {word[:MAX_WORD_LETTERS] for word in whole | parts}
    return found if len(found) <= MAX_WORDS else set(sorted(found)[:MAX_WORDS])


def _texts(value: Mapping[str, Any]) -> Iterator[str]:
    skipped = [name for name in value if name in _SKIPPED or name.endswith(("_ref", "_refs"))]
    stack: list[Any] = [item for name, item in value.items() if name not in skipped]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
