"""Words for collections: TAXII, and what can't be taken back."""

from mithaq.errors.entry import Entry, entry

__all__ = ["WORDS"]

WORDS: dict[str, Entry] = {
    "collection-absent": entry(
        "Refused",
        ("There is no such collection for you.", "The list of collections shows those that your token opens."),
        ("Для вас такой коллекции нет.", "Коллекции, доступные вашему токену, показаны в их списке."),
        ("لا توجد لك مجموعة كهذه.", "تعرض قائمة المجموعات ما يفتحه رمزك."),
    ),
    "collection-unread": entry(
        "Refused",
        ("Your token may not read the collection “{collection}”.", "Use the token of a role that reads."),
        ("Ваш токен не даёт читать коллекцию «{collection}».", "Используйте токен роли с правом чтения."),
        ("رمزك لا يقرأ المجموعة «{collection}».", "استعمل رمز دور يقرأ."),
    ),
    "collection-read-only": entry(
        "Refused",
        (
            "The collection “{collection}” takes nothing from your token.",
            "Post to the collection of a group, with the token of a role that publishes.",
        ),
        (
            "Коллекция «{collection}» ничего не принимает от вашего токена.",
            "Отправляйте в коллекцию группы с токеном роли, которая публикует.",
        ),
        (
            "المجموعة «{collection}» لا تقبل شيئًا من رمزك.",
            "أرسل إلى مجموعة إحدى الزُّمر برمز دور ينشر.",
        ),
    ),
    "object-absent": entry(
        "Refused",
        ("The collection has no such object for you.", "Check the id; the manifest lists what there is."),
        ("В коллекции для вас нет такого объекта.", "Проверьте идентификатор; перечень объектов даёт manifest."),
        ("ليس في المجموعة كائن كهذا لك.", "تحقّق من المعرّف؛ والموجود مذكور في manifest."),
    ),
    "status-absent": entry(
        "Refused",
        ("There is no such status.", "A status is kept for a day, and only for the token that sent the objects."),
        ("Такого статуса нет.", "Статус хранится сутки и доступен только токену, отправившему объекты."),
        ("لا توجد حالة كهذه.", "تُحفظ الحالة يومًا واحدًا، وللرمز الذي أرسل الكائنات فقط."),
    ),
    "withdrawal-foreign": entry(
        "Refused",
        (
            "This object was released by another member, and only that one can withdraw it.",
            "Ask its publisher to withdraw it.",
        ),
        (
            "Этот объект опубликован другим участником, и отозвать его может только он.",
            "Попросите издателя отозвать его.",
        ),
        ("نشر هذا الكائنَ عضو آخر، ولا يسحبه سواه.", "اطلب من ناشره أن يسحبه."),
    ),
    "held-back": entry(
        "Refused",
        (
            "The rules of release do not let you publish this object so.",
            "Ask a colleague with another role to publish it.",
        ),
        (
            "Правила выпуска не позволяют вам опубликовать этот объект таким образом.",
            "Попросите опубликовать его коллегу с другой ролью.",
        ),
        ("لا تسمح لك قواعد الإصدار بنشر هذا الكائن هكذا.", "اطلب من زميل له دور آخر أن ينشره."),
    ),
    "media-type-unacceptable": entry(
        "Refused",
        ("The answer would not be of a type that you accept.", "Send `Accept: {accepted}`."),
        ("Ответ был бы не того типа, который вы принимаете.", "Отправьте `Accept: {accepted}`."),
        ("لن يكون الجواب من نوع تقبله.", "أرسل `Accept: {accepted}`."),
    ),
    "media-type-unsupported": entry(
        "Refused",
        ("This is sent as another type than what is taken here.", "Send `Content-Type: {accepted}`."),
        ("Отправленное объявлено не тем типом, который здесь принимают.", "Отправьте `Content-Type: {accepted}`."),
        ("أُرسل هذا بنوع غير المقبول هنا.", "أرسل `Content-Type: {accepted}`."),
    ),
    "envelope-malformed": entry(
        "Malformed",
        (
            "This is no envelope of TAXII 2.1.",
            "Send one JSON object whose member `objects` lists at least one STIX object.",
        ),
        (
            "Это не конверт TAXII 2.1.",
            "Отправьте объект JSON, в котором `objects` содержит хотя бы один объект STIX.",
        ),
        (
            "ليس هذا مغلّف TAXII 2.1.",
            "أرسل كائن JSON واحدًا يسرد عضوه `objects` كائن STIX واحدًا على الأقل.",
        ),
    ),
    "object-unidentified": entry(
        "Malformed",
        (
            "An object has no id, so that nothing could be said about it; nothing was taken.",
            "Give each object its STIX id, and send all again.",
        ),
        (
            "У объекта нет идентификатора, поэтому о нём нечего сообщить; ничего не принято.",
            "Дайте каждому объекту идентификатор STIX и отправьте всё заново.",
        ),
        (
            "كائن بلا معرّف، فلا يمكن أن يقال عنه شيء؛ ولم يُقبل شيء.",
            "أعط كل كائن معرّف STIX وأعد إرسال الكل.",
        ),
    ),
    "stix-invalid": entry(
        "Malformed",
        (
            "This is no valid STIX 2.1: {message:en} ({rule}, section {section}).",
            "Correct the object; `mithaq validate` lists all that is wrong with a file.",
        ),
        (
            "Это не соответствует STIX 2.1: {message:ru}; правило {rule}, раздел {section}.",
            "Исправьте объект; `mithaq validate` перечисляет все ошибки файла.",
        ),
        (
            "لا يوافق هذا STIX 2.1: {message:ar}؛ القاعدة {rule}، القسم {section}.",
            "صحّح الكائن؛ ويسرد `mithaq validate` كل أخطاء الملف.",
        ),
    ),
    "objects-many": entry(
        "Malformed",
        ("The envelope has more than {limit} objects; nothing was taken.", "Send fewer at once."),
        ("В конверте больше {limit} объектов; ничего не принято.", "Отправляйте меньше за раз."),
        ("في المغلّف أكثر من {limit} كائن؛ ولم يُقبل شيء.", "أرسل أقل في المرة الواحدة."),
    ),
}
