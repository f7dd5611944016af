"""A pattern cut into tokens, as the OASIS grammar of STIX 2.1 patterns cuts it.

One expression is asked once for each token, every repetition in it is possessive, and cutting ends at the first letter
that begins no token: so no text takes more than a few looks at each of its letters.
"""

import re
from typing import NamedTuple

__all__ = ["KEYWORDS", "PLAIN_NAME", "Tokens", "cut"]

KEYWORDS = frozenset({
    "AND", "OR", "NOT", "FOLLOWEDBY", "LIKE", "MATCHES", "ISSUPERSET", "ISSUBSET", "EXISTS", "LAST", "IN", "START",
    "STOP", "SECONDS", "true", "false", "WITHIN", "REPEATS", "TIMES",
})  # fmt: skip

# A property with such a name, if it is no keyword, needs no quotes.
PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*").fullmatch

_SKIPPED = r"(?:[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]++|/\*(?s:.*?)\*/|//[^\r\n]*+)*+"
# Group by group: what is written with a letter before its quotes, texts, numbers, names, operators, single letters.
_TOKEN = re.compile(
    _SKIPPED + r"""(?:(?P<hex>h'[^']*+')|(?P<binary>b'[^']*+')|(?P<time>t'[^']*+')"""
    r"""|(?P<string>'[^'\\]*+(?:\\['\\][^'\\]*+)*+')"""
    r"""|(?P<float>[+-]?[0-9]*+\.[0-9]++)|(?P<integer>[+-]?(?:0|[1-9][0-9]*+)(?![0-9]))"""
    r"""|(?P<name>[A-Za-z_][A-Za-z0-9_-]*+)|(?P<operator>==|=|!=|<>|<=|<|>=|>)|(?P<mark>[\[\]():.,*])"""
    r"""|(?P<end>\Z)|(?P<unknown>.))""",
    re.DOTALL,
)
_OPERATORS = {"==": "=", "<>": "!="}


class Tokens(NamedTuple):
    """Tokens side by side: what each is, how it is written, where it begins and ends.

    The kind of a keyword or a mark is its own spelling, that of any comparison by a sign is `operator`; `name` has no
    hyphen, `type` has. The last is `end`, or `unknown` for a letter that begins no token.
    """

    kinds: list[str]
    texts: list[str]
    starts: list[int]
    ends: list[int]


def cut(text: str) -> Tokens:
    """All tokens of `text`, up to the first that can't be one."""
    kinds: list[str] = []
    texts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "unknown"
        written = match[kind]
        start, end = match.span(kind)
        if kind == "mark":
            kind = written
        elif kind == "name":
            if written in KEYWORDS:
                kind = written
            elif "-" in written:
                kind = "type"
        elif kind == "operator":
            written = _OPERATORS.get(written, written)
        kinds.append(kind)
        texts.append(written)
        starts.append(start)
        ends.append(end)
        if kind in {"end", "unknown"}:
            break
    return Tokens(kinds, texts, starts, ends)
