"""Drafts made by hand in three languages: what the report and the page are tried on, whatever the reader finds."""

from typing import Any

from mithaq.errors import Language
from mithaq.wire.announcement import Draft, Field, Item, Removed, Term

LANGUAGES: tuple[Language, ...] = ("en", "ru", "ar")

TEXTS: dict[str, str] = {
    "en": (
        "Malta sets out its year at the OSCE\n\n"
        "Malta takes the chair of the Organization for Security and Co-operation in Europe on 1 January 2034, Foreign "
        "Minister Carla Borg told the Valletta Ledger. The year's motto is “Closer than it seems”.\n\n"
        "“We will restore trust between delegations and keep a direct line between duty officers open day and night,” "
        "she said. She named the protection of water works from intrusion as a priority.\n\n"
        "The chair will also press for the destruction of surplus ammunition.\n\n"
        "Организация объединяет 57 государств.\n\n"
        "Valletta Ledger"
    ),
    "ru": (
        "Словения рассказала, чем займётся во главе ОБСЕ\n\n"
        "Словения примет председательство в Организации по безопасности и сотрудничеству в Европе с первого января "
        "2036 года, сообщила министр Майя Подлипник. Девиз года — «Слово прежде эха».\n\n"
        "«Мы намерены вернуть доверие между делегациями и держать прямую связь между дежурными», — сказала она. "
        "Приоритетом названа защита водоканалов от взлома.\n\n"
        "Председательство будет добиваться уничтожения излишков боеприпасов.\n\n"
        "The statement was also published in English.\n\n"
        "Полярная хроника"
    ),
    "ar": (
        "طاجيكستان تعلن برنامج رئاستها\n\n"
        "تتولى جمهورية طاجيكستان رئاسة منظمة معاهدة الأمن الجماعي (CSTO) اعتباراً من ١ كانون الثاني/يناير ٢٠٣٣، وفق ما "
        "أعلنه الوزير رستم شاهنظروف. وشعار العام «أمانٌ مشترك وثقة متجددة».\n\n"
        "وقال: «سنعمل على ترسيخ الثقة بين الوفود وإبقاء خط مباشر بين ضباط المناوبة». وجعل حماية شبكات المياه من "
        "الاختراق أولوية.\n\n"
        "وستواصل الرئاسة تزويد القوات بأسلحة ومعدات قتالية حديثة.\n\n"
        "The ministry's statement of 28 November 2032 is in English as well.\n\n"
        "مرصد آسيا"
    ),
}

# Quote and value of each header field; None where the draft says that the source is silent.
HEADERS: dict[str, dict[str, tuple[str, str] | None]] = {
    "en": {
        "organisation": ("Organization for Security and Co-operation in Europe",) * 2,
        "chair": ("Malta", "malta"),
        "from": ("on 1 January 2034", "2034-01-01"),
        "to": ("on 1 January 2034", "2035-01-01"),
        "motto": ("Closer than it seems",) * 2,
        "speaker": ("Foreign Minister Carla Borg",) * 2,
        "source": None,
        "page": ("Valletta Ledger",) * 2,
        "published": None,
    },
    "ru": {
        "organisation": ("Организации по безопасности и сотрудничеству в Европе",) * 2,
        "chair": ("Словения", "slovenia"),
        "from": ("с первого января 2036 года", "2036-01-01"),
        "to": ("с первого января 2036 года", "2037-01-01"),
        "motto": ("Слово прежде эха",) * 2,
        "speaker": ("Майя Подлипник",) * 2,
        "source": None,
        "page": ("Полярная хроника",) * 2,
        "published": None,
    },
    "ar": {
        "organisation": ("منظمة معاهدة الأمن الجماعي",) * 2,
        "chair": ("جمهورية طاجيكستان", "tajikistan"),
        "from": ("من ١ كانون الثاني/يناير ٢٠٣٣", "2033-01-01"),
        "to": ("من ١ كانون الثاني/يناير ٢٠٣٣", "2034-01-01"),
        "motto": ("أمانٌ مشترك وثقة متجددة",) * 2,
        "speaker": ("الوزير رستم شاهنظروف",) * 2,
        "source": None,
        "page": ("مرصد آسيا",) * 2,
        "published": None,
    },
}

# Quote, theme, kind, whose words, whether it is operated. The second overlaps the first without lying in it.
ITEMS: dict[str, list[tuple[str, str, str, str, bool]]] = {
    "en": [
        ("restore trust between delegations", "cohesion", "goal", "speaker", True),
        ("delegations and keep a direct line between duty officers open", "interconnection", "task", "speaker", True),
        ("protection of water works from intrusion", "information-security", "priority", "speaker", True),
        ("press for the destruction of surplus ammunition", "peace-stability", "task", "unsure", False),
    ],
    "ru": [
        ("вернуть доверие между делегациями", "cohesion", "goal", "speaker", True),
        ("делегациями и держать прямую связь между дежурными", "interconnection", "task", "speaker", True),
        ("защита водоканалов от взлома", "information-security", "priority", "speaker", True),
        ("добиваться уничтожения излишков боеприпасов", "peace-stability", "task", "unsure", False),
    ],
    "ar": [
        ("ترسيخ الثقة بين الوفود", "cohesion", "goal", "speaker", True),
        ("الوفود وإبقاء خط مباشر بين ضباط المناوبة", "interconnection", "task", "speaker", True),
        ("حماية شبكات المياه من الاختراق", "information-security", "priority", "speaker", True),
        ("تزويد القوات بأسلحة ومعدات قتالية حديثة", "other", "action", "outlet", False),
    ],
}

SOURCE_HEAD = "<script>let motto = 1 < 2;</script><p>EXERCISE</p>\n"


def field(text: str, said: tuple[str, str] | None, reason: str = "", rule: str = "header.facts[3]") -> Field:
    """A field on the first place of its quote."""
    if said is None:
        return Field(None, None, None, None, None, None, "page", "absent", reason or "no-date")
    quote, value = said
    start = text.index(quote)
    place = (start, start + len(quote), len(SOURCE_HEAD) + start, len(SOURCE_HEAD) + start + len(quote))
    return Field(value, quote, *place, rule, "unsure" if reason else "sure", reason)


def item(text: str, quote: str, **more: Any) -> Item:
    """An item on the first place of its quote; what is not given is as of the speaker's own goal."""
    stands = field(text, (quote, quote), reason=more.pop("reason", ""))
    known = {name: getattr(stands, name) for name in Field.__struct_fields__}
    said: dict[str, Any] = {
        "theme": "cohesion",
        "kind": "goal",
        "attributed_to": "speaker",
        "operated": True,
        "text": quote,
    } | more
    return Item(**known, **said)


def source(draft: Draft) -> str:
    """The input that such a draft might have come from."""
    return SOURCE_HEAD + draft.text


def draft(language: str, items: list[Item] | None = None, text: str = "") -> Draft:
    """A whole draft in one language; `text` goes behind its own."""
    whole = TEXTS[language] + text
    said = {name: field(whole, each) for name, each in HEADERS[language].items()}
    said["to"] = field(whole, HEADERS[language]["to"], rule="charter-term-length")
    said["speaker"] = field(whole, HEADERS[language]["speaker"], reason="another-speaker")
    said["source"] = field(whole, None, reason="no-source")
    made = [
        item(whole, quote, theme=theme, kind=kind, attributed_to=words, operated=operated)
        for quote, theme, kind, words, operated in ITEMS[language]
    ]
    return Draft(
        language=language,
        term=Term(said.pop("from"), said.pop("to")),
        text=whole,
        removed=[Removed(0, 36, "script"), Removed(36, len(SOURCE_HEAD), "a-rule-without-words")],
        items=made if items is None else items,
        **said,
    )
