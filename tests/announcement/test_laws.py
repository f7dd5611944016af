"""Laws of the reader over the six texts of the first half and their mutations: where quotes stand, what may change."""

import html
import json
import random
import re
from datetime import datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mithaq.errors import Malformed
from mithaq.web.announcements import draft_programme
from mithaq.wire.announcement import HEADER, Draft, Field
from mithaq.wire.announcement.folded import fold_word
from mithaq.wire.announcement.page import decode_source

FIRST = Path(__file__).parent / "first"
CHARTERS = Path(__file__).parents[2] / "examples" / "charters"
TEXTS = sorted(path.name for path in FIRST.iterdir() if path.suffix in {".txt", ".html"})
few = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
over_texts = pytest.mark.parametrize("name", TEXTS)


@cache
def gold(name: str) -> dict[str, str | None]:
    told: dict[str, str | None] = json.loads((FIRST / f"{Path(name).stem}.gold.json").read_text("utf-8"))
    return told


@cache
def source(name: str) -> bytes:
    return (FIRST / name).read_bytes()


def read(data: bytes, name: str) -> Draft:
    """What is read, with the charter and the time of reading that belong to a text."""
    charter, retrieved = gold(name)["charter"], gold(name)["retrieved"]
    return draft_programme(
        data,
        (CHARTERS / f"{charter}.toml").read_bytes() if charter else None,
        datetime.fromisoformat(retrieved) if retrieved else None,
    )


@cache
def draft(name: str) -> Draft:
    return read(source(name), name)


def header(made: Draft) -> dict[str, Field]:
    return {**{name: getattr(made, name) for name in HEADER}, "from": made.term.since, "to": made.term.until}


def values(made: Draft) -> dict[str, str | None]:
    return {name: field.value for name, field in header(made).items()}


def assert_quoted(made: Draft, decoded: str, fold: "type[_Shown] | None") -> None:
    """Every quote is the text's slice; its slice of the source is the quote once folded, if that can be told."""
    for field in (*header(made).values(), *made.items):
        if field.confidence == "absent":
            assert field.value is None
            assert field.reason
            assert {field.quote, field.start, field.end, field.source_start, field.source_end} == {None}
            continue
        assert field.value
        assert field.quote
        assert field.start is not None
        assert field.end is not None
        assert field.source_start is not None
        assert field.source_end is not None
        assert made.text[field.start : field.end] == field.quote
        piece = decoded[field.source_start : field.source_end]
        assert 0 <= field.source_start < field.source_end <= len(decoded)
        if fold is not None:
            assert fold.folded(piece) == _spaced(field.quote)
        else:
            assert _is_within(_packed(field.quote), _packed(piece + html.unescape(piece)))
    for item in made.items:
        assert item.value == item.text == item.quote
    at = 0
    for each in made.removed:
        assert at <= each.start < each.end <= len(decoded)
        at = each.end


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _packed(text: str) -> str:
    return "".join(text.split())


def _is_within(wanted: str, piece: str) -> bool:
    """Whether all letters stand there in this order, whatever stands between."""
    letters = iter(piece)
    return all(letter in letters for letter in wanted)


class _Shown(HTMLParser):
    """The foreign folding: Python's own parser, told to keep what is shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"a", "b", "i", "em", "strong", "span", "q", "abbr", "sup", "time", "font", "u", "wbr"}:
            self.pieces.append(" ")

    @classmethod
    def folded(cls, piece: str) -> str:
        """A slice of the source as a reader sees it, with single spaces."""
        shown = cls()
        shown.feed(piece)
        shown.close()
        return _spaced("".join(shown.pieces))


class _Plain(_Shown):
    """In plain text nothing is mark-up."""

    @classmethod
    def folded(cls, piece: str) -> str:
        return _spaced(piece)


def folding(name: str) -> type[_Shown]:
    return _Shown if name.endswith(".html") else _Plain


# Quotes


@over_texts
def test_every_quote_is_in_the_text_and_in_the_source_at_its_offsets(name: str) -> None:
    made = draft(name)
    assert made.items
    assert_quoted(made, decode_source(source(name)), folding(name))


_PLAIN_NOISE = st.sampled_from(
    [" ", "\n", "\n\n", "\u00a0", "\u200f", "\u00ad", ". ", "«", '"', "١", "\t", "&amp;", "<", ")"]
)
_MARKED_NOISE = st.sampled_from(
    [
        "<b>",
        "</b>",
        "<i></i>",
        " <br> ",
        "&nbsp;",
        "&#32;",
        "&amp;",
        "\n",
        "<!-- we will -->",
        "<span class='x'>",
        "&lrm;",
    ]
)


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, bytes, bool]:
    """One of the texts with noise between its words: name, bytes, whether Python's parser should see the same text."""
    name = draw(st.sampled_from(TEXTS))
    text = decode_source(source(name))
    marked = name.endswith(".html")
    # Only where words are shown, else mark-up itself is broken: that is the next law's.
    gaps = [match.end() for match in re.finditer(r"\w (?=\w+ [^<>{};]*<)" if marked else r"\w (?=\w)", text)]
    places = draw(st.lists(st.sampled_from(gaps), max_size=8, unique=True))
    for at in sorted(places, reverse=True):
        text = text[:at] + draw(_MARKED_NOISE if marked else _PLAIN_NOISE) + text[at:]
    return name, re.sub(r"windows-1251", "utf-8", text).encode(), marked


@settings(few, max_examples=60)
@given(changed())
def test_quotes_stand_in_the_source_with_noise_between_the_words(made: tuple[str, bytes, bool]) -> None:
    name, data, _ = made
    assert_quoted(read(data, name), decode_source(data), folding(name))


@st.composite
def broken(draw: st.DrawFn) -> tuple[str, bytes]:
    """Bytes of one text with pieces cut out, doubled, moved, or replaced by another text's."""
    name = draw(st.sampled_from(TEXTS))
    data = bytearray(source(name))
    for _ in range(draw(st.integers(1, 6))):
        if not data:
            break
        start = draw(st.integers(0, len(data) - 1))
        piece = bytes(data[start : start + draw(st.integers(1, 400))])
        match draw(st.sampled_from(["cut", "double", "move", "splice", "noise"])):
            case "cut":
                del data[start : start + len(piece)]
            case "double":
                data[start:start] = piece
            case "move":
                del data[start : start + len(piece)]
                at = draw(st.integers(0, len(data)))
                data[at:at] = piece
            case "splice":
                other = source(draw(st.sampled_from(TEXTS)))
                at = draw(st.integers(0, len(other)))
                data[start : start + len(piece)] = other[at : at + len(piece)]
            case _:
                data[start : start + 1] = draw(st.binary(max_size=4))
    return name, bytes(data)


@settings(few, max_examples=80)
@given(broken())
def test_quotes_stand_in_a_broken_source_too(made: tuple[str, bytes]) -> None:
    name, data = made
    try:
        read_ = read(data, name)
    except Malformed:
        return
    assert_quoted(read_, decode_source(data), None)


# Order


def _movable(paragraphs: list[str]) -> list[int]:
    """The paragraphs that are sentences; mastheads, headings and lists keep their places, which say what they are."""
    return [
        number
        for number, each in enumerate(paragraphs)
        if "\n" not in each and re.search(r"[.!?؟][\"»”)]*$", each) and len(each) > 60
    ]


@cache
def plain_text(name: str) -> str:
    """A text without mark-up: as it is, or as the reader's own cleaning of a page leaves it."""
    return decode_source(source(name)) if name.endswith(".txt") else draft(name).text


@over_texts
@few
@given(chance=st.randoms(use_true_random=False))
def test_shuffling_paragraphs_never_changes_header_values(name: str, chance: random.Random) -> None:
    paragraphs = plain_text(name).split("\n\n")
    places = _movable(paragraphs)
    assert len(places) >= 5
    order = chance.sample(places, len(places))
    moved = list(paragraphs)
    for place, taken in zip(places, order, strict=True):
        moved[place] = paragraphs[taken]
    assert values(read("\n\n".join(moved).encode(), name)) == values(_plainly(name))


@cache
def _plainly(name: str) -> Draft:
    return read(plain_text(name).encode(), name)


def _sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Where a sentence, an item of a list, or a line begins and ends."""
    stop = re.compile(r"[.!?؟][\"»”)]*(?=\s)|\n")
    begin = max((match.end() for match in stop.finditer(text, 0, start)), default=0)
    after = stop.search(text, max(end - 1, start))
    return begin, after.end() if after else len(text)


@over_texts
def test_removing_an_items_own_sentence_adds_no_item(name: str) -> None:
    whole = _plainly(name)
    known = {fold_word(item.text) for item in whole.items}
    done: set[tuple[int, int]] = set()
    for item in whole.items:
        assert item.start is not None
        assert item.end is not None
        start, end = _sentence_around(whole.text, item.start, item.end)
        if (start, end) in done:
            continue
        done.add((start, end))
        without = read((whole.text[:start] + whole.text[end:]).encode(), name)
        assert {fold_word(each.text) for each in without.items} <= known
        assert fold_word(item.text) not in {fold_word(each.text) for each in without.items}
        assert len(without.items) < len(whole.items)


# Anything


@settings(few, max_examples=60)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode), broken().map(lambda made: made[1])))
@example(b"")
@example("Мы намерены".encode("utf-16"))
@example(b"\xff\xfe" + "we will build trust in the region of it".encode("utf-16-le")[:-1])
def test_any_bytes_give_a_draft_that_survives_its_json_or_a_clear_error(data: bytes) -> None:
    try:
        made = draft_programme(data)
    except Malformed as error:
        code: str = error.code
    else:
        code = ""
        encoded = msgspec.json.encode(made)
        decoded = msgspec.json.decode(encoded, type=Draft)
        assert decoded == made
        assert msgspec.json.encode(decoded) == encoded
        assert draft_programme(data) == made
    assert code in {"", "announcement-too-large", "announcement-too-deep", "announcement-empty"}


@over_texts
def test_reading_twice_gives_the_same_and_the_json_has_the_names_that_are_promised(name: str) -> None:
    made = draft(name)
    assert read(source(name), name) == made
    encoded = msgspec.json.encode(made)
    assert msgspec.json.encode(msgspec.json.decode(encoded, type=Draft)) == encoded
    told = json.loads(encoded)
    assert set(told) == {"language", "term", "text", "removed", "items", *HEADER}
    assert set(told["term"]) == {"from", "to"}
    field = {"value", "quote", "start", "end", "source_start", "source_end", "rule", "confidence", "reason"}
    assert set(told["chair"]) == field
    assert {frozenset(item) for item in told["items"]} == {
        frozenset(field | {"theme", "kind", "text", "attributed_to", "operated"})
    }
    assert {frozenset(each) for each in told["removed"]} == {frozenset({"start", "end", "rule"})}
