"""Which language a text is in: by its letters and its commonest words; *other* if none of the lexicons' fits."""

import re

from mithaq.wire.announcement.folded import fold_word
from mithaq.wire.announcement.lexicon import Lexicons

__all__ = ["detect_language"]

_LOOKED_AT = 20_000
_SCRIPTS = {
    "latin": re.compile(r"[A-Za-z\u00c0-\u024f]"),
    "cyrillic": re.compile(r"[\u0400-\u052f]"),
    "arabic": re.compile(r"[\u0600-\u06ff\u0750-\u077f]"),
}
_WORD = re.compile(r"[^\W\d_]+")
_LEAST_SHARE = 0.12
_MOST_FOREIGN = 0.01


def detect_language(text: str, lexicons: Lexicons) -> str:
    """The language of most of a text: the script with most letters, told from others that share it."""
    looked_at = text[:_LOOKED_AT]
    letters = {script: len(pattern.findall(looked_at)) for script, pattern in _SCRIPTS.items()}
    script = max(letters, key=lambda each: letters[each])
    if letters[script] < 20:
        return "other"
    words = [fold_word(word) for word in _WORD.findall(looked_at) if _SCRIPTS[script].match(word)]
    best: tuple[float, str] = (0.0, "other")
    for name, lexicon in lexicons.languages.items():
        if lexicon.words.get("language.script") != script:
            continue
        foreign = lexicon.words.get("language.foreign_letters", "")
        if sum(map(looked_at.lower().count, foreign)) > _MOST_FOREIGN * letters[script]:
            continue
        own = _share(words, lexicon.words.get("language.function_words", ()))
        others = _share(words, lexicon.words.get("language.foreign_words", ()))
        if own >= lexicon.words.get("language.least_share", _LEAST_SHARE) and others < own / 3:
            best = max(best, (own, name))
    return best[1]


def _share(words: list[str], known: list[str]) -> float:
    wanted = frozenset(map(fold_word, known))
    return sum(word in wanted for word in words) / max(len(words), 1)
