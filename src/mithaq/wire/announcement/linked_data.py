"""What a page says of itself in JSON-LD (schema.org): publisher, publication date, headline, author, with their places.

The JSON is walked, not decoded: a broken or hostile script costs one pass over it and gives what stood before the
break.

>>> source = '{"@type": "NewsArticle", "publisher": {"name": "Agency"}}'
>>> [(name, letters.text) for name, letters in read_linked_data(source, 0, len(source))]
[('site', 'Agency')]
"""

import re
from array import array
from typing import Literal

from mithaq.wire.announcement.markup import Letters

__all__ = ["read_linked_data"]

_TOKEN = re.compile(r'"(?P<inner>(?:[^"\\]++|\\.)*+)(?P<end>"?)\s*+(?P<key>:?)|(?P<mark>[{}\[\]])', re.DOTALL)
_PIECE = re.compile(r"\\u([0-9a-fA-F]{4})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?|\\(.)|([^\\]+)", re.DOTALL)
_ESCAPES = {"n": " ", "t": " ", "r": " ", "b": " ", "f": " "}
_MAX_DEPTH = 64
_VALUE_LETTERS = 2_000
# What others wrote below the article has authors and dates as well.
_ELSEWHERE = {"comment", "review", "hasPart", "mentions", "isPartOf", "itemListElement"}


def read_linked_data(
    source: str, start: int, end: int
) -> list[tuple[Literal["site", "published", "title", "author"], Letters]]:
    """The first value of each kind in the script between `start` and `end`."""
    found: dict[Literal["site", "published", "title", "author"], Letters] = {}
    outer: list[str] = []
    key = ""
    for token in _TOKEN.finditer(source, start, end):
        mark = token["mark"]
        if mark in {"{", "["}:
            outer.append(key)
            if len(outer) > _MAX_DEPTH:
                break
        elif mark:
            key = outer.pop() if outer else ""
        elif not token["end"]:
            break
        elif token["key"]:
            key = token["inner"][:40]
        elif name := _meaning(outer, key):
            letters = _letters(source, *token.span("inner"))
            if letters.text.strip():
                found.setdefault(name, letters)
    return list(found.items())


def _meaning(outer: list[str], key: str) -> Literal["site", "published", "title", "author", ""]:
    """What a string under this key says of the page; nothing if it speaks of something else."""
    if not _ELSEWHERE.isdisjoint(outer):
        return ""
    named = outer[-1] if key == "name" and outer else key
    if named == "publisher":
        return "site"
    if named == "author":
        return "author"
    if key == "datePublished":
        return "published"
    return "title" if key == "headline" else ""


def _letters(source: str, start: int, end: int) -> Letters:
    text: list[str] = []
    starts, ends = array("I"), array("I")
    for piece in _PIECE.finditer(source, start, min(end, start + _VALUE_LETTERS)):
        high, low, escaped, plain = piece.groups()
        at, stop = piece.span()
        if plain:
            text.append(plain)
            starts.extend(range(at, stop))
            ends.extend(range(at + 1, stop + 1))
            continue
        if high:
            units = bytes.fromhex(high + (low or ""))
            decoded = units.decode("utf-16-be", "replace")
        else:
            decoded = _ESCAPES.get(escaped, escaped)
        text.append(decoded)
        starts.extend([at] * len(decoded))
        ends.extend([stop] * len(decoded))
    return Letters("".join(text), starts, ends)
