"""The statement behind an announcement: who speaks for the chair, where it appeared, on whose page, and when.

What a page says of itself outside its text counts first; then datelines, bylines and lines that say it; what people
write ("told the Daily Example") by the phrases of `header.toml`.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from mithaq.wire.announcement.cleaning import Cleaned
from mithaq.wire.announcement.dates import find_dates
from mithaq.wire.announcement.folded import fold_text, fold_word
from mithaq.wire.announcement.lexicon import Phrases
from mithaq.wire.announcement.page import Letters
from mithaq.wire.announcement.sentences import Sentence, Sentences

__all__ = ["NEAR", "Choice", "Statement", "stripped"]

NEAR = 0.7
"""A second value with this share of the first one's weight makes it unsure."""

_DATE_WORDS = 4
"""Words that may stand beside a date in a line that is one."""
_DATELINE_START = 45
_BEHIND_DATE = re.compile(r"[\s.,:]*[/(\[–—-]")
_LEAST_WORDS = 2
_FAMILY = 5
"""Letters of a last name that are the same in all its cases."""
_HEARD = 2
_MASTHEAD_WORDS, _HEADLINE_WORDS = 8, 12
_NO_NAME = 1.5
_ANOTHERS = 4
_TITLE = 45
"""Letters that a title with its country may have before a name."""
_SAYS = 16
"""Letters within which a verb of saying speaks for a person without a title."""
_BESIDE = 28
"""Letters that may stand between a title and a name."""
_NO_NOISE = frozenset({"noise.outlets", "noise.published"})
"""What tells an outlet or a date is cut from the text, but it is what is looked for here."""
_NAME_PART = re.compile(r"[^\s,،.؛;:()«»\"“”]+|[,،.؛;:()«»\"“”]")
_COPYRIGHT_YEAR = re.compile(r"(?:©|\([cс]\))\s*(?:\d{4}\b[\s,]*)?|\d{4}[\s,]+", re.IGNORECASE)
_DATELINE = re.compile(
    r"[^/(\[]{0,60}[/(\[]\s*([a-z]{2,6}|[^\s\d/()\[\]a-zа-яё][^/()\[\]]{1,30})[/)\]]\s*[-–—.:]"
    r"|[^./(\[]{0,60}\. ?/([^/]{2,30})/"
    r"|[^\W\d_a-zа-яё]{3,25}(?:, \d{1,2}\.? [^\W\d_]+\.?)? ?[-–—] ?([^\W\d_a-zа-яё][^.,;:]{2,40})\.(?: |\Z)"
)
"""A dateline: a place, perhaps a date, and the agency between strokes or brackets, before a dash or a stop."""
_ISO = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")


class Choice(NamedTuple):
    """A value that was chosen, or that none was: what a `Field` will say. `letters` is a passage outside the text."""

    value: str | None
    start: int = -1
    end: int = -1
    rule: str = ""
    sure: bool = True
    reason: str = ""
    letters: Letters | None = None


def stripped(text: str, start: int, end: int, letters: str) -> tuple[int, int]:
    """A range of the text without these letters at either end."""
    while start < end and text[start] in letters:
        start += 1
    while end > start and text[end - 1] in letters:
        end -= 1
    return start, end


class Statement:
    """Reads these fields from the sentences and from what the page says of itself.

    `told` are the numbers of the sentences that say who takes the chair.
    """

    def __init__(self, sentences: Sentences, cleaned: Cleaned, told: frozenset[int]) -> None:
        self.sentences = sentences
        self.cleaned = cleaned
        self.rules = Phrases(sentences.lexicon)
        self.told = told

    # Who says it

    def speaker(self, key: str) -> Choice:
        """Who speaks for the chair, whose names are known by `key`: a person beside a title, mostly saying so."""
        weights: dict[str, float] = {}
        labels: dict[str, int] = {}
        best: dict[str, tuple[tuple[int, float, str], int, int]] = {}
        for sentence in self.sentences.all:
            for start, end in self._persons(sentence):
                weight = self._speaks(sentence, start, end, key)
                name = self.sentences.text[start:end]
                family = fold_word(re.split(r"[ .]", name.strip())[-1])[:_FAMILY]
                weights[family] = weights.get(family, 0) + weight
                if start == sentence.block[0] and self.sentences.text[end : end + 1] == ":":
                    labels[family] = labels.get(family, 0) + 1
                # The fullest form, where most speaks for it; at last by its letters: no order of passages counts.
                found = (len(name.split()), weight, name), start, end
                best[family] = max(best.get(family, found), found)
        # In an interview the name before each answer says so.
        weights.update({family: weights[family] + _HEARD for family, count in labels.items() if count > 1})
        heard = sorted((each for each in weights if weights[each] >= _HEARD), key=lambda each: (-weights[each], each))
        if not heard:
            return Choice(None, rule="speaker", reason="no-speaker")
        _, start, end = best[heard[0]]
        near = len(heard) > 1 and weights[heard[1]] >= NEAR * weights[heard[0]]
        reason = "another-speaker" if near else ""
        return Choice(self.sentences.text[start:end], start, end, "title-and-name", not near, reason)

    def _persons(self, sentence: Sentence) -> Iterator[tuple[int, int]]:
        if "language.name_stops" not in self.sentences.lexicon.words:
            yield from ((sentence.start + start, sentence.start + end) for start, end in sentence.persons)
            return
        # A script without capitals: a name is what stands behind a title, up to a word that is in no name.
        found: dict[int, int] = {}
        for _, pattern in self.rules.each("header.titles"):
            for hit in sentence.named.hits(pattern):
                start, end = self._name_behind(sentence, self._behind_country(sentence, hit.end))
                if end:
                    found[end] = max(start, found.get(end, start))
        yield from ((start, end) for end, start in sorted(found.items()))

    def _name_behind(self, sentence: Sentence, start: int) -> tuple[int, int]:
        """Two to four words behind a title that may be a name; (start, 0) if there are none."""
        stops = self.rules.words("language.name_stops")
        common = self.sentences.context.common
        words: list[tuple[int, int]] = []
        marks = [(each.start, each.end) for each in sentence.named.found.values()]
        for match in _NAME_PART.finditer(self.sentences.text, start, min(start + 120, sentence.end)):
            folded = fold_word(match[0])
            if any(begin < match.end() and match.start() < end for begin, end in marks):
                if words:
                    break
                continue
            if not words and common.fullmatch(folded):
                continue
            if not match[0][0].isalpha() or folded in stops or common.fullmatch(folded) or len(words) == 4:
                break
            words.append(match.span())
        return (words[0][0], words[-1][1]) if len(words) >= 2 else (start, 0)

    def _behind_country(self, sentence: Sentence, end: int) -> int:
        """Where a title ends with the country that it is of."""
        for found in sentence.named.found.values():
            if found.kind in "CAO" and 0 <= found.start - end <= 2:
                return found.end
        return end

    def _speaks(self, sentence: Sentence, start: int, end: int, key: str) -> float:
        """How much says that a person speaks for the chair: a title beside the name, a verb of saying, the country."""
        before = fold_word(self.sentences.text[max(sentence.start, start - 90) : start])
        after = fold_word(self.sentences.text[end : min(end + 90, sentence.end)])
        if sentence.kind == "caption" or self.rules.says("header.not_speakers", before[-40:]):
            return -1.0
        weight = title = 0.0
        typed_before, typed_after = self._around(sentence, start, end)
        following = self.sentences.all[sentence.number + 1 : sentence.number + 2]
        if (start, end) == (sentence.start, sentence.end) and following:
            typed_after = following[0].named.text  # a signature, and the title on the line below
        for entry, pattern in self.rules.each("header.titles"):
            before_it = any(len(typed_before) - match.end() <= _BESIDE for match in pattern.finditer(typed_before))
            behind_it = pattern.search(typed_after[:60])
            if before_it or (behind_it is not None and behind_it.start() <= _BESIDE):
                title = max(title, entry.weight)
        weight += title - (_ANOTHERS if self._is_of_another(sentence, start, key) else 0)
        near = len(before) if title else _SAYS
        if self.rules.says("header.says", before[-near:]) or self.rules.says("header.says", after[:near]):
            weight += 2
        if title and key and any(name.ids == key for name in sentence.names):
            weight += 1
        return weight

    def _is_of_another(self, sentence: Sentence, start: int, key: str) -> bool:
        """Whether the country before a person's name, mostly in the title, is not the chair."""
        marks = [found for found in sentence.named.found.values() if found.kind in "CA" and found.end <= start]
        # A capital is mostly where something is said, not whose minister says it.
        near = [found for found in marks if start - found.end <= _TITLE and not found.value.capital]
        return bool(key and near) and near[-1].value.ids != key

    def _around(self, sentence: Sentence, start: int, end: int) -> tuple[str, str]:
        typed = sentence.named
        before = "".join(
            letter for letter, (at, _) in zip(typed.text, typed.at, strict=False) if start - 70 <= at < start
        )
        after = "".join(letter for letter, (at, _) in zip(typed.text, typed.at, strict=False) if end <= at < end + 70)
        return before, after

    # Where and when it is said

    def _named_place(self, name: str, keep: Callable[[Sentence], bool]) -> Choice | None:
        best: tuple[tuple[float, str], Choice] | None = None
        stops = self.rules.words("language.stops")
        for sentence in self.sentences.all:
            if not keep(sentence):
                continue
            for number, (entry, pattern) in enumerate(self.rules.each(name)):
                for match in pattern.finditer(sentence.named.text):
                    at = match.start() if entry.tag == "whole" or not pattern.groups else match.start(pattern.groups)
                    start, end = sentence.named.span(at, match.end())
                    start, end = self._until_stop(start, end, stops)
                    if end == start:  # "in an interview, said the minister"
                        start, end = self._until_stop(*sentence.named.span(match.start(), at), stops)
                    weight = entry.weight if self._is_name(start, end) else entry.weight - _NO_NAME
                    if name == "header.pages":
                        start, end = self._without_year(start, end)
                    value = self.sentences.text[start:end]
                    vague = entry.tag != "whole" and not self._is_name(start, end) and len(value.split()) < _LEAST_WORDS
                    if vague or any(
                        found.kind == "D" and found.start == start for found in sentence.named.found.values()
                    ):
                        continue  # "told reporters", "published on 1 January"
                    if value and (best is None or (weight, value) > best[0]):
                        best = (weight, value), Choice(value, start, end, f"{name}[{number}]")
        return best[1] if best else None

    def _is_name(self, start: int, end: int) -> bool:
        """Whether a passage may name a place: in scripts with capital letters it has one, or a quotation, or a dot."""
        text = self.sentences.text[start:end]
        return text.upper() == text.lower() or any(each.isupper() or each in '"«“.@' for each in text)

    def _until_stop(self, start: int, end: int, stops: frozenset[str]) -> tuple[int, int]:
        last = start
        for match in re.finditer(r"\S+", self.sentences.text[start:end]):
            word = fold_word(match[0])
            if (word in stops and last > start) or self.rules.says("header.says", word):
                break
            last = start + match.end()
        return stripped(self.sentences.text, start, last, ' ,.:;"«»“”-–—')

    def _without_year(self, start: int, end: int) -> tuple[int, int]:
        """A range without the year that a copyright line has at either end."""
        text = self.sentences.text[start:end]
        mark = _COPYRIGHT_YEAR.match(text)
        year = re.search(r"[\s,]+\d{4}$", text)
        begun = start + (mark.end() if mark else 0)
        ended = end - (len(year[0]) if year else 0)
        return (begun, ended) if begun < ended else (start, end)

    def source(self) -> Choice:
        """Where the statement appeared, or through whom; an institution's own page is where its statement did."""
        found = self._named_place("header.sources", lambda sentence: sentence.kind != "caption")
        page = self.page()
        if found is None and page.value is not None and self.rules.says("header.institutions", fold_word(page.value)):
            return page._replace(rule="own-page")  # an institution's statement on its own page
        return found or Choice(None, rule="source", reason="no-source")

    def page(self) -> Choice:
        """The outlet: what the page calls itself, an agency in a dateline, a line that says so, a masthead."""
        for meta in self.cleaned.metas:
            if meta.name == "site" and not self._is_noise(meta.letters.text):
                return self._meta(meta.letters.text, meta.letters, "site-name")
        titled = self._titled()
        if titled is not None:
            return titled
        for sentence in self.sentences.all[:12]:
            agency = _DATELINE.match(sentence.text) if sentence.kind != "item" else None
            if agency:
                begun, ended = agency.span(agency.lastindex or 0)
                start, end = stripped(self.sentences.text, sentence.start + begun, sentence.start + ended, " .,")
                return Choice(self.sentences.text[start:end], start, end, "dateline")
        found = self._named_place("header.pages", lambda sentence: len(sentence.text) < 120)
        return found or self._masthead() or self._owner() or Choice(None, rule="page", reason="no-page")

    def _owner(self) -> Choice | None:
        """Who has the copyright."""
        names = (meta.letters for meta in self.cleaned.metas if meta.name == "owner")
        letters = next((each for each in names if not self._is_noise(each.text)), None)
        return None if letters is None else self._meta(letters.text, letters, "copyright")

    def _is_noise(self, text: str) -> bool:
        """Whether a line is a button or a menu's word that stood where an outlet's name may stand."""
        lists = (name for name in self.sentences.lexicon.lists if name.startswith("noise.") and name not in _NO_NOISE)
        return any(self.rules.any_of(name).fullmatch(fold_word(text).strip()) for name in lists)

    def _titled(self) -> Choice | None:
        """The part of a page's title that is not its headline: "Headline | Outlet"."""
        headlines = {fold_word(sentence.text) for sentence in self.sentences.all[:6]}
        for meta in self.cleaned.metas:
            parts = list(re.finditer(r"[^|—–·•»]+|(?<= )-(?= )", meta.letters.text)) if meta.name == "title" else []
            if len(parts) < 2:
                continue
            part = parts[-1]
            value = part[0].strip()
            if value and len(value.split()) <= 8 and fold_word(value) not in headlines:
                start = part.start() + len(part[0]) - len(part[0].lstrip())
                letters = meta.letters
                end = start + len(value)
                piece = Letters(letters.text[start:end], letters.starts[start:end], letters.ends[start:end])
                return self._meta(value, piece, "title-suffix")
        return None

    def _masthead(self) -> Choice | None:
        """A plain text's first line, if it is a short one above the headline: perhaps the outlet's name."""
        if len(self.sentences.all) < 2 or any(meta.name in {"site", "title"} for meta in self.cleaned.metas):
            return None
        first, second = self.sentences.all[:2]
        if first.number in self.told or first.kind not in {"line", "heading"} or first.block == second.block:
            return None
        folded = first.folded.text
        if not self.rules.says("header.institutions", folded) and (
            self.rules.says("header.chair_words", folded) or any(not name.capital for name in first.names)
        ):
            return None  # a headline
        above = second.kind in {"line", "heading", "time"} or len(second.text.split()) <= _HEADLINE_WORDS
        if (
            above
            and len(first.text.split()) <= _MASTHEAD_WORDS
            and first.text[-1:] not in ".!?:"
            and not set(first.text) & set("»>/|")
            and not self._is_noise(first.text)
        ):
            return Choice(first.text, first.start, first.end, "masthead", sure=False, reason="masthead")
        return None

    def _meta(self, value: str, letters: Letters, rule: str, *, sure: bool = True, reason: str = "") -> Choice:
        """What the page says about itself: quoted from the text if it stands there too, else from where it stands."""
        at = self.sentences.text.find(letters.text) if len(letters.text) > 3 else -1
        if at >= 0:
            return Choice(value, at, at + len(letters.text), rule, sure, reason)
        return Choice(value, -1, -1, rule, sure, reason, letters)

    def published(self, since: Choice) -> Choice:
        """When it was published: what the page says of itself, a dated line, a relative time if it can be reckoned."""
        relative: Choice | None = None
        for meta in self.cleaned.metas:
            if meta.name != "published":
                continue
            for date in find_dates(
                fold_text(meta.letters.text).text, self.sentences.lexicon, retrieved=self.sentences.context.retrieved
            ):
                if date.relative:
                    if date.iso and relative is None:
                        relative = self._meta(date.iso, meta.letters, date.rule, sure=False, reason="relative-time")
                elif date.iso and len(date.iso) >= 10:
                    # A time that is written as ISO 8601 asks stays as it is, with its zone.
                    value = meta.letters.text if _ISO.fullmatch(meta.letters.text) else date.iso
                    return self._meta(value, meta.letters, date.rule, sure=date.sure)
        return self._dated_line(since) or relative or Choice(None, rule="published", reason="no-date")

    def _dated_line(self, since: Choice) -> Choice | None:
        """A short line with a date and a word such as *published*, a line that is a date, or a dateline."""
        last = len(self.sentences.all) - 4
        plain: Choice | None = None
        for sentence in self.sentences.all:
            if not (sentence.number < 8 or sentence.number >= last or sentence.kind == "time"):
                continue
            dates = [date for date in sentence.dates if not date.relative and date.iso and len(date.iso) >= 10]
            for date in dates:
                start, end = sentence.folded.span(date.start, date.end)
                found = Choice(date.iso, sentence.start + start, sentence.start + end, date.rule, date.sure)
                rest = sentence.text[:start].rpartition("|")[2] + sentence.text[end:].partition("|")[0]
                if len(rest) < 60 and self.rules.says("header.published_cues", fold_word(rest)):
                    return found
                # A Hijri date beside it is the same day; it is never sure.
                others = [sentence.folded.span(each.start, each.end) for each in dates if not each.sure]
                words = len(re.findall(r"\w+", rest)) - sum(len(sentence.text[slice(*each)].split()) for each in others)
                alone = words <= _DATE_WORDS and sum(each.sure for each in dates) <= 1
                dateline = start < _DATELINE_START and _BEHIND_DATE.match(sentence.text[end:]) is not None
                if (alone or dateline) and plain is None and found.start != since.start:
                    plain = found
        return plain
