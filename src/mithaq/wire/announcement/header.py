"""The header of a programme: who takes the chair, of what, when, under which motto; who says so, where, and when.

Who speaks, and where and when, is `statement`'s part.

Every phrase of the lexicon that is found says something of what stands in it: this one takes the chair, that one hands
it over, then it begins. What is said is weighed; the best supported value is taken, and is `unsure` if another comes
near it. Nothing depends on the order of paragraphs but which of equal passages is quoted.
"""

import contextlib
import re
from collections.abc import Iterator, Sequence
from datetime import date as date_type
from datetime import datetime
from typing import NamedTuple

from mithaq.wire.announcement.cleaning import Cleaned
from mithaq.wire.announcement.dates import FoundDate, add_months, end_of, find_dates, next_day
from mithaq.wire.announcement.folded import fold_word
from mithaq.wire.announcement.lexicon import Phrases
from mithaq.wire.announcement.members import Facts
from mithaq.wire.announcement.sentences import Found, Sentence, Sentences
from mithaq.wire.announcement.statement import NEAR, Choice, Statement, stripped

__all__ = ["Header", "read_header"]

_KEY_LINE = re.compile(r"\W*([^:;.!?]{2,60}?) ?: ")
_KEY_WEIGHT = 6
_LONGEST_LINE = 200
_OUTRIGHT = 4
_MOTTO_WORDS, _NAME_WORDS = 20, 4
_CLAUSE = 25
_OPENING = 12
"""Letters before a date that opens a sentence."""
_MOTTO_BEHIND = re.compile(r"(?:,[^.;:!?\"]{0,60})? ?(?::| - ) ?")
"""Between a word for a motto and one without quotation marks: a colon or a dash, also behind an apposition."""
_NEAR_DATE = 0.6
_SAYS_MUCH = 2
_YEAR = 12
_AT_ONCE = 2
"""The weight of a phrase behind which a motto may stand without a colon, if it begins with a capital letter."""


class Header(NamedTuple):
    """The choices for every header field.

    `chair_key` is what names of the chair are known by; `mottos` are the places of any motto, also another's.
    """

    organisation: Choice
    chair: Choice
    since: Choice
    until: Choice
    motto: Choice
    speaker: Choice
    source: Choice
    page: Choice
    published: Choice
    chair_key: str
    mottos: list[tuple[int, int]]


class _Said(NamedTuple):
    role: str
    found: Found
    weight: float
    sentence: Sentence
    rule: str


def read_header(sentences: Sentences, cleaned: Cleaned, facts: Facts | None) -> Header:
    """All header fields, from the sentences and from what the page says about itself."""
    reader = _Reader(sentences, facts)
    chair, key = reader.chair()
    told = frozenset(said.sentence.number for said in reader.said if said.role == "chair" and said.weight >= _OUTRIGHT)
    statement = Statement(sentences, cleaned, told)
    since = reader.since(key, statement.published(Choice(None)))
    return Header(
        organisation=reader.organisation(),
        chair=chair,
        since=since,
        until=reader.until(key, since),
        motto=reader.motto(key),
        speaker=reader.stated("speaker") or statement.speaker(key),
        source=statement.source(),
        page=statement.page(),
        published=statement.published(since),
        chair_key=key,
        mottos=[(said.found.start, said.found.end) for said in reader.said if said.role == "motto"],
    )


class _Reader:
    def __init__(self, sentences: Sentences, facts: Facts | None) -> None:
        self.sentences = sentences
        self.facts = facts
        self.language = sentences.lexicon.language
        self.rules = Phrases(sentences.lexicon)
        self.said = [*self._gather(), *self._key_lines()]
        self.givers = self._givers()

    # What is said

    def _gather(self) -> Iterator[_Said]:
        for sentence in self.sentences.all:
            if sentence.kind == "caption":
                continue
            for number, (entry, pattern) in enumerate(self.rules.each("header.facts")):
                typed = sentence.typed if "{Q}" in entry.match else sentence.named
                for hit in typed.hits(pattern):
                    for stated, found in zip(entry.tag.split(","), hit.found, strict=False):
                        role = stated.strip()
                        if role == "giver" and self._receives(found):
                            role = "chair"  # "to Malta passes the chair"
                        yield _Said(role, found, entry.weight, sentence, f"header.facts[{number}]")

    def _receives(self, found: Found) -> bool:
        """Whether a country stands behind a word for *to*."""
        before = fold_word(self.sentences.text[max(0, found.start - 16) : found.start]).split()
        return bool(before) and self.rules.any_of("header.towards").fullmatch(" ".join(before[-2:])) is not None

    def _key_lines(self) -> Iterator[_Said]:
        """What a fact sheet says: lines of a word and its value, `Motto: ...`."""
        for sentence in self.sentences.all:
            typed = sentence.typed
            line = _KEY_LINE.match(typed.text)
            if sentence.key:
                label = fold_word(sentence.text[: sentence.key]).strip()
                behind = next(place for place, at in enumerate(typed.at) if at[0] >= sentence.start + sentence.key)
            elif line is None or len(sentence.text) > _LONGEST_LINE:
                continue
            else:
                label, behind = line[1].strip(), line.end()
            for number, (entry, pattern) in enumerate(self.rules.each("header.keys")):
                if pattern.fullmatch(label):
                    yield from self._key_values(sentence, entry.tag, behind, f"header.keys[{number}]")
                    break

    def _key_values(self, sentence: Sentence, role: str, at: int, rule: str) -> Iterator[_Said]:
        """The values of a line that belong to its key: of a term two dates, of others the first that fits."""
        kinds = {"chair": "CA", "giver": "CA", "org": "O", "motto": "Q"}.get(role, "")
        kinds = "D" if role in {"term", "from", "until"} else kinds
        marks = [found for place, found in sorted(sentence.typed.found.items()) if place >= at and found.kind in kinds]
        roles = ("from", "until") if role == "term" else (role,)
        for name, found in zip(roles, marks, strict=False):
            yield _Said(name, found, _KEY_WEIGHT, sentence, rule)
        if not marks and role in {"motto", "speaker"}:
            start, end = stripped(self.sentences.text, sentence.named.span(at, at)[0], sentence.end, " .\"«»“”„'")
            value = (start - sentence.start, end - sentence.start)
            longest = _MOTTO_WORDS if role == "motto" else _NAME_WORDS
            if 2 <= len(self.sentences.text[start:end].split()) <= longest:
                yield _Said(role, Found("Q", start, end, value), _KEY_WEIGHT, sentence, rule)

    def _of(self, *roles: str) -> Iterator[_Said]:
        return (said for said in self.said if said.role in roles)

    def _givers(self) -> dict[str, float]:
        weights: dict[str, float] = {}
        for said in self._of("giver"):
            weights[said.found.value.ids] = weights.get(said.found.value.ids, 0) + said.weight
        return weights

    def is_anothers(self, sentence: Sentence, key: str, end: int | None = None) -> bool:
        """Whether a sentence speaks of the predecessor, another country or another time, and not of the chair.

        What stands well behind `end` speaks of something else.
        """
        ids = {name.ids for name in sentence.names if name.kind in "CA"}
        named = {name.ids for name in sentence.names if name.kind == "C" and not name.capital}
        giver = any(self.givers.get(each, 0) > 0 for each in ids if each != key)
        if (giver or bool(named)) and key not in ids:
            return True
        until = len(sentence.text) if end is None else end - sentence.start + _CLAUSE
        return self.rules.says("header.not_now", fold_word(sentence.text[:until]))

    def _is_beside_another(self, said: _Said, key: str) -> bool:
        """Whether the country that was named last before what is said, or else is nearest to it, is not the chair."""
        marks = [
            found for found in said.sentence.typed.found.values() if found.kind in "CA" and not found.value.capital
        ]
        if any(found.value.ids == key for found in marks):
            # "Succeeding Armenia" says whom the chair follows, not whose motto comes next.
            handing = {
                each.found.start for each in self.said if each.role == "giver" and each.sentence is said.sentence
            }
            marks = [found for found in marks if found.start not in handing]
        before = [found for found in marks if found.start < said.found.start]
        if not marks:
            return False
        nearest = before[-1] if before else marks[0]
        return bool(nearest.value.ids != key)

    def stated(self, role: str) -> Choice | None:
        """What a line of a fact sheet says outright."""
        for said in self._of(role):
            value = self.sentences.text[said.found.start : said.found.end]
            return Choice(value, said.found.start, said.found.end, said.rule)
        return None

    # Who, and of what

    def chair(self) -> tuple[Choice, str]:
        weights: dict[str, float] = {}
        best: dict[str, _Said] = {}
        for said in self._of("chair", "giver"):
            name = said.found.value
            weight = said.weight * (1 if name.own else 0.4) * (0.7 if name.capital else 1)
            if said.role == "giver":
                weights[name.ids] = weights.get(name.ids, 0) - 1.2 * weight
                continue
            weights[name.ids] = weights.get(name.ids, 0) + weight
            known = best.get(name.ids)
            if known is None or _rank(said) > _rank(known):
                best[name.ids] = said
        ranked = sorted((key for key in best if weights[key] > 0), key=lambda key: (-weights[key], key))
        if not ranked:
            return self._only_member()
        key = ranked[0]
        said = best[key]
        other = weights[ranked[1]] if len(ranked) > 1 else 0.0
        sure = weights[key] >= 3 and other < NEAR * weights[key]
        start, end = self._bare(said.found, said.sentence)
        text = self.sentences.text[start:end]
        value = key.removeprefix("member:") if self.facts and key.startswith("member:") else text
        reason = "" if sure else "another-chair" if other >= NEAR * weights[key] else "weak-evidence"
        rule = "charter-name" if value != text else said.rule
        return Choice(value, start, end, rule, sure, reason), key

    def _only_member(self) -> tuple[Choice, str]:
        """Nobody says who takes the chair, but a chair is spoken of, and one country far more than any other."""
        counts: dict[str, float] = {}
        first: dict[str, tuple[Found, Sentence]] = {}
        spoken = False
        for sentence in self.sentences.all:
            spoken = spoken or self.rules.says("header.chair_words", sentence.folded.text)
            for found in sentence.named.found.values():
                if found.kind in "CA" and found.value.own and not self.givers.get(found.value.ids):
                    counts[found.value.ids] = counts.get(found.value.ids, 0) + (0.5 if found.value.capital else 1)
                    if found.kind == "C" and not found.value.capital:
                        first.setdefault(found.value.ids, (found, sentence))
        key = max(first, key=lambda each: (counts[each], -first[each][0].start), default="")
        second = max((count for each, count in counts.items() if each != key), default=0)
        if not spoken or not key or counts[key] < 2 or counts[key] < 2 * second:
            return Choice(None, rule="chair", reason="no-chair"), ""
        start, end = self._bare(*first[key])
        text = self.sentences.text[start:end]
        value = key.removeprefix("member:") if self.facts and key.startswith("member:") else text
        return Choice(value, start, end, "only-member", sure=False, reason="weak-evidence"), key

    def _bare(self, found: Found, sentence: Sentence) -> tuple[int, int]:
        """The range of a name without a preposition, conjunction or possessive that is written with it."""
        start, end = sentence.folded.span(*found.value.bare)
        return sentence.start + start, sentence.start + end

    def organisation(self) -> Choice:
        weights: dict[str, float] = {}
        first: dict[str, tuple[Found, Sentence]] = {}
        for said in self._of("org"):
            weights[said.found.value.ids] = weights.get(said.found.value.ids, 0) + said.weight
        for sentence in self.sentences.all:
            for found in sentence.named.found.values():
                if found.kind != "O":
                    continue
                key = found.value.ids
                weights[key] = weights.get(key, 0) + (1.5 if key == "own" else 0.5)
                known = first.get(key)
                if known is None or _fuller(found, known[0]):
                    first[key] = found, sentence
        if not first:
            return Choice(None, rule="organisation", reason="no-organisation")
        ranked = sorted(first, key=lambda key: (-weights[key], key))
        key = ranked[0]
        start, end = self._bare(*first[key])
        text = self.sentences.text[start:end]
        value = getattr(self.facts.names, self.language, text) if self.facts is not None and key == "own" else text
        foreign = self.facts is not None and key != "own"
        near = len(ranked) > 1 and weights[ranked[1]] >= NEAR * weights[key]
        reason = "not-the-charters" if foreign else "another-organisation" if near else ""
        rule = "charter-name" if value != text else "known-organisation"
        return Choice(value, start, end, rule, not reason, reason)

    # When

    def _dates(self, roles: Sequence[str], key: str) -> dict[str, tuple[float, _Said]]:
        """The dates that are said to be the term's, by value."""
        found: dict[str, tuple[float, _Said]] = {}
        best: dict[tuple[str, int], tuple[float, _Said]] = {}
        opening = self._opening_dates() if "from" in roles else []
        events = {said.found.start for said in self._of("event")} | self._event_dates()
        for said in [*self._of(*roles), *opening]:
            date: FoundDate = said.found.value
            text = said.sentence.folded.text
            weight = said.weight
            taken = [each.weight for each in self.said if each.sentence is said.sentence and each.role == "chair"]
            if taken:
                weight += 2 if max(taken) >= _OUTRIGHT else 1
            elif not self.rules.says("header.chair_words", text):
                weight -= 4
            if said.rule.startswith("header.keys"):
                weight = _KEY_WEIGHT
            elif self.is_anothers(said.sentence, key) or ((said.role != "from") and self._is_beside_another(said, key)):
                weight -= 5
            if said.found.start in events:
                weight -= 4
            iso = date.iso
            if iso is None or weight <= 0:
                continue
            iso = iso[:10]
            place = iso, said.sentence.number
            if place not in best or weight > best[place][0]:
                best[place] = weight, said
        # Several phrases may find the same date in a sentence: it is said once there.
        for (iso, _), (weight, said) in best.items():
            before = found.get(iso)
            kept = said if before is None or said.weight > before[1].weight else before[1]
            found[iso] = weight + (before[0] if before else 0), kept
        return found

    def _opening_dates(self) -> Iterator[_Said]:
        """Days that open a sentence in which the chair is taken: "On 3 July 2036, at the summit, ... passed to"."""
        seen = set()
        for said in self._of("chair"):
            sentence = said.sentence
            if said.weight < _OUTRIGHT or sentence.number in seen:
                continue
            seen.add(sentence.number)
            for found in sentence.named.found.values():
                behind = self.sentences.text[found.end : found.end + 3].lstrip()
                if found.kind == "D" and found.start - sentence.start <= _OPENING and behind[:1] not in set("-–—(/."):
                    yield _Said("from", found, 3, sentence, "opening-date")

    def _event_dates(self) -> set[int]:
        found = set()
        for sentence in self.sentences.all:
            for entry, pattern in self.rules.each("header.events"):
                if "{D}" in entry.match:
                    found |= {each.start for hit in sentence.named.hits(pattern) for each in hit.found}
                elif len(sentence.text) < 80 and pattern.search(sentence.folded.text):
                    found |= {each.start for each in sentence.named.found.values() if each.kind == "D"}
        return found

    def _today(self, published: Choice) -> Choice:
        """The day of publication, if the chair is taken "today"."""
        nothing = Choice(None, rule="term", reason="no-date")
        if published.value is None or not published.sure:
            return nothing
        day = published.value[:10]
        for said in self._of("chair"):
            if said.weight < _OUTRIGHT:
                continue
            noon = datetime.fromisoformat(f"{day}T12:00+00:00")
            for date in find_dates(said.sentence.folded.text, self.sentences.lexicon, retrieved=noon):
                if date.relative and (date.iso or "")[:10] == day:
                    start, end = said.sentence.folded.span(date.start, date.end)
                    place = said.sentence.start
                    return Choice(
                        day, place + start, place + end, "day-of-publication", sure=False, reason="relative-time"
                    )
        return nothing

    def since(self, key: str, published: Choice) -> Choice:
        """The first day of the term, or the month or year; a day that follows from that of publication."""
        found = self._stated_since(key, published)
        today = self._today(published) if found is None or len(found.value or "") == len("2032") else None
        if found is None:
            return today or Choice(None, rule="term", reason="no-date")
        if today is not None and today.value and today.value.startswith(found.value or ""):
            return today
        return found

    def _stated_since(self, key: str, published: Choice) -> Choice | None:
        begun = self._dates(["from"], key)
        during = self._dates(["during"], key)
        if not any(len(iso) == len("2032-01-01") for iso in begun):
            # "Begins on the first of January ... for 2034"
            found = self._yearless({**during, **begun}, key, published)
            if found is not None:
                return found
        merged = dict(begun)
        for iso, (weight, said) in during.items():
            # "In 2032" supports every day of it.
            within = [each for each in begun if each.startswith(iso)]
            for each in within:
                merged[each] = merged[each][0] + weight, merged[each][1]
            if not within:
                merged[iso] = weight - 0.5, said
        if not merged:
            return None
        ranked = sorted(merged, key=lambda iso: (-merged[iso][0], -len(iso), iso))
        # A day says more than the year that it lies in.
        iso = next(
            (each for each in ranked if len(each) == len("2032-01-01") and each.startswith(ranked[0])), ranked[0]
        )
        weight, said = merged[iso]
        others = (each for each in ranked[1:] if not each.startswith(iso) and not iso.startswith(each))
        contested = max((merged[each][0] for each in others), default=0.0) >= _NEAR_DATE * weight
        date: FoundDate = said.found.value
        sure = date.sure and not contested and weight >= 2
        reason = "" if sure else "another-date" if contested else date.rule if not date.sure else "weak-evidence"
        return Choice(iso, said.found.start, said.found.end, date.rule, sure, reason)

    def _yearless(self, during: dict[str, tuple[float, _Said]], key: str, published: Choice) -> Choice | None:
        """A first day without a year takes the year that the term is said to be in, or that its last day tells."""
        years = {iso for iso in during if len(iso) == len("2032")}
        best: _Said | None = None
        taken = {said.sentence.number for said in self._of("chair")}
        for said in self._of("from"):
            if said.weight < _SAYS_MUCH and said.sentence.number not in taken:
                continue  # "will present the programme on 15 January"
            date = said.found.value
            begins = date.year is None and date.day and date.month and not self.is_anothers(said.sentence, key)
            if begins and self.rules.says("header.chair_words", said.sentence.folded.text):
                best = said if best is None or said.weight > best.weight else best
        if best is None:
            return None
        day = f"{best.found.value.month:02}-{best.found.value.day:02}"
        rule = "year-of-term" if len(years) == 1 else "year-of-publication"
        year = next(iter(years)) if len(years) == 1 else _nearest_year(day, published)
        last = max(self._dates(["until", "before"], key), default="")
        if (
            len(years) != 1
            and len(last) == len("2032-01-01")
            and (self.facts is None or (self.facts.months or 0) <= _YEAR)
        ):
            rule, year = "year-of-term", str(int(last[:4]) - (last[5:] <= day))
        if year is None or not _is_day(f"{year}-{day}"):
            return None
        start, end = best.found.start, best.found.end
        return Choice(f"{year}-{day}", start, end, rule, sure=False, reason="year-of-term")

    def until(self, key: str, since: Choice) -> Choice:
        said_until = {
            self._after(said.found.value, said.role): (weight, said)
            for _, (weight, said) in self._dates(["until", "before"], key).items()
        }
        later = {iso: each for iso, each in said_until.items() if iso and (since.value is None or iso > since.value)}
        if later:
            iso = max(later, key=lambda each: (later[each][0], len(each), each))
            weight, said = later[iso]
            year = since.value if self.facts and self.facts.months == 12 and len(since.value or "") == 4 else None
            if year is not None and iso == f"{int(year) + 2}-01-01":
                # "For 2024-2025" is one term from one year into the next, not two years.
                value = add_months(year, 12)
                return Choice(value, said.found.start, said.found.end, "year-range", sure=False, reason="no-day")
            second = max((later[each][0] for each in later if each != iso), default=0)
            sure = said.found.value.sure and second < NEAR * weight
            return Choice(iso, said.found.start, said.found.end, "day-after-last", sure, "" if sure else "another-date")
        if since.value is None:
            return Choice(None, rule="term", reason="no-date")
        length, start, end, rule = self._length(since)
        if not length:
            return Choice(None, rule="term", reason="no-length")
        if len(since.value) == 4 and length % 12:
            return Choice(None, rule="term", reason="no-day")
        return Choice(add_months(since.value, length), start, end, rule, since.sure, since.reason)

    def _length(self, since: Choice) -> tuple[int, int, int, str]:
        """How many months the term has, and what says so: the charter, the text, or a year that was named whole."""
        if self.facts is not None and self.facts.months:
            return self.facts.months, since.start, since.end, "charter-term-length"
        for sentence in self.sentences.all:
            if not self.rules.says("header.chair_words", sentence.folded.text):
                continue
            for entry, pattern in self.rules.each("header.durations"):
                for hit in sentence.named.hits(pattern):
                    return int(entry.tag), hit.start, hit.end, "stated-length"
        whole = since.value is not None and len(since.value) == 4
        return (12, since.start, since.end, "whole-year") if whole else (0, -1, -1, "")

    def _after(self, date: FoundDate, role: str) -> str:
        """The first day after a last one: itself if it is said as a border, or is the first of a month."""
        iso = (date.iso or "")[:10]
        if len(iso) < 10:
            return end_of(iso) if iso and role == "until" else iso
        return iso if role == "before" or date.day == 1 else next_day(iso)

    # Under which motto

    def motto(self, key: str) -> Choice:
        weights: dict[str, float] = {}
        first: dict[str, _Said] = {}
        for said in self._of("motto"):
            start, end = said.found.value
            text = said.sentence.text[start:end].strip()
            spelled = fold_word(text).strip(" .!")
            anothers = self.is_anothers(said.sentence, key, said.found.end) or self._is_beside_another(said, key)
            weight = said.weight - (6 if anothers else 0)
            weights[spelled] = weights.get(spelled, 0) + weight
            first.setdefault(spelled, said)
        ranked = sorted((each for each in weights if weights[each] > 0), key=lambda each: (-weights[each], each))
        if not ranked:
            return self._unquoted_motto(key)
        said = first[ranked[0]]
        start, end = said.found.value
        contested = len(ranked) > 1 and weights[ranked[1]] >= NEAR * weights[ranked[0]]
        at, to = stripped(self.sentences.text, said.sentence.start + start, said.sentence.start + end, " .,;")
        value = self.sentences.text[at:to]
        return Choice(value, at, to, said.rule, not contested, "another-motto" if contested else "")

    def _unquoted_motto(self, key: str) -> Choice:
        """Behind the word and a colon or a dash, to the end of the sentence."""
        for sentence in self.sentences.all:
            if self.is_anothers(sentence, key):
                continue
            for number, (entry, pattern) in enumerate(self.rules.each("header.motto_leads")):
                for match in pattern.finditer(sentence.folded.text):
                    lead = _MOTTO_BEHIND.match(sentence.folded.text[match.end() :])
                    if lead is None and entry.weight == _AT_ONCE and self._is_capital(sentence, match.end() + 1):
                        lead = re.match(" ", sentence.folded.text[match.end() :])
                    if lead is None:
                        continue
                    start = sentence.start + sentence.folded.span(match.end() + lead.end(), match.end() + lead.end())[0]
                    closing = re.search(r'[,.]?["»”]', self.sentences.text[start : sentence.end])
                    end = start + closing.start() if closing and closing.start() > 3 else sentence.end
                    start, end = stripped(self.sentences.text, start, end, " .,\"«»“”„'")
                    if 2 <= len(self.sentences.text[start:end].split()) <= 20:
                        value = self.sentences.text[start:end]
                        return Choice(value, start, end, f"header.motto_leads[{number}]")
        return Choice(None, rule="motto", reason="no-motto")

    def _is_capital(self, sentence: Sentence, at: int) -> bool:
        return at < len(sentence.folded.text) and sentence.text[sentence.folded.at[at]].isupper()


def _is_day(iso: str) -> bool:
    try:
        date_type.fromisoformat(iso)
    except ValueError:
        return False
    return True


def _nearest_year(day: str, published: Choice) -> str | None:
    """The year in which a day (MM-DD) is nearest to that of publication."""
    if published.value is None or not published.sure:
        return None
    at = date_type.fromisoformat(published.value[:10])
    days = []
    for step in (-1, 0, 1):
        with contextlib.suppress(ValueError):  # 29 February, mostly
            days.append((abs((date_type.fromisoformat(f"{at.year + step}-{day}") - at).days), str(at.year + step)))
    return min(days)[1] if days else None


def _rank(said: _Said) -> tuple[bool, float, int, int]:
    """Which of several passages is quoted: a name rather than an adjective or capital; the strongest; the first."""
    name = said.found.value
    noun = said.found.kind == "C" and not name.capital
    return noun, said.weight, said.found.end - said.found.start, -said.found.start


def _fuller(found: Found, known: Found) -> bool:
    """A full name rather than an abbreviation; else the earlier one."""
    short, known_short = found.end - found.start < 12, known.end - known.start < 12
    return known_short and not short
