r"""Lexicons: what the rules look for, as data. A file per language and subject, each entry with an example.

An entry's `match` is a phrase over folded text (`folded`). Written in it: `*` any letters; `_` one letter; ` ` a space,
with or without a comma; `…` up to four words between; `~` up to twelve of anything but the end of a clause; `(a|b)`,
`[ab]`, `?` as in regular expressions; `{C}` a country or member, `{A}` its adjective, `{O}` an organisation, `{D}` a
date, `{Q}` a quotation, `{P}` a person's name, `{N}` up to ten words to the end of a clause. A phrase begins and ends
at a word's border. Where a language writes articles and prepositions with the word (`clitics`), each may have them.

>>> pattern = compile_phrases(["assum* … chair*"])
>>> pattern.search("it assumes the rotating chairmanship of").group()
'assumes the rotating chairmanship'
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from mithaq.wire.announcement.folded import fold_word

__all__ = ["MARKS", "Entry", "Lexicon", "Lexicons", "Phrases", "compile_phrase", "compile_phrases", "decode_lexicon"]

MARKS: Mapping[str, tuple[int, int]] = {
    "C": (0xE000, 0xE2FF),
    "A": (0xE300, 0xE5FF),
    "O": (0xE600, 0xE6FF),
    "D": (0xE700, 0xE8FF),
    "Q": (0xE900, 0xEAFF),
    "P": (0xEB00, 0xECFF),
}
"""The private letters that stand for what was found in a sentence, by what it is: first and last of each."""

# Each word whole (++): otherwise a run of signs could be parted in any way, and trying them all takes ages.
_NOUN_PHRASE = r"((?:[^\s,.;:!?()]++(?: |(?!\w))){1,10})"
_TOKEN = re.compile(r"\{([A-Z])\}|\[[^\]]+\]|[…~*_()|?]| +|[^\s…~*_()|?{}\[\]]+|[{}\[\]]")
_LONG = 4
"""A word of no more letters may begin with the article's letters by itself."""
_WRITTEN = {
    # Not over another country: who hands over must not take what is said of who takes.
    "…": r"(?:[^\s.;:!?\ue000-\ue2ff]+ ){0,4}?",
    "~": r"(?:[^\s.;!?]+ ){0,12}?",
    "*": r"\w*",
    "_": r"\w",
    ")": ")",
    "|": "|",
    "?": "?",
}


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One phrase with an example in which it is found; `tag` and `weight` mean what the file's reader says."""

    match: str
    example: str
    tag: str = ""
    weight: int = 1


class Clitics(NamedTuple):
    """What a language writes together with the word behind it: a regular expression, and the article alone."""

    prefix: str = ""
    article: str = ""


NO_CLITICS = Clitics()


class Lexicon(msgspec.Struct, frozen=True):
    """The entries of one language by list: the file's name and the list's, `header.takes`."""

    language: str
    lists: dict[str, list[Entry]]
    words: dict[str, Any]
    """What is not a list of phrases: tables of months, letters, settings; by file and name as well."""

    @property
    def clitics(self) -> Clitics:
        """What is written with the word behind it (`language.clitics`)."""
        return Clitics(**self.words.get("language.clitics", {}))


class Phrases:
    """A lexicon's lists as patterns, made when they are first asked for. A list that is not there finds nothing."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon

    def each(self, name: str) -> list[tuple[Entry, re.Pattern[str]]]:
        """Every entry of a list with its pattern."""
        clitics = self.lexicon.clitics
        return [(entry, compile_phrases([entry.match], clitics)) for entry in self.lexicon.lists.get(name, ())]

    def any_of(self, name: str) -> re.Pattern[str]:
        """One pattern for a whole list."""
        return compile_phrases([entry.match for entry in self.lexicon.lists.get(name, ())], self.lexicon.clitics)

    def says(self, name: str, text: str) -> bool:
        """Whether any entry of a list is found in folded text."""
        return self.any_of(name).search(text) is not None

    def words(self, *names: str) -> frozenset[str]:
        """The folded words of plain lists."""
        return frozenset(fold_word(word) for name in names for word in self.lexicon.words.get(name, ()))


class Lexicons(NamedTuple):
    """All that the reader knows: a lexicon for each language, countries and organisations."""

    languages: dict[str, Lexicon]
    countries: list[dict[str, Any]]
    organisations: list[dict[str, Any]]


def decode_lexicon(language: str, files: Mapping[str, bytes]) -> Lexicon:
    """The lexicon of a language from its files' bytes by name (`header` for `header.toml`)."""
    lists: dict[str, list[Entry]] = {}
    words: dict[str, Any] = {}
    for name, data in files.items():
        for key, value in tomllib.loads(data.decode()).items():
            if isinstance(value, list) and value and isinstance(value[0], dict) and "match" in value[0]:
                lists[f"{name}.{key}"] = msgspec.convert(value, list[Entry])
            else:
                words[f"{name}.{key}"] = value
    return Lexicon(language, lists, words)


def compile_phrase(phrase: str, clitics: Clitics = NO_CLITICS) -> str:
    """The regular expression of one phrase, without the borders around it."""
    prefix = clitics.prefix
    made: list[str] = []
    fresh = True  # at the beginning of a word
    groups: list[bool] = []  # of each open parenthesis, whether the clitics stand before it, once for all within
    for token in _TOKEN.finditer(phrase):
        text, mark = token[0], token[1]
        if mark is not None:
            made.append(_mark(mark))
        elif text == "(":
            groups.append(bool(prefix) and fresh and _holds_words(phrase, token.start()))
            made.append(f"{prefix}(?:" if groups[-1] else "(?:")
        elif text in _WRITTEN:
            made.append(_WRITTEN[text])
        elif text.isspace():
            made.append("" if made and made[-1].endswith("}?") else "(?:,? +)")
        elif text[0] == "[" and text[-1] == "]":
            made.append(text)
        else:
            if prefix and fresh and text[:1].isalpha():
                # Only the article as it is written; ألباني begins otherwise.
                text = text.removeprefix(clitics.article) if len(text) > _LONG else text
                made.append(
                    "" if groups and groups[-1] and token.start() and phrase[token.start() - 1] in "(|" else prefix
                )
            made.append(re.escape(fold_word(text)))
        if text == ")" and groups:
            groups.pop()
        fresh = text.isspace() or text in {"(", "|", "…", "~"}
    return "".join(made)


def _mark(mark: str) -> str:
    if mark == "N":
        return _NOUN_PHRASE
    first, last = MARKS[mark]
    return f"([{chr(first)}-{chr(last)}])"


def _holds_words(phrase: str, at: int) -> bool:
    """Whether a parenthesis holds plain words only, each of which may have the same clitics before it."""
    inner = phrase[at + 1 : phrase.find(")", at)]
    return not any(each in inner for each in "({…~[") and all(word[:1].isalpha() for word in inner.split("|"))


def compile_phrases(phrases: Iterable[str], clitics: Clitics = NO_CLITICS) -> re.Pattern[str]:
    """One pattern that finds any of the phrases, at word borders; the longer ones are tried first."""
    return _compiled(tuple(phrases), clitics)


@lru_cache(maxsize=8192)
def _compiled(phrases: tuple[str, ...], clitics: Clitics) -> re.Pattern[str]:
    # The same lists are asked for at every reading; Python itself remembers 512 patterns, which two languages exceed.
    made = [_bordered(compile_phrase(each, clitics), each) for each in sorted(phrases, key=len, reverse=True)]
    return re.compile("|".join(made) or "(?!)")


def _bordered(pattern: str, phrase: str) -> str:
    # Before a comma that begins a phrase there is a word.
    before = "" if phrase.lstrip("(")[:1] in ",;:-" else r"(?<!\w)"
    return rf"{before}(?:{pattern})(?!\w)"
