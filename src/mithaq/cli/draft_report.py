"""A draft programme as a person reads it at a terminal, in the terminal's language.

Quotes stand in the text between ⟦ and ⟧, with the item's number or the field's name. Text that runs the other way than
the report is isolated (U+2066, U+2067, U+2069), so that neither turns the other around; lines are left to the terminal
to break, for an isolate ends with its line.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterator

import click

from mithaq.errors import Language
from mithaq.web.passages import Step, direction, header_fields, mark, passages, visible
from mithaq.web.programme_words import known_word, word
from mithaq.wire.announcement import THEMES, Draft, Field, Item

__all__ = ["draft_report"]

_OTHER_WAY = {"ltr": {"R", "AL", "AN"}, "rtl": {"L", "EN"}}
_ISOLATES = {"ltr": "\u2066", "rtl": "\u2067"}
_END = "\u2069"


def draft_report(draft: Draft, language: Language) -> str:
    """The report in `language`, with ANSI styles; the text, its quotes and values stay in their own language."""
    return "\n".join(_Report(draft, language).lines())


class _Report:
    def __init__(self, draft: Draft, language: Language) -> None:
        self.draft = draft
        self.language = language
        self.way = "rtl" if language == "ar" else "ltr"
        self.labels = {name: word(f"field.{name}", language) for name, _ in header_fields(draft)}

    def lines(self) -> Iterator[str]:
        yield click.style(self._word("title"), bold=True)
        yield self._word("notice")
        yield f"{self._word('language')}: {self._word(f'language.{self.draft.language}')}"
        yield from self._heading("header")
        for name, field in header_fields(self.draft):
            yield from self._field(self.labels[name], field)
        yield from self._heading("items", len(self.draft.items))
        yield from self._items()
        yield from self._heading("source")
        yield from self._text()
        yield from self._heading("removed", len(self.draft.removed))
        counts = Counter(each.rule for each in self.draft.removed)
        for rule, count in counts.most_common():
            yield f"  {self._inside(known_word('rule', rule, self.language))}: {count}"
        if not counts:
            yield f"  {self._word('removed-nothing')}"

    def _word(self, key: str) -> str:
        return word(key, self.language)

    def _inside(self, text: str, way: str = "") -> str:
        """Text of the announcement within text that runs `way`, the report's own if none is given."""
        way = way or self.way
        text = visible(text)
        if not _OTHER_WAY[way] & {unicodedata.bidirectional(letter) for letter in text}:
            return text
        return f"{_ISOLATES[direction(text, 'ltr')]}{text}{_END}"

    def _quoted(self, text: str) -> str:
        opening, closing = ("“", "”") if self.language == "en" else ("«", "»")
        return f"{opening}{self._inside(' '.join(text.split()))}{closing}"

    def _heading(self, key: str, count: int | None = None) -> Iterator[str]:
        yield ""
        yield click.style(self._word(key) + ("" if count is None else f": {count}"), bold=True, underline=True)

    def _field(self, label: str, field: Field) -> Iterator[str]:
        certainty = self._word(f"confidence.{field.confidence}")
        if field.value is None:
            yield f"{label}: {self._word('absent-value')} [{certainty}]"
        else:
            quoted = self._quoted(field.value) if field.quote == field.value else self._inside(field.value)
            yield f"{label}: {click.style(quoted, bold=True)} [{certainty}]"
        if field.quote is not None and field.quote != field.value:
            yield f"    {self._word('quote')}: {self._quoted(field.quote)}"
        yield from self._grounds(field)

    def _grounds(self, field: Field) -> Iterator[str]:
        if field.reason:
            yield f"    {self._word('reason')}: {self._inside(known_word('reason', field.reason, self.language))}"
        if field.rule and field.value is not None:
            yield f"    {self._word('rule')}: {self._inside(known_word('rule', field.rule, self.language))}"

    def _items(self) -> Iterator[str]:
        numbered = list(enumerate(self.draft.items, 1))
        if not numbered:
            yield self._word("no-items")
        for theme in THEMES:
            here = [(number, item) for number, item in numbered if item.theme == theme]
            if here:
                yield ""
                yield click.style(self._word(f"theme.{theme}"), bold=True)
            for number, item in here:
                yield from self._item(number, item)

    def _item(self, number: int, item: Item) -> Iterator[str]:
        facts = (self._word(f"kind.{item.kind}"), self._word(f"attributed.{item.attributed_to}"))
        yield f"{number:3}. {' · '.join(facts)} [{self._word(f'confidence.{item.confidence}')}]"
        if not item.operated:
            idle = click.style(f"{self._word('not-operated')}.", bold=True)
            yield f"    {idle} {self._word('not-operated.long')}"
        yield f"    {self._quoted(item.text)}"
        if item.quote is not None and item.quote != item.text:
            yield f"    {self._word('quote')}: {self._quoted(item.quote)}"
        yield from self._grounds(item)

    def _text(self) -> Iterator[str]:
        if not self.draft.text:
            yield self._word("no-text")
            return
        otherwise = direction(self.draft.text, "ltr")
        for number, steps in enumerate(mark(self.draft.text, passages(self.draft))):
            yield from [""] if number else []
            text = "".join(step.text for step in steps)
            way = direction(text, otherwise)
            isolate, end = ("", "") if way == self.way else (_ISOLATES[way], _END)
            # An isolate ends with its line.
            shown = "".join(self._steps(steps, way)).replace("\n", f"{end}\n{isolate}")
            yield f"{isolate}{shown}{end}"

    def _steps(self, steps: list[Step], way: str) -> Iterator[str]:
        depth = 0
        for step in steps:
            if step.opens is not None:
                depth += 1
                label = self.labels.get(step.opens.name)
                name = step.opens.name if label is None else f"{self._inside(label, way)}:"
                yield click.style(f"⟦{name} ", bold=True)
            elif step.closes is not None:
                depth -= 1
                yield click.style("⟧", bold=True)
            else:
                yield click.style(visible(step.text), bold=True) if depth else visible(step.text)
