"""Words for feeds: what is pulled from others, and why it is not."""

from mithaq.errors.entry import Entry, entry

__all__ = ["WORDS"]

WORDS: dict[str, Entry] = {
    "feed-name": entry(
        "Malformed",
        ("This can't be a feed's name.", "Use 2 to 32 of a-z, 0-9 and hyphen."),
        ("Такого имени у источника быть не может.", "Используйте от 2 до 32 знаков: a-z, 0-9 и дефис."),
        ("لا يصلح هذا اسمًا لمصدر.", "استعمل من حرفين إلى 32 من a-z و0-9 والواصلة."),
    ),
    "feed-url": entry(
        "Malformed",
        (
            "This is no URL that can be pulled from.",
            "Give an http or https URL without user, password and fragment; credentials go into a file of their own. The URL of a TAXII server has no query.",
        ),
        (
            "По такому URL получать данные нельзя.",
            "Укажите URL http или https без имени, пароля и фрагмента; учётные данные задаются отдельным файлом. В URL сервера TAXII нет запроса.",
        ),
        (
            "ليس هذا عنوان URL يمكن السحب منه.",
            "أعط عنوان http أو https بلا مستخدم ولا كلمة مرور ولا جزء بعد #؛ فبيانات الدخول في ملف مستقل. وعنوان خادم TAXII بلا استعلام.",
        ),
    ),
    "feed-every": entry(
        "Malformed",
        ("This is no interval.", "Write 90s, 15m, 2h or 1d: from a minute to thirty days."),
        ("Это не интервал.", "Напишите, например, 90s, 15m, 2h или 1d: от минуты до тридцати дней."),
        ("ليست هذه مدة.", "اكتب 90s أو 15m أو 2h أو 1d: من دقيقة إلى ثلاثين يومًا."),
    ),
    "feed-credentials": entry(
        "Malformed",
        (
            "There are no credentials in this form.",
            "The file has one line: `Bearer TOKEN`, `Basic USER:PASSWORD`, or a token of Mithaq's.",
        ),
        (
            "Учётные данные записаны не в той форме.",
            "В файле одна строка: `Bearer TOKEN`, `Basic USER:PASSWORD` или токен Mithaq.",
        ),
        (
            "ليست هنا بيانات دخول بالصيغة المطلوبة.",
            "في الملف سطر واحد: `Bearer TOKEN` أو `Basic USER:PASSWORD` أو رمز من رموز ميثاق.",
        ),
    ),
    "feed-exists": entry(
        "Refused",
        ("There is a feed “{name}” already.", "Choose another name, or remove that feed first."),
        ("Источник «{name}» уже есть.", "Выберите другое имя или сначала удалите этот источник."),
        ("يوجد مصدر «{name}» من قبل.", "اختر اسمًا آخر، أو احذف ذلك المصدر أولًا."),
    ),
    "feed-absent": entry(
        "Refused",
        ("There is no feed “{name}”.", "`mithaq feed list` names those that there are."),
        ("Источника «{name}» нет.", "Имеющиеся показывает `mithaq feed list`."),
        ("لا يوجد مصدر «{name}».", "يسرد `mithaq feed list` المصادر الموجودة."),
    ),
    "feed-plain": entry(
        "Refused",
        (
            "Credentials are not sent over plain HTTP.",
            "Use the server's https URL; only to this machine itself HTTP will do.",
        ),
        (
            "Учётные данные не отправляются по незащищённому HTTP.",
            "Используйте адрес https; HTTP допустим только для самой этой машины.",
        ),
        ("لا تُرسل بيانات الدخول عبر HTTP مكشوف.", "استعمل عنوان https للخادم؛ ولا يصلح HTTP إلا لهذا الجهاز نفسه."),
    ),
    "feed-folder-credentials": entry(
        "Refused",
        ("A folder takes no credentials.", "Leave them out."),
        ("Для папки учётные данные не нужны.", "Не указывайте их."),
        ("لا حاجة للمجلد إلى بيانات دخول.", "لا تذكرها."),
    ),
    "feeds-pulling": entry(
        "Unavailable",
        ("Another process pulls feeds of this node.", "Wait until it is done; `mithaq serve` pulls by itself."),
        ("Источники этого узла уже опрашивает другой процесс.", "Дождитесь его; `mithaq serve` делает это сам."),
        ("تسحب عملية أخرى مصادر هذه العقدة.", "انتظر حتى تنتهي؛ فإن `mithaq serve` يسحب من تلقاء نفسه."),
    ),
    "feed-unauthorised": entry(
        "Refused",
        (
            "The server does not let this node in (status {status}).",
            "Check the credentials: remove the feed and add it with the right ones, or ask the server's operator.",
        ),
        (
            "Сервер не пускает этот узел (статус {status}).",
            "Проверьте учётные данные: удалите источник и добавьте его с верными или спросите владельца сервера.",
        ),
        (
            "الخادم لا يسمح لهذه العقدة بالدخول (الحالة {status}).",
            "راجع بيانات الدخول: احذف المصدر وأضفه بالصحيحة، أو اسأل مشغّل الخادم.",
        ),
    ),
    "feed-missing": entry(
        "Refused",
        ("The server has nothing under this URL (status {status}).", "Check the URL; the provider may have moved it."),
        ("На сервере по этому URL ничего нет (статус {status}).", "Проверьте URL: возможно, он изменился."),
        ("ليس لدى الخادم شيء تحت هذا العنوان (الحالة {status}).", "راجع العنوان؛ ربما نقله صاحبه."),
    ),
    "feed-redirect": entry(
        "Refused",
        (
            "The server sends us to another server, or round in circles.",
            "If you trust the other server, add a feed with its own URL.",
        ),
        (
            "Сервер перенаправляет на другой сервер или по кругу.",
            "Если вы доверяете другому серверу, добавьте источник с его URL.",
        ),
        ("يحيلنا الخادم إلى خادم آخر أو في حلقة.", "إن كنت تثق بالخادم الآخر فأضف مصدرًا بعنوانه."),
    ),
    "feed-large": entry(
        "Refused",
        (
            "What came is larger than {limit} bytes.",
            "Allow more with --max-megabytes, or ask for smaller pages or files.",
        ),
        (
            "Полученное больше {limit} байт.",
            "Разрешите больше с помощью --max-megabytes или попросите файлы поменьше.",
        ),
        ("ما وصل أكبر من {limit} بايت.", "اسمح بالمزيد بالخيار --max-megabytes، أو اطلب ملفات أصغر."),
    ),
    "feed-files": entry(
        "Refused",
        ("The folder has more than {limit} files.", "Move the files that were pulled to another folder."),
        ("В папке больше {limit} файлов.", "Перенесите уже обработанные файлы в другую папку."),
        ("في المجلد أكثر من {limit} ملف.", "انقل الملفات التي سُحبت إلى مجلد آخر."),
    ),
    "feed-folder": entry(
        "Unavailable",
        ("The folder can't be read: {reason}.", "See that it is there and that the node's account may read it."),
        ("Папку нельзя прочитать: {reason}.", "Проверьте, что она есть и доступна учётной записи узла."),
        ("تعذرت قراءة المجلد: {reason}.", "تأكد من وجوده ومن أن حساب العقدة يستطيع قراءته."),
    ),
    "feed-unreachable": entry(
        "Unavailable",
        ("The server can't be reached, or broke off: {reason}.", "It is tried again; nothing is lost or doubled."),
        ("Сервер недоступен или оборвал связь: {reason}.", "Попытка повторится; ничего не потеряно и не удвоено."),
        ("تعذر الوصول إلى الخادم أو انقطع: {reason}.", "ستعاد المحاولة؛ ولا يضيع شيء ولا يتكرر."),
    ),
    "feed-busy": entry(
        "Unavailable",
        ("The server asks us to wait (status {status}).", "It is tried again when the server says, or a little later."),
        ("Сервер просит подождать (статус {status}).", "Попытка повторится, когда укажет сервер, или чуть позже."),
        ("يطلب الخادم الانتظار (الحالة {status}).", "ستعاد المحاولة حين يقول الخادم أو بعده بقليل."),
    ),
    "feed-status": entry(
        "Unavailable",
        ("The server answers with status {status}.", "It is tried again; if it stays so, ask the server's operator."),
        ("Сервер отвечает статусом {status}.", "Попытка повторится; если не поможет, спросите владельца сервера."),
        ("يجيب الخادم بالحالة {status}.", "ستعاد المحاولة؛ فإن بقي كذلك فاسأل مشغّل الخادم."),
    ),
    "feed-slow": entry(
        "Unavailable",
        ("The {seconds} seconds of a pull were over first.", "Allow more with --max-seconds, or try another time."),
        ("{seconds} секунд, отведённых на опрос, не хватило.", "Разрешите больше с помощью --max-seconds."),
        ("انتهت الثواني {seconds} المخصصة للسحب قبل ذلك.", "اسمح بالمزيد بالخيار --max-seconds، أو حاول في وقت آخر."),
    ),
    "feed-tls": entry(
        "Untrusted",
        (
            "The server's certificate can't be believed: {reason}.",
            "Put the authority that signed it among this machine's certificates, if you trust it.",
        ),
        (
            "Сертификату сервера нельзя верить: {reason}.",
            "Если вы доверяете подписавшему центру, добавьте его к сертификатам этой машины.",
        ),
        (
            "لا يمكن الوثوق بشهادة الخادم: {reason}.",
            "إن كنت تثق بالجهة التي وقّعتها فأضفها إلى شهادات هذا الجهاز.",
        ),
    ),
    "feed-packed": entry(
        "Malformed",
        ("The answer is packed in a way that was not asked for.", "Ask the server's operator; only gzip is read."),
        ("Ответ сжат способом, о котором не просили.", "Спросите владельца сервера; читается только gzip."),
        ("الجواب مضغوط بطريقة لم تُطلب.", "اسأل مشغّل الخادم؛ لا يُقرأ إلا gzip."),
    ),
    "feed-type": entry(
        "Malformed",
        (
            "The answer says that it is “{found}”, which is not what is read here.",
            "Check the URL: TAXII 2.1 answers with application/taxii+json, and a page for people is no feed.",
        ),
        (
            "Ответ объявлен как «{found}», а это не то, что здесь читают.",
            "Проверьте URL: TAXII 2.1 отвечает типом application/taxii+json, а страница для людей не источник.",
        ),
        (
            "يقول الجواب إنه «{found}»، وليس هذا ما يُقرأ هنا.",
            "راجع العنوان: فإن TAXII 2.1 يجيب بالنوع application/taxii+json، وصفحة الناس ليست مصدرًا.",
        ),
    ),
    "feed-resource": entry(
        "Malformed",
        ("The answer is no resource of TAXII 2.1.", "Check the URL: discovery, an API root or a collection will do."),
        ("Ответ не является ресурсом TAXII 2.1.", "Проверьте URL: годятся discovery, API root или коллекция."),
        ("ليس الجواب موردًا من موارد TAXII 2.1.", "راجع العنوان: يصلح discovery أو API root أو مجموعة."),
    ),
    "feed-page": entry(
        "Malformed",
        (
            "A page of the collection is no envelope of TAXII 2.1, or says that there is more and not where.",
            "Tell the server's operator; what came before is here.",
        ),
        (
            "Страница коллекции — не конверт TAXII 2.1 или сообщает о продолжении, не говоря, где оно.",
            "Сообщите владельцу сервера; полученное раньше сохранено.",
        ),
        (
            "صفحة من المجموعة ليست مغلّف TAXII 2.1، أو تقول إن هناك المزيد ولا تقول أين.",
            "أخبر مشغّل الخادم؛ وما جاء قبلها محفوظ.",
        ),
    ),
    "feed-endless": entry(
        "Malformed",
        (
            "The collection's pages go round in circles and would never end.",
            "Tell the server's operator; what came before is here.",
        ),
        (
            "Страницы коллекции идут по кругу и никогда не кончатся.",
            "Сообщите владельцу сервера; полученное раньше сохранено.",
        ),
        ("صفحات المجموعة تدور في حلقة ولا تنتهي.", "أخبر مشغّل الخادم؛ وما جاء قبلها محفوظ."),
    ),
    "feed-collection": entry(
        "Refused",
        (
            "Which collection is meant by “{collection}” is not clear. There are: {found}.",
            "Add the feed with --collection and one of the ids.",
        ),
        (
            "Неясно, какая коллекция имеется в виду: «{collection}». Есть: {found}.",
            "Добавьте источник с --collection и одним из идентификаторов.",
        ),
        (
            "ليس واضحًا أي مجموعة يُقصد بـ«{collection}». الموجود: {found}.",
            "أضف المصدر بالخيار --collection وأحد المعرّفات.",
        ),
    ),
    "feed-collection-unread": entry(
        "Refused",
        ("The server doesn't let us read the collection “{collection}”.", "Ask its operator for the right to read it."),
        ("Сервер не даёт читать коллекцию «{collection}».", "Попросите владельца сервера дать право чтения."),
        ("لا يسمح الخادم بقراءة المجموعة «{collection}».", "اطلب من مشغّله حق قراءتها."),
    ),
    "feed-invalid": entry(
        "Malformed",
        ("This is no valid STIX 2.1 ({rule}): {reason}.", "Tell its provider; a mended version is taken in."),
        ("Это не корректный STIX 2.1 ({rule}): {reason}.", "Сообщите поставщику; исправленная версия будет принята."),
        ("ليس هذا STIX 2.1 صحيحًا ({rule}): {reason}.", "أخبر مزوّده؛ ونسخة مصححة منه ستُقبل."),
    ),
    "feed-own-name": entry(
        "Refused",
        (
            "The object says that this member made it, and this member has not published it.",
            "If it is yours, publish it yourself; else ask the provider where it comes from.",
        ),
        (
            "Объект назван созданным этим участником, но тот его не публиковал.",
            "Если он ваш, опубликуйте его сами; иначе спросите поставщика, откуда он.",
        ),
        (
            "يقول الكائن إن هذا العضو أنشأه، ولم ينشره هذا العضو.",
            "إن كان لك فانشره بنفسك؛ وإلا فاسأل المزوّد من أين جاء.",
        ),
    ),
}
