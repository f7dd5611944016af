"""What is cut of an announcement and what never is, in three languages, with and without mark-up."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mithaq.errors import Malformed
from mithaq.wire.announcement import page as module
from mithaq.wire.announcement.cleaning import Cleaned, clean
from mithaq.wire.announcement.folded import fold_word
from mithaq.wire.announcement.lexicon import Lexicon, compile_phrases, decode_lexicon
from mithaq.wire.announcement.page import Page, read_page

FILES = Path(module.__file__).parent / "lexicons"


def read_lexicon(language: str) -> Lexicon:
    return decode_lexicon(
        language, {name: (FILES / language / f"{name}.toml").read_bytes() for name in ("noise", "language")}
    )


LEXICONS = {language: read_lexicon(language) for language in ("en", "ru", "ar")}
HEADLINES = {
    "en": "Examplia takes the chair of the League",
    "ru": "Примерия принимает председательство в Лиге",
    "ar": "تتسلم مثاليا رئاسة الرابطة",
}
SENTENCES = {
    "en": "On 1 January 2032 Examplia takes the chair and will strengthen the early warning of epidemics among all.",
    "ru": "С 1 января 2032 года Примерия принимает председательство и намерена усилить раннее оповещение об эпидемиях.",
    "ar": "تتسلم مثاليا الرئاسة اعتبارا من الأول من يناير 2032، وتعتزم تعزيز الإنذار المبكر بالأوبئة لدى الأعضاء.",
}


def cleaned(source: str, language: str | None) -> tuple[Page, Cleaned]:
    page = read_page(source.encode())
    return page, clean(page, LEXICONS[language] if language else None)


def rules(source: str, language: str | None) -> dict[str, str]:
    """The rule of each cut, by the beginning of what it cut."""
    page, done = cleaned(source, language)
    return {page.source[each.start : each.end]: each.rule for each in done.removed}


def between(language: str, noise: str) -> str:
    """A text with a line or a few in its middle."""
    other = SENTENCES[language].replace("2032", "2033")
    return f"{HEADLINES[language]}\n\n{SENTENCES[language]}\n\n{noise}\n\n{other}\n"


@pytest.mark.parametrize("language", ["en", "ru", "ar"])
def test_each_phrase_is_found_in_its_example(language: str) -> None:
    lists = {name: entries for name, entries in LEXICONS[language].lists.items() if name.startswith("noise.")}
    # Russian knows no preposition before a writer's name.
    assert lists.keys() | {"noise.by"} == {name for name in LEXICONS["en"].lists if name.startswith("noise.")}
    for name, entries in lists.items():
        for entry in entries:
            assert compile_phrases([entry.match], LEXICONS[language].clitics).search(fold_word(entry.example)), (
                name,
                entry,
            )


NOISE = [
    ("en", "2 hours ago", "relative-time"),
    ("en", "Published 3 days ago", "relative-time"),
    ("ru", "2 часа назад", "relative-time"),
    ("ar", "منذ ساعتين", "relative-time"),
    ("ar", "قبل ٣ ساعات", "relative-time"),
    ("en", "Facebook  Twitter  Telegram  WhatsApp", "share"),
    ("en", "Share on Facebook", "share"),
    ("ru", "Поделиться ВКонтакте Одноклассники Телеграм", "share"),
    ("ar", "شارك هذا الخبر", "share"),
    ("en", "Listen  Print  Font size  A+ A-", "button"),
    ("ru", "Версия для печати", "button"),
    ("ar", "طباعة", "button"),
    ("en", "Tags: chair, summit, 12 March 2034", "tags"),
    ("ru", "Теги: саммит, 1 декабря 2035", "tags"),
    ("ar", "الكلمات الدلالية: قمة، رئاسة", "tags"),
    ("ru", "#саммит #Примерия #председательство_2032", "tags"),
    ("en", "Read also: Otherland opens a bridge", "related"),
    ("ru", "Читайте также: Мост открыт", "related"),
    ("ar", "اقرأ أيضا: افتتاح جسر", "related"),
    ("en", "We use cookies to make this site better for all of you who read it.", "cookie-notice"),
    ("ru", "Мы используем файлы cookie, чтобы сайт работал лучше и быстрее.", "cookie-notice"),
    ("ar", "نستخدم ملفات تعريف الارتباط لتحسين تجربتك في هذا الموقع كله.", "cookie-notice"),
    ("en", "By Ann Example and Ben van Sample", "byline"),
    ("ru", "Автор: Иван Примеров", "byline"),
    ("ar", "كتب: مثال المثالي", "byline"),
    ("en", "Photo: press service of the League", "photo-caption"),
    ("ru", "Фото: пресс-служба Лиги", "photo-caption"),
    ("ar", "الصورة: المكتب الإعلامي", "photo-caption"),
    ("en", "12 comments", "comments"),
    ("ru", "Комментарии (3)", "comments"),
    ("ar", "التعليقات (٢)", "comments"),
    ("en", "Subscribe to our newsletter", "subscription"),
    ("ru", "Подписывайтесь на наш канал", "subscription"),
    ("ar", "اشترك في نشرتنا البريدية", "subscription"),
    ("en", "© 2031 Example Agency. All rights reserved.", "copyright"),
    ("ru", "© 2031 Агентство Пример. Все права защищены.", "copyright"),
    ("ar", "جميع الحقوق محفوظة © 2031 وكالة المثال", "copyright"),
    ("en", "Home > News > World", "breadcrumb"),
    ("ru", "Главная / Новости / Политика", "breadcrumb"),
    ("ar", "الرئيسية » أخبار » سياسة", "breadcrumb"),
    ("en", "Advertisement", "advertising"),
    ("en", "Last modified: 25 June 2037, 09:10", "updated"),
    ("ar", "(النهاية) م ث / ر", "end-mark"),
    ("en", "Press desk, +371 0000 0000, press@league.example", "contact"),
    ("en", "* * *", "no-words"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "line", "rule"), NOISE)
def test_noise_is_cut_by_its_rule(language: str, line: str, rule: str) -> None:
    text = between(language, line)
    assert rules(text, language) == {line: rule}
    # The same in HTML, as a paragraph of the article.
    paragraphs = "".join(f"<p>{part.replace('>', '&gt;')}</p>" for part in text.split("\n\n"))
    _, done = cleaned(f"<html><body><article>{paragraphs}</article></body></html>", language)
    assert [each.rule for each in done.removed] in ([rule], [rule, rule])
    assert len(done.blocks) == 3


KEPT = [
    ("en", "The minister said 2 hours ago that trade comes first for all members."),
    ("en", "MOSCOW, 27 November /Example/. The chair presented its plans for the year to all members."),
    ("ru", "МОСКВА, 27 ноября /Пример/. Председательство представило планы на год всем участникам."),
    ("ru", "МОСКВА, 27 ноября /Пример/"),
    ("en", "By 2033 we shall open the register of laboratories to all members."),
    ("en", "By the end of the year:"),
    ("en", "Share of renewable energy"),
    ("en", "Update of the network of contacts"),
    ("ru", "Обновление сети контактных пунктов"),
    ("ru", "Поддержать проект общей энергосети"),
    ("ar", "تحديث شبكة نقاط الاتصال"),
    ("ar", "حوار مع الدول المجاورة"),
    ("en", "Video conferences of ministers"),
    ("en", "A channel on Telegram carried the statement of the ministry to everybody who wanted it."),
    ("en", "- Economy"),
    ("ru", "- Здоровье"),
    ("en", "Comments by members were taken into account when the programme was written down."),
    ("ru", "Тема: «Единство в действии»"),
    ("en", "Any use of force is prohibited by the charter of the League, the chair recalled."),
    ("ru", "При разрешении конфликтов Лига опирается на посредников, и это запрещено забывать."),
    ("ru", "Единство — безопасность — развитие"),
    ("ar", "يمنع استخدام القوة في العلاقات بين الدول الأعضاء وفق ميثاق الرابطة."),
]  # fmt: skip


@pytest.mark.parametrize(("language", "line"), KEPT)
def test_what_may_be_the_announcement_stays(language: str, line: str) -> None:
    _, done = cleaned(between(language, line), language)
    assert line in done.text
    assert not done.removed
    _, done = cleaned(f"<main><h1>A</h1><p>{SENTENCES[language]}</p><p>{line}</p></main>", language)
    assert line in done.text


def test_a_list_of_priorities_stays_whole() -> None:
    listed = "Priorities of the chair:\nSecurity\nTrade\nCulture\nHealth\nSport"
    _, done = cleaned(f"{HEADLINES['en']}\n\n{SENTENCES['en']}\n\n{listed}\n", "en")
    assert listed.split("\n") == done.text.split("\n\n")[2:]


def test_the_second_of_two_same_lines_is_cut() -> None:
    page, done = cleaned(between("en", HEADLINES["en"].upper()), "en")
    assert [(page.source[each.start : each.end], each.rule) for each in done.removed] == [
        (HEADLINES["en"].upper(), "doubled")
    ]
    assert done.text.count(HEADLINES["en"]) == 1


def test_a_headline_that_stands_twice_in_one_line_is_halved() -> None:
    _, done = cleaned(f"{HEADLINES['ru']} {HEADLINES['ru']}\n\n{SENTENCES['ru']}", "ru")
    assert done.text == f"{HEADLINES['ru']}\n\n{SENTENCES['ru']}"
    assert [each.rule for each in done.removed] == ["doubled"]


def test_menus_and_lists_around_a_copied_text_are_cut() -> None:
    text = f"""EXAMPLE CHRONICLE
news agency
Home
Politics
Sport
Log in | Deutsch

{HEADLINES["en"]}
{HEADLINES["en"]}

{SENTENCES["en"]}

Related news
Otherland opens a bridge on 5 January
Ten habits of happy people

Most read
1
Gold today

Comments (2)
Ann: They should fight poverty before anything else in this year.
© 2031 Example Chronicle
Made by a studio"""
    _, done = cleaned(text, "en")
    assert done.text == f"{HEADLINES['en']}\n\n{SENTENCES['en']}"
    assert [span.kind for span in done.blocks] == ["heading", "paragraph"]
    assert next(meta.letters.text for meta in done.metas if meta.name == "site") == "EXAMPLE CHRONICLE"


def test_what_is_cut_still_tells_outlet_and_date() -> None:
    by, rights = "By: Ann Example | 28 November 2031 | 3 min read", "© 2032 Example Agency. Made up."
    text = f"{HEADLINES['en']}\n\n{by}\n\n{SENTENCES['en']}\n\n{rights}"
    page, done = cleaned(text, "en")
    assert [(meta.name, meta.letters.text) for meta in done.metas] == [
        ("published", "28 November 2031"),
        ("owner", "Example Agency"),
    ]
    for meta in done.metas:
        assert page.source[slice(*meta.letters.place)] == meta.letters.text


PAGE = """<!doctype html><html><head><title>t</title></head><body class="has-related">
<nav><a href=/>Sections of ours</a></nav><div id=top>Our motto of the day</div>
<div class="{wrapper}"><h1>{headline}</h1>{text}</div>
<div class="share-buttons"><span>Send it</span></div>
<div class="relatedStories"><p>The chair of another body will open its bridge.</p></div>
<aside><p>The weather will be fine in all of the capitals tomorrow.</p></aside>
<footer><p>The League was founded by its members in a year.</p></footer>
</body></html>"""


@pytest.mark.parametrize("wrapper", ["article", "content with-sidebar", "x"])
def test_of_a_page_the_article_is_left(wrapper: str) -> None:
    parts = [SENTENCES["en"].replace("2032", str(year)) for year in range(2031, 2039)]
    source = PAGE.format(wrapper=wrapper, headline=HEADLINES["en"], text="".join(f"<p>{part}</p>" for part in parts))
    _, done = cleaned(source, "en")
    assert done.text.split("\n\n") == [HEADLINES["en"], *parts]


def test_of_a_page_laid_out_as_a_table_the_main_cell_is_left() -> None:
    parts = "".join(f"<p>{SENTENCES['ru'].replace('2032', str(year))}</p>" for year in (2032, 2033))
    side = "<td><b>Телефон доверия</b><br>Укрепляем доверие: 10</td>"
    listed = "<p>Задачи:</p><ul><li>доверие<li>торговля</ul>"
    source = f"<table><tr>{side}<td><h1>{HEADLINES['ru']}</h1>{parts}{listed}</td></tr></table>"
    _, done = cleaned(source, "ru")
    assert done.text.endswith("Задачи:\n\nдоверие\nторговля")
    assert "Телефон" not in done.text


def test_without_a_lexicon_rules_without_words_remain() -> None:
    assert rules("A line of words\n\n#tag #tag2\n\nA line of words", None) == {
        "#tag #tag2": "tags",
        "A line of words": "doubled",
    }


def test_plain_text_never_loads_trafilatura() -> None:
    code = (
        "import sys; from mithaq.wire.announcement.page import read_page\n"
        "from mithaq.wire.announcement.cleaning import clean\n"
        "clean(read_page(b'Some words of a text.'), None); print('trafilatura' in sys.modules)\n"
        "clean(read_page(b'<p>Some words of a text.'), None); print('trafilatura' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_a_page_of_ten_kilobytes_is_read_in_a_third_of_a_second() -> None:
    parts = "".join(f"<p>{SENTENCES['ru'].replace('2032', str(year))}</p>" for year in range(2032, 2082))
    data = f"<html><body><div><h1>{HEADLINES['ru']}</h1>{parts}</div></body></html>".encode()
    assert len(data) > 10_000
    took = []
    for _ in range(3):
        begun = time.process_time()
        clean(read_page(data), LEXICONS["ru"])
        took.append(time.process_time() - begun)
    assert min(took) < 0.35


LINES = st.lists(
    st.one_of(
        st.sampled_from([line for _, line, _ in NOISE] + [line for _, line in KEPT] + list(SENTENCES.values())),
        st.sampled_from(
            [*HEADLINES.values(), "", "", "Related news", "Tags", "Comments (2)", "Читайте также", "Home", "a | b | c"]
        ),
        st.text(max_size=12),
    ),
    max_size=14,
)
MARKUP = st.sampled_from(
    [
        "<p>{}</p>",
        "<li>{}",
        "<div class='share related-x'>{}</div>",
        "<h1>{}</h1>",
        "<h3>{}</h3>",
        "<aside>{}</aside>",
        "{}<br>",
        "<td>{}",
        "</table>{}",
        "\n    <article><p>{}</article>",
        "<table><tr><td>{}",
        "<span hidden>{}</span>",
        "<!--{}-->",
        "<footer>{}",
    ]
)


def check(source: str, language: str | None) -> None:
    """The laws of every clean text."""
    try:
        page = read_page(source.encode())
    except Malformed:
        return
    done = clean(page, LEXICONS[language] if language else None)
    text, starts, ends, spans, removed, _ = done
    assert len(text) == len(starts) == len(ends)
    assert list(starts) == sorted(starts)
    reached = 0
    gone = bytearray(len(page.source) + 1)
    for each in removed:
        assert reached <= each.start < each.end <= len(page.source)
        assert each.rule
        reached = each.end
        gone[each.start : each.end] = b"\1" * (each.end - each.start)
    at = 0
    for span in spans:
        assert text[at : span.start] in {"", "\n", "\n\n"}
        assert text[span.start : span.end].strip()
        at = span.end
        for place in range(span.start, span.end):
            came = page.source[starts[place] : ends[place]]
            assert text[place] == " " or (text[place] == came or "&" in came)
            assert text[place] == " " or not any(gone[starts[place] : ends[place]])
    assert at == len(text)
    if not page.html:
        # Nothing vanishes unsaid.
        for start, end in zip(starts, ends, strict=True):
            gone[start:end] = b"\1" * (end - start)
        assert all(gone[place] or page.source[place].isspace() for place in range(len(page.source)))


@given(LINES, st.sampled_from(["en", "ru", "ar", None]))
def test_the_laws_hold_for_plain_text(lines: list[str], language: str | None) -> None:
    check("\n".join(lines), language)


@given(LINES, st.lists(MARKUP, min_size=14, max_size=14), st.sampled_from(["en", "ru", "ar", None]))
def test_the_laws_hold_for_html(lines: list[str], markup: list[str], language: str | None) -> None:
    check("<html>" + "".join(form.format(line) for form, line in zip(markup, lines, strict=False)), language)


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "2 hours ago\n",
            "a  b  ",
            "a | b ",
            "<p>The chair said it again.</p>",
            "<blockquote>a b c d e</blockquote>",
            "Tags\n",
        ),
        *(
            "<table><tr><td>x y</table>",
            "word word word word word…\n\n",
            "© 2031 a. ",
            "cookie ",
            "при использовании a ",
            "a:b ",
        ),
    ],
)
def test_cleaning_takes_no_more_than_linear_time(piece: str) -> None:
    page = read_page((piece * (60_000 // (len(piece) + 8))).encode())
    for lexicon in LEXICONS.values():
        begun = time.process_time()
        clean(page, lexicon)
        assert time.process_time() - begun < 8
