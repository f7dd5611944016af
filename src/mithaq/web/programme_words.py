"""The words around a draft programme in English, Russian and Arabic, for the terminal and for the page.

Each word has a key: `field.chair`, `theme.cohesion`, `rule.whole-year`. What the reader names and nobody has put into
words yet is shown by the reader's own name.

>>> word("theme.cohesion", "en"), known_word("rule", "header.facts[3]", "en"), known_word("rule", "brand-new", "ru")
('Cohesion', 'a phrase of the lexicon (header.facts[3])', 'brand-new')
"""

import re
from collections.abc import Mapping

from mithaq.errors import Language

__all__ = ["WORDS", "known_word", "word"]

WORDS: Mapping[str, tuple[str, str, str]] = {
    # The frame
    "title": ("Draft programme", "Проект программы", "مسودة البرنامج"),
    "notice": (
        "A draft read from an announcement. Nothing of it is published before a person has confirmed it.",
        "Проект, составленный по объявлению. Ничто из него не публикуется, пока его не подтвердит человек.",
        "مسودة مستخرجة من إعلان. لا يُنشر منها شيء قبل أن يؤكدها شخص.",
    ),
    "exercise": (
        "EXERCISE: the source says of itself that it is made up for training.",
        "EXERCISE: источник сам говорит о себе, что он вымышлен для учений.",
        "EXERCISE: يقول المصدر عن نفسه إنه نص متخيَّل للتدريب.",
    ),
    "source": ("Source text", "Текст источника", "نص المصدر"),
    "draft": ("Draft", "Проект", "المسودة"),
    "header": ("Chair and term", "Председательство и срок", "الرئاسة ومدتها"),
    "items": ("Items", "Пункты", "البنود"),
    "no-items": (
        "No intention for the term was found in this text.",
        "В этом тексте не найдено намерений на срок председательства.",
        "لم يُعثر في هذا النص على نوايا لمدة الرئاسة.",
    ),
    "no-text": ("There is no text.", "Текста нет.", "لا يوجد نص."),
    "removed": ("Removed from the source", "Убрано из источника", "ما حُذف من المصدر"),
    "removed-nothing": ("Nothing was removed.", "Ничего не убрано.", "لم يُحذف شيء."),
    "more": ("and more, not shown: {count}", "и ещё, не показано: {count}", "وغيرها، غير معروض: {count}"),
    "written": ("Written to {file}.", "Записано в {file}.", "كُتب إلى {file}."),
    "language": ("Language of the text", "Язык текста", "لغة النص"),
    "language.en": ("English", "английский", "الإنجليزية"),
    "language.ru": ("Russian", "русский", "الروسية"),
    "language.ar": ("Arabic", "арабский", "العربية"),
    "language.other": (
        "another one, which this reader does not read",
        "другой; здесь его не читают",
        "لغة أخرى لا يقرؤها هذا القارئ",
    ),
    "quote": ("Quote", "Цитата", "الاقتباس"),
    "rule": ("Rule", "Правило", "القاعدة"),
    "reason": ("Why", "Почему", "السبب"),
    "absent-value": ("not in the source", "в источнике нет", "غير مذكور في المصدر"),
    "to-source": ("Show in the source text", "Показать в тексте источника", "إظهار في نص المصدر"),
    "to-draft": ("Back to the draft", "Назад к проекту", "العودة إلى المسودة"),
    "not-operated": ("Not operated", "Не исполняется", "لا يُنفَّذ"),
    "not-operated.long": (
        "Weapons and combat equipment: quoted unchanged, nothing can be built on it here.",
        "Оружие и боевая техника: приведено дословно, строить на этом здесь ничего нельзя.",
        "أسلحة ومعدات قتالية: منقول بنصه، ولا يمكن أن يُبنى عليه شيء هنا.",
    ),
    # Header fields
    "field.organisation": ("Organisation", "Организация", "المنظمة"),
    "field.chair": ("Chair", "Председатель", "الرئاسة لدى"),
    "field.from": ("Term begins", "Начало срока", "بداية المدة"),
    "field.to": ("Term ends before", "Срок кончается перед", "تنتهي المدة قبل"),
    "field.motto": ("Motto", "Девиз", "الشعار"),
    "field.speaker": ("Speaker", "Кто говорит", "المتحدث"),
    "field.source": ("Where it was said", "Где сказано", "مكان صدور البيان"),
    "field.page": ("Outlet", "Издание", "الجهة الناشرة"),
    "field.published": ("Published", "Опубликовано", "تاريخ النشر"),
    # Certainty
    "confidence.sure": ("sure", "уверенно", "مؤكد"),
    "confidence.unsure": ("unsure", "неуверенно", "غير مؤكد"),
    "confidence.absent": ("absent", "отсутствует", "غائب"),
    # Items
    "kind.goal": ("Goal", "Цель", "هدف"),
    "kind.priority": ("Priority", "Приоритет", "أولوية"),
    "kind.task": ("Task", "Задача", "مهمة"),
    "kind.action": ("Action", "Действие", "إجراء"),
    "attributed.speaker": ("said by the speaker", "слова выступающего", "من كلام المتحدث"),
    "attributed.outlet": ("said by the outlet", "слова издания", "من كلام الجهة الناشرة"),
    "attributed.unsure": ("unsure whose words", "чьи слова, неясно", "لا يُعرف قائله يقينًا"),
    "theme.cohesion": ("Cohesion", "Сплочённость", "التماسك"),
    "theme.contacts": ("Contacts", "Контакты", "الاتصالات والشركاء"),
    "theme.interconnection": (
        "Interconnection and coordination of positions",
        "Взаимосвязь и согласование позиций",
        "الترابط وتنسيق المواقف",
    ),
    "theme.peace-stability": ("Peace and stability", "Мир и стабильность", "السلام والاستقرار"),
    "theme.capabilities-lessons": ("Capabilities and lessons", "Возможности и уроки", "القدرات والدروس المستفادة"),
    "theme.biological": ("Biological safety", "Биологическая безопасность", "السلامة البيولوجية"),
    "theme.information-security": ("Information security", "Информационная безопасность", "أمن المعلومات"),
    "theme.terrorism-crime": ("Terrorism and crime", "Терроризм и преступность", "الإرهاب والجريمة"),
    "theme.development": ("Development", "Развитие", "التنمية"),
    "theme.other": ("Other", "Прочее", "غير ذلك"),
    # Why a field is unsure or absent
    "reason.another-chair": (
        "The text names another chair nearly as strongly.",
        "Почти столь же явно в тексте назван другой председатель.",
        "يذكر النص رئاسة أخرى بالقدر نفسه تقريبًا.",
    ),
    "reason.another-date": (
        "The text gives another date as well.",
        "В тексте есть и другая дата.",
        "في النص تاريخ آخر.",
    ),
    "reason.another-motto": (
        "The text has another motto as well.",
        "В тексте есть и другой девиз.",
        "في النص شعار آخر.",
    ),
    "reason.another-organisation": (
        "The text names another organisation nearly as strongly.",
        "Почти столь же явно в тексте названа другая организация.",
        "يذكر النص منظمة أخرى بالقدر نفسه تقريبًا.",
    ),
    "reason.another-speaker": (
        "The text has another speaker as well.",
        "В тексте говорит и кто-то другой.",
        "في النص متحدث آخر.",
    ),
    "reason.comment": (
        "The outlet's own comment, not the chair's word.",
        "Комментарий издания, а не слова председателя.",
        "تعليق من الجهة الناشرة لا من الرئاسة.",
    ),
    "reason.conditional": (
        "It is said under a condition only.",
        "Сказано лишь при условии.",
        "قيل بشرط فقط.",
    ),
    "reason.masthead": (
        "It is the first line, which is perhaps the outlet.",
        "Это первая строка; возможно, название издания.",
        "هو السطر الأول، وقد يكون اسم الجهة الناشرة.",
    ),
    "reason.heading": ("It stands in a heading only.", "Сказано только в заголовке.", "ورد في عنوان فقط."),
    "reason.no-chair": (
        "The text does not say who takes the chair.",
        "В тексте не сказано, кто принимает председательство.",
        "لا يقول النص من يتولى الرئاسة.",
    ),
    "reason.no-date": ("The text gives no date.", "В тексте нет даты.", "لا تاريخ في النص."),
    "reason.no-day": (
        "The day on which the term begins is not in the text.",
        "В тексте нет дня, с которого начинается срок.",
        "لا يذكر النص اليوم الذي تبدأ فيه المدة.",
    ),
    "reason.no-length": (
        "Neither the text nor a charter says how long the term is.",
        "Ни в тексте, ни в уставе не сказано, сколько длится срок.",
        "لا يذكر النص ولا الميثاق طول المدة.",
    ),
    "reason.no-motto": ("The text has no motto.", "В тексте нет девиза.", "لا شعار في النص."),
    "reason.no-organisation": (
        "The text names no organisation.",
        "Организация в тексте не названа.",
        "لا يسمي النص منظمة.",
    ),
    "reason.no-page": ("The page does not name its outlet.", "Издание не названо.", "لا تسمي الصفحة جهتها الناشرة."),
    "reason.no-source": (
        "The text does not say where the statement appeared.",
        "В тексте не сказано, где появилось заявление.",
        "لا يقول النص أين صدر البيان.",
    ),
    "reason.no-speaker": ("The text names no speaker.", "Не названо, кто говорит.", "لا يسمي النص متحدثًا."),
    "reason.no-theme": ("Its theme is not clear.", "Тема неясна.", "موضوعه غير واضح."),
    "reason.not-the-charters": (
        "This is not the organisation of the charter.",
        "Это не организация из устава.",
        "ليست هذه منظمة الميثاق.",
    ),
    "reason.other-language": (
        "The text is in none of the languages that are read here.",
        "Текст не на одном из языков, которые здесь читают.",
        "النص ليس بلغة من اللغات التي تُقرأ هنا.",
    ),
    "reason.relative-time": (
        "The page only says how long ago it was.",
        "На странице сказано лишь, как давно это было.",
        "لا تذكر الصفحة إلا كم مضى من الوقت.",
    ),
    "reason.weak-evidence": (
        "The text says it only in passing.",
        "В тексте об этом сказано лишь вскользь.",
        "لا يذكره النص إلا عرضًا.",
    ),
    "reason.year-of-term": (
        "Only the year of the term is in the text.",
        "В тексте есть только год председательства.",
        "لا يذكر النص إلا سنة الرئاسة.",
    ),
    # What made a value of a quote
    "rule.charter-name": ("a name of the charter", "имя из устава", "اسم من الميثاق"),
    "rule.charter-term-length": ("the charter's term length", "срок по уставу", "طول المدة في الميثاق"),
    "rule.day-after-last": ("the day after the last", "день после последнего", "اليوم التالي لليوم الأخير"),
    "rule.day-of-publication": ("the day of publication", "день публикации", "يوم النشر"),
    "rule.known-organisation": ("a known organisation's name", "имя известной организации", "اسم منظمة معروفة"),
    "rule.opening-date": (
        "the date that opens the sentence",
        "дата в начале предложения",
        "التاريخ الذي تُفتتح به الجملة",
    ),
    "rule.phrase": ("a phrase of the lexicon ({rule})", "оборот из словаря ({rule})", "عبارة من المعجم ({rule})"),
    "rule.site-name": ("the site's own name", "название сайта", "اسم الموقع"),
    "rule.stated-length": ("the length that is stated", "названная длительность", "المدة المذكورة"),
    "rule.title-and-name": ("a title and a name", "должность и имя", "منصب واسم"),
    "rule.whole-year": ("a whole year", "целый год", "سنة كاملة"),
    "rule.year-of-publication": ("the year of publication", "год публикации", "سنة النشر"),
    "rule.year-of-term": ("the year of the term", "год председательства", "سنة الرئاسة"),
    # Dates
    "rule.day-month": ("day and month", "день и месяц", "يوم وشهر"),
    "rule.day-month-year": ("day, month and year", "день, месяц и год", "يوم وشهر وسنة"),
    "rule.day-of-year": ("a day of the year that is named", "названный день года", "يوم مسمى من السنة"),
    "rule.decade": ("a decade", "десятилетие", "عقد"),
    "rule.half-year": ("half a year", "полугодие", "نصف سنة"),
    "rule.hijri-arithmetic": (
        "a Hijri date, by the arithmetic calendar",
        "дата по хиджре, по арифметическому календарю",
        "تاريخ هجري بالتقويم الحسابي",
    ),
    "rule.iso": ("a date in ISO form", "дата в форме ISO", "تاريخ بصيغة ISO"),
    "rule.last-day": ("the last day", "последний день", "اليوم الأخير"),
    "rule.month": ("a month", "месяц", "شهر"),
    "rule.month-year": ("month and year", "месяц и год", "شهر وسنة"),
    "rule.numeric": ("a date in digits", "дата цифрами", "تاريخ بالأرقام"),
    "rule.numeric-month-first": (
        "a date in digits, the month first",
        "дата цифрами, сначала месяц",
        "تاريخ بالأرقام يبدأ بالشهر",
    ),
    "rule.numeric-two-digit-year": (
        "a date in digits with two of the year",
        "дата цифрами с двумя цифрами года",
        "تاريخ بالأرقام مع رقمين من السنة",
    ),
    "rule.part-of-month": ("a part of a month", "часть месяца", "جزء من شهر"),
    "rule.part-of-year": ("a part of a year", "часть года", "جزء من سنة"),
    "rule.quarter": ("a quarter of a year", "квартал", "ربع سنة"),
    "rule.relative": ("a time told from the time of reading", "время от момента чтения", "وقت محسوب من لحظة القراءة"),
    "rule.year": ("a year", "год", "سنة"),
    "rule.year-of-range": ("the year of the other date", "год другой даты", "سنة التاريخ الآخر"),
    "rule.year-range": ("a range of years", "несколько лет подряд", "مدى من السنوات"),
    # What cut a part off
    "rule.advertising": ("advertising", "реклама", "إعلان تجاري"),
    "rule.aside": ("beside the article", "рядом со статьёй", "بجانب المقال"),
    "rule.breadcrumb": ("the path of the page", "путь к странице", "مسار الصفحة"),
    "rule.button": ("buttons", "кнопки", "أزرار"),
    "rule.byline": ("who wrote it and when", "кто и когда написал", "الكاتب والوقت"),
    "rule.comment": ("a comment in the mark-up", "примечание в разметке", "تعليق في الترميز"),
    "rule.comments": ("readers' comments", "комментарии читателей", "تعليقات القراء"),
    "rule.contact": ("addresses and telephones", "адреса и телефоны", "عناوين وهواتف"),
    "rule.cookie-notice": ("a notice on cookies", "уведомление о cookie", "إشعار ملفات الارتباط"),
    "rule.copyright": ("rights and imprint", "авторские права и выходные данные", "الحقوق وبيانات النشر"),
    "rule.doubled": ("said twice", "повтор", "مكرر"),
    "rule.end-mark": ("the end mark of a report", "знак конца сообщения", "علامة نهاية الخبر"),
    "rule.footer": ("the foot of the page", "низ страницы", "ذيل الصفحة"),
    "rule.navigation": ("navigation", "навигация", "تنقل"),
    "rule.no-words": ("no words", "нет слов", "بلا كلمات"),
    "rule.not-main": ("not of the main text", "не основной текст", "ليس من النص الرئيسي"),
    "rule.photo-caption": ("a photo's caption", "подпись к фото", "تعليق صورة"),
    "rule.related": ("other articles", "другие материалы", "مواد أخرى"),
    "rule.relative-time": ("how long ago it was", "как давно это было", "كم مضى من الوقت"),
    "rule.script": ("a script", "скрипт", "نص برمجي"),
    "rule.share": ("buttons for sharing", "кнопки «поделиться»", "أزرار المشاركة"),
    "rule.style": ("a style sheet", "таблица стилей", "ورقة أنماط"),
    "rule.subscription": ("an invitation to subscribe", "приглашение подписаться", "دعوة إلى الاشتراك"),
    "rule.tags": ("tags", "метки", "وسوم"),
    "rule.unseen": ("never shown", "не показывается", "لا يُعرض"),
    "rule.updated": ("when it was updated", "когда обновлено", "وقت التحديث"),
}
"""Every word by its key: English, Russian, Arabic. Braces are filled where the word is used."""

_PLACE: Mapping[Language, int] = {"en": 0, "ru": 1, "ar": 2}
_PHRASE = re.compile(r"[\w.-]+\[\d+\]")


def word(key: str, language: Language) -> str:
    """The word for a key of `WORDS`. Raises `KeyError` for another one: a mistake of ours."""
    return WORDS[key][_PLACE[language]]


def known_word(group: str, name: str, language: Language) -> str:
    """The word for what the reader calls `name`: a rule or a reason. If there is none, `name` itself."""
    if _PHRASE.fullmatch(name):
        return word("rule.phrase", language).replace("{rule}", name)
    # A rule may be the reason: a date by the arithmetic calendar is unsure for that.
    key = next((key for key in (f"{group}.{name}", f"rule.{name}") if key in WORDS), "")
    return word(key, language) if key else name
