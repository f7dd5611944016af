"""Which theme a text has: what its words weigh, by `themes.toml`."""

import re

from mithaq.wire.announcement.draft import THEMES, Theme
from mithaq.wire.announcement.lexicon import Lexicon, compile_phrases

__all__ = ["Themes"]


class Themes:
    """Which theme a text has."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._patterns: list[tuple[Theme, int, re.Pattern[str]]] = []
        for theme in THEMES:
            by_weight: dict[int, list[str]] = {}
            for entry in lexicon.lists.get(f"themes.{theme}", ()):
                by_weight.setdefault(entry.weight, []).append(entry.match)
            self._patterns += [
                (theme, weight, compile_phrases(phrases, lexicon.clitics)) for weight, phrases in by_weight.items()
            ]
        self._remembered: dict[str, tuple[Theme, float]] = {}

    def of(self, text: str) -> tuple[Theme, float]:
        """The theme with the greatest weight, and how great it is; the first that is named wins a draw."""
        if text not in self._remembered:
            self._remembered[text] = self._weigh(text)
        return self._remembered[text]

    def _weigh(self, text: str) -> tuple[Theme, float]:
        weights: dict[Theme, float] = {}
        first: dict[Theme, int] = {}
        for theme, weight, pattern in self._patterns:
            for match in pattern.finditer(text):
                weights[theme] = weights.get(theme, 0) + weight
                first[theme] = min(first.get(theme, len(text)), match.start())
        if not weights or max(weights.values()) <= 0:
            return "other", 0
        best = max(weights, key=lambda theme: (weights[theme], -first[theme]))
        return best, weights[best]
