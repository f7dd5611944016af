"""Lexicons as data: every entry is found in its own example, nothing stands twice, a language is a folder of files."""

import ast
import re
from array import array
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from mithaq.web.announcements import load_lexicons
from mithaq.wire import announcement
from mithaq.wire.announcement import Lexicons, decode_lexicon, read_announcement
from mithaq.wire.announcement.cleaning import Cleaned, Span
from mithaq.wire.announcement.folded import fold_text, fold_word
from mithaq.wire.announcement.lexicon import Entry, Lexicon, compile_phrases
from mithaq.wire.announcement.members import Names
from mithaq.wire.announcement.sentences import Sentence, Sentences

PACKAGE = Path(announcement.__file__).parent
LANGUAGES = sorted(path.name for path in (PACKAGE / "lexicons").iterdir() if path.is_dir())
OWN_PHRASES = "dates"
"""The file whose entries are written in another way, which `test_dates` tries."""


def lexicon(language: str) -> Lexicon:
    return load_lexicons().languages[language]


@cache
def names(language: str) -> Names:
    return Names(None, load_lexicons(), language)


def sentences(language: str, text: str) -> list[Sentence]:
    """The sentences of a text that is one paragraph."""
    places = array("I", range(len(text)))
    ends = array("I", range(1, len(text) + 1))
    cleaned = Cleaned(text, places, ends, [Span("paragraph", 0, len(text), 0)], [], [])
    return Sentences(cleaned, lexicon(language), names(language), None).all


LISTS = [
    (language, name)
    for language in LANGUAGES
    for name in sorted(lexicon(language).lists)
    if name.partition(".")[0] != OWN_PHRASES
]


def is_found(language: str, entry: Entry) -> bool:
    """Whether an entry is found in its example: in the folded text, or with what its marks stand for."""
    pattern = compile_phrases([entry.match], lexicon(language).clitics)
    if not re.search(r"\{[CAODQP]\}", entry.match):
        return pattern.search(fold_text(entry.example).text) is not None
    return any(
        pattern.search(typed.text) is not None
        for sentence in sentences(language, entry.example)
        for typed in (sentence.named, sentence.typed)
    )


@pytest.mark.parametrize(("language", "name"), LISTS)
def test_every_entry_compiles_and_is_found_in_its_example(language: str, name: str) -> None:
    lost = [
        f"{number}: {entry.match[:60]!r} is not in {entry.example!r}"
        for number, entry in enumerate(lexicon(language).lists[name])
        if not is_found(language, entry)
    ]
    assert lost == []


MARKED = re.compile(r"\{([A-Z])\}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tag_of_a_fact_names_every_mark_in_order(language: str) -> None:
    roles = {
        "C": {"chair", "giver"},
        "A": {"chair", "giver"},
        "O": {"org"},
        "D": {"from", "during", "until", "before", "event", "same"},
        "Q": {"motto"},
        "P": {"speaker"},
    }
    for entry in lexicon(language).lists["header.facts"]:
        marks, tags = MARKED.findall(entry.match), entry.tag.split(",")
        # A mark in an alternative may not be there at all, so there may be one more than tags.
        assert tags[0], entry.match
        for tag in tags:
            assert any(tag in roles[mark] for mark in marks), entry.match


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_entry_stands_twice(language: str) -> None:
    doubled = [
        (name, match)
        for name, entries in lexicon(language).lists.items()
        for match, count in Counter(entry.match for entry in entries).items()
        if count > 1
    ]
    doubled += [
        (name, word)
        for name, words in lexicon(language).words.items()
        if isinstance(words, list) and words and isinstance(words[0], str)
        for word, count in Counter(words).items()
        if count > 1
    ]
    assert doubled == []


@pytest.mark.parametrize(("language", "name"), LISTS)
def test_no_alternative_stands_twice_in_a_phrase(language: str, name: str) -> None:
    doubled = [
        word
        for entry in lexicon(language).lists[name]
        for group in re.findall(r"\(([^()]*)\)", entry.match)
        for word, count in Counter(group.split("|")).items()
        if count > 1
    ]
    assert doubled == []


MAY_BE_MISSING = {
    "dates": "whatever a language's dates need",
    "members": "whatever its names need",
    "noise.by": "only where a word before an author's name is one and no more",
    "intentions.copulas": "only where a sentence may be without a verb",
    "intentions.own_letters": "only where words are written together",
    "intentions.definite_heads": "only where an infinitive or an article may stand before a head",
    "intentions.futures": "only where the future stands in the verb",
    "intentions.passive": "only where the passive says what is intended",
    "language.foreign_words": "only where other languages share all letters",
    "language.least_share": "only where there are more or fewer function words than usual",
    "language.clitics": "only where articles and prepositions are written with a word",
    "language.joined_and": "only where a conjunction is written with a word",
    "language.name_particles": "only where capital letters tell a name",
    "language.name_stops": "only where there are no capital letters",
}


def test_all_languages_have_the_same_files_and_lists() -> None:
    files = {language: {path.name for path in (PACKAGE / "lexicons" / language).iterdir()} for language in LANGUAGES}
    assert len(LANGUAGES) >= 3
    assert all(one == other for one, other in pairwise(files.values())), files
    every = {language: {*lexicon(language).lists, *lexicon(language).words} for language in LANGUAGES}
    known = set().union(*every.values())
    for language, own in every.items():
        missing = {name for name in known - own if not {name, name.partition(".")[0]} & MAY_BE_MISSING.keys()}
        assert missing == set(), language


def test_every_list_is_read_by_the_reader() -> None:
    source = "".join(path.read_text("utf-8") for path in PACKAGE.glob("*.py"))
    known = {name for language in LANGUAGES for name in (*lexicon(language).lists, *lexicon(language).words)}
    unread = {name for name in known if f'"{name}"' not in source and f'"{name.partition(".")[2]}"' not in source}
    assert unread == set()


def test_no_languages_words_are_in_the_code() -> None:
    """The letters that `folded` makes one may be, those that `charset` counts, and the examples in docstrings."""
    for path in PACKAGE.glob("*.py"):
        if path.name in {"folded.py", "charset.py"}:
            continue
        tree = ast.parse(path.read_text("utf-8"))
        told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
                assert not re.search(r"[а-яё]{3}|[\u0621-\u064a]{3}", node.value), f"{path.name}:{node.lineno}"


# A fourth language

NEW = {
    "language": """
script = "latin"
function_words = ["la", "de", "kaj", "en", "al", "por", "kun", "estas", "ni", "ke", "de la"]
foreign_letters = "wqxy"
abbreviations = ["s-ro"]
stops = ["en"]
no_names = [{ match = "(la|ni)", example = "la" }]
""",
    "header": """
chair_words = [{ match = "prezid*", example = "la prezidado" }]
facts = [
  { match = "{C} … transprenas … prezid*", example = "Malto transprenas la prezidadon", tag = "chair", weight = 4 },
  { match = "prezid* … de {O}", example = "la prezidadon de OSCE", tag = "org", weight = 3 },
  { match = "en {D}", example = "en 2032", tag = "during", weight = 3 },
  { match = "devizo … {Q}", example = "kun la devizo «Fido»", tag = "motto", weight = 4 },
]
""",
    "intentions": """
verbal = [{ match = "ni … (volas|intencas)", example = "ni intencas", tag = "task" }]
heads = [{ match = "(fort*|protekt*|plivast*)", example = "fortigi" }]
borders = [{ match = "kaj", example = "kaj" }]
skips = [{ match = "(ankaŭ|la)", example = "ankaŭ" }]
speaker_words = [{ match = "ni", example = "ni" }]
""",
    "shapes": """heads = [{ match = "*i", example = "fortigi", tag = "infinitive" }]""",
    "themes": """
cohesion = [{ match = "(fid*|unuec*)", example = "fidon", weight = 3 }]
information-security = [{ match = "inform*", example = "informojn", weight = 3 }]
""",
    "noise": """tags = [{ match = "etikedoj", example = "Etikedoj" }]""",
    "dates": "",
    "members": 'alphabet = "abcĉdefgĝhĥijĵklmnoprsŝtuŭvz"',
}
TEXT = (
    "Malto transprenas la prezidadon de OSCE kun la devizo «Fido per faroj».\n\n"
    "Ni intencas fortigi la fidon de la membroj kaj protekti la informojn de la civitanoj. "
    "Tio estas por la bono de la homoj."
)


def with_new_language() -> Lexicons:
    """The lexicons with one more language, invented for this test after Esperanto, and two names in it."""
    known = load_lexicons()
    new = decode_lexicon("xx", {name: text.encode() for name, text in NEW.items()})
    countries = [{**each, "xx": ["Malto"]} if each["code"] == "mt" else each for each in known.countries]
    organisations = [{**each, "xx": ["OSCE"]} if each["id"] == "osce" else each for each in known.organisations]
    return Lexicons({**known.languages, "xx": new}, countries, organisations)


def test_a_new_language_is_files_and_no_code() -> None:
    made = read_announcement(TEXT.encode(), with_new_language())
    told: str = made.language
    assert told == "xx"
    assert made.chair.value == "Malto"
    assert made.organisation.value == "OSCE"
    assert made.motto.value == "Fido per faroj"
    assert [(item.quote, item.theme) for item in made.items] == [
        ("fortigi la fidon de la membroj", "cohesion"),
        ("protekti la informojn de la civitanoj", "information-security"),
    ]
    assert read_announcement(TEXT.encode(), load_lexicons()).language == "other"


def test_words_are_compared_folded_so_a_folded_entry_is_the_entry() -> None:
    for language in LANGUAGES:
        for name, entries in lexicon(language).lists.items():
            for entry in entries:
                assert fold_word(fold_word(entry.example)) == fold_word(entry.example), (name, entry.example)
