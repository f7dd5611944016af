"""Words for what clients send: JSON texts, bundles and STIX objects."""

from mithaq.errors.entry import Entry, entry

__all__ = ["WORDS"]

WORDS: dict[str, Entry] = {
    # JSON
    "json-text": entry(
        "Malformed",
        (
            "A text holds half a surrogate pair or a code point that is no character.",
            "Remove it, or write the whole character, in UTF-8 or with both halves escaped.",
        ),
        (
            "Текст содержит половину суррогатной пары или код, которому не соответствует символ.",
            "Удалите его или запишите символ целиком: в UTF-8 либо обеими половинами пары.",
        ),
        (
            "يحتوي نص على نصف زوج بديل (surrogate) أو على رمز لا يقابله حرف.",
            "احذفه أو اكتب الحرف كاملًا بترميز UTF-8 أو بنصفَي الزوج معًا.",
        ),
    ),
    # Bundles
    "bundle-empty": entry(
        "Malformed",
        ("There is nothing in it.", "Check that this is the right file and that it was written completely."),
        ("Здесь ничего нет.", "Проверьте, тот ли это файл и полностью ли он записан."),
        ("لا يوجد شيء فيه.", "تحقّق من أن هذا هو الملف الصحيح وأنه كُتب كاملًا."),
    ),
    "bundle-truncated": entry(
        "Malformed",
        ("The input ends too early.", "Fetch or export it again; what stands before the end was read."),
        ("Ввод обрывается.", "Загрузите или выгрузите его заново; всё до места обрыва прочитано."),
        ("ينتهي المدخل قبل أوانه.", "اجلبه أو صدّره مرة أخرى، وقد قُرئ كل ما سبق موضع الانقطاع."),
    ),
    "bundle-trailing": entry(
        "Malformed",
        ("Something stands behind the end.", "Put each bundle or object on a line of its own, or remove the rest."),
        ("После конца есть ещё что-то.", "Запишите каждый набор или объект с новой строки либо удалите лишнее."),
        ("يوجد شيء بعد النهاية.", "اكتب كل حزمة أو كائن في سطر مستقل أو احذف الزائد."),
    ),
    "bundle-not-object": entry(
        "Malformed",
        ("A STIX object is expected here, and something else stands here.", "Remove it, or send STIX 2.1 as JSON."),
        ("Здесь должен быть объект STIX, а стоит что-то другое.", "Удалите это или передайте STIX 2.1 в виде JSON."),
        ("المتوقع هنا كائن STIX، لكن يوجد شيء آخر.", "احذفه أو أرسل STIX 2.1 بصيغة JSON."),
    ),
    "bundle-too-large": entry(
        "Malformed",
        (
            "More than {limit} bytes stand here where one object, or the rest of a bundle, may have no more.",
            "Send large contents as an attachment.",
        ),
        (
            "Объект или остальная часть набора занимает больше допустимых {limit} байт.",
            "Передайте большое содержимое как вложение.",
        ),
        (
            "يتجاوز هذا الكائن أو باقي الحزمة الحد المسموح به وهو {limit} بايت.",
            "أرسل المحتوى الكبير في صورة مرفق.",
        ),
    ),
    "bundle-version": entry(
        "Malformed",
        (
            "This is a bundle of STIX 2.0; STIX 2.1 is read here.",
            "Ask the sender for STIX 2.1, or convert it first: the two versions mean different things in places.",
        ),
        (
            "Это набор STIX 2.0, а здесь читается STIX 2.1.",
            "Попросите у отправителя STIX 2.1 или сначала преобразуйте набор: версии местами различаются по смыслу.",
        ),
        (
            "هذه حزمة STIX 2.0، والمقروء هنا هو STIX 2.1.",
            "اطلب من المُرسِل STIX 2.1 أو حوّلها أولًا، فمعاني الإصدارين تختلف في مواضع.",
        ),
    ),
    "bundle-malformed": entry(
        "Malformed",
        (
            "This is no STIX 2.1 bundle and no TAXII envelope: a member of its own is not as it must be.",
            'Give it "type": "bundle" and "objects" as a list.',
        ),
        (
            "Это не набор STIX 2.1 и не конверт TAXII: одно из его собственных полей записано неверно.",
            'Укажите "type": "bundle" и "objects" в виде списка.',
        ),
        (
            "ليست هذه حزمة STIX 2.1 ولا مغلف TAXII: أحد حقولها الخاصة غير صحيح.",
            'اكتب "type": "bundle" واجعل "objects" قائمة.',
        ),
    ),
    # STIX objects
    "stix-object": entry(
        "Malformed",
        ("This is not a STIX object.", "Send a JSON object with its type and id."),
        ("Это не объект STIX.", "Передайте объект JSON с полями type и id."),
        ("ليس هذا كائن STIX.", "أرسل كائن JSON يحمل الحقلين type و id."),
    ),
    "stix-bundle": entry(
        "Malformed",
        ("A bundle stands where an object is expected.", "Send the objects of the bundle instead of the bundle."),
        ("На месте объекта стоит набор.", "Передайте вместо набора его объекты."),
        ("توجد حزمة في موضع كائن.", "أرسل كائنات الحزمة بدلًا من الحزمة نفسها."),
    ),
    "stix-type": entry(
        "Malformed",
        (
            "The object has no type that STIX 2.1 allows.",
            "Name the type in small letters, digits and hyphens, 3 to 250 of them.",
        ),
        (
            "У объекта нет типа, допустимого в STIX 2.1.",
            "Запишите тип строчными латинскими буквами, цифрами и дефисами, от 3 до 250 знаков.",
        ),
        (
            "ليس للكائن نوع يسمح به STIX 2.1.",
            "اكتب النوع بحروف لاتينية صغيرة وأرقام وشرطات، من 3 إلى 250 حرفًا.",
        ),
    ),
    "stix-id": entry(
        "Malformed",
        (
            "The object's id is not its type, two hyphens and a UUID.",
            "Write it as indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f, in small letters, after the object's own type.",
        ),
        (
            "Идентификатор объекта не состоит из его типа, двух дефисов и UUID.",
            "Запишите его строчными буквами, например indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f, с типом объекта.",
        ),
        (
            "معرّف الكائن ليس نوعه تليه شرطتان ثم UUID.",
            "اكتبه بحروف صغيرة مبتدئًا بنوع الكائن، مثل indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f.",
        ),
    ),
    "stix-version": entry(
        "Malformed",
        (
            "This is not an object of STIX 2.1.",
            'Send it in STIX 2.1, with "spec_version": "2.1"; only cyber observables may do without.',
        ),
        (
            "Это не объект STIX 2.1.",
            'Передайте его в STIX 2.1 с полем "spec_version": "2.1"; без него обходятся лишь объекты наблюдения (SCO).',
        ),
        (
            "ليس هذا كائن STIX 2.1.",
            'أرسله بإصدار STIX 2.1 ومعه "spec_version": "2.1"، ولا تستغني عنه إلا كائنات الرصد (SCO).',
        ),
    ),
    "stix-reference": entry(
        "Malformed",
        (
            "This is not the id of an object of the kind that belongs here.",
            "Name an identity in created_by_ref, and marking-definitions, as a list, in object_marking_refs.",
        ),
        (
            "Это не идентификатор объекта того вида, который должен быть здесь.",
            "Укажите identity в created_by_ref и список marking-definition в object_marking_refs.",
        ),
        (
            "ليس هذا معرّف كائن من النوع المطلوب هنا.",
            "اذكر identity في created_by_ref، وقائمة marking-definition في object_marking_refs.",
        ),
    ),
    "stix-granular-marking": entry(
        "Malformed",
        (
            "This is not a granular marking.",
            "Give a list of selectors, and either the id of a marking-definition or a language.",
        ),
        (
            "Это не пометка отдельных частей объекта.",
            "Укажите список selectors и либо идентификатор marking-definition, либо язык.",
        ),
        (
            "ليست هذه علامة على أجزاء من الكائن.",
            "اذكر قائمة selectors، ومعها إما معرّف marking-definition أو لغة.",
        ),
    ),
}
