"""Words for the rules of STIX validation: what is wrong, in one short clause of English, Russian and Arabic.

The rules are those of `wire.validation`: its `RULES`, and `schema/` with a keyword that jsonschema-rs names. A finding's
own message is English, with values and names; in other languages it stands behind the title, in parentheses, unless the
title says it all.

>>> tell("schema/required", "name is required", "ru")
'нет обязательного свойства (name is required)'
>>> tell("should/extref-hashes", "has a url and no hashes", "ru")
'у внешней ссылки есть url, но нет хешей'
"""

from collections.abc import Callable
from typing import NamedTuple

from mithaq.errors.entry import Language

__all__ = ["COMPLETE", "RULE_TITLES", "RuleTitle", "Told", "tell"]


class RuleTitle(NamedTuple):
    """What is wrong where a rule is broken, by language: a clause without a full stop."""

    en: str
    ru: str
    ar: str


class Told(NamedTuple):
    """A finding as a detail of an error, whose texts ask for its language: `{message:ru}`."""

    rule: str
    message: str

    def __str__(self) -> str:
        return self.message

    def __format__(self, language: str) -> str:
        return tell(self.rule, self.message, "ru" if language == "ru" else "ar" if language == "ar" else "en")


def tell(rule: str, message: str, language: Language, quoted: Callable[[str], str] = str) -> str:
    """What a finding says in `language`: its English `message`, behind the rule's title in the other languages.

    `quoted` is applied to the message, which may hold parts of the input. A rule without a title has the message alone.
    """
    title = RULE_TITLES.get(rule) or (RULE_TITLES["schema/falseSchema"] if rule.startswith("schema/") else None)
    if title is None or (language == "en" and message):
        return quoted(message)
    words = {"en": title.en, "ru": title.ru, "ar": title.ar}[language]
    return f"{words} ({quoted(message)})" if message and rule not in COMPLETE else words


_SCHEMA: dict[str, RuleTitle] = {
    "schema/additionalItems": RuleTitle(
        "the list has entries that are not allowed here",
        "в списке есть недопустимые здесь элементы",
        "في القائمة عناصر غير مسموح بها هنا",
    ),
    "schema/additionalProperties": RuleTitle(
        "there are properties that are not allowed here",
        "есть свойства, недопустимые здесь",
        "توجد خصائص غير مسموح بها هنا",
    ),
    "schema/anyOf": RuleTitle(
        "the value has none of the forms allowed here",
        "значение не соответствует ни одной из допустимых форм",
        "القيمة لا توافق أيًّا من الصيغ المسموح بها",
    ),
    "schema/const": RuleTitle(
        "the value is not the only one allowed here",
        "значение отличается от единственно допустимого",
        "القيمة ليست القيمة الوحيدة المسموح بها هنا",
    ),
    "schema/contains": RuleTitle(
        "the list lacks an entry that it must have",
        "в списке нет обязательного элемента",
        "ينقص القائمة عنصر إلزامي",
    ),
    "schema/contentEncoding": RuleTitle(
        "the text is not encoded as it must be",
        "текст закодирован не так, как требуется",
        "ترميز النص غير الترميز المطلوب",
    ),
    "schema/contentMediaType": RuleTitle(
        "the content is not of the type that it must have",
        "содержимое не того типа, который требуется",
        "نوع المحتوى غير النوع المطلوب",
    ),
    "schema/enum": RuleTitle(
        "the value is not in the list of allowed values",
        "значения нет в перечне допустимых",
        "القيمة ليست في قائمة القيم المسموح بها",
    ),
    "schema/exclusiveMaximum": RuleTitle(
        "the number is not below its bound",
        "число не меньше верхней границы",
        "العدد ليس أصغر من حدّه الأعلى",
    ),
    "schema/exclusiveMinimum": RuleTitle(
        "the number is not above its bound",
        "число не больше нижней границы",
        "العدد ليس أكبر من حدّه الأدنى",
    ),
    "schema/falseSchema": RuleTitle(
        "the object breaks the schema of its type",
        "объект не соответствует схеме своего типа",
        "الكائن لا يوافق مخطط نوعه",
    ),
    "schema/format": RuleTitle(
        "the text is not written in the required format",
        "строка записана не в требуемом формате",
        "النص غير مكتوب بالتنسيق المطلوب",
    ),
    "schema/maxItems": RuleTitle(
        "the list has too many entries",
        "в списке слишком много элементов",
        "عناصر القائمة أكثر من المسموح به",
    ),
    "schema/maxLength": RuleTitle("the text is too long", "строка слишком длинная", "النص أطول من المسموح به"),
    "schema/maxProperties": RuleTitle(
        "the dictionary has too many entries",
        "в словаре слишком много записей",
        "مدخلات القاموس أكثر من المسموح به",
    ),
    "schema/maximum": RuleTitle("the number is too large", "число слишком велико", "العدد أكبر من المسموح به"),
    "schema/minItems": RuleTitle(
        "the list has too few entries",
        "в списке слишком мало элементов",
        "عناصر القائمة أقل من المطلوب",
    ),
    "schema/minLength": RuleTitle("the text is too short", "строка слишком короткая", "النص أقصر من المطلوب"),
    "schema/minProperties": RuleTitle(
        "the dictionary has too few entries",
        "в словаре слишком мало записей",
        "مدخلات القاموس أقل من المطلوب",
    ),
    "schema/minimum": RuleTitle("the number is too small", "число слишком мало", "العدد أصغر من المسموح به"),
    "schema/multipleOf": RuleTitle(
        "the number is not a multiple of the required one",
        "число не кратно требуемому",
        "العدد ليس من مضاعفات العدد المطلوب",
    ),
    "schema/not": RuleTitle(
        "something stands here that is forbidden",
        "использовано то, что здесь запрещено",
        "استُعمل ما هو ممنوع هنا",
    ),
    "schema/oneOf": RuleTitle(
        "the value does not fit exactly one of the allowed forms",
        "значение соответствует не ровно одной из допустимых форм",
        "القيمة لا توافق صيغة واحدة بعينها من الصيغ المسموح بها",
    ),
    "schema/pattern": RuleTitle(
        "the text does not have the required form",
        "строка не соответствует требуемому виду",
        "النص ليس على الصورة المطلوبة",
    ),
    "schema/propertyNames": RuleTitle(
        "a key of the dictionary is not allowed",
        "недопустимый ключ словаря",
        "في القاموس مفتاح غير مسموح به",
    ),
    "schema/required": RuleTitle(
        "a required property is missing",
        "нет обязательного свойства",
        "تنقص خاصية إلزامية",
    ),
    "schema/type": RuleTitle("the value is of the wrong type", "значение неверного типа", "نوع القيمة غير صحيح"),
    "schema/unevaluatedItems": RuleTitle(
        "the list has entries that the schema does not know",
        "в списке есть элементы, не предусмотренные схемой",
        "في القائمة عناصر لا يعرفها المخطط",
    ),
    "schema/unevaluatedProperties": RuleTitle(
        "there are properties that the schema does not know",
        "есть свойства, не предусмотренные схемой",
        "توجد خصائص لا يعرفها المخطط",
    ),
    "schema/uniqueItems": RuleTitle(
        "the list has the same entry twice",
        "в списке повторяется один и тот же элемент",
        "يتكرر في القائمة عنصر واحد",
    ),
}

_ERRORS: dict[str, RuleTitle] = {
    "read/failed": RuleTitle(
        "the file could not be read to its end",
        "файл не удалось прочитать до конца",
        "تعذّرت قراءة الملف إلى آخره",
    ),
    "stix/object": RuleTitle(
        "this is no JSON object with an id and a type",
        "это не объект JSON со свойствами id и type",
        "ليس هذا كائن JSON يحمل الخاصيتين id و type",
    ),
    "stix/version": RuleTitle(
        "the object is of STIX 2.0, and only 2.1 is read",
        "объект в формате STIX 2.0, а читается только 2.1",
        "الكائن من STIX 2.0 ولا يُقرأ إلا 2.1",
    ),
    "stix/common": RuleTitle(
        "a common property does not have its type",
        "общее свойство имеет неверный тип",
        "نوع خاصية مشتركة غير صحيح",
    ),
    "stix/container": RuleTitle(
        "something in the container of observables is no proper observable",
        "в контейнере наблюдаемых объектов есть неправильно записанный объект",
        "في حاوية الكائنات المرصودة ما ليس كائنًا مرصودًا سليمًا",
    ),
    "limit/depth": RuleTitle(
        "objects are nested too deeply",
        "слишком глубокая вложенность объектов",
        "تداخل الكائنات أعمق من المسموح به",
    ),
    "must/timestamp": RuleTitle(
        "the timestamp names a moment that does not exist",
        "отметка времени указывает на несуществующий момент",
        "الطابع الزمني يشير إلى لحظة لا وجود لها",
    ),
    "must/timestamp-compare": RuleTitle(
        "the timestamps stand in the wrong order",
        "отметки времени идут в неверном порядке",
        "ترتيب الطوابع الزمنية غير صحيح",
    ),
    "must/observable-timestamp-compare": RuleTitle(
        "the network traffic ends before it starts",
        "сетевой трафик заканчивается раньше, чем начинается",
        "تنتهي حركة الشبكة قبل أن تبدأ",
    ),
    "must/object-marking-circular-refs": RuleTitle(
        "a marking definition marks itself",
        "определение пометки помечает само себя",
        "تعريف الوسم يَسِم نفسه",
    ),
    "must/granular-markings-circular-refs": RuleTitle(
        "a marking definition marks a part of itself",
        "определение пометки помечает собственную часть",
        "تعريف الوسم يَسِم جزءًا من نفسه",
    ),
    "must/marking-selector": RuleTitle(
        "the selector of a marking leads to nothing in the object",
        "селектор пометки не указывает ни на что в объекте",
        "محدِّد الوسم لا يشير إلى شيء في الكائن",
    ),
    "must/observable-object-references": RuleTitle(
        "a reference does not lead to the right object of the container",
        "ссылка не ведёт к подходящему объекту контейнера",
        "الإحالة لا تؤدي إلى كائن مناسب في الحاوية",
    ),
    "must/character-set": RuleTitle(
        "the character set is not named as IANA prefers",
        "кодировка названа не тем именем, которое предпочитает IANA",
        "اسم ترميز المحارف ليس الاسم المفضّل لدى IANA",
    ),
    "must/language": RuleTitle(
        "the language is not a language tag of RFC 5646",
        "язык указан не тегом по RFC 5646",
        "اللغة غير مذكورة بوسم لغوي وفق RFC 5646",
    ),
    "must/software-language": RuleTitle(
        "a language of the software is not a language tag of RFC 5646",
        "язык программного обеспечения указан не тегом по RFC 5646",
        "لغة البرنامج غير مذكورة بوسم لغوي وفق RFC 5646",
    ),
    "must/pattern": RuleTitle(
        "the indicator's pattern does not follow the grammar of STIX patterns",
        "шаблон индикатора не соответствует грамматике шаблонов STIX",
        "نمط المؤشر يخالف قواعد كتابة الأنماط في STIX",
    ),
    "must/cpe": RuleTitle(
        "the cpe is not a CPE 2.3 name in its formatted form",
        "значение cpe не является форматированной строкой CPE 2.3",
        "قيمة cpe ليست اسم CPE 2.3 بصيغته المنسّقة",
    ),
    "must/language-contents": RuleTitle(
        "the translations are not dictionaries of properties by language",
        "переводы не записаны как словари свойств по языкам",
        "الترجمات ليست قواميس خصائص مرتّبة بحسب اللغة",
    ),
    "must/uuid-version": RuleTitle(
        "the id of this observable must hold a UUIDv4",
        "в идентификаторе этого наблюдаемого объекта должен быть UUIDv4",
        "يجب أن يحمل معرّف هذا الكائن المرصود UUIDv4",
    ),
    "must/process-id": RuleTitle(
        "the id of a process must hold a UUIDv4",
        "в идентификаторе процесса должен быть UUIDv4",
        "يجب أن يحمل معرّف العملية UUIDv4",
    ),
}

_ADVICE: dict[str, RuleTitle] = {
    "limit/findings": RuleTitle(
        "there are more findings than are listed",
        "замечаний больше, чем перечислено",
        "الملاحظات أكثر مما سُرد",
    ),
    "should/uuid-check": RuleTitle(
        "the id holds another version of UUID than advised",
        "в идентификаторе UUID не той версии, которая рекомендована",
        "إصدار UUID في المعرّف غير الموصى به",
    ),
    "should/open-vocab-format": RuleTitle(
        "the term is not in small letters with hyphens",
        "термин записан не строчными буквами через дефис",
        "المصطلح غير مكتوب بأحرف صغيرة تفصل بينها شرطات",
    ),
    "should/kill-chain-names": RuleTitle(
        "the kill chain or its phase is not named in small letters with hyphens",
        "цепочка атаки или её этап названы не строчными буквами через дефис",
        "اسم سلسلة الهجوم أو مرحلتها غير مكتوب بأحرف صغيرة تفصل بينها شرطات",
    ),
    "should/observable-object-keys": RuleTitle(
        "a key of the container is not a whole number",
        "ключ контейнера — не целое число",
        "مفتاح في الحاوية ليس عددًا صحيحًا",
    ),
    "should/observable-dictionary-keys": RuleTitle(
        "a key has capital letters",
        "в ключе есть прописные буквы",
        "في المفتاح أحرف كبيرة",
    ),
    "should/malware-analysis-product": RuleTitle(
        "the product is not named in small letters with hyphens",
        "название продукта записано не строчными буквами через дефис",
        "اسم المنتج غير مكتوب بأحرف صغيرة تفصل بينها شرطات",
    ),
    "should/windows-process-priority-format": RuleTitle(
        "the priority of the Windows process does not end in _CLASS",
        "приоритет процесса Windows не оканчивается на _CLASS",
        "أولوية عملية Windows لا تنتهي بـ _CLASS",
    ),
    "should/marking-definition-type": RuleTitle(
        "the kind of marking is neither statement nor tlp",
        "вид пометки — не statement и не tlp",
        "نوع الوسم ليس statement ولا tlp",
    ),
    "should/relationship-types": RuleTitle(
        "STIX defines no such relationship between these types",
        "в STIX нет такой связи между этими типами объектов",
        "لا يعرّف STIX علاقة كهذه بين هذين النوعين",
    ),
    "should/duplicate-ids": RuleTitle(
        "the same version of the object came before",
        "эта версия объекта уже встречалась",
        "سبق ورود هذا الإصدار من الكائن",
    ),
    "should/mime-type": RuleTitle(
        "the media type is not registered with IANA",
        "тип данных (MIME) не зарегистрирован в IANA",
        "نوع الوسائط (MIME) غير مسجّل لدى IANA",
    ),
    "should/protocols": RuleTitle(
        "the network protocol is not registered with IANA",
        "сетевой протокол не зарегистрирован в IANA",
        "بروتوكول الشبكة غير مسجّل لدى IANA",
    ),
    "should/ipfix": RuleTitle(
        "the IPFIX element is not registered with IANA",
        "элемент IPFIX не зарегистрирован в IANA",
        "عنصر IPFIX غير مسجّل لدى IANA",
    ),
    "should/http-request-headers": RuleTitle(
        "the header of the HTTP request is unknown",
        "неизвестный заголовок запроса HTTP",
        "ترويسة طلب HTTP غير معروفة",
    ),
    "should/socket-options": RuleTitle(
        "the socket option is unknown",
        "неизвестный параметр сокета",
        "خيار المقبس (socket) غير معروف",
    ),
    "should/pdf-doc-info": RuleTitle(
        "the key is unknown in PDF document information",
        "неизвестный ключ в сведениях о документе PDF",
        "مفتاح غير معروف في معلومات مستند PDF",
    ),
    "should/countries": RuleTitle(
        "the country is not a code of ISO 3166-1 alpha-2",
        "страна указана не кодом ISO 3166-1 alpha-2",
        "الدولة غير مذكورة برمز ISO 3166-1 alpha-2",
    ),
    "should/network-traffic-ports": RuleTitle(
        "the network traffic lacks src_port or dst_port",
        "у сетевого трафика нет src_port или dst_port",
        "ينقص حركةَ الشبكة src_port أو dst_port",
    ),
    "should/extref-hashes": RuleTitle(
        "an external reference has a url and no hashes",
        "у внешней ссылки есть url, но нет хешей",
        "للمرجع الخارجي url وليست له بصمات",
    ),
    "should/indicator-properties": RuleTitle(
        "the indicator lacks a name or a description",
        "у индикатора нет названия или описания",
        "ينقص المؤشرَ اسم أو وصف",
    ),
    "should/deprecated-properties": RuleTitle(
        "the property is deprecated and kept for old content only",
        "свойство устарело и сохранено только для старых данных",
        "الخاصية مهجورة ولا تُقبل إلا من أجل المحتوى القديم",
    ),
    "should/extension-description": RuleTitle(
        "the extension definition has no description",
        "у определения расширения нет описания",
        "ليس لتعريف الامتداد وصف",
    ),
    "should/extension-properties": RuleTitle(
        "the extension definition does not name the properties that it adds",
        "определение расширения не называет добавляемые им свойства",
        "تعريف الامتداد لا يذكر الخصائص التي يضيفها",
    ),
    "should/extensions-use": RuleTitle(
        "something of one's own comes without an extension definition",
        "собственное дополнение не оформлено как расширение с определением",
        "إضافة خاصة ليست امتدادًا له تعريف",
    ),
}


def _vocabulary(en: str, ru: str, ar: str) -> RuleTitle:
    return RuleTitle(
        f"{en} is not in STIX's open vocabulary",
        f"{ru}: значения нет в открытом словаре STIX",
        f"{ar}: القيمة ليست من المفردات المفتوحة في STIX",
    )


_VOCABULARIES: dict[str, RuleTitle] = {
    "should/account-type": _vocabulary("the type of account", "тип учётной записи", "نوع الحساب"),
    "should/attack-motivation": _vocabulary("the motivation of the attack", "мотив атаки", "دافع الهجوم"),
    "should/attack-resource-level": _vocabulary(
        "the resource level of the attacker", "уровень ресурсов атакующего", "مستوى موارد المهاجم"
    ),
    "should/grouping-context": _vocabulary("the context of the grouping", "контекст подборки", "سياق التجميع"),
    "should/hash-algo": _vocabulary("the hash algorithm", "алгоритм хеширования", "خوارزمية البصمة"),
    "should/identity-class": _vocabulary("the class of identity", "класс субъекта (identity)", "صنف الهوية"),
    "should/implementation-languages": _vocabulary(
        "the implementation language of the malware",
        "язык реализации вредоносной программы",
        "لغة برمجة البرمجية الخبيثة",
    ),
    "should/indicator-types": _vocabulary("the type of indicator", "тип индикатора", "نوع المؤشر"),
    "should/industry-sector": _vocabulary("the sector of industry", "отрасль", "القطاع"),
    "should/infrastructure-types": _vocabulary(
        "the type of infrastructure", "тип инфраструктуры", "نوع البنية التحتية"
    ),
    "should/malware-result": _vocabulary(
        "the result of the malware analysis", "результат анализа вредоносной программы", "نتيجة تحليل البرمجية الخبيثة"
    ),
    "should/malware-capabilities": _vocabulary(
        "the capability of the malware", "возможность вредоносной программы", "قدرة البرمجية الخبيثة"
    ),
    "should/malware-types": _vocabulary("the type of malware", "тип вредоносной программы", "نوع البرمجية الخبيثة"),
    "should/indicator-pattern-types": _vocabulary(
        "the language of the indicator's pattern", "язык шаблона индикатора", "لغة نمط المؤشر"
    ),
    "should/processor-architecture": _vocabulary(
        "the architecture of the processor", "архитектура процессора", "معمارية المعالج"
    ),
    "should/region": _vocabulary("the region", "регион", "المنطقة"),
    "should/report-types": _vocabulary("the type of report", "тип отчёта", "نوع التقرير"),
    "should/threat-actor-types": _vocabulary("the type of threat actor", "тип злоумышленника", "نوع جهة التهديد"),
    "should/threat-actor-role": _vocabulary("the role of the threat actor", "роль злоумышленника", "دور جهة التهديد"),
    "should/threat-actor-sophistication": _vocabulary(
        "the sophistication of the threat actor", "уровень подготовки злоумышленника", "مستوى مهارة جهة التهديد"
    ),
    "should/tool-types": _vocabulary("the type of tool", "тип инструмента", "نوع الأداة"),
    "should/windows-pebinary-type": _vocabulary(
        "the type of the Windows PE file", "тип файла Windows PE", "نوع ملف Windows PE"
    ),
}

RULE_TITLES: dict[str, RuleTitle] = _SCHEMA | _ERRORS | _ADVICE | _VOCABULARIES
"""The words of each rule."""

COMPLETE = frozenset(
    {
        "schema/contains",
        "schema/falseSchema",
        "schema/uniqueItems",
        "stix/object",
        "stix/version",
        "limit/depth",
        "must/observable-timestamp-compare",
        "must/object-marking-circular-refs",
        "must/granular-markings-circular-refs",
        "must/process-id",
        "should/observable-object-keys",
        "should/observable-dictionary-keys",
        "should/malware-analysis-product",
        "should/windows-process-priority-format",
        "should/marking-definition-type",
        "should/duplicate-ids",
        "should/network-traffic-ports",
        "should/extref-hashes",
        "should/indicator-properties",
        "should/deprecated-properties",
        "should/extension-description",
        "should/extension-properties",
    }
)
"""Rules whose messages name nothing of the object: their titles and the finding's place say it all."""
