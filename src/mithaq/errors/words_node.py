"""Words for a node: its folder, its doors, its commands."""

from mithaq.errors.entry import Entry, entry

__all__ = ["WORDS"]

WORDS: dict[str, Entry] = {
    # The folder
    "member-id": entry(
        "Malformed",
        ("This can't be a member's id.", "Use 2 to 32 of a-z, 0-9 and hyphen."),
        ("Это не может быть id участника.", "Используйте от 2 до 32 знаков: a-z, 0-9 и дефис."),
        ("لا يصلح هذا معرّفًا لعضو.", "استعمل من 2 إلى 32 من a-z و0-9 والشرطة."),
    ),
    "home-exists": entry(
        "Refused",
        ("A node lives in {folder} already.", "Choose another folder, or go on with that node."),
        ("В {folder} уже есть узел.", "Выберите другую папку или работайте с этим узлом."),
        ("توجد عقدة في {folder} بالفعل.", "اختر مجلدًا آخر أو تابع مع تلك العقدة."),
    ),
    "home-begun": entry(
        "Refused",
        (
            "In {folder} a node was begun for {member}, under another name, domain, address or key.",
            "Repeat that command as it was, or choose another folder.",
        ),
        (
            "В {folder} уже начато создание узла для {member} с другим именем, доменом, адресом или ключом.",
            "Повторите ту же команду без изменений или выберите другую папку.",
        ),
        (
            "بدأ في {folder} إنشاء عقدة للعضو {member} باسم أو نطاق أو عنوان أو مفتاح آخر.",
            "أعد الأمر نفسه كما كان، أو اختر مجلدًا آخر.",
        ),
    ),
    "home-absent": entry(
        "Unavailable",
        ("There is no node in {folder}.", "Make one with `mithaq init`."),
        ("В {folder} нет узла.", "Создайте его командой `mithaq init`."),
        ("لا توجد عقدة في {folder}.", "أنشئ واحدة بالأمر `mithaq init`."),
    ),
    "key-absent": entry(
        "Unavailable",
        ("The private key for “{purpose}” is not here, or can't be read.", "Put the key's file back into keys/."),
        ("Закрытого ключа «{purpose}» здесь нет или его нельзя прочитать.", "Верните файл ключа в keys/."),
        ("المفتاح الخاص «{purpose}» غير موجود هنا أو تتعذر قراءته.", "أعد ملف المفتاح إلى keys/."),
    ),
    "charter-absent": entry(
        "Unavailable",
        ("The node in {folder} has no charter yet.", "Apply the charter that the members have signed."),
        ("У узла в {folder} ещё нет устава.", "Примените устав, подписанный участниками."),
        ("ليس للعقدة في {folder} ميثاق بعد.", "طبّق الميثاق الذي وقّعه الأعضاء."),
    ),
    "server-running": entry(
        "Refused",
        ("Another server works in {folder}.", "Stop it first."),
        ("В {folder} уже работает другой сервер.", "Сначала остановите его."),
        ("يعمل خادم آخر في {folder}.", "أوقفه أولًا."),
    ),
    "settings-malformed": entry(
        "Malformed",
        ("A setting is unknown or has a value that it can't have.", "docs/operators.md lists the settings."),
        ("Настройка неизвестна или имеет недопустимое значение.", "Список настроек — в docs/operators.md."),
        ("إعداد مجهول أو بقيمة لا تصح.", "قائمة الإعدادات في docs/operators.md."),
    ),
    # Publishing
    "conflicting-version": entry(
        "Refused",
        (
            "{id} was published with other content under the same version {version}.",
            "Give the new content a later `modified`, or leave it away.",
        ),
        (
            "{id} уже опубликован с другим содержанием под той же версией {version}.",
            "Дайте новому содержанию более позднее `modified` или не публикуйте его.",
        ),
        (
            "نُشر {id} بمحتوى آخر تحت الإصدار نفسه {version}.",
            "أعطِ المحتوى الجديد قيمة `modified` لاحقة أو اتركه.",
        ),
    ),
    "released-otherwise": entry(
        "Refused",
        (
            "{id} was released to another audience, as entry {index}.",
            "To let this audience read it as well, widen the release; nothing narrows it but a withdrawal.",
        ),
        (
            "{id} уже передан другим адресатам, строка {index}.",
            "Чтобы его читали и эти адресаты, расширьте передачу; сузить её может только отзыв.",
        ),
        (
            "نُشر {id} لمخاطَبين آخرين في المدخل {index}.",
            "ليقرأه هؤلاء أيضًا وسّع النشر؛ ولا يضيّقه إلا السحب.",
        ),
    ),
    "type-reserved": entry(
        "Refused",
        ("Objects of type {type} are published by Mithaq's own commands.", "Use the command for that act."),
        ("Объекты типа {type} публикуют собственные команды Mithaq.", "Используйте команду для этого действия."),
        ("كائنات النوع {type} تنشرها أوامر ميثاق نفسها.", "استعمل الأمر الخاص بهذا الإجراء."),
    ),
    "attachment-foreign": entry(
        "Refused",
        (
            "The artifact points to an attachment of another record.",
            "Upload the bytes again: an attachment belongs to one record.",
        ),
        (
            "Артефакт указывает на вложение другой записи.",
            "Загрузите данные заново: вложение принадлежит одной записи.",
        ),
        (
            "يشير الكائن artifact إلى مرفق سجل آخر.",
            "ارفع البيانات من جديد: المرفق يخص سجلًا واحدًا.",
        ),
    ),
    "attachment-hashes": entry(
        "Malformed",
        (
            "An artifact's hashes are an object of names and digests.",
            "Mend them, or leave them away: SHA-256 is added.",
        ),
        ("Поле hashes артефакта — объект с названиями и хешами.", "Исправьте его или уберите: SHA-256 добавится сам."),
        ("حقل hashes في artifact كائن من أسماء وبصمات.", "صحّحه أو احذفه، فبصمة SHA-256 تُضاف تلقائيًا."),
    ),
    "attachment-type": entry(
        "Refused",
        ("Only an artifact has an attachment.", "Describe the file in an object of type artifact."),
        ("Вложение бывает только у артефакта.", "Опишите файл в объекте типа artifact."),
        ("لا يكون المرفق إلا لكائن artifact.", "صِف الملف في كائن من النوع artifact."),
    ),
    "import-reader": entry(
        "Unavailable",
        ("The process that reads the files was ended.", "Run the import again: it goes on where it stopped."),
        ("Процесс, читавший файлы, был завершён.", "Запустите импорт снова: он продолжится с того же места."),
        ("أُنهيت العملية التي تقرأ الملفات.", "أعد تشغيل الاستيراد، فسيتابع من حيث توقف."),
    ),
    "gzip-malformed": entry(
        "Malformed",
        ("The file is not whole gzip.", "Copy or download it again."),
        ("Файл gzip повреждён или неполон.", "Скопируйте или загрузите его снова."),
        ("ملف gzip غير مكتمل أو تالف.", "انسخه أو نزّله من جديد."),
    ),
    # Reading
    "record-absent": entry(
        "Refused",
        ("There is no such record that you may read.", "Check the id; ask its author whether you are addressed."),
        ("Нет такой записи, которую вам разрешено читать.", "Проверьте id; спросите автора, адресовано ли вам."),
        ("لا يوجد سجل كهذا يحق لك قراءته.", "تحقق من المعرّف واسأل صاحبه إن كنت من المخاطَبين."),
    ),
    "locks-disagree": entry(
        "Unavailable",
        (
            "The database gave out a record that the rules do not let you read; it is not shown.",
            "Tell the node's operator: this is a fault of the program.",
        ),
        (
            "База данных выдала запись, которую правила не разрешают вам читать; она не показана.",
            "Сообщите оператору узла: это ошибка программы.",
        ),
        (
            "أعطت قاعدة البيانات سجلًا لا تتيح لك القواعد قراءته، فلم يُعرض.",
            "أبلغ مشغّل العقدة: هذا خلل في البرنامج.",
        ),
    ),
    "tile-absent": entry(
        "Refused",
        ("The log has no such tile yet.", "Ask for what the checkpoint's size says is there."),
        ("Такой плитки в журнале ещё нет.", "Запрашивайте то, что есть при размере из контрольной точки."),
        ("ليست هذه القطعة في السجل بعد.", "اطلب ما يدل حجم نقطة التحقق على وجوده."),
    ),
    "cursor": entry(
        "Malformed",
        ("This cursor is not one of this node's.", "Begin without a cursor, or with a `next` that you were given."),
        ("Этот курсор выдан не этим узлом.", "Начните без курсора или с полученного значения `next`."),
        ("هذا المؤشر ليس من هذه العقدة.", "ابدأ دون مؤشر أو بقيمة `next` التي أُعطيت لك."),
    ),
    "search-empty": entry(
        "Malformed",
        ("There is no word to search for.", "Give at least one word with a letter or a digit."),
        ("Нет ни одного слова для поиска.", "Укажите хотя бы одно слово с буквой или цифрой."),
        ("لا توجد كلمة للبحث عنها.", "اكتب كلمة واحدة على الأقل فيها حرف أو رقم."),
    ),
    # Tokens
    "token-wrong": entry(
        "Refused",
        ("This token opens nothing.", "Ask the node's operator for a new one."),
        ("Этот токен ничего не открывает.", "Попросите у оператора узла новый."),
        ("هذا الرمز لا يفتح شيئًا.", "اطلب رمزًا جديدًا من مشغّل العقدة."),
    ),
    "token-name": entry(
        "Refused",
        ("“{name}” can't be a token's name.", "Use 2 to 32 small letters, digits and hyphens."),
        ("«{name}» не может быть именем токена.", "Используйте от 2 до 32 строчных букв, цифр и дефисов."),
        ("لا يصلح «{name}» اسمًا لرمز.", "استعمل من 2 إلى 32 من الحروف الصغيرة والأرقام والشرطات."),
    ),
    "token-role": entry(
        "Refused",
        ("There is no role “{role}”.", "Choose one of the roles that `mithaq token create --help` lists."),
        ("Роли «{role}» нет.", "Выберите одну из ролей, которые показывает `mithaq token create --help`."),
        ("لا يوجد دور «{role}».", "اختر أحد الأدوار التي يعرضها `mithaq token create --help`."),
    ),
    "token-exists": entry(
        "Refused",
        ("There is a token “{name}” already.", "Revoke it first, or choose another name."),
        ("Токен «{name}» уже есть.", "Сначала отзовите его или выберите другое имя."),
        ("يوجد رمز «{name}» بالفعل.", "ألغه أولًا أو اختر اسمًا آخر."),
    ),
    "token-absent": entry(
        "Refused",
        ("There is no token “{name}” in force.", "`mithaq token list` shows those that are."),
        ("Действующего токена «{name}» нет.", "Действующие показывает `mithaq token list`."),
        ("لا يوجد رمز نافذ باسم «{name}».", "يعرض `mithaq token list` الرموز النافذة."),
    ),
    # Validation
    "validation-files": entry(
        "Unavailable",
        (
            "The STIX schemas are not installed.",
            "They come with the package stix2-validator: install Mithaq again with all it depends on.",
        ),
        (
            "Схемы STIX не установлены.",
            "Они входят в пакет stix2-validator: установите Mithaq заново со всеми зависимостями.",
        ),
        (
            "مخططات STIX غير مثبّتة.",
            "تأتي مع حزمة stix2-validator: أعد تثبيت Mithaq مع كل ما يعتمد عليه.",
        ),
    ),
}
