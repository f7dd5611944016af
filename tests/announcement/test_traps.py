"""What an announcement reader gets wrong easily: each trap in three languages, by small texts of one kind."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from mithaq.web.announcements import draft_programme
from mithaq.wire.announcement import HEADER, Draft, Field

CHARTERS = Path(__file__).parents[2] / "examples" / "charters"
LANGUAGES = ("en", "ru", "ar")
OSCE = {
    "en": "Organization for Security and Co-operation in Europe",
    "ru": "Организация по безопасности и сотрудничеству в Европе",
    "ar": "منظمة الأمن والتعاون في أوروبا",
}
OPENING = {
    "en": "Malta takes over the chairmanship of the OSCE on 1 January 2032.",
    "ru": "С 1 января 2032 года Мальта принимает председательство в ОБСЕ.",
    "ar": "تتسلم مالطا رئاسة منظمة الأمن والتعاون في أوروبا اعتبارا من 1 يناير 2032.",
}
INTENTION = {
    "en": "We will strengthen trust between the participating states.",
    "ru": "Мы намерены укреплять доверие между государствами-участниками.",
    "ar": "وسنعمل على تعزيز الثقة بين الدول المشاركة.",
}
INTENDED = {
    "en": "strengthen trust between the participating states",
    "ru": "укреплять доверие между государствами-участниками",
    "ar": "تعزيز الثقة بين الدول المشاركة",
}


@cache
def charter(name: str) -> bytes:
    return (CHARTERS / f"{name}.toml").read_bytes()


def draft(text: str, organisation: str = "osce", retrieved: datetime | None = None) -> Draft:
    """The draft of a text with an example charter, or without any."""
    return draft_programme(text.encode(), charter(organisation) if organisation else None, retrieved)


def told(language: str, *paragraphs: str, organisation: str = "osce", retrieved: datetime | None = None) -> Draft:
    """The draft of the opening sentence, more paragraphs, and one intention."""
    return draft("\n\n".join((OPENING[language], *paragraphs, INTENTION[language])), organisation, retrieved)


def quotes(made: Draft) -> list[str | None]:
    return [item.quote for item in made.items]


def every_field(made: Draft) -> list[Field]:
    return [*(getattr(made, name) for name in HEADER), made.term.since, made.term.until]


by_language = pytest.mark.parametrize("language", LANGUAGES)


@by_language
def test_the_plain_text_beneath_the_traps_is_read_whole(language: str) -> None:
    made = told(language)
    assert made.language == language
    assert (made.organisation.value, made.organisation.confidence) == (OSCE[language], "sure")
    assert (made.chair.value, made.chair.confidence) == ("malta", "sure")
    assert (made.term.since.value, made.term.until.value) == ("2032-01-01", "2033-01-01")
    (item,) = made.items
    assert (item.quote, item.text, item.theme, item.confidence) == (
        INTENDED[language],
        INTENDED[language],
        "cohesion",
        "sure",
    )
    assert item.operated


# Quotations

DECORATION = {
    "en": 'The minister called the mood in Vienna "a long winter". Visitors will see the opera "Two Rivers".',
    "ru": "Министр назвал настроение в Вене «долгой зимой». Гости увидят оперу «Две реки».",
    "ar": 'ووصف الوزير الأجواء في فيينا بأنها "شتاء طويل". وسيشاهد الضيوف أوبرا "نهران".',
}
MOTTO = {
    "en": 'The motto of the Maltese chairmanship is "Trust by deeds".',
    "ru": "Девиз мальтийского председательства — «Доверие на деле».",
    "ar": 'وشعار الرئاسة المالطية هو "الثقة بالأفعال".',
}
MOTTO_ITSELF = {"en": "Trust by deeds", "ru": "Доверие на деле", "ar": "الثقة بالأفعال"}


@by_language
def test_of_several_quoted_phrases_the_motto_is_the_one_that_is_called_so(language: str) -> None:
    for paragraphs in ((DECORATION[language], MOTTO[language]), (MOTTO[language], DECORATION[language])):
        made = told(language, *paragraphs)
        assert (made.motto.value, made.motto.confidence) == (MOTTO_ITSELF[language], "sure")


@by_language
def test_a_quoted_phrase_alone_is_no_motto(language: str) -> None:
    motto = told(language, DECORATION[language]).motto
    assert (motto.value, motto.quote, motto.confidence) == (None, None, "absent")
    assert motto.reason


# Words with two meanings

NETWORKS = {
    "en": (
        "We will widen the network of contacts with partner organisations.",
        "We will protect telecommunication networks from cyberattacks.",
    ),
    "ru": (
        "Мы намерены расширить сеть контактов с организациями-партнёрами.",
        "Мы намерены защитить сети связи от кибератак.",
    ),
    "ar": (
        "وسنعمل على توسيع شبكة الاتصالات مع المنظمات الشريكة.",
        "وسنعمل على حماية شبكات الاتصالات من الهجمات السيبرانية.",
    ),
}


@by_language
def test_a_network_of_contacts_is_not_telecommunications(language: str) -> None:
    people, wires = NETWORKS[language]
    assert [item.theme for item in told(language, people).items] == ["contacts", "cohesion"]
    assert [item.theme for item in told(language, wires).items] == ["information-security", "cohesion"]


# Who else is named

PREDECESSOR = {
    "en": (
        "Finland's chairmanship ran from 1 January 2031 to 31 December 2031 under the motto “Northern Light”.",
        (
            "Finland handed the chairmanship of the OSCE to Malta. Malta will chair the organisation from 1 January "
            "2032 to 31 December 2032 under the motto “Trust by deeds”."
        ),
    ),
    "ru": (
        (
            "Председательство Финляндии продолжалось с 1 января 2031 года по 31 декабря 2031 года и шло под девизом "
            "«Северный свет»."
        ),
        (
            "Финляндия передала председательство в ОБСЕ Мальте. Мальта будет председательствовать с 1 января 2032 года "
            "по 31 декабря 2032 года под девизом «Доверие на деле»."
        ),
    ),
    "ar": (
        "واستمرت رئاسة فنلندا من 1 يناير 2031 حتى 31 ديسمبر 2031 تحت شعار «ضوء الشمال».",
        (
            "سلمت فنلندا رئاسة منظمة الأمن والتعاون في أوروبا إلى مالطا. وتتولى مالطا الرئاسة من 1 يناير 2032 حتى 31 "
            "ديسمبر 2032 تحت شعار «الثقة بالأفعال»."
        ),
    ),
}


@by_language
@pytest.mark.parametrize("organisation", ["osce", ""])
def test_the_predecessor_keeps_its_motto_and_its_term(language: str, organisation: str) -> None:
    before, now = PREDECESSOR[language]
    for paragraphs in ((before, now), (now, before)):
        made = draft("\n\n".join((*paragraphs, INTENTION[language])), organisation)
        malta = "malta" if organisation else made.chair.quote
        assert made.chair.value == malta
        assert (made.chair.quote or "").removeprefix("ل") in {"Malta", "Мальта", "Мальте", "مالطا"}
        assert made.motto.value == MOTTO_ITSELF[language]
        assert (made.term.since.value, made.term.until.value) == ("2032-01-01", "2033-01-01")


@by_language
def test_a_predecessor_alone_lends_the_chair_neither_motto_nor_term(language: str) -> None:
    before, _ = PREDECESSOR[language]
    made = draft("\n\n".join((_without_date(language), before, INTENTION[language])))
    assert made.chair.value == "malta"
    for field in (made.motto, made.term.since, made.term.until):
        assert (field.value, field.confidence) == (None, "absent")


def _without_date(language: str) -> str:
    return {
        "en": "Finland handed the chairmanship of the OSCE to Malta.",
        "ru": "Финляндия передала председательство в ОБСЕ Мальте.",
        "ar": "سلمت فنلندا رئاسة منظمة الأمن والتعاون في أوروبا إلى مالطا.",
    }[language]


MENTIONED = {
    "en": "The Foreign Minister of Malta met colleagues from Norway and Ireland. Norway offered a training centre.",
    "ru": "Министр иностранных дел Мальты встретился с коллегами из Норвегии и Ирландии. Норвегия предложила учебный "
    "центр.",
    "ar": "والتقى وزير خارجية مالطا زملاء من النرويج وأيرلندا. وعرضت النرويج مركزا للتدريب.",
}


@by_language
@pytest.mark.parametrize("organisation", ["osce", ""])
def test_a_second_country_that_is_only_mentioned_takes_nothing(language: str, organisation: str) -> None:
    made = told(language, MENTIONED[language], organisation=organisation)
    assert (made.chair.quote, made.chair.confidence) == (
        {"en": "Malta", "ru": "Мальта", "ar": "مالطا"}[language],
        "sure",
    )
    assert quotes(made) == [INTENDED[language]]
    assert made.speaker.value is None


# What always is

STANDING = {
    "en": "The OSCE was founded to prevent conflicts and to protect human rights. Under its charter the organisation "
    "combats terrorism.",
    "ru": "ОБСЕ была создана для предотвращения конфликтов и защиты прав человека. Согласно уставу организация "
    "противодействует терроризму.",
    "ar": "وقد أنشئت المنظمة لمنع النزاعات وحماية حقوق الإنسان. وبموجب ميثاقها تكافح المنظمة الإرهاب.",
}
CHAIRS = {
    "en": ("The priority of the Maltese chairmanship is to counter terrorism.", "counter terrorism"),
    "ru": ("Приоритет мальтийского председательства — противодействие терроризму.", "противодействие терроризму"),
    "ar": ("وأولوية الرئاسة المالطية هي مكافحة الإرهاب.", "مكافحة الإرهاب"),
}


@by_language
def test_the_organisations_standing_task_is_no_item_but_the_chairs_priority_is(language: str) -> None:
    assert quotes(told(language, STANDING[language])) == [INTENDED[language]]
    sentence, quote = CHAIRS[language]
    first, second = told(language, STANDING[language], sentence).items
    assert (first.quote, first.theme, first.kind, first.confidence) == (quote, "terrorism-crime", "priority", "sure")
    assert second.quote == INTENDED[language]


# Noise

TAGS = {
    "en": ("Tags", ("OSCE", "Finland", "2035", "31 December 2040", "chairmanship 2041", "Fighting crime")),
    "ru": ("Теги", ("ОБСЕ", "Финляндия", "2035", "31 декабря 2040", "председательство 2041", "борьба с преступностью")),
    "ar": ("الوسوم", ("المنظمة", "فنلندا", "2035", "31 ديسمبر 2040", "رئاسة 2041", "مكافحة الجريمة")),
}


@by_language
@pytest.mark.parametrize("marked_up", [True, False])
def test_numbers_and_dates_of_a_tag_list_change_nothing(language: str, marked_up: bool) -> None:
    word, tags = TAGS[language]
    if marked_up:
        listed = "".join(f'<li><a href="/tag">{tag}</a></li>' for tag in tags)
        made = draft(
            f"<html><body><article><p>{OPENING[language]}</p><p>{INTENTION[language]}</p>"
            f"<ul class='tags'>{listed}</ul></article></body></html>"
        )
    else:
        listed = ("، " if language == "ar" else ", ").join(tags)
        made = draft(f"{OPENING[language]}\n\n{INTENTION[language]}\n\n{word}: {listed}")
    plain = told(language)
    assert [each.value for each in every_field(made)] == [each.value for each in every_field(plain)]
    assert quotes(made) == quotes(plain)
    assert "2041" not in made.text
    assert any(each.rule == "tags" for each in made.removed)


MORE = {
    "en": "We will protect information systems from cyberattacks. We will widen contacts with partner organisations.",
    "ru": "Мы намерены защищать информационные системы от кибератак. Мы намерены расширить контакты с "
    "организациями-партнёрами.",
    "ar": "وسنعمل على حماية أنظمة المعلومات من الهجمات السيبرانية. وسنعمل على توسيع الاتصالات مع المنظمات الشريكة.",
}


@by_language
@pytest.mark.parametrize("other", LANGUAGES)
def test_the_same_sentence_in_a_second_language_doubles_no_item_and_gives_no_value(language: str, other: str) -> None:
    if language == other:
        return
    alone = told(language, MORE[language])
    made = told(language, MORE[language], f"{OPENING[other]} {INTENTION[other]}")
    assert made.language == language
    assert quotes(made) == quotes(alone)
    assert len(made.items) == 3
    assert [each.value for each in every_field(made)] == [each.value for each in every_field(alone)]
    assert made.chair.quote == alone.chair.quote


@by_language
def test_the_same_sentence_twice_is_one_item(language: str) -> None:
    assert (
        quotes(told(language, INTENTION[language], MORE[language], INTENTION[language])).count(INTENDED[language]) == 1
    )


# Nothing to be found

WITHOUT_PROGRAMME = {
    "en": "The weather in Valletta was mild on Sunday. A choir sang in the old harbour, and the visitors looked at the "
    "boats. The bakery on the square sold bread with olives.",
    "ru": "В воскресенье в Валлетте было тепло. В старой гавани пел хор, и гости смотрели на лодки. Пекарня на площади "
    "продавала хлеб с оливками.",
    "ar": "كان الطقس في فاليتا معتدلا يوم الأحد. وغنت جوقة في المرفأ القديم، ونظر الزوار إلى القوارب. وباع المخبز في "
    "الساحة خبزا بالزيتون.",
}


def _assert_honestly_empty(made: Draft) -> None:
    assert made.items == []
    for field in every_field(made):
        assert (field.value, field.quote, field.start, field.end) == (None, None, None, None)
        assert (field.source_start, field.source_end, field.confidence) == (None, None, "absent")
        assert field.reason
        assert field.rule


@by_language
@pytest.mark.parametrize("organisation", ["osce", ""])
def test_a_text_without_any_programme_has_no_items_and_says_why_each_field_is_absent(
    language: str, organisation: str
) -> None:
    made = draft(WITHOUT_PROGRAMME[language], organisation)
    assert made.language == language
    _assert_honestly_empty(made)
    assert made.text == WITHOUT_PROGRAMME[language]


FOREIGN = {
    "French": "Malte prend la présidence de l'OSCE le 1er janvier 2032. Nous renforcerons la confiance entre les États "
    "participants et nous élargirons les contacts avec les organisations partenaires.",
    "Spanish": "Malta asume la presidencia de la OSCE el 1 de enero de 2032. Vamos a reforzar la confianza entre los "
    "Estados participantes y a ampliar los contactos.",
    "Ukrainian": "Мальта перебирає головування в ОБСЄ з 1 січня 2032 року. Ми будемо зміцнювати довіру між "
    "державами-учасницями та розширювати контакти.",
    "Bulgarian": "От 1 януари 2032 г. Малта поема председателството на ОССЕ. Ще укрепваме доверието между участващите "
    "държави и ще разширим контактите с партньорите.",
    "Kazakh": "Мальта 2032 жылғы 1 қаңтардан бастап ЕҚЫҰ-ға төрағалық етеді. Біз қатысушы мемлекеттер арасындағы "
    "сенімді нығайтып, байланыстарды кеңейтеміз.",
    "Persian": "مالت از اول ژانویه ۲۰۳۲ ریاست سازمان امنیت و همکاری اروپا را بر عهده می‌گیرد. ما اعتماد میان کشورهای "
    "عضو را تقویت خواهیم کرد و تماس‌ها را گسترش می‌دهیم.",
    "Urdu": "مالٹا یکم جنوری 2032 سے او ایس سی ای کی صدارت سنبھالے گا۔ ہم رکن ممالک کے درمیان اعتماد کو مضبوط کریں گے۔",
    "Chinese": "马耳他将于2032年1月1日接任欧安组织轮值主席国。我们将加强成员国之间的信任，扩大与伙伴组织的联系。",
    "Greek": "Η Μάλτα αναλαμβάνει την προεδρία του ΟΑΣΕ την 1η Ιανουαρίου 2032. Θα ενισχύσουμε την εμπιστοσύνη.",
}


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("organisation", ["osce", ""])
def test_another_language_gives_other_and_an_empty_draft(name: str, organisation: str) -> None:
    made = draft(FOREIGN[name], organisation)
    assert made.language == "other"
    _assert_honestly_empty(made)
    assert made.text == FOREIGN[name]
    assert {field.reason for field in every_field(made)} == {"other-language"}


# Times

AGO = {"en": "2 hours ago", "ru": "2 часа назад", "ar": "قبل ساعتين"}


@by_language
def test_a_relative_time_is_no_date_without_the_time_of_reading_and_unsure_with_it(language: str) -> None:
    text = f"{AGO[language]}\n\n{OPENING[language]}\n\n{INTENTION[language]}"
    without = draft(text)
    assert (without.published.value, without.published.confidence) == (None, "absent")
    published = draft(text, retrieved=datetime(2031, 12, 5, 10, 0, tzinfo=UTC)).published
    assert (published.value, published.confidence, published.quote) == ("2031-12-05", "unsure", AGO[language])
    yesterday = draft(text, retrieved=datetime(2031, 12, 5, 1, 0, tzinfo=UTC)).published
    assert (yesterday.value, yesterday.confidence) == ("2031-12-04", "unsure")


HIJRI = {
    "en": "Qatar takes over the presidency of the Gulf Cooperation Council on 1 Muharram 1454 AH.",
    "ru": "Катар принимает председательство в ССАГПЗ с 1 мухаррама 1454 года хиджры.",
    "ar": "تتسلم قطر رئاسة مجلس التعاون لدول الخليج العربية اعتبارا من 1 محرم 1454 هـ.",
}


@by_language
def test_a_hijri_date_is_reckoned_and_unsure_and_so_is_what_follows_from_it(language: str) -> None:
    made = draft(f"{HIJRI[language]}\n\n{INTENTION[language]}", "gcc")
    # 1 Muharram 1454 of the arithmetic calendar.
    assert (made.term.since.value, made.term.since.confidence) == ("2032-04-12", "unsure")
    assert (made.term.until.value, made.term.until.confidence) == ("2033-04-12", "unsure")
    assert made.term.since.reason
    assert made.chair.value == "qatar"


MONTH = {
    "en": "In January 2032 Malta takes over the chairmanship of the OSCE.",
    "ru": "В январе 2032 года Мальта принимает председательство в ОБСЕ.",
    "ar": "تتسلم مالطا في يناير 2032 رئاسة منظمة الأمن والتعاون في أوروبا.",
}
YEAR = {
    "en": "Malta will hold the chairmanship of the OSCE in 2032.",
    "ru": "Мальта будет председательствовать в ОБСЕ в 2032 году.",
    "ar": "تتولى مالطا رئاسة منظمة الأمن والتعاون في أوروبا في عام 2032.",
}


@by_language
def test_a_date_whose_day_is_not_in_the_text_has_no_day(language: str) -> None:
    term = draft(f"{MONTH[language]}\n\n{INTENTION[language]}").term
    assert (term.since.value, term.until.value) == ("2032-01", "2033-01")
    term = draft(f"{YEAR[language]}\n\n{INTENTION[language]}").term
    assert (term.since.value, term.until.value) == ("2032", "2033")


LATVIA = {
    "en": "On 1 July 2037 Latvia takes over the Presidency of the Council of the European Union.",
    "ru": "С 1 июля 2037 года Латвия принимает председательство в Совете Европейского союза.",
    "ar": "تتسلم لاتفيا رئاسة مجلس الاتحاد الأوروبي اعتبارا من 1 يوليو 2037.",
}


@by_language
def test_the_end_of_a_term_follows_from_the_charters_length_and_without_a_charter_from_nothing(language: str) -> None:
    text = f"{LATVIA[language]}\n\n{INTENTION[language]}"
    term = draft(text, "eu-council").term
    assert (term.since.value, term.until.value) == ("2037-07-01", "2038-01-01")
    assert term.until.rule == "charter-term-length"
    assert (term.until.quote, term.until.start) == (term.since.quote, term.since.start)
    until = draft(text, "").term.until
    assert (until.value, until.confidence) == (None, "absent")


# Whose name

NAMES = {"en": "Latvia", "ru": "Латвия", "ar": "لاتفيا"}


@by_language
def test_the_chair_is_the_charters_member_with_a_charter_and_else_the_quotation(language: str) -> None:
    text = f"{LATVIA[language]}\n\n{INTENTION[language]}"
    ruled, free = draft(text, "eu-council").chair, draft(text, "").chair
    assert (ruled.value, ruled.quote, ruled.rule) == ("latvia", NAMES[language], "charter-name")
    assert (free.value, free.quote) == (NAMES[language], NAMES[language])


INFLECTED = {
    "en": ("Latvia's presidency of the Council of the European Union begins on 1 July 2037.", "Latvia"),
    "ru": ("Председательство Латвии в Совете Европейского союза начинается с 1 июля 2037 года.", "Латвии"),
    "ar": ("تنتقل رئاسة مجلس الاتحاد الأوروبي إلى جمهورية لاتفيا اعتبارا من 1 يوليو 2037.", "جمهورية لاتفيا"),
}


@by_language
def test_an_inflected_name_is_the_same_member(language: str) -> None:
    sentence, quote = INFLECTED[language]
    chair = draft(f"{sentence}\n\n{INTENTION[language]}", "eu-council").chair
    assert (chair.value, chair.quote) == ("latvia", quote)


# Who says it

HEADED = {
    "en": (
        "Malta to strengthen the OSCE's cohesion",
        "We will combat terrorism and trafficking in people",
        "Observers believe that the chairmanship will protect human rights in the Balkans.",
    ),
    "ru": (
        "Мальта намерена укреплять сплочённость ОБСЕ",
        "Мы будем бороться с терроризмом и торговлей людьми",
        "По мнению наблюдателей, председательство будет защищать права человека на Балканах.",
    ),
    "ar": (
        "مالطا تعتزم تعزيز تماسك منظمة الأمن والتعاون في أوروبا",
        "سنعمل على مكافحة الإرهاب والاتجار بالبشر",
        "ويرى مراقبون أن الرئاسة ستعمل على حماية حقوق الإنسان في البلقان.",
    ),
}


@by_language
@pytest.mark.parametrize("marked_up", [True, False])
def test_headings_and_the_outlets_own_comments_are_never_sure_items(language: str, marked_up: bool) -> None:
    title, section, comment = HEADED[language]
    if marked_up:
        made = draft(
            f"<h1>{title}</h1><p>{OPENING[language]}</p><h2>{section}</h2><p>{INTENTION[language]}</p><p>{comment}</p>"
        )
    else:
        made = draft(f"{title}\n\n{OPENING[language]}\n\n{section}\n\n{INTENTION[language]}\n\n{comment}")
    sure = [item.quote for item in made.items if item.confidence == "sure"]
    assert sure == [INTENDED[language]]
    at = made.text.index(comment)
    for item in made.items:
        if item.start is not None and item.start >= at:
            assert (item.confidence, item.attributed_to) == ("unsure", "outlet")
    assert made.page.value is None


WEAPONS = {
    "en": "Kazakhstan takes over the chairmanship of the CSTO on 1 January 2032. We will equip the collective forces "
    "with modern weapons and combat equipment.",
    "ru": "Казахстан принимает председательство в ОДКБ с 1 января 2032 года. Мы намерены оснастить коллективные силы "
    "современным оружием и боевой техникой.",
    "ar": "تتسلم كازاخستان رئاسة منظمة معاهدة الأمن الجماعي اعتبارا من 1 يناير 2032. وسنعمل على تزويد القوات الجماعية "
    "بالأسلحة الحديثة والمعدات القتالية.",
}
ARMED = {
    "en": "equip the collective forces with modern weapons and combat equipment",
    "ru": "оснастить коллективные силы современным оружием и боевой техникой",
    "ar": "تزويد القوات الجماعية بالأسلحة الحديثة والمعدات القتالية",
}


@by_language
def test_weapons_are_quoted_unchanged_and_not_operated(language: str) -> None:
    first, second = draft(f"{WEAPONS[language]}\n\n{INTENTION[language]}", "csto").items
    assert (first.quote, first.text, first.operated) == (ARMED[language], ARMED[language], False)
    assert (second.quote, second.operated) == (INTENDED[language], True)


# Contradictions

TWO_CHAIRS = {
    "en": "Malta takes over the chairmanship of the OSCE on 1 January 2032.\n\nNorway takes over the chairmanship of "
    "the OSCE on 1 January 2032.",
    "ru": "Мальта принимает председательство в ОБСЕ с 1 января 2032 года.\n\nНорвегия принимает председательство в "
    "ОБСЕ с 1 января 2032 года.",
    "ar": "تتسلم مالطا رئاسة منظمة الأمن والتعاون في أوروبا اعتبارا من 1 يناير 2032.\n\nتتسلم النرويج رئاسة منظمة "
    "الأمن والتعاون في أوروبا اعتبارا من 1 يناير 2032.",
}
TWO_DATES = {
    "en": "Malta's chairmanship of the OSCE begins on 1 March 2032.",
    "ru": "Председательство Мальты в ОБСЕ начинается с 1 марта 2032 года.",
    "ar": "تبدأ رئاسة مالطا لمنظمة الأمن والتعاون في أوروبا اعتبارا من 1 مارس 2032.",
}
TWO_MOTTOES = {
    "en": 'The motto of the chairmanship is "Trust by deeds".\n\nThe motto of the chairmanship is "Bridges first".',
    "ru": "Девиз председательства — «Доверие на деле».\n\nДевиз председательства — «Сначала мосты».",
    "ar": 'وشعار الرئاسة هو "الثقة بالأفعال".\n\nوشعار الرئاسة هو "الجسور أولا".',
}


@by_language
def test_a_text_that_contradicts_itself_is_unsure(language: str) -> None:
    chair = draft(f"{TWO_CHAIRS[language]}\n\n{INTENTION[language]}").chair
    assert (chair.confidence, bool(chair.reason)) == ("unsure", True)
    term = told(language, TWO_DATES[language]).term
    assert term.since.value in {"2032-01-01", "2032-03-01"}
    assert (term.since.confidence, bool(term.since.reason)) == ("unsure", True)
    assert term.until.confidence == "unsure"
    made = told(language, TWO_MOTTOES[language])
    assert (made.motto.confidence, bool(made.motto.reason)) == ("unsure", True)


OTHER_WORDS = {
    "en": 'The chairmanship will be held under the motto "Bridges first".',
    "ru": "Председательство пройдёт под девизом «Сначала мосты».",
    "ar": 'وستعمل الرئاسة تحت شعار "الجسور أولا".',
}


@by_language
def test_two_mottoes_in_other_words_are_unsure_and_neither_is_an_item(language: str) -> None:
    made = told(language, MOTTO[language], OTHER_WORDS[language])
    assert made.motto.confidence == "unsure"
    assert quotes(made) == [INTENDED[language]]
