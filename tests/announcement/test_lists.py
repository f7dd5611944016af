"""Lists of intentions: what announces one, where it ends, what of it is none; and whose an intention is."""

import pytest

from tests.announcement.test_traps import OPENING, by_language, draft, quotes


def items(language: str, *paragraphs: str, organisation: str = "osce") -> list[str | None]:
    """The quotes of the items of paragraphs behind an opening sentence."""
    return quotes(draft("\n\n".join((OPENING[language], *paragraphs)), organisation))


# Where a list begins and ends

LISTED = {
    "en": ("open a school for judges", "strengthen the borders"),
    "ru": ("укрепление границ", "развитие торговли"),
    "ar": ("تعزيز الحدود", "تطوير التجارة"),
}


@by_language
def test_a_question_announces_the_list_below_it(language: str) -> None:
    question = {"en": "What will we do?", "ru": "Каковы наши приоритеты?", "ar": "ما أولوياتنا؟"}
    assert items(language, question[language], "\n".join(f"• {each}" for each in LISTED[language])) == [
        *LISTED[language]
    ]


@by_language
def test_numbered_headings_above_dashes_are_no_items_and_end_no_list(language: str) -> None:
    lead = {"en": "Priorities", "ru": "Приоритеты", "ar": "الأولويات"}
    headings = {"en": ("Security", "Economy"), "ru": ("Безопасность", "Экономика"), "ar": ("الأمن", "الاقتصاد")}
    lines = [
        f"{number}. {heading}\n– {point}."
        for number, (heading, point) in enumerate(zip(headings[language], LISTED[language], strict=True), 1)
    ]
    assert items(language, lead[language] + ":", "\n".join(lines)) == [*LISTED[language]]


def test_numbered_paragraphs_behind_a_list_do_not_belong_to_it() -> None:
    found = items(
        "en",
        "Our priorities are:",
        "• strengthen the borders;\n• train judges.",
        "5. Smuggling knows no season. Two ferries were lost to it, and harbour towns have grown poorer.",
    )
    assert found == ["strengthen the borders", "train judges"]


def test_a_list_that_semicolons_part_ends_with_its_full_stop() -> None:
    found = items(
        "en",
        "Our priorities are:",
        "• strengthen the borders;\n• train judges.\n• Two ferries and a harbour crane",
    )
    assert found == ["strengthen the borders", "train judges"]


@pytest.mark.parametrize(
    ("points", "wanted"),
    [
        ("• strengthen the borders. Smuggling has grown.\n• train judges.", ["strengthen the borders", "train judges"]),
        (
            "• Borders. Hold joint patrols at sea. Smuggling has grown.\n• train judges.",
            ["Hold joint patrols at sea", "train judges"],
        ),
    ],
)
def test_what_a_point_explains_behind_its_sentence_is_no_item(points: str, wanted: list[str]) -> None:
    assert items("en", "Our priorities are:", points) == wanted


@by_language
def test_a_date_alone_is_no_item_of_a_list(language: str) -> None:
    lead = {"en": "Priorities", "ru": "Приоритеты", "ar": "الأولويات"}
    month = {"en": "March 2032", "ru": "Март 2032", "ar": "مارس 2032"}
    lines = (f"• {month[language]}", *(f"• {each}" for each in LISTED[language]))
    assert items(language, lead[language] + ":", "\n".join(lines)) == [*LISTED[language]]


# Where an intention ends, and another begins


def test_a_short_quotation_of_two_sentences_ends_an_item_at_the_first() -> None:
    found = items("en", '"We will work to strengthen trust between neighbours. I promise no more than that."')
    assert found == ["strengthen trust between neighbours"]


def test_a_priority_may_be_named_before_another_intention() -> None:
    found = items(
        "en", "Dismantling smuggling rings is a priority for us, and in May we will open a school for judges."
    )
    assert found == ["Dismantling smuggling rings", "open a school for judges"]


@pytest.mark.parametrize(
    ("language", "said", "wanted"),
    [
        (
            "en",
            "The minister said that Malta will build a school and that it will open a museum that will teach children.",
            ["build a school", "open a museum that will teach children"],
        ),
        (
            "ar",
            "أوضح الوزير أن مالطا ستستضيف مؤتمرا للشباب وأنها ستنشئ مركزا لمكافحة الإرهاب.",
            ["ستستضيف مؤتمرا للشباب", "ستنشئ مركزا لمكافحة الإرهاب"],
        ),
        (
            "ar",
            "أوضح الوزير أن مالطا ستستضيف مؤتمرا للشباب وأن بلاده ستنشئ مركزا لمكافحة الإرهاب.",
            ["ستستضيف مؤتمرا للشباب", "ستنشئ مركزا لمكافحة الإرهاب"],
        ),
    ],
)
def test_reported_clauses_begin_behind_their_subject(language: str, said: str, wanted: list[str]) -> None:
    assert items(language, said) == wanted


# Whose


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Tbilisi said it intends to build a bridge over the river."),
        ("ru", "В Бишкеке заявили, что намерены построить мост через реку."),
        ("ru", "Представитель ведомства написал, что Ашхабад намерен расширить порт."),
        ("ru", "Европейский союз заявил о намерении усилить миссию."),
    ],
)
def test_what_another_capital_or_organisation_intends_is_no_item(language: str, said: str) -> None:
    assert items(language, said) == []


def test_a_capital_may_be_the_place_of_what_the_chair_intends() -> None:
    assert items("en", "In Vienna we will open a school for judges.") == ["open a school for judges"]
    assert items("en", "In Vienna, the chairmanship will open a school for judges.") == ["open a school for judges"]


def test_a_capital_that_has_another_countrys_name_is_the_chairs() -> None:
    opening = "يتسلم الأردن رئاسة جامعة الدول العربية اعتبارا من 1 يناير 2032."
    assert quotes(draft(f"{opening}\n\nوقال الوزير إن عمان تعتزم إطلاق حوار بين الشباب.", "")) == [
        "إطلاق حوار بين الشباب"
    ]
