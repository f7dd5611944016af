"""Words for the node over HTTP: its door, its limits, its server."""

from mithaq.errors.entry import Entry, entry

__all__ = ["WORDS"]

WORDS: dict[str, Entry] = {
    # The door
    "token-missing": entry(
        "Refused",
        ("This needs a token.", "Send the header `Authorization: Bearer` with a token of this node."),
        ("Для этого нужен токен.", "Отправьте заголовок `Authorization: Bearer` с токеном этого узла."),
        ("يلزم لهذا رمز دخول.", "أرسل الترويسة `Authorization: Bearer` مع رمز من هذه العقدة."),
    ),
    "role-may-not": entry(
        "Refused",
        (
            "The role “{role}” publishes nothing.",
            "Use the token of a duty officer, an analyst, a delegate or the secretariat.",
        ),
        (
            "Роль «{role}» не даёт права публиковать.",
            "Используйте токен дежурного, аналитика, делегата или секретариата.",
        ),
        ("الدور «{role}» لا ينشر شيئًا.", "استعمل رمز ضابط مناوب أو محلل أو مندوب أو الأمانة."),
    ),
    "route-absent": entry(
        "Refused",
        ("There is nothing at this address.", "docs/api.md lists what there is."),
        ("По этому адресу ничего нет.", "Что есть, перечислено в docs/api.md."),
        ("لا شيء في هذا العنوان.", "قائمة الموجود في docs/api.md."),
    ),
    "method-wrong": entry(
        "Refused",
        ("This address does not take that method.", "The header `Allow` says which ones it takes."),
        ("Этот адрес не принимает такой метод.", "Допустимые методы указаны в заголовке `Allow`."),
        ("لا يقبل هذا العنوان تلك الطريقة.", "تذكر الترويسة `Allow` الطرائق المقبولة."),
    ),
    # What is sent
    "body-too-large": entry(
        "Malformed",
        ("The request has more than {limit} bytes.", "Send less at once: fewer objects, or a shorter piece."),
        ("Запрос больше {limit} байт.", "Отправляйте меньше за раз: меньше объектов или более короткую часть."),
        ("الطلب أكبر من {limit} بايت.", "أرسل أقل في المرة الواحدة: كائنات أقل أو جزءًا أقصر."),
    ),
    "body-slow": entry(
        "Malformed",
        (
            "The request was not here after {seconds} seconds.",
            "Send less at once; an attachment's upload goes on from where it stands.",
        ),
        (
            "Запрос не поступил полностью за {seconds} секунд.",
            "Отправляйте меньше за раз; загрузка вложения продолжается с места остановки.",
        ),
        (
            "لم يصل الطلب كاملًا خلال {seconds} ثانية.",
            "أرسل أقل في المرة الواحدة؛ ورفع المرفق يتابع من حيث توقف.",
        ),
    ),
    "request-malformed": entry(
        "Malformed",
        (
            "The request is not what this address takes.",
            "Compare it with docs/api.md; the place says where it differs.",
        ),
        ("Запрос не соответствует этому адресу.", "Сверьте его с docs/api.md; место расхождения указано."),
        ("الطلب ليس كما يقبله هذا العنوان.", "قارنه بما في docs/api.md؛ والموضع يبيّن أين يختلف."),
    ),
    "parameter": entry(
        "Malformed",
        (
            "A parameter is unknown, is given twice, or has a value that it can't have.",
            "docs/api.md lists the parameters and their values.",
        ),
        (
            "Параметр неизвестен, указан дважды или имеет недопустимое значение.",
            "Параметры и их значения перечислены в docs/api.md.",
        ),
        ("معامل مجهول أو مكرر أو بقيمة لا تصح.", "المعاملات وقيمها مذكورة في docs/api.md."),
    ),
    "commitment-malformed": entry(
        "Malformed",
        ("This is no commitment.", "A commitment is 64 small hexadecimal digits."),
        ("Это не обязательство (commitment).", "Оно состоит из 64 строчных шестнадцатеричных цифр."),
        ("ليس هذا التزامًا (commitment).", "الالتزام 64 رقمًا ست عشريًا بحروف صغيرة."),
    ),
    "object-id": entry(
        "Malformed",
        ("This is no STIX id.", "An id is a type, two hyphens and a UUID in small letters."),
        ("Это не идентификатор STIX.", "Идентификатор — это тип, два дефиса и UUID строчными буквами."),
        ("ليس هذا معرّف STIX.", "المعرّف نوع ثم شرطتان ثم UUID بحروف صغيرة."),
    ),
    "objects-count": entry(
        "Malformed",
        ("This request carries 1 to {limit} objects.", "Split the objects over several requests."),
        ("В таком запросе от 1 до {limit} объектов.", "Разделите объекты на несколько запросов."),
        ("يحمل هذا الطلب من 1 إلى {limit} كائنًا.", "وزّع الكائنات على عدة طلبات."),
    ),
    "range-beyond": entry(
        "Malformed",
        ("The range lies beyond the {size} bytes that there are.", "Ask for a range that begins within them."),
        ("Диапазон выходит за пределы имеющихся {size} байт.", "Запросите диапазон, который в них начинается."),
        ("المدى خارج {size} بايت الموجودة.", "اطلب مدى يبدأ ضمنها."),
    ),
    # The server
    "node-unready": entry(
        "Unavailable",
        ("The node can't answer now.", "Try again in a moment; its operator finds the reason in its log."),
        ("Узел сейчас не может ответить.", "Повторите чуть позже; причину оператор найдёт в журнале сервера."),
        ("لا تستطيع العقدة الإجابة الآن.", "أعد المحاولة بعد لحظات؛ ويجد مشغّلها السبب في سجلها."),
    ),
    "internal": entry(
        "Unavailable",
        ("Something went wrong inside the node.", "Tell its operator the number {id}: the log has more under it."),
        ("Внутри узла произошла ошибка.", "Сообщите оператору номер {id}: под ним в журнале есть подробности."),
        ("حدث خطأ داخل العقدة.", "أخبر مشغّلها بالرقم {id}، ففي السجل تفصيل تحته."),
    ),
    "port-taken": entry(
        "Unavailable",
        (
            "The server can't listen at {address}: {reason}.",
            "Stop what listens there, or change `port` or `bind` in mithaq.toml.",
        ),
        (
            "Сервер не может слушать {address}: {reason}.",
            "Остановите программу, которая там слушает, или измените `port` или `bind` в mithaq.toml.",
        ),
        (
            "لا يستطيع الخادم الاستماع على {address}: {reason}.",
            "أوقف ما يستمع هناك أو غيّر `port` أو `bind` في mithaq.toml.",
        ),
    ),
    "workers-failing": entry(
        "Unavailable",
        ("The server's workers fail again and again.", "Read its log, the lines before this one; then start it again."),
        (
            "Рабочие процессы сервера раз за разом завершаются с ошибкой.",
            "Прочтите журнал до этой строки и запустите снова.",
        ),
        ("تفشل عمليات الخادم مرة بعد مرة.", "اقرأ سجله قبل هذا السطر ثم شغّله من جديد."),
    ),
}
