"""A draft programme as one self-contained page: the source text with its quotes marked, beside the draft.

It loads nothing and runs nothing: the policy in its head allows one style sheet, its own, by hash. Whatever comes from
the announcement is escaped by the templates; what would turn text around is written out (`passages.visible`). On the
page a person only reads; confirming a draft comes with the council.
"""

import base64
import functools
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import jinja2

from mithaq.errors import Language
from mithaq.web.passages import Step, direction, header_fields, mark, passages, visible
from mithaq.web.programme_words import known_word, word
from mithaq.wire.announcement import THEMES, Draft, Field, Item, Removed

__all__ = ["draft_page"]

_SHOWN = 40
"""So many removed parts are shown of each rule; the rest is counted."""
_EXCERPT = 200
_LETTERS = {"ar": re.compile("[\u0620-\u064a]"), "ru": re.compile("[а-яё]", re.I), "en": re.compile("[a-z]", re.I)}
_EXERCISE = re.compile(r"\bEXERCISE\b")


class _Shown(NamedTuple):
    """Text of the announcement with what a browser must know of it."""

    text: str
    dir: str
    lang: str


class _Paragraph(NamedTuple):
    steps: list[Step]
    dir: str
    lang: str


def draft_page(draft: Draft, source: str, language: Language) -> str:
    """The HTML page. `source` is the decoded input, of which the draft tells what was removed; `language` is that of
    the words around the text, which keeps its own."""
    text_dir = "rtl" if draft.language == "ar" else "ltr"
    placed = {each.name for each in passages(draft)}
    labels = {name: word(f"field.{name}", language) for name, _ in header_fields(draft)}
    idle = {str(number) for number, item in enumerate(draft.items, 1) if not item.operated}
    organisation = draft.organisation.value
    return _template().render(
        language=language,
        dir="rtl" if language == "ar" else "ltr",
        policy=_policy(),
        word=lambda key: word(key, language),
        exercise=_EXERCISE.search(source) is not None or _EXERCISE.search(draft.text) is not None,
        organisation=visible(organisation) if organisation else "",
        text_language=draft.language,
        text_dir=text_dir,
        text_lang="" if draft.language == "other" else draft.language,
        paragraphs=list(_paragraphs(draft)) if draft.text else [],
        kind_of=lambda name: "field" if name in labels else "idle" if name in idle else "item",
        label_of=lambda name: labels.get(name, name),
        header=[_row(draft, name, each, labels[name], placed, language) for name, each in header_fields(draft)],
        themes=list(_themes(draft, placed, language)),
        item_count=len(draft.items),
        removed=list(_removed(draft, source, language)),
        removed_count=len(draft.removed),
    )


@functools.cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("mithaq.web"), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    made.filters["visible"] = visible
    return made


def _template() -> jinja2.Template:
    return _environment().get_template("draft.html")


@functools.cache
def _policy() -> str:
    """The page's Content-Security-Policy: nothing at all but the style sheet with this hash."""
    style = _environment().get_template("draft.css").render()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _language_of(text: str, draft: Draft) -> str:
    """The `lang` of a text: the draft's, unless most of its letters are of another script: then it isn't known."""
    letters = sum(map(str.isalpha, text))
    own = _LETTERS.get(draft.language)
    return draft.language if own is not None and 2 * len(own.findall(text)) >= letters else ""


def _shown(text: str, draft: Draft) -> _Shown:
    return _Shown(visible(text), direction(text, "ltr"), _language_of(text, draft))


def _paragraphs(draft: Draft) -> Iterable[_Paragraph]:
    otherwise = direction(draft.text, "ltr")
    for steps in mark(draft.text, passages(draft)):
        text = "".join(step.text for step in steps)
        yield _Paragraph(steps, direction(text, otherwise), _language_of(text, draft))


def _row(
    draft: Draft, name: str, field: Field, label: str, placed: Iterable[str], language: Language
) -> dict[str, Any]:
    """What the page says of one field or item."""
    return {
        "name": name,
        "label": label,
        "value": None if field.value is None else _shown(field.value, draft),
        "quote": None if field.quote is None or field.quote == field.value else _shown(field.quote, draft),
        "confidence": field.confidence,
        "reason": visible(known_word("reason", field.reason, language)),
        "rule": visible(known_word("rule", field.rule, language)) if field.value is not None else "",
        "placed": name in placed,
    }


def _item_row(draft: Draft, number: int, item: Item, placed: Iterable[str], language: Language) -> dict[str, Any]:
    return _row(draft, str(number), item, str(number), placed, language) | {
        "operated": item.operated,
        "kind": word(f"kind.{item.kind}", language),
        "attributed": word(f"attributed.{item.attributed_to}", language),
        "value": _shown(item.text, draft),
        "quote": None if item.quote is None or item.quote == item.text else _shown(item.quote, draft),
    }


def _themes(draft: Draft, placed: Iterable[str], language: Language) -> Iterable[Mapping[str, Any]]:
    """The items by theme; each keeps the number that it has in the draft."""
    for theme in THEMES:
        rows = [
            _item_row(draft, number, item, placed, language)
            for number, item in enumerate(draft.items, 1)
            if item.theme == theme
        ]
        if rows:
            yield {"label": word(f"theme.{theme}", language), "rows": rows}


def _removed(draft: Draft, source: str, language: Language) -> Iterable[Mapping[str, Any]]:
    """What was removed by rule, in the order in which the rules first appear, with the beginnings of the parts."""
    by_rule: dict[str, list[Removed]] = {}
    for each in draft.removed:
        by_rule.setdefault(each.rule, []).append(each)
    for rule, parts in by_rule.items():
        excerpts = [_shown(_excerpt(source, each), draft) for each in parts[:_SHOWN]]
        yield {
            "label": visible(known_word("rule", rule, language)),
            "count": len(parts),
            "shown": excerpts,
            "more": max(0, len(parts) - _SHOWN),
        }


def _excerpt(source: str, part: Removed) -> str:
    piece = " ".join(source[part.start : min(part.end, part.start + 2 * _EXCERPT)].split())
    return piece if len(piece) <= _EXCERPT and part.end - part.start <= 2 * _EXCERPT else f"{piece[:_EXCERPT]}…"
