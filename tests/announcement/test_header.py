"""The header: persons and outlets, fact sheets without colons, first days without a year, unknown organisations."""

import pytest

from tests.announcement.test_lexicons import sentences
from tests.announcement.test_traps import OPENING, draft, told

# Persons


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("en", "Mr. Timur Aliev met Dr. Anna Berg in St. John.", ["Timur Aliev", "Anna Berg"]),
        ("en", "Foreign Minister of Oman Hamad al-Harusi spoke.", ["Hamad al-Harusi"]),
        ("en", "Ambassador Pieter van der Meer spoke.", ["Pieter van der Meer"]),
        ("en", "Prime Minister John F. Kelly Monday spoke.", ["John F. Kelly"]),
        ("ru", "Глава МИД Таджикистана Рустам Каримов выступил.", ["Рустам Каримов"]),
        ("ru", "Министр Омана Салим аль-Балуши выступил.", ["Салим аль-Балуши"]),
        ("ru", "Министр Республики Узбекистан Ш. Т. Юсупова выступила.", ["Ш. Т. Юсупова"]),
        ("ru", "Посол А.Б. Иванов выступил.", ["А.Б. Иванов"]),
    ],
)
def test_persons_are_found_behind_titles_countries_and_initials(language: str, text: str, wanted: list[str]) -> None:
    found = [each.text[slice(*span)] for each in sentences(language, text) for span in each.persons]
    assert found == wanted


def test_a_capital_before_a_name_is_the_place_not_the_ministers_country() -> None:
    said = "Speaking in Jakarta, Foreign Minister Anna Berg said the year would be long."
    assert told("en", said).speaker.value == "Anna Berg"


def test_who_answers_in_an_interview_speaks() -> None:
    said = ("Anna Berg: The year will be long.", "How long?", "Anna Berg: We will strengthen trust.")
    assert draft("\n\n".join((OPENING["en"], *said))).speaker.value == "Anna Berg"
    assert draft("\n\n".join((OPENING["en"], *said[:2]))).speaker.value is None


# The page


def test_an_outlets_words_are_no_noise_where_its_name_stands() -> None:
    made = draft(f"THE HARBOUR COURIER\n\nMalta takes the OSCE chair\n\n{OPENING['en']}")
    assert made.page.value == "THE HARBOUR COURIER"


def test_a_menus_word_is_no_masthead() -> None:
    assert draft(f"Политика\n\nМальта возглавит ОБСЕ\n\n{OPENING['ru']}").page.value is None


def test_brackets_in_a_list_are_no_dateline() -> None:
    text = f"{OPENING['ru']}\n\nПриоритеты:\n\n– развитие торговли (при наличии согласия)."
    assert draft(text).page.value is None


def test_a_year_belongs_to_no_outlet() -> None:
    assert draft(f"{OPENING['ar']}\n\n© الشاطئ نيوز 2034").page.value == "الشاطئ نيوز"


def test_an_institutions_name_stands_before_the_terms_of_its_site() -> None:
    footer = "Официальный сайт Министерства культуры. При использовании материалов ссылка обязательна."
    assert draft(f"{OPENING['ru']}\n\n{footer}").page.value == "Официальный сайт Министерства культуры"


# Facts


@pytest.mark.parametrize("row", ["<tr><th>{}</th><td>{}</td></tr>", "<dt>{}</dt><dd>{}</dd>"])
@pytest.mark.parametrize(
    ("language", "facts", "motto"),
    [
        ("en", [("Chair", "Malta"), ("Term", "1 July 2033 to 30 June 2034"), ("Motto", "Calm seas ahead")], 2),
        ("ru", [("Председатель", "Мальта"), ("Срок", "1 июля 2033 – 30 июня 2034"), ("Девиз", "Спокойное море")], 2),
        ("ar", [("الرئاسة", "مالطا"), ("المدة", "من 1 يوليو 2033 إلى 30 يونيو 2034"), ("الشعار", "بحر هادئ لنا")], 2),
    ],
)
def test_two_cells_beside_each_other_are_a_fact(
    row: str, language: str, facts: list[tuple[str, str]], motto: int
) -> None:
    around = "table" if row.startswith("<tr") else "dl"
    rows = "".join(row.format(*fact) for fact in facts)
    made = draft(f"<article><h1>{facts[0][0]}</h1><{around}>{rows}</{around}><p>{SAID[language]}</p></article>")
    assert made.chair.value == "malta"
    assert (made.term.since.value, made.term.until.value) == ("2033-07-01", "2034-07-01")
    assert made.motto.value == facts[motto][1]
    assert [item.quote for item in made.items] == [INTENDED[language]]


SAID = {
    "en": "We will strengthen trust between the participating states.",
    "ru": "Мы намерены укреплять доверие между государствами-участниками.",
    "ar": "وسنعمل على تعزيز الثقة بين الدول المشاركة.",
}
INTENDED = {
    "en": "strengthen trust between the participating states",
    "ru": "укреплять доверие между государствами-участниками",
    "ar": "تعزيز الثقة بين الدول المشاركة",
}


def test_a_cell_is_a_key_by_its_word_alone() -> None:
    made = draft(f"<p>{OPENING['en']}</p><table><tr><td>Ferries</td><td>Twelve</td></tr></table>")
    assert "Ferries Twelve" not in made.text


def test_cells_below_each_other_are_no_fact() -> None:
    rows = "<tr><th>Term</th><th>Chair</th></tr><tr><td>Malta, as ever</td><td>Finland</td></tr>"
    assert "Chair Malta" not in draft(f"<p>{OPENING['en']}</p><table>{rows}</table><p>{SAID['en']}</p>").text


# A first day without a year


def test_the_last_day_tells_the_year_of_the_first() -> None:
    text = "Malta took over the chairmanship of the OSCE on 1 July. It holds the chair until 30 June 2034."
    assert draft(text).term.since.value == "2033-07-01"


def test_the_publication_tells_the_year_of_the_first_day() -> None:
    text = "15 июня 2036\n\nС 1 июля Мальта на год становится председателем ОБСЕ."
    assert draft(text).term.since.value == "2036-07-01"


def test_a_day_on_which_something_else_is_done_is_no_first_one() -> None:
    text = "Published: 2 January 2036\n\nMalta is the OSCE chair. The chair will present its programme on 15 January."
    assert draft(text).term.since.value != "2036-01-15"


# Organisations that no list knows


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "Malta takes over the chair of the Lakes Council for Transport (LCT) on 1 May 2034.",
            "Lakes Council for Transport",
        ),
        ("Мальта председательствует в Озёрном союзе по рыболовству (ОСР).", "Озёрном союзе по рыболовству"),
    ],
)
def test_an_organisation_that_is_spelled_out_before_its_acronym(text: str, wanted: str) -> None:
    assert draft(text, "").organisation.value == wanted


@pytest.mark.parametrize(
    "text",
    ["Malta told the Ministry of Fisheries Affairs (MFA) about its chair.", "Malta chairs the Lakes Council (XYZ)."],
)
def test_other_brackets_make_no_organisation(text: str) -> None:
    assert draft(text, "").organisation.value is None
