"""Words for searching: one spelling of a word in Arabic, Russian and English, so that one finds what another wrote.

Folded are: compatibility forms and case; Arabic vowel signs and tatweel, the forms of alef, final ya and ta marbuta,
the prefixes و and ف before the article; Russian ё. What joins letters by `-`, `.`, `:`, `/`, `@` or `_` (CVE-2026-1234,
an address) is one word, and each of its parts another. Stems and synonyms are left to later.

>>> object_words({"name": "CVE-2026-1234", "description": "والتحذير"})
['1234', '2026', 'cve', 'cve-2026-1234', 'التحذير']
"""

import re
import unicodedata
from collections.abc import Mapping
from itertools import chain
from typing import Any

__all__ = ["MAX_WORDS", "object_words", "query_words"]

MAX_WORDS = 4096
"""Different words of one object that are kept."""

MAX_WORD_LETTERS = 100
_BETWEEN = "\0"
_MAX_REMEMBERED = 1 << 16
_MAX_LETTERS = 1 << 22
_LONGEST_REMEMBERED = 1 << 16
_WORD = re.compile(r"\w+(?:[-.:/@]+\w+)*")
_PART = re.compile(r"[^\W_]+")
_DROPPED = dict.fromkeys([*range(0x064B, 0x0660), 0x0670, 0x0640])
_LETTERS = str.maketrans("أإآٱىةё", "اااايهе")
_PREFIX = re.compile(r"^[وف](?=ال)")
# Names of things, not words about them; ids are looked up, not searched.
_SKIPPED = frozenset(
    {"type", "id", "spec_version", "created", "modified", "extensions", "external_references", "granular_markings"}
)


def fold(text: str) -> str:
    """`text` with the spellings of a letter made one."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).casefold().translate(_DROPPED).translate(_LETTERS)


def query_words(text: str) -> list[str]:
    """The folded words of a query, in order, each once."""
    return list(dict.fromkeys(word for token in text.split() for word in _whole_words(token)))


def object_words(value: Mapping[str, Any]) -> list[str]:
    """The folded words of all texts in a STIX object, and the parts of compound ones, sorted; at most `MAX_WORDS`.

    By code point, as an index wants them: each text's words were sorted already, so this takes little here.
    """
    texts: list[str] = []
    for name, item in value.items():
        if name in _SKIPPED or name.endswith(("_ref", "_refs")):
            continue
        if isinstance(item, str):
            texts.append(item)
        else:
            _gather(item, texts)
    references = value.get("external_references")
    if isinstance(references, list):
        # What an object is called elsewhere; titles and addresses of sources would find everything with everything.
        for reference in references:
            for name in ("source_name", "external_id"):
                text = reference.get(name) if isinstance(reference, dict) else None
                if isinstance(text, str):
                    texts.append(text)
    return sorted(dict.fromkeys(chain.from_iterable(map(_TEXTS.__getitem__, texts))))[:MAX_WORDS]


def _gather(item: object, texts: list[str]) -> None:
    """Add the texts in a JSON value; the depth of records bounds the recursion."""
    if isinstance(item, str):
        texts.append(item)
    elif isinstance(item, dict):
        for name, each in item.items():
            if not name.endswith(("_ref", "_refs")):
                _gather(each, texts)
    elif isinstance(item, list):
        for each in item:
            _gather(each, texts)


def _whole_words(token: str) -> list[str]:
    return [_PREFIX.sub("", word)[:MAX_WORD_LETTERS] for word in _WORD.findall(fold(token))]


def _find_words(token: str) -> str:
    """The words of a token, compound ones and their parts, with `_BETWEEN` between them: mostly there is just one."""
    whole = _whole_words(token)
    parts = [part[:MAX_WORD_LETTERS] for word in whole if not word.isalnum() for part in _PART.findall(word)]
    return _BETWEEN.join(dict.fromkeys([*whole, *parts]))


class _Tokens(dict[str, str]):
    """The words of tokens that were met before: the same ones come again and again.

    Only short tokens are kept, and all are forgotten when they are many, so that the memory has a bound.
    """

    def __missing__(self, token: str) -> str:
        words = _find_words(token)
        if len(token) <= MAX_WORD_LETTERS:
            if len(self) >= _MAX_REMEMBERED:
                self.clear()
            self[token] = words
        return words


class _Texts(dict[str, tuple[str, ...]]):
    """The words of whole texts that were met before: the versions of an object mostly say the same.

    The letters of the texts are counted, so that the memory has a bound.
    """

    letters = 0

    def __missing__(self, text: str) -> tuple[str, ...]:
        found = set(map(_TOKENS.__getitem__, text.split()))
        found.discard("")
        for several in [words for words in found if _BETWEEN in words]:
            found.discard(several)
            found.update(several.split(_BETWEEN))
        words = tuple(sorted(found))
        if len(text) <= _LONGEST_REMEMBERED:
            self.letters += len(text)
            if self.letters > _MAX_LETTERS:
                self.clear()
                self.letters = len(text)
            self[text] = words
        return words


_TOKENS = _Tokens()
_TEXTS = _Texts()
