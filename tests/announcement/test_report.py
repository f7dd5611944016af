"""The command `mithaq programme import`, and the report that it prints for people."""

import json
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from mithaq.cli import main
from mithaq.cli.draft_report import draft_report
from mithaq.errors import Language
from mithaq.web.announcements import load_lexicons
from mithaq.web.passages import Passage, header_fields, mark, passages, visible
from mithaq.web.programme_words import WORDS, known_word, word
from mithaq.wire.announcement import THEMES
from mithaq.wire.announcement.draft import Attribution, Confidence, Kind
from tests.announcement import drafts

KEYS = {
    "language", "organisation", "chair", "term", "motto", "speaker", "source", "page", "published", "text", "removed",
    "items",
}  # fmt: skip
FIELD = {"value", "quote", "start", "end", "source_start", "source_end", "rule", "confidence", "reason"}
SAID = "Malta takes the chair of the OSCE on 1 January 2034.\n\nWe will strengthen trust between delegations.\n"


def run(*words: object, given: str | bytes = "", code: int = 0, **environment: str) -> Result:
    done = CliRunner().invoke(main, ["programme", "import", *map(str, words)], input=given, env=environment)
    assert done.exit_code == code, done.output
    return done


@pytest.mark.parametrize("language", drafts.LANGUAGES)
def test_the_report_says_everything(language: Language) -> None:
    draft = drafts.draft(language)
    report = click.unstyle(draft_report(draft, language))
    for name, field in header_fields(draft):
        assert word(f"field.{name}", language) in report
        assert field.value is None or field.value in report
        assert field.quote is None or field.quote in report
        assert known_word("reason", field.reason, language) in report
    themes = [word(f"theme.{item.theme}", language) for item in draft.items]
    assert all(theme in report for theme in themes)
    for number, item in enumerate(draft.items, 1):
        at = report.index(f"{number:3}. {word(f'kind.{item.kind}', language)}")
        assert item.text in report[at : at + 400]
        assert word(f"attributed.{item.attributed_to}", language) in report[at : at + 400]
    assert report.count(word("not-operated.long", language)) == 1
    assert f"{word('rule.script', language)}: 1" in report
    assert re.search("a-rule-without-words\u2069?: 1", report)


@pytest.mark.parametrize("language", drafts.LANGUAGES)
def test_quotes_are_marked_in_the_text(language: Language) -> None:
    draft = drafts.draft(language)
    report = click.unstyle(draft_report(draft, language))
    text = report[report.index("\n" + word("source", language) + "\n") :]
    assert text.count("⟦") == text.count("⟧")
    assert f"⟦3 {draft.items[2].quote}⟧" in text
    # The second quote begins inside the first and goes on behind it.
    cut = drafts.ITEMS[language][0][0].rsplit(" ", 1)[-1]
    assert f"⟦2 {cut}⟧⟧⟦2 " in text
    bare = re.sub("⟦(?:[0-9]+|[^⟦:]*:) |⟧|[\u2066\u2067\u2069]", "", text)
    assert draft.text in bare


@pytest.mark.parametrize("language", drafts.LANGUAGES)
@pytest.mark.parametrize("own", drafts.LANGUAGES)
def test_text_of_the_other_direction_is_isolated(language: Language, own: str) -> None:
    """On every line isolates are balanced, and outside them runs nothing the other way than the report but itself."""
    other = {"L"} if language == "ar" else {"R", "AL"}
    report = click.unstyle(draft_report(drafts.draft(own), language))
    before_text = report[: report.index("\n" + word("source", language) + "\n")]
    for line in report.splitlines():
        assert line.count("\u2069") == line.count("\u2066") + line.count("\u2067")
    outside = re.sub("[\u2066\u2067][^\u2066\u2067\u2069]*\u2069", "", before_text)
    assert not [letter for letter in outside if unicodedata.bidirectional(letter) in other]


def test_what_would_steer_a_terminal_is_written_out() -> None:
    hostile = "\n\nClear \x1b[2J\x1b]0;owned\x07 and \u202eturn\u202c \u2069 over\r\x00\x9b31m"
    draft = drafts.draft("en", text=hostile)
    draft.items.append(drafts.item(draft.text, hostile.strip()))
    report = click.unstyle(draft_report(draft, "en"))
    # click.unstyle takes away our own styles only: none of the text's is left to be taken.
    assert "⟨U+001B⟩[2J⟨U+001B⟩]0;owned⟨U+0007⟩" in report
    assert "⟨U+202E⟩turn⟨U+202C⟩ ⟨U+2069⟩ over⟨U+000D⟩⟨U+0000⟩⟨U+009B⟩31m" in report
    styled = re.sub(r"\x1b\[[0-9;]*m", "", draft_report(draft, "en"))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", styled)


@given(
    st.text(alphabet="ab \nж", max_size=40),
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), max_size=8),
)
def test_marks_nest_and_cover_their_quotes(text: str, ranges: list[tuple[int, int]]) -> None:
    marks = [
        Passage(str(number), start, min(start + length, len(text)))
        for number, (start, length) in enumerate(ranges)
        if start < len(text)
    ]
    shown: list[str] = []
    marked: dict[str, str] = {each.name: "" for each in marks}
    firsts: list[str] = []
    for steps in mark(text, marks):
        opened: list[Passage] = []
        for step in steps:
            if step.opens is not None:
                opened.append(step.opens)
                firsts += [step.opens.name] if step.first else []
            elif step.closes is not None:
                assert opened.pop() == step.closes
            for each in opened if step.text else []:
                marked[each.name] += step.text
        assert not opened
        shown.append("".join(step.text for step in steps))
    assert "\n\n".join(shown) == text
    assert len(firsts) == len(set(firsts))
    for each in marks:
        quote = text[each.start : each.end]
        assert marked[each.name].replace("\n", "") == quote.replace("\n", "")
        assert each.name in firsts or not quote.strip("\n")


def test_passages_outside_the_text_are_left_out() -> None:
    draft = drafts.draft("en")
    draft.items.append(drafts.item(draft.text + "!", "!"))
    assert {each.name for each in passages(draft)} >= {"chair", "from", "to", "4"}
    assert "5" not in {each.name for each in passages(draft)}
    assert "source" not in {each.name for each in passages(draft)}


def test_words_are_complete() -> None:
    groups: dict[str, tuple[str, ...]] = {
        "language": ("ar", "ru", "en", "other"),
        "confidence": get_args(Confidence),
        "kind": get_args(Kind),
        "attributed": get_args(Attribution),
        "theme": THEMES,
        "field": tuple(name for name, _ in header_fields(drafts.draft("en"))),
    }
    assert not [
        f"{group}.{name}" for group, names in groups.items() for name in names if f"{group}.{name}" not in WORDS
    ]
    letters = {"en": "[a-z]", "ru": "[а-яё]", "ar": "[\u0621-\u064a]"}
    for key, said in WORDS.items():
        assert len(set(said)) == 3, key
        assert len({tuple(sorted(re.findall(r"\{\w+\}", each))) for each in said}) == 1, key
        for language in drafts.LANGUAGES:
            assert re.search(letters[language], word(key, language), re.IGNORECASE), (key, language)


def test_the_reader_says_nothing_without_words() -> None:
    """Every reason and rule that the reader spells out in its source has words in three languages."""
    folder = Path(sys.modules["mithaq.wire.announcement"].__file__ or "").parent
    text = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    reasons = set(re.findall(r'reason="([a-z-]+)"', text))
    rules = set(re.findall(r'\.cut\("([a-z-]+)"\)|_hide\([^"\n]*"([a-z-]+)"\)|\brule = "([a-z-]+)"', text))
    # Rules that stand as an argument, or in one of two branches.
    rules |= set(
        re.findall(r'_Said\([^\n]*"([a-z]+(?:-[a-z]+)+)"|\brule = "[a-z-]+" if [^\n]* else "([a-z-]+)"()', text)
    )
    rules |= {(each, "", "") for each in re.findall(r'"([a-z]+-of-[a-z]+)", sure=', text)}
    assert reasons
    assert len(rules) > 20
    missing = {each for each in reasons if known_word("reason", each, "ar") == each}
    missing |= {name for found in rules for name in found if name and known_word("rule", name, "ar") == name}
    assert not missing


def test_json_has_the_keys_that_were_promised(tmp_path: Path) -> None:
    file = tmp_path / "said.txt"
    file.write_text(SAID, encoding="utf-8")
    said: dict[str, Any] = json.loads(run(file, "--json").output)
    assert set(said) == KEYS
    assert set(said["term"]) == {"from", "to"}
    fields = [said[key] for key in KEYS - {"language", "term", "text", "removed", "items"}] + list(
        said["term"].values()
    )
    assert all(set(each) == FIELD for each in fields)
    assert all(set(each) == FIELD | {"theme", "kind", "text", "attributed_to", "operated"} for each in said["items"])
    assert said["items"]
    assert said["language"] == "en"
    assert said["motto"]["value"] is None
    assert said["motto"]["confidence"] == "absent"


def test_standard_input_and_a_file_give_the_same(tmp_path: Path) -> None:
    made = tmp_path / "draft.json"
    assert run("-", "--json", "-o", made, given=SAID).output == ""
    assert json.loads(made.read_text(encoding="utf-8")) == json.loads(run("-", "--json", given=SAID).output)
    report = tmp_path / "report.txt"
    assert run("-", "--output", report, given=SAID, LC_ALL="ru_RU.UTF-8").output == f"Записано в {report}.\n"
    assert report.read_text(encoding="utf-8").startswith("Проект программы\n")
    assert run("-", given=SAID, LC_ALL="ar_EG.UTF-8").output.startswith("مسودة البرنامج\n")
    assert run("-", "--html", given=SAID, LC_ALL="C").output.startswith("<!doctype html>\n")


def test_a_charter_and_a_time_of_reading_are_used() -> None:
    root = Path(__file__).parents[2]
    charter = root / "examples" / "charters" / "osce.toml"
    said = json.loads(run("-", "--json", "--charter", charter, given=SAID).output)
    assert said["chair"]["value"] == "malta"
    assert said["term"]["to"]["value"] == "2035-01-01"
    page = f"<p>2 hours ago</p><p>{SAID}</p>"
    without = json.loads(run("-", "--json", given=page).output)["published"]
    assert without["value"] is None
    known = json.loads(run("-", "--json", "--retrieved", "2033-11-02T12:00:00+03:00", given=page).output)["published"]
    assert known["value"].startswith("2033-11-02")
    assert known["confidence"] == "unsure"


@pytest.mark.parametrize("time", ["yesterday", "2033-11-02T12:00:00", "2033-11-02", "9999-12-31T23:59:59Z", ""])
def test_a_time_without_zone_is_refused(time: str) -> None:
    said = json.loads(run("-", "--json", "--retrieved", time, given=SAID, code=1).output)["error"]
    assert (said["code"], said["place"]) == ("retrieved-malformed", "--retrieved")
    assert "2026-11-24T08:00:00+03:00" in said["advice"]


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert (
        json.loads(run("-", "--json", given="a" * 2_100_000, code=1).output)["error"]["code"]
        == "announcement-too-large"
    )
    no_charter = tmp_path / "charter"
    no_charter.write_text("nothing", encoding="utf-8")
    refused = run("-", "--json", "--charter", no_charter, given=SAID, code=1)
    assert json.loads(refused.output)["error"]["code"] == "charter-malformed"
    run("-", "--json", "--html", given=SAID, code=2)
    run(tmp_path / "absent", code=2)


def test_standard_input_is_read_no_further_than_needed() -> None:
    """Endless input ends in an error and not in memory."""
    command = [sys.executable, "-m", "mithaq", "programme", "import", "-", "--json"]
    with Path("/dev/zero").open("rb") as endless:
        done = subprocess.run(command, stdin=endless, capture_output=True, check=False, timeout=60)
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "announcement-too-large"


def test_lexicons_come_with_the_package() -> None:
    lexicons = load_lexicons()
    assert set(lexicons.languages) == {"ar", "ru", "en"}
    assert lexicons.countries
    assert lexicons.organisations
    assert all(lexicon.lists for lexicon in lexicons.languages.values())


def test_visible_text_stays_as_it_is() -> None:
    plain = "Слово — «слово»\n\tشعـــار\u200f ١٢\u200d é"
    assert visible(plain) == plain
