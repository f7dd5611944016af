"""Names in a sentence: every country in every form, members and organisations of every charter, and false finds."""

import time
import tomllib
from functools import cache
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mithaq.errors import Malformed
from mithaq.model import encode_charter
from mithaq.wire.announcement.folded import fold_text, fold_word
from mithaq.wire.announcement.lexicon import Lexicons, decode_lexicon
from mithaq.wire.announcement.members import Facts, Member, Name, Names, decode_facts
from tests.properties.alliance import NAMES, charter, signed

ROOT = Path(__file__).parents[2]
LEXICONS = ROOT / "src" / "mithaq" / "wire" / "announcement" / "lexicons"
CHARTERS = {path.stem: path.read_bytes() for path in sorted((ROOT / "examples" / "charters").glob("*.toml"))}
LANGUAGES = ("ar", "ru", "en")
SENTENCE = {"ar": "ثم قالت {} غدا.", "ru": "И тогда {} снова.", "en": "And then {}, again."}
SEVERIA = msgspec.structs.replace(NAMES, ar="مملكة سيفيريا", ru="Северская Республика", en="Severia")
FICTION = Facts(
    names=NAMES,
    also=("AMV",),
    members=(
        Member("dara", msgspec.structs.replace(NAMES, ar="دارا", ru="Дара", en="Dara")),
        Member("severia", SEVERIA, ("СР",)),
        Member("kazakhstan", msgspec.structs.replace(NAMES, ar="كازاخستان", ru="РК", en="Our Steppe")),
    ),
)  # fmt: skip


@cache
def lexicons() -> Lexicons:
    """The members' part of the lexicons that ship."""
    languages = {
        each: decode_lexicon(each, {"members": (LEXICONS / each / "members.toml").read_bytes()}) for each in LANGUAGES
    }
    countries, organisations = (
        tomllib.loads((LEXICONS / f"{each}.toml").read_text()) for each in ("countries", "organisations")
    )
    return Lexicons(languages, countries["country"], organisations["organisation"])


@cache
def names(language: str, organisation: str = "") -> Names:
    """What finds names, without a charter, with an example charter, or with that of `FICTION`."""
    facts = FICTION if organisation == "fiction" else decode_facts(CHARTERS[organisation]) if organisation else None
    return Names(facts, lexicons(), language)


def found(language: str, text: str, organisation: str = "") -> list[tuple[str, str, str]]:
    """What is found in a text: the folded slice, the kind, the id."""
    folded = fold_text(text).text
    return [(folded[each.start : each.end], each.kind, each.ids) for each in names(language, organisation).find(folded)]


def only(language: str, text: str, organisation: str = "") -> Name:
    """The one name in a text."""
    (name,) = names(language, organisation).find(fold_text(text).text)
    return name


# Every country in every form


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_listed_form_of_every_country_is_found_as_that_country(language: str) -> None:
    common = {fold_word(each["word"]) for each in lexicons().languages[language].words.get("members.common", [])}
    seen = 0
    for country in lexicons().countries:
        for key in (language, f"{language}_forms", f"{language}_capital"):
            for form in country.get(key, ()):
                if fold_word(form) not in common:
                    text = fold_text(SENTENCE[language].format(form)).text
                    (name,) = names(language).find(text)
                    assert (text[name.start : name.end], name.kind) == (fold_word(form), "C")
                    # A capital may have another country's name: that one is meant, this one perhaps.
                    assert country["code"] == name.ids or (key.endswith("capital") and country["code"] in name.also)
                    seen += 1
    assert seen > 190


ADJECTIVES = {
    "ar": ("", "ة", "ون", "ين"),
    "ru": ("ий", "ого", "ому", "им", "ом", "ая", "ой", "ую", "ое", "ие", "их", "ими"),
    "en": ("",),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_adjective_in_every_form_is_that_countrys(language: str) -> None:
    common = {fold_word(each["word"]) for each in lexicons().languages[language].words.get("members.common", [])}
    seen = 0
    for country in lexicons().countries:
        nouns = {fold_word(each) for each in country[language]}
        for stem in country[f"{language}_adjective"]:
            for ending in ADJECTIVES[language]:
                form = fold_word(stem + ending)
                # An adjective that is the country's name as well is that name.
                if stem in common or form in common or form in nouns or fold_word(stem) in common | nouns:
                    continue
                assert found(language, SENTENCE[language].format(stem + ending)) == [(form, "A", country["code"])]
                seen += 1
                if language == "ar" and " " not in stem and f"ال{form}" not in nouns:
                    assert found("ar", f"هذه ال{stem}{ending} كلها") == [(f"ال{form}", "A", country["code"])]
    assert seen > 180


def test_russian_names_of_several_words_have_all_their_cases() -> None:
    cases = {
        "kg": "Кыргызская Республика, Кыргызской Республики, Кыргызской Республике, Кыргызскую Республику, "
        "Кыргызской Республикой",
        "by": "Республика Беларусь, Республики Беларусь, Республике Беларусь, Республикой Беларусь, Беларусью",
        "ru": "Российская Федерация, Российской Федерации, Российскую Федерацию, Российской Федерацией",
        "va": "Святой Престол, Святого Престола, Святому Престолу, Святым Престолом, Святом Престоле",
        "ae": "Объединённых Арабских Эмиратов, Объединенным Арабским Эмиратам, Объединёнными Арабскими Эмиратами",
        "pg": "Папуа – Новая Гвинея, Папуа — Новой Гвинеи, Папуа-Новой Гвинеей",
        "jo": "Иорданского Хашимитского Королевства",
        "bs": "Содружества Багамских Островов",
    }
    for code, forms in cases.items():
        for form in forms.split(", "):
            assert found("ru", f"от {form} ждут") == [(fold_word(form), "C", code)]


def test_arabic_names_with_what_is_written_to_them() -> None:
    for form, code in {
        "للاتحاد الروسي": "ru", "بالاتحاد الروسي": "ru", "وكازاخستان": "kz", "ولكازاخستان": "kz", "للصين": "cn",
        "وللصين": "cn", "وبالصين": "cn", "فلبنان": "lb", "لجمهورية قيرغيزستان": "kg", "والبوسنة والهرسك": "ba",
        "كَازَاخِسْتَان": "kz", "لليمن": "ye",
    }.items():  # fmt: skip
        assert found("ar", f"قالت {form} اليوم") == [(fold_word(form), "C", code)]
    for form in ("الروسية", "والروسي", "للروسية", "روسيين", "بالروسية"):
        assert found("ar", f"قالت {form} اليوم") == [(fold_word(form), "A", "ru")]
    assert found("ar", "العلاقات الروسية-البيلاروسية") == [("الروسيه", "A", "ru"), ("البيلاروسيه", "A", "by")]


def test_the_bare_name_is_known() -> None:
    for language, text, bare in (
        ("ar", "قالت ولكازاخستان", "كازاخستان"),
        ("ar", "قالت والروسية", "الروسيه"),
        # Its article is written together with what stands before: it can't be cut.
        ("ar", "قالت للصين", "للصين"),
        ("en", "and Kazakhstan’s turn", "kazakhstan"),
        ("en", "and the Philippines’ turn", "philippines"),
        ("en", "the U.S. position", "u.s."),
    ):
        name = only(language, text)
        assert fold_text(text).text[slice(*name.bare)] == bare
        assert name.start <= name.bare[0] < name.bare[1] <= name.end


def test_examples_of_the_inflection_tables() -> None:
    for language, lexicon in lexicons().languages.items():
        for rule in lexicon.words.get("members.noun", []):
            nominative, form = rule["example"].split(": ")
            facts = Facts(NAMES, (), (Member("it", msgspec.structs.replace(NAMES, ru=nominative, ar="ي", en="xyz")),))
            finds = Names(facts, lexicons(), language).find(fold_word(f"- {form} -"))
            assert [each.end - each.start for each in finds] == [len(form)], rule
            assert fold_word(nominative).endswith(rule["ending"])
        for rule in lexicon.words.get("members.adjective", []):
            assert only(language, f"- {rule['example']} -").kind == "A", rule
            assert fold_word(rule["example"]).endswith(rule["ending"])
        for key in ("members.clitic", "members.article", "members.after"):
            for rule in lexicon.words.get(key, []):
                name = only(language, f"- {rule['example']} -")
                assert rule.get("written", "'") in fold_word(rule["example"])
                assert name.end - name.start >= 5, rule
        for rule in lexicon.words.get("members.common", []):
            assert fold_word(rule["word"])[:4] in fold_word(rule["example"])
            assert found(language, rule["example"]) == []


# Charters


@pytest.mark.parametrize("organisation", CHARTERS)
def test_every_member_of_every_example_charter_is_found_by_all_its_names(organisation: str) -> None:
    facts = decode_facts(CHARTERS[organisation])
    codes = {name.casefold(): country for country in lexicons().countries for name in country["en"]}
    for member in facts.members:
        for own in member.every:
            finds = names("en", organisation).find(fold_word(f"– {own} –"))
            assert [(each.kind, each.ids, each.own, each.capital) for each in finds] == [
                ("C", f"member:{member.id}", True, False)
            ]
        country = next(codes[each.casefold()] for each in member.every if each.casefold() in codes)
        for language in LANGUAGES:
            capital = only(language, SENTENCE[language].format(country[f"{language}_capital"][-1]), organisation)
            assert (capital.ids, capital.own) == (f"member:{member.id}", True)
        adjective = only("ru", f"и {country['ru_adjective'][0]}ого тоже", organisation)
        assert (adjective.kind, adjective.ids, adjective.own) == ("A", f"member:{member.id}", True)


@pytest.mark.parametrize("organisation", CHARTERS)
def test_the_charters_organisation_comes_first(organisation: str) -> None:
    for own in decode_facts(CHARTERS[organisation]).every:
        assert [each[1:] for each in found("ru", f"– {own} –", organisation)] == [("O", "own")]
    others = [each for each in lexicons().organisations if each["id"] not in {organisation, "eu"}]
    for other in others:
        name = only("en", f"with the {other['en'][0]} now", organisation)
        assert (name.kind, name.ids, name.own) == ("O", other["id"], False)


def test_a_charters_organisation_has_the_names_that_the_lexicon_knows() -> None:
    for text in (
        "Договора о коллективной безопасности",
        "Организацией Договора о коллективной безопасности",
        "ОДКБ",
        "CSTO",
    ):
        assert found("ru", f"в рамках {text} сегодня", "csto") == [(fold_word(text), "O", "own")]
    assert found("ar", "ومنظمة معاهدة الأمن الجماعي", "csto") == [("ومنظمه معاهده الامن الجماعي", "O", "own")]
    assert found("en", "the Collective Security Treaty Organisation", "csto")[0][2] == "own"


def test_who_is_no_member_is_told_apart() -> None:
    text = "Казахстан, Китай и казахстанско-китайская граница"
    assert [(each.ids, each.own) for each in names("ru", "csto").find(fold_word(text))] == [
        ("member:kazakhstan", True),
        ("cn", False),
        ("member:kazakhstan", True),
        ("cn", False),
    ]
    assert {(each.ids, each.own) for each in names("ru").find(fold_word(text))} == {("kz", True), ("cn", True)}


def test_fictional_members_are_found_by_the_charters_names() -> None:
    for language, text, id in (
        ("ru", "председательство Дары в организации", "dara"),
        ("ru", "передано Дарой", "dara"),
        ("ru", "Северской Республикой", "severia"),
        ("ru", "от СР ждут", "severia"),
        ("ar", "رئاسة ودارا", "dara"),
        ("ar", "لمملكة سيفيريا", "severia"),
        ("en", "Dara's chairmanship", "dara"),
        ("ru", "Казахстана", "kazakhstan"),
        ("ru", "РК приняла", "kazakhstan"),
        ("en", "Our Steppe", "kazakhstan"),
        ("en", "Kazakh", "kazakhstan"),
    ):
        name = only(language, text, "fiction")
        assert (name.ids, name.own) == (f"member:{id}", True)
    for language, text in (
        ("ru", "Гондара, Даравы, Дар, СРО, ОСР"), ("en", "Darah, Adara, Dar"), ("ar", "داران مدارا"), ("ru", "РКН"),
    ):  # fmt: skip
        assert found(language, text, "fiction") == []


def test_a_name_that_two_members_have_names_neither() -> None:
    both = tuple(Member(id, msgspec.structs.replace(NAMES, ru=id, ar=id, en=id), ("Twin",)) for id in ("aa", "bb"))
    finds = Names(Facts(NAMES, (), both), lexicons(), "en").find("twin and aa")
    assert [each.ids for each in finds] == ["member:aa"]


# What is no name


@pytest.mark.parametrize("language", LANGUAGES)
def test_organisations_are_found_by_all_their_names(language: str) -> None:
    assert len(lexicons().organisations) >= 40
    for organisation in lexicons().organisations:
        for name in organisation[language]:
            assert found(language, f", {name} ,") == [(fold_word(name), "O", organisation["id"])]


def test_organisations_have_cases_too() -> None:
    for text, id in {
        "Советом Европейского союза": "eu-council", "Комитета министров Совета Европы": "council-of-europe-ministers",
        "Шанхайской организацией сотрудничества": "sco", "Евразийскому экономическому союзу": "eaeu",
        "Содружества Независимых Государств": "cis", "Вышеградской группы": "visegrad-group",
        "Большой двадцаткой": "g20", "Меркосура": "mercosur", "Советом государств Балтийского моря": "cbss",
        "Организации Черноморского экономического сотрудничества": "bsec",
        "Общего рынка стран Южной Америки": "mercosur",
        "Африканским союзом": "african-union", "Лиги арабских государств": "arab-league",
    }.items():  # fmt: skip
        assert found("ru", f"вместе с {text} и далее") == [(fold_word(text), "O", id)]
    assert found("en", "the Organisation of Turkic States") == [("organisation of turkic states", "O", "turkic-states")]


def test_the_longest_name_is_meant() -> None:
    for language, text, finds in (
        ("en", "Papua New Guinea, Guinea-Bissau and Guinea", ["pg", "gw", "gn"]),
        ("en", "South Sudan and Sudan", ["ss", "sd"]),
        ("ar", "روسيا البيضاء وروسيا", ["by", "ru"]),
        ("ru", "Республика Корея и КНДР", ["kr", "kp"]),
        ("ru", "ДР Конго, Республики Конго", ["cd", "cg"]),
        ("en", "the Council of Europe's Committee of Ministers, the Council of the European Union, the European Union",
         ["council-of-europe-ministers", "eu-council", "eu"]),
        ("en", "United Kingdom of Great Britain and Northern Ireland", ["gb"]),
    ):  # fmt: skip
        assert [each[2] for each in found(language, text)] == finds


def test_no_name_inside_another_word_or_an_address() -> None:
    for language, text in (
        ("en", "Iranology, Omanic, Chadwick, Malice, Togolander"),
        (
            "en",
            "see www.russia.example, https://example.org/china?q=oman, press@osce.example, osce.org and un.int/chad",
        ),
        ("ru", "конголезец, чадить, ирановедение, кубатура, переменный"),
        ("ar", "مصريون2 تشادور كوباني"),
        ("ru", "ограничивать, одкбшный"),
    ):
        assert found(language, text) == []
    # The end of a sentence is no address.
    assert [each[2] for each in found("en", "It goes to Oman.Then to Chad.")] == ["om", "td"]


def test_names_of_other_languages_are_found_in_a_text() -> None:
    finder = Names(None, lexicons(), "ru")
    assert [each.ids for each in finder.find(fold_word("Страны ASEAN и Казахстан (كازاخستان, Kazakhstan)"))] == [
        "asean", "kz", "kz", "kz",
    ]  # fmt: skip
    assert [each.ids for each in Names(None, lexicons(), "other").find("oman, оман")] == ["om", "om"]


def test_capitals_are_marked() -> None:
    for language, text in (("en", "Astana will take over"), ("ru", "в Астане"), ("ar", "في أستانا")):
        name = only(language, text)
        assert (name.kind, name.ids, name.capital) == ("C", "kz", True)
    assert not only("en", "Kazakhstan will").capital
    # A city that has its country's name is the country.
    assert [only("en", each).capital for each in ("Singapore", "Djibouti", "Kuwait City")] == [False, False, True]


@given(st.text(st.sampled_from("ао рсияАب ال روسيا-'.@/ 's kazhstn united states of americ\n"), max_size=200))
def test_names_are_in_order_and_apart(text: str) -> None:
    folded = fold_text(text).text
    reached = 0
    for name in names("ru", "osce").find(folded):
        assert reached <= name.start <= name.bare[0] < name.bare[1] <= name.end <= len(folded)
        assert not folded[name.start - 1 : name.start].isalnum()
        assert not folded[name.end : name.end + 1].isalnum()
        reached = name.end


def test_it_takes_time_in_proportion_to_the_text() -> None:
    finder = names("en", "osce")
    for piece in ("united states of ", "republic of the ", "a.", "a@", "-a", "chad ", "council of ministers of the "):
        text = piece * (100_000 // len(piece))
        begun = time.process_time()
        finder.find(text)
        # Thirty times what it needs: what grows with the square would take minutes.
        assert time.process_time() - begun < 10


# Charters as files


def test_facts_of_an_example_charter() -> None:
    facts = decode_facts(CHARTERS["eu-council"])
    assert (facts.months, facts.begins, facts.zone) == (6, "01-01", "Europe/Brussels")
    assert facts.names.en == "Council of the European Union"
    assert "Евросоюз" in facts.also
    assert len(facts.members) == 27
    assert facts.members[0].names.ru == "Австрийская Республика"
    assert decode_facts(CHARTERS["sco"]).begins == ""


def test_facts_of_a_charter_signed_or_not() -> None:
    made = charter(["dara", "sarib"])
    facts = decode_facts(encode_charter(made))
    assert facts == decode_facts(signed(made, "dara", "sarib"))
    assert [each.id for each in facts.members] == ["dara", "sarib"]
    assert (facts.months, facts.begins, facts.zone, facts.names) == (None, "", "", NAMES)


GOOD = (
    '[organisation.names]\nar = "أ"\nru = "Б"\nen = "C"\n[[members]]\nid = "dara"\nunknown = 1\n'
    '[members.names]\nar = "دارا"\nru = "Дара"\nen = "Dara"'
)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "$.organisation"),
        ("[organisation", "charter"),
        ("x" * 1024 * 1024, "charter"),
        ("[organisation]", "$.organisation.names"),
        (GOOD.replace('id = "dara"', 'id = "Dara!"'), "$.members[0].id"),
        (GOOD.replace('id = "dara"', "id = 7"), "$.members[0].id"),
        (GOOD + GOOD[GOOD.index("[[") - 1 :], "$.members[1].id"),
        (GOOD.replace('ru = "Дара"', 'ru = ""'), "$.members[0].names"),
        (GOOD.replace('en = "C"', f'en = "{"C" * 301}"'), "$.organisation.names"),
        (GOOD.replace("unknown = 1", "also = [1]"), "$.members[0].also[0]"),
        (GOOD.replace("unknown = 1", f"also = {['a'] * 101}"), "$.members[0].also"),
        ("[rotation]\nmonths = 0\n" + GOOD, "$.rotation.months"),
        ('[rotation]\nbegins = "13-01"\n' + GOOD, "$.rotation.begins"),
        ("a" + ".a" * 100_000 + " = 1\n" + GOOD, "charter"),
    ],
)
def test_what_is_no_charter_is_refused_with_the_place(text: str, place: str) -> None:
    assert decode_facts(GOOD.encode()).members[0].names.en == "Dara"
    with pytest.raises(Malformed) as caught:
        decode_facts(text.encode())
    assert (caught.value.code, caught.value.place) == ("charter-malformed", place)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(Malformed, match="charter-malformed"):
        decode_facts(b"\xff\xfe")
    with pytest.raises(Malformed, match="note-malformed"):
        decode_facts(GOOD.encode() + "\n\n— no signature\n".encode())


# Names that two have


def test_a_capital_with_the_name_of_a_country_may_mean_either() -> None:
    (name,) = names("ar").find(fold_word("قالت عمّان"))
    assert (name.ids, name.capital, name.also) == ("om", False, ("jo",))


# Organisations that a text spells out


def test_organisations_that_a_text_spells_out_are_known_in_it_alone() -> None:
    text = "The chair of the Lakes Council (LCX) of the OSCE."
    learnt = Names(None, lexicons(), "en")
    learnt.learn_organisations([("Lakes Council", "LCX"), ("Organization for Sea Crafts Europe", "OSCE")])
    assert [each.ids for each in learnt.find(fold_word(text))] == ["text:lcx", "text:lcx", "osce"]
    assert found("en", text) == [("osce", "O", "osce")]
