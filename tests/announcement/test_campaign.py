"""Inputs that nobody would send in good faith: none crashes, none takes long, repetition costs no more than length."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mithaq.errors import Malformed
from mithaq.web.announcements import draft_programme
from mithaq.wire.announcement import Draft
from tests.announcement.hostile import KINDS, make, repeated

CHARTERS = Path(__file__).parents[2] / "examples" / "charters"
CHARTER = (CHARTERS / "osce.toml").read_bytes()
CAMPAIGN = 100_000
ORDINARY = 24
"""Inputs of each kind in the ordinary run."""
SECONDS_PER_LETTER = 1 / 10_000
MOST_SECONDS = 5.0
SOON = 8.0
"""Seconds for what takes half of one, on a machine that is busy; what goes back over its input takes a minute."""


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    # Trafilatura logs an error for each page that it cannot read.
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def read(data: bytes, charter: bytes | None = None) -> tuple[Draft | None, float]:
    """What is read, if anything, and the processor's seconds that it took."""
    begun = time.process_time()
    try:
        return draft_programme(data, charter), time.process_time() - begun
    except Malformed:
        return None, time.process_time() - begun


def attack(kind: str, number: int) -> None:
    """One input: no other error, in time, and every quote is in the text."""
    data = make(kind, number)
    made, seconds = read(data, CHARTER if number % 3 == 0 else None)
    allowed = min(2 + len(data) * SECONDS_PER_LETTER, MOST_SECONDS)
    assert seconds < allowed, f"{kind} {number}: {len(data)} bytes took {seconds:.1f} s"
    if made is not None:
        for field in (made.organisation, made.chair, made.motto, made.speaker, made.source, made.page, *made.items):
            assert field.quote is None or made.text[field.start : field.end] == field.quote, f"{kind} {number}"


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    for text in ("We will be in the of", "Мы на этом и не в том что", "نحن في هذا على من إلى"):
        read(f"<html><p>{text * 3}".encode())


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_inputs_neither_crash_nor_take_long(kind: str) -> None:
    for number in range(ORDINARY):
        attack(kind, number)


@pytest.mark.torture
@pytest.mark.parametrize("kind", KINDS)
def test_a_hundred_thousand_hostile_inputs_neither_crash_nor_take_long(kind: str) -> None:
    for number in range(ORDINARY, ORDINARY + CAMPAIGN // len(KINDS)):
        attack(kind, number)


LEADS = {
    "en": "The chair of it is to be in the of for all. ",
    "ru": "И в этом году на то это и не в том, что для всех. ",
    "ar": "في هذا العام من أن على في من إلى كل ذلك. ",
}
REPEATED = {
    "en": (
        "…", "-", "&", "•", "İ", "we will ", "We will strengthen trust and dialogue. ",
        "we will strengthen trust and the dialogue of all and ", "Kazakhstan, Finland and Malta ",
        "Kazakhstan takes over the chairmanship of the OSCE from Malta ", "on 1 January 2032 and ",
        'the "trust" of "all" and ', '" the ', "“the ", "Anna Novak and the Ivan Petrov of ", "A. B. Novak the ",
        "strengthen", "published on the of the ", "the ((((of ", "the - and - to - ", "priorities: the : ",
        "motto of the ", "we will; we will: and ", "the of. and. to. ", "the … and … ", "the a.b.c. ",
        'Kazakhstan hands over 2032 the "chair" motto to Malta and we will strengthen ',
        "the a\u0301\u0301\u0301\u0301 of ", "the \u202b and \u202c of ", "\u0301",
    ),
    "ru": (
        "мы будем ", "Мы будем укреплять доверие и диалог. ",
        "мы будем укреплять доверие и диалог в регионе и не только ", "в Казахстане и Финляндии и на Мальте ",
        "Казахстан примет председательство в ОБСЕ от Мальты и ", "с 1 января 2032 года и ", "и «доверие» в «мир» на ",
        "и Анна Иванова Петров в ", "укрепление", "и девиз в ", "от Казахстана к Мальте и ", "и председательство в ",
        "Мы намерены: и, в; на - ",
    ),
    "ar": (
        "سوف نعمل على ", "سنعمل على تعزيز الثقة والحوار. ", "سنعمل على تعزيز الثقة والحوار في المنطقة و",
        "في كازاخستان وفنلندا ومن مالطا ", "تتسلم كازاخستان رئاسة المنظمة من مالطا في ", "من 1 يناير 2032 في ",
        "وزير الخارجية في ", "و", "والتعزيز", "تَعْزِيزُ ثِقَةٍ فِي مِنْ ", "شعار في ", "في «الثقة» من ",
    ),
}  # fmt: skip
FRAMED = (
    "<p>{}</p>",
    "<b>{}",
    "<div>{}</div>",
    "<ul><li>{}</ul>",
    "<a href=x>{}</a> ",
    '<p a=b c="{}',
    "<!-- {} -->{}",
    "&amp;{}&quot;",
)


LISTS = {
    "en": (", ", "a, ", "trust, ", "the trust and ", "x; "),
    "ru": (", ", "а, ", "мир, ", "доверие и ", "б; "),
    "ar": ("، ", "ا، ", "ثقة، ", "والثقة ", "ب؛ "),
}
INTENDED = {
    "en": "We will strengthen ",
    "ru": "Мы намерены укреплять ",
    "ar": "سنعمل على تعزيز ",
}
RUNS = (".", "!", "؟", "…", '."', ",", ";", ":", "-", "«", "»", "(", "İ", "ﷺ", "ـ", "1.", "a@", "A.")


def _longest(kind: str) -> list[tuple[str, bytes]]:
    """The longest inputs of repetition that are read at all."""
    if kind in REPEATED:
        lead = LEADS[kind] * 3 + INTENDED[kind]
        # A letter behind a run makes a rule that looks for the run's end go back.
        runs = [(piece, repeated(piece, 190_000, lead) + b"a") for piece in RUNS]
        lists = [(piece, repeated(piece, 190_000, lead)) for piece in LISTS[kind]]
        return [(piece, repeated(piece, 190_000, LEADS[kind])) for piece in REPEATED[kind]] + runs + lists
    return [
        (frame, b"<html><body>" + repeated(frame.replace("{}", LEADS[language]), 150_000))
        for frame in FRAMED
        for language in LEADS
    ]


@pytest.mark.torture
@pytest.mark.parametrize("kind", [*REPEATED, "markup"])
def test_the_longest_text_of_one_repeated_thing_is_read_in_time(kind: str) -> None:
    slow = [
        f"{seconds:.1f} s: {piece!r}" for piece, data in _longest(kind) if (seconds := read(data)[1]) > MOST_SECONDS
    ]
    assert slow == []


@pytest.mark.parametrize("language", LEADS)
def test_repetition_costs_no_more_than_its_length(language: str) -> None:
    for piece in REPEATED[language]:
        _, seconds = read(repeated(piece, 6_000, LEADS[language]))
        assert seconds < SOON, piece  # the square of it would be minutes for the longest text


@pytest.mark.parametrize("language", LEADS)
def test_runs_of_a_sign_and_endless_lists_cost_no_more_than_their_length(language: str) -> None:
    lead = LEADS[language] * 3 + INTENDED[language]
    for piece in (*RUNS, *LISTS[language]):
        _, seconds = read(repeated(piece, 3_000, lead) + b"a")
        assert seconds < SOON, piece
