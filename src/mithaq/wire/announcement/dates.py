"""Dates in a sentence: in words and digits, Gregorian and Hijri, whole or in part, and times told from today.

Each word, number and mark of the text becomes one letter that says what it can be in a date (`datewords`); the forms of
dates are patterns over these letters, the same for every language. Words are in the lexicon file `dates`. What the text
leaves out stays out: a month has no day, and a day without year has no `iso`. Whose date it is, is left to others.

Hijri dates are converted by the arithmetic calendar (Reingold and Dershowitz, Calendrical Calculations, chapter 7:
civil epoch, leap years 2, 5, 7, 10, 13, 16, 18, 21, 24, 26 and 29 of 30); sighting may differ by a day or two.

>>> from mithaq.wire.announcement.lexicon import decode_lexicon
>>> lexicon = decode_lexicon("en", {"dates": b'months = [{match = "june", example = "1 June", tag = "6"}]'})
>>> [each.iso for each in find_dates("from june 2026 till 30.11.2026, 14:05", lexicon)]
['2026-06', '2026-11-30T14:05']
>>> add_months("2026-01-31", 1), end_of("2032-06")
('2026-02-28', '2032-07-01')
"""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from mithaq.wire.announcement.datewords import Reading, read_words
from mithaq.wire.announcement.lexicon import Lexicon

__all__ = ["MAX_DATES", "FoundDate", "add_months", "end_of", "find_dates", "next_day"]

MAX_DATES = 1000
"""No more dates than these are looked for in one text."""

# A number is not within a longer one, a code or a sum.
_START = r"(?<![A-Za-vx-z~_])(?<![dYn][.,/:])(?<![dn]-)(?<!\$)"
_END = r"(?![A-HJ-Za-z~_$])(?![.,/:][dYn])"
_MARKS = r"(?: ?[ygh]){0,3}"
_YEAR = rf"(?:Y(?:-s)?{_MARKS}{_END}|R)"
_THEN_YEAR = rf"(?:(?:,? (?:[ft] ){{0,2}}(?:y )?|[-/.,]){_YEAR}| [XP](?! W))?"
_DAY = r"(?:d(?:-?[sS])?|O)"
_OF = r"(?:(?: [ftDN]){0,4} ?|[-/.])"
_MONTH = r"[MabJ](?: ?[/-] ?[Mab]| ?\([Mab]\))?(?: N)?"
_WEEKDAY = r"(?:(?:D )?W,? (?:[fD] ){0,2})?"
_PART = r"(?:p ?(?:[ft] ){0,2})?"
_ZONE = r"(?: ?z(?:[+-](?:d(?::d)?|Y))?| ?\(z\)| ?\+(?:d:d|Y)|-(?:d:d|Y))?"
_CLOCK = rf"d:d(?::d(?:[.,][dYn])?)?(?: ?[Ag])?{_ZONE}"
_FORMS = {
    "clock": rf"(?:T )?{_CLOCK}(?:,? |,? [-#] )(?=[dOMabYWQt])",
    "numeric": rf"{_WEEKDAY}(?:d(?P<one> ?[./-] ?)d(?P=one)[Yd]|Y(?P<two> ?[./-] ?)d(?P=two)d(?!-[dYn])){_MARKS}{_END}",
    "edge": rf"(?:t )?(?:[DQ] [OL]|(?:[OL]|d-?s) D)(?: [ft]){{0,2}}(?: y)? {_YEAR}",
    "last": rf"(?:t )?(?:L D|[DQ] L){_OF}{_MONTH}{_THEN_YEAR}",
    "span": rf"(?:t )?(?:(?:[OLr]|d(?:-?[sS])?)[ -]H|H [OL]|Gd|dG),? (?:[ft] ){{0,2}}(?:y )?{_YEAR}",
    "days": rf"{_WEEKDAY}(?:t )?(?:D |Q(?= O) )?(?:(?:d, ){{0,3}}{_DAY}(?:,? [ke] | ?- ?|,? w ?)(?:t )?)?"
    rf"{_DAY}{_OF}{_MONTH}{_THEN_YEAR}",
    "american": rf"{_WEEKDAY}[MabJ] (?:t )?{_DAY}(?:(?: ?- ?|,? [ke] )(?:t )?{_DAY})?{_END}(?!{_OF}[MabJ]){_THEN_YEAR}",
    "month": rf"{_PART}(?:N (?:f )?)?{_MONTH}{_THEN_YEAR}",
    "decade": rf"{_PART}(?:t )?Y(?:'?S|-S)(?: y)?{_END}",
    "years": rf"{_PART}(?:(?:t )?y )?Y(?:-s)?(?: ?[-/] ?[Yd]|(?: [ke] | ?w ?)(?:t )?(?:y )?Y)?{_MARKS}{_END}",
    "relative": rf"Q|(?:[dC] ?)?[uyDN] o|o (?:[dC] )?[uyDN](?! ?[YdOWMabJ])|[LPX] W|W [PXL]|{_PART}R",
}

_ANY = re.compile(_START + "(?:" + "|".join(f"(?P<{kind}>{form})" for kind, form in _FORMS.items()) + ")")
_AFTER = re.compile(rf"(?:I|,? ?(?:[-#(] ?)?(?:[Tik] ){{0,2}}){_CLOCK}(?![A-Za-z~:])")
_DAY_FORM = re.compile(_DAY)
_MONTH_FORM = re.compile(_MONTH)
_BETWEEN = re.compile(r",? ?(?:[kwe-] ?){1,3}(?:[itf] ){0,2}")
_MONTHS = "MabJ"

_OLDEST, _YOUNGEST = 1000, 3000  # years that are named as such
_BARE = range(1990, 2101)  # years that are nothing but four digits
_HIJRI_END = 1700
_HIJRI_EPOCH = date(622, 7, 19).toordinal()  # 16 July of the Julian calendar
_DELTAS = {"minute": "minutes", "hour": "hours", "day": "days", "week": "weeks"}


class FoundDate(NamedTuple):
    """A date and where it stands: `start` and `end` are code points of the folded text, half-open.

    What is not known is None, or empty. `time` is `HH:MM`, `zone` `Z`, `+03:00` or empty. `until` is the first day,
    month or year after a half, a quarter or a decade, whose beginning the date is. `relative` dates are told from the
    day of reading. `rule` says how the value was made of the words; not `sure` is what can be read in two ways or is
    not complete.
    """

    start: int
    end: int
    year: int | None
    month: int | None
    day: int | None
    time: str
    zone: str
    rule: str
    sure: bool
    relative: bool
    until: str = ""

    @property
    def iso(self) -> str | None:
        """The date as ISO 8601 to what is known of it, with its time if it has one; None without a year."""
        if self.year is None:
            return None
        made = "-".join([f"{self.year:04}", *(f"{each:02}" for each in (self.month, self.day) if each is not None)])
        return f"{made}T{self.time}" if self.time and self.day is not None else made


def next_day(iso: str) -> str:
    """The day after a day (or after a date-time's day), `YYYY-MM-DD`.

    Raises `ValueError` for what is no such date, `OverflowError` after the year 9999.
    """
    return (date.fromisoformat(iso[:10]) + timedelta(1)).isoformat()


def add_months(iso: str, months: int) -> str | None:
    """The date so many months later, as precise as `iso`: where a term ends that begins then, exclusive.

    A day that the month has not becomes its last one. None where a year alone cannot carry the months, or the years
    end. Raises `ValueError` for what is no date.
    """
    year, month, day = _parts(iso)
    if month is None and months % 12:
        return None
    years, index = divmod(year * 12 + (month or 1) - 1 + months, 12)
    if not 1 <= years <= 9999:
        return None
    if month is None:
        return f"{years:04}"
    made = f"{years:04}-{index + 1:02}"
    return made if day is None else f"{made}-{min(day, monthrange(years, index + 1)[1]):02}"


def end_of(iso: str) -> str:
    """The first day after a year, month or day, `YYYY-MM-DD`.

    Raises `ValueError` for what is no date, `OverflowError` after the year 9999.
    """
    year, month, day = _parts(iso)
    return next_day(f"{year:04}-{month or 12:02}-{day or monthrange(year, month or 12)[1]:02}")


def _parts(iso: str) -> tuple[int, int | None, int | None]:
    numbers = [int(each) for each in iso[:10].split("-")]
    year, month, day = (*numbers, None, None)[:3]
    date(year or 0, month or 1, day or 1)
    return year or 0, month, day


def find_dates(folded: str, lexicon: Lexicon, *, retrieved: datetime | None = None) -> list[FoundDate]:
    """The dates of a folded text, in order and not overlapping; `MAX_DATES` at most.

    Relative times have a value only with `retrieved`, when the text was read, and count in its time zone. Takes linear
    time. What is no date of the calendar (31 February) is not found.
    """
    reading = read_words(folded, lexicon)
    found = _Finder(reading, lexicon.words, retrieved).find()
    return [each.date for each in _agree(_share_years(found, reading.letters), reading.letters)]


class _Found(NamedTuple):
    first: int  # letters of the reading
    last: int
    date: FoundDate


class _Year(NamedTuple):
    value: int | None = None
    relative: bool = False
    hijri: bool = False

    @property
    def told(self) -> bool:
        return self.value is not None or self.relative


class _Finder:
    """Goes through a text once. Each form has a method that gives its dates and where to go on."""

    def __init__(self, reading: Reading, settings: Mapping[str, Any], retrieved: datetime | None) -> None:
        self.letters = reading.letters
        self.tags = reading.tags
        self.at = reading.at
        self.month_first = settings.get("dates.month_first") is True
        self.month_then_next = settings.get("dates.month_then_next") is True
        self.retrieved = retrieved

    def find(self) -> list[_Found]:
        """All dates; a time beside one is its time."""
        readers = {
            "numeric": self._numeric, "edge": self._edge, "last": self._last, "span": self._span, "days": self._days,
            "american": self._american, "month": self._month, "decade": self._decade, "years": self._years,
            "relative": self._relative,
        }  # fmt: skip
        found: list[_Found] = []
        place, clock = 0, None
        while len(found) < MAX_DATES and (form := _ANY.search(self.letters, place)):
            first, last, kind = form.start(), form.end(), form.lastgroup or ""
            if kind == "clock":
                place, clock = last, form
                continue
            made, place = readers[kind](first, last)
            if made and made[-1].last == place:
                after = _AFTER.match(self.letters, place)
                if after and (timed := self._timed(made[-1], (place, after.end()))):
                    made[-1], place = timed, after.end()
                elif clock and clock.end() == first and (timed := self._timed(made[0], clock.span())):
                    made[0] = timed
            found += made
        return found[:MAX_DATES]

    def _timed(self, found: _Found, clock: tuple[int, int]) -> _Found | None:
        """The date with the time that is told between two letters, before or after it; None if that is no time."""
        old = found.date
        numbers = self._kinds(*clock, "d")
        hour, minute = (int(self.tags[k]) for k in numbers[:2])
        half = "".join(self.tags[k] for k in self._kinds(*clock, "Ag"))
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "pm" else 0)
        if hour > 23 or minute > 59 or len(self.tags[numbers[1]]) != 2 or not (old.day or old.relative):
            return None
        first, last = min(found.first, clock[0]), max(found.last, clock[1])
        time, zone = f"{hour:02}:{minute:02}", self._zone(*clock)
        return _Found(first, last, old._replace(start=self.at[first], end=self.at[last], time=time, zone=zone))

    def _zone(self, first: int, last: int) -> str:
        letters = self.letters[first:last]
        sign, named = max(letters.rfind("+"), letters.rfind("-", letters.find(":"))), letters.find("z")
        # What follows a dash is another time, unless the whole is written as ISO 8601 wants it.
        if sign >= 0 and (letters[sign] == "+" or "I" in letters or named >= 0):
            numbers = [self.tags[k] for k in self._kinds(first + sign, last, "dY")]
            hours, minutes = ([*numbers, "0"] if len(numbers[0]) < 4 else [numbers[0][:2], numbers[0][2:]])[:2]
            return f"{letters[sign]}{int(hours):02}:{int(minutes):02}" if int(hours) <= 14 and int(minutes) < 60 else ""
        return self.tags[first + named] if named >= 0 else ""

    def _make(
        self,
        span: tuple[int, int],
        when: tuple[_Year, int | None, int | None],
        rule: str,
        *,
        sure: bool = True,
        until: str = "",
    ) -> list[_Found]:
        """One date, or none if the calendar has no such day."""
        (value, relative, hijri), month, day = when
        if hijri:
            begin = _from_hijri(value or 0, month or 1, day or 1)
            if begin is None:
                return []
            rule, sure = "hijri-arithmetic", False
            value, month, day = begin.year, month and begin.month, day and begin.day
        elif (
            value == 0
            or month == 0
            or (month and day is not None and not 1 <= day <= monthrange(value or 2000, month)[1])
        ):
            return []
        elif relative:
            rule = "relative"
        sure = sure and not relative and value is not None
        start, end = self.at[span[0]], self.at[span[1]]
        return [_Found(*span, FoundDate(start, end, value, month, day, "", "", rule, sure, relative, until))]

    def _kinds(self, first: int, last: int, kinds: str) -> list[int]:
        return [k for k in range(first, last) if self.letters[k] in kinds]

    def _before(self, place: int) -> str:
        """The letter before a place, without the space between; nothing at the beginning."""
        place -= self.letters.endswith(" ", 0, place)
        return self.letters[place - 1 : place]

    def _counted(self, last: int) -> bool:
        """Whether a number that ends here is how many there are of something."""
        return self.letters.startswith(("q", " q", " $", " u"), last)

    def _year(self, first: int, last: int) -> _Year:
        """The year that is told between two letters."""
        place = max(self._kinds(first, last, "YR"), default=-1)
        if place < 0 or (self.letters[last - 1] == "Y" and self._counted(last)):
            return _Year()
        if self.letters[place] == "R":
            unit, count = self.tags[place].split()
            return _Year(self.retrieved.year + int(count) if self.retrieved else None, relative=unit == "year")
        value, hijri = int(self.tags[place]), "h" in self.letters[place:last]
        return _Year(value, hijri=hijri) if hijri or _OLDEST <= value < _YOUNGEST else _Year()

    def _month_of(self, place: int, last: int) -> tuple[list[int], _Year, int]:
        """The months that are named from a place on, their year, and where what is told of both ends."""
        form = _MONTH_FORM.match(self.letters, place)
        end = form.end() if form else place + 1
        months = [*dict.fromkeys(int(self.tags[k]) for k in self._kinds(place, end, _MONTHS))]
        year = self._year(end, last)
        if self.month_then_next and self.letters[end:last].strip() in {"X", "P"}:
            year = self._nearest(months[0], self.letters[last - 1])
        if self.letters[place] == "J":
            year = _Year(year.value, hijri=True) if year.value and year.value < _HIJRI_END else _Year()
        elif year.hijri:
            year = _Year()
        return months, year, last if year.told else end

    def _nearest(self, month: int, direction: str) -> _Year:
        """The year of the next month of that name, or of the last one before the day of reading."""
        if self.retrieved is None:
            return _Year(relative=True)
        now = self.retrieved.year, self.retrieved.month
        later = (now[0], month) > now if direction == "X" else (now[0], month) >= now
        return _Year(now[0] + (not later if direction == "X" else -later), relative=True)

    def _checked(self, made: list[_Found]) -> list[_Found]:
        """The same, not sure where the weekday before the date is another than the date's."""
        for first, last, found in made:
            weekdays = self._kinds(first, min(first + 3, last), "W")
            day = _day_of(found)
            if weekdays and day and day.isoweekday() != int(self.tags[weekdays[0]]):
                return [made[0]._replace(date=found._replace(sure=False))]
        return made

    def _days(self, first: int, last: int) -> tuple[list[_Found], int]:
        """`1 January 2026`, `28-29 January`, `the first of January`."""
        place = self._kinds(first, last, _MONTHS)[0]
        months, year, end = self._month_of(place, last)
        if len(months) > 1:
            year, end = _Year(), place + 1
        if self.letters[place] == "J" and not year.told:
            return [], end
        if self.letters[place] == "b" and not year.told and not self._meant(first, place):
            return [], place
        return self._several(self._kinds(first, place, "dO"), (first, end), months[0], year), end

    def _meant(self, first: int, place: int) -> bool:
        """Whether the number before a month that is another word as well is its day: not in `item 2 may be amended`."""
        return self._before(first) in "ikptefo,.#(=" or bool(self._kinds(first, place, "Oft"))

    def _several(self, days: list[int], span: tuple[int, int], month: int, year: _Year) -> list[_Found]:
        """The dates of the days of one month that stand in a span; the last has the month and year beside it."""
        first, end = span
        found: list[_Found] = []
        for place in days[:-1]:
            suffix = re.compile(r"-?[sS]").match(self.letters, place + 1)
            stop = suffix.end() if suffix else place + 1
            rule = "year-of-range" if year.told else "day-month"
            found += self._make((first, stop), (year, month, int(self.tags[place])), rule)
            first = min(k for k in days if k > place)
        rule = "day-month-year" if year.told else "day-month"
        made = self._make((first, end), (year, month, int(self.tags[days[-1]])), rule)
        return found + (self._checked(made) if len(days) == 1 else made)

    def _american(self, first: int, last: int) -> tuple[list[_Found], int]:
        """`January 1, 2026`; without the year only in languages that write so."""
        place = self._kinds(first, last, _MONTHS)[0]
        letters = self.letters[place:last]
        days = self._kinds(place, last, "dO")
        year = self._year(days[-1] + 1, last)
        if not year.told:
            form = _DAY_FORM.match(self.letters, days[-1])
            last = form.end() if form else last
            if not self.month_first or self._counted(last) or letters[0] == "J":
                return self._month(place, place + 1)
            if letters[0] == "b" and not self._meant(first, first):
                return [], last
        year = year._replace(hijri=letters[0] == "J")
        return self._several(days, (first, last), int(self.tags[place]), year), last

    def _month(self, first: int, last: int) -> tuple[list[_Found], int]:
        """`January 2026`, `early January`, `January/February 2026`."""
        place = self._kinds(first, last, _MONTHS)[0]
        months, year, end = self._month_of(place, last)
        kind = self.letters[place]
        if not year.told and (kind == "J" or (kind in "ab" and not self._is_month(first, place))):
            return [], end
        part = self.letters[first] == "p"
        rule = "part-of-month" if part else "month-year" if year.told else "month"
        if len(months) == 1:
            return self._make((first, end), (year, months[0], None), rule), end
        second = self._kinds(place + 1, last, _MONTHS)[0]
        # November/December 2026, and December/January 2026
        before = year._replace(value=year.value - 1) if year.value and months[0] > months[1] else year
        found = self._make((first, place + 1), (before, months[0], None), "year-of-range", sure=before == year)
        return found + self._make((second, end), (year, months[1], None), rule), end

    def _is_month(self, first: int, place: int) -> bool:
        """Whether a month that is another word as well is meant as one, by what stands before it."""
        before = self._before(first)
        return first < place or before in "ipNo" or (before == "k" and self._before(first - 2) in _MONTHS)

    def _edge(self, first: int, last: int) -> tuple[list[_Found], int]:
        """`the first day of 2026`, `the last day of the year 2026`."""
        year = self._year(first, last)
        place = self._kinds(first, last, "OLd")[0]
        month, day = (12, 31) if self.letters[place] == "L" else (1, int(self.tags[place]))
        if not year.told or (year.hijri and month > 1):
            return [], last
        return self._make((first, last), (year, month, day), "day-of-year"), last

    def _last(self, first: int, last: int) -> tuple[list[_Found], int]:
        """`the last day of June 2026`."""
        place = self._kinds(first, last, _MONTHS)[0]
        (month, *_), year, end = self._month_of(place, last)
        if year.hijri or self.letters[place] == "J" or (month == 2 and year.value is None):
            return [], end
        return self._make((first, end), (year, month, monthrange(year.value or 2000, month)[1]), "last-day"), end

    def _span(self, first: int, last: int) -> tuple[list[_Found], int]:
        """`the second half of 2026`: its first month, and until when it goes."""
        year = self._year(first, last)
        unit = int(self.tags[self._kinds(first, last, "HG")[0]])
        place = self._kinds(first, last, "OLdr")[0]
        number = 12 // unit if self.letters[place] == "L" else int(self.tags[place])
        if not year.told or not 1 <= number <= 12 // unit:
            return [], last
        month = (number - 1) * unit + 1
        until = add_months(f"{year.value:04}-{month:02}", unit) if year.value and not year.hijri else None
        rule = "half-year" if unit == 6 else "quarter"
        return self._make((first, last), (year, month, None), rule, until=until or ""), last

    def _decade(self, first: int, last: int) -> tuple[list[_Found], int]:
        """`the 2030s`: its first year."""
        value = int(self.tags[self._kinds(first, last, "Y")[0]])
        if value % 10 or not 1900 <= value < _BARE.stop:
            return [], last
        return self._make((first, last), (_Year(value), None, None), "decade", sure=False, until=str(value + 10)), last

    def _years(self, first: int, last: int) -> tuple[list[_Found], int]:
        """`2026`, `in 2026`, `the year 2026`, `2026-2027`, `2026/27`; not the numbers of other things."""
        places = self._kinds(first, last, "Yd")
        values = [int(self.tags[k]) for k in places]
        part, hijri = self.letters[first] == "p", bool(self._kinds(first, last, "h"))
        named = hijri or bool(self._kinds(first, last, "ygs")) or part
        before = self._before(first) if self._before(first) != "t" else self._before(first - 2)
        sure = named or before in tuple("ikfoe")
        if not (named or self._stands_alone(first, last, sure)) or not self._follow(values, places):
            return [], last
        if self.letters[places[-1]] == "d":
            values[1] += values[0] // 100 * 100
        known = range(1, _HIJRI_END) if hijri else range(_OLDEST, _YOUNGEST) if named else _BARE
        if any(value not in known for value in values):
            return [], last
        if len(values) == 1:
            rule = "part-of-year" if part else "year"
            return self._make((first, last), (_Year(values[0], hijri=hijri), None, None), rule, sure=sure), last
        spans = [(first, places[0] + 1), (places[1], last)]
        return [
            each
            for value, span in zip(values, spans, strict=True)
            for each in self._make(span, (_Year(value, hijri=hijri), None, None), "year-range", sure=sure)
        ], last

    def _stands_alone(self, first: int, last: int, sure: bool) -> bool:
        """Whether four digits can be a year by what is around them."""
        letters = self.letters
        if letters[first - 1 : first] in tuple("-/.:'+") or letters[last : last + 1] in tuple("-/'+"):
            return False
        if self._before(first) in tuple("cdYn$") or self._counted(last):
            return False
        return sure or letters[last : last + 2] not in (" d", " Y", " n")

    def _follow(self, values: list[int], places: list[int]) -> bool:
        """Whether two numbers are years one after the other, `2026-2027` or `2026/27`."""
        if len(values) == 1:
            return True
        if self.letters[places[1]] == "d":
            return len(self.tags[places[1]]) == 2 and 0 < values[1] - values[0] % 100 <= 10
        return not self._kinds(places[0], places[1], "-/") or 0 < values[1] - values[0] <= 100

    def _numeric(self, first: int, last: int) -> tuple[list[_Found], int]:
        """`01.01.2026`, `1/13/2026`, `2026-01-01`, `1447/7/1 AH`."""
        places = self._kinds(first, last, "dY")
        numbers = [int(self.tags[k]) for k in places]
        mark = self.letters[places[0] + 1 : places[1]].strip()
        hijri = bool(self._kinds(first, last, "h"))
        rule, sure = "numeric", True
        if self.letters[places[0]] == "Y":
            year, month, day = numbers
            rule = "iso" if mark == "-" else rule
        else:
            day, month, year = numbers
            # A point between them is put by nobody who writes the month first.
            sure = mark == "." or day == month or max(day, month) > 12
            if mark != "." and month > 12:
                day, month, rule = month, day, "numeric-month-first"
        if self.letters[places[2]] == "d" and rule != "iso" and self.letters[places[0]] == "d":
            if mark == "-" or any(len(self.tags[k]) != 2 for k in places):
                return [], last
            year, rule, sure = year + 2000, "numeric-two-digit-year", False
        if not 1 <= month <= 12 or not (hijri or 1500 <= year < _YOUNGEST):
            return [], last
        made = self._make((first, last), (_Year(year, hijri=hijri), month, day), rule, sure=sure)
        return self._checked(made), last

    def _relative(self, first: int, last: int) -> tuple[list[_Found], int]:
        """`2 hours ago`, `yesterday`, `last Thursday`, `next year`: a value only for who knows when it was read."""
        now, kinds = self.retrieved, self.letters[first:last]
        parts: list[int | None] = [None, None, None]
        if now is not None:
            day = now.date()
            if "R" in kinds or "o" in kinds:
                parts = _shifted(day, now, *self._shift(first, last))
            elif "Q" in kinds:
                parts = _shifted(day, now, "day", int(self.tags[self._kinds(first, last, "Q")[0]]))
            else:
                wanted = int(self.tags[self._kinds(first, last, "W")[0]])
                ahead = (wanted - day.isoweekday() - 1) % 7 + 1
                back = (day.isoweekday() - wanted - 1) % 7 + 1
                parts = _shifted(day, now, "day", ahead if "X" in kinds else -back)
        year, month, number = parts
        return self._make((first, last), (_Year(year, relative=True), month, number), "relative"), last

    def _shift(self, first: int, last: int) -> tuple[str, int]:
        """The unit and how many of it from now on."""
        place = self._kinds(first, last, "RuyDN")[0]
        unit, _, count = self.tags[place].partition(" ")
        if self.letters[place] == "R":
            return unit, int(count)
        told = [self.tags[k] for k in self._kinds(first, last, "dC")]
        return unit, -int(count or (told[0] if told else "1"))


def _shifted(day: date, now: datetime, unit: str, count: int) -> list[int | None]:
    """Year, month and day so many units from now on, as precise as the unit; nothing beyond the calendar."""
    if unit in {"year", "month"}:
        moved = add_months(f"{day.year:04}-{day.month:02}", count * (12 if unit == "year" else 1))
        year, month, _ = _parts(moved) if moved else (None, None, None)
        return [year, month if unit == "month" else None, None]
    try:
        then = now + timedelta(**{_DELTAS[unit]: count})
    except OverflowError:
        return [None, None, None]
    return [then.year, then.month, then.day]


def _from_hijri(year: int, month: int, day: int) -> date | None:
    """The day of the arithmetic Hijri calendar; None for a day that it has not."""
    begin = _hijri_day(year, month)
    after = _hijri_day(year + month // 12, month % 12 + 1)
    return date.fromordinal(begin + day - 1) if year > 0 and 0 < day <= after - begin else None


def _hijri_day(year: int, month: int) -> int:
    """The number of a Hijri month's first day, counted from 1 January of the year 1."""
    return _HIJRI_EPOCH + (year - 1) * 354 + (3 + 11 * year) // 30 + (month - 1) * 29 + month // 2


def _share_years(found: list[_Found], letters: str) -> list[_Found]:
    """The first of a range takes the year of the last, or the other way round."""
    made = [*found]
    for lacks, has in [
        *((k, k + 1) for k in reversed(range(len(made) - 1))),
        *((k + 1, k) for k in range(len(made) - 1)),
    ]:
        old, other = made[lacks].date, made[has].date
        if old.year is not None or old.relative or old.month is None or other.year is None or other.month is None:
            continue
        gap = letters[min(made[lacks].last, made[has].last) : max(made[lacks].first, made[has].first)]
        if other.rule == "hijri-arithmetic" or not _BETWEEN.fullmatch(gap):
            continue
        backwards = (old.month > other.month) if lacks < has else (old.month < other.month)
        year, listed = other.year, "k" not in gap and "-" not in gap
        if backwards and not listed:
            year += -1 if lacks < has else 1
        if old.day is None or old.day <= monthrange(year, old.month)[1]:
            sure = other.sure and not backwards and not listed
            made[lacks] = made[lacks]._replace(date=old._replace(year=year, rule="year-of-range", sure=sure))
    return made


def _agree(found: list[_Found], letters: str) -> list[_Found]:
    """A date in digits that can be read in two ways is read as the Hijri date beside it says."""
    made = [*found]
    for k in range(len(made) - 1):
        for unsure, other in ((k, k + 1), (k + 1, k)):
            old, hijri = made[unsure].date, made[other].date
            near = made[k + 1].first - made[k].last <= 8
            there = _day_of(hijri)
            if not near or not there or old.sure or (old.rule, hijri.rule) != ("numeric", "hijri-arithmetic"):
                continue
            readings = [old, old._replace(month=old.day, day=old.month)]
            fitting = [each for each in readings if (day := _day_of(each)) and abs((day - there).days) <= 2]
            if len(fitting) == 1:
                made[unsure] = made[unsure]._replace(date=fitting[0]._replace(sure=True))
    return made


def _day_of(found: FoundDate) -> date | None:
    if found.year is None or found.month is None or found.day is None:
        return None
    return date(found.year, found.month, found.day)
