"""Words for keeping a node alive: backup, restore, export, resuming a log."""

from mithaq.errors.entry import Entry, entry

__all__ = ["WORDS"]

WORDS: dict[str, Entry] = {
    # Files
    "file-exists": entry(
        "Refused",
        ("{file} exists already.", "Name another file; nothing that is there is written over."),
        ("Файл {file} уже существует.", "Укажите другой файл: существующие не перезаписываются."),
        ("الملف {file} موجود بالفعل.", "اختر ملفًا آخر؛ فلا يُكتب فوق شيء موجود."),
    ),
    "file-unwritable": entry(
        "Unavailable",
        ("{file} could not be written: {reason}.", "Check the folder, its permissions and the free space."),
        ("Не удалось записать {file}: {reason}.", "Проверьте папку, права доступа и свободное место."),
        ("تعذّرت كتابة {file}: {reason}.", "تحقّق من المجلد والصلاحيات والمساحة الحرة."),
    ),
    # Backup
    "backup-unprotected": entry(
        "Refused",
        (
            "A backup holds the node's keys, and nothing was given to encrypt them with.",
            "Give --passphrase-file or --recipient; with --without-keys, keep a copy of keys/ elsewhere.",
        ),
        (
            "В резервную копию входят ключи узла, а чем их зашифровать, не указано.",
            "Укажите --passphrase-file или --recipient; с --without-keys храните копию keys/ отдельно.",
        ),
        (
            "تحوي النسخة الاحتياطية مفاتيح العقدة ولم يُحدَّد ما تُعمّى به.",
            "حدّد --passphrase-file أو --recipient؛ ومع --without-keys احفظ نسخة من keys/ في مكان آخر.",
        ),
    ),
    "backup-passphrase": entry(
        "Malformed",
        (
            "The passphrase must be one line of text, {least} characters at least.",
            "Six random words or more make a good one.",
        ),
        (
            "Парольная фраза — одна строка текста, не короче {least} знаков.",
            "Хорошо подойдут шесть или больше случайных слов.",
        ),
        (
            "عبارة المرور سطر واحد من النص، {least} حرفًا على الأقل.",
            "ست كلمات عشوائية أو أكثر تصنع عبارة جيدة.",
        ),
    ),
    "backup-recipient": entry(
        "Malformed",
        ("This is no age recipient.", "It begins with age1, as `age-keygen` prints it for a public key."),
        ("Это не получатель age.", "Он начинается с age1 — так `age-keygen` печатает открытый ключ."),
        ("هذا ليس مستلِم age.", "يبدأ بـ age1 كما يطبع `age-keygen` المفتاح العام."),
    ),
    "backup-dump-failed": entry(
        "Unavailable",
        (
            "The database could not be dumped: {reason}",
            "Mend what it names. A server newer than Mithaq's pg_dump needs a newer Mithaq.",
        ),
        (
            "Не удалось выгрузить базу данных: {reason}",
            "Устраните названную причину. Серверу новее, чем pg_dump в Mithaq, нужна более новая версия Mithaq.",
        ),
        (
            "تعذّر تفريغ قاعدة البيانات: {reason}",
            "عالج السبب المذكور. والخادم الأحدث من pg_dump المرفق يلزمه إصدار أحدث من ميثاق.",
        ),
    ),
    # Reading a backup
    "backup-malformed": entry(
        "Malformed",
        ("The file is no whole backup.", "Copy it again, or take another backup."),
        ("Файл не является целой резервной копией.", "Скопируйте его снова или возьмите другую копию."),
        ("الملف ليس نسخة احتياطية كاملة.", "انسخه من جديد أو استعمل نسخة أخرى."),
    ),
    "backup-format": entry(
        "Refused",
        (
            "The backup has format {found}; this Mithaq reads {ours}.",
            "Install the Mithaq that made it, or a newer one.",
        ),
        ("Формат копии — {found}, эта версия Mithaq читает {ours}.", "Установите создавшую её версию или более новую."),
        ("صيغة النسخة {found} وميثاق هذا يقرأ {ours}.", "ثبّت إصدار ميثاق الذي أنشأها أو أحدث منه."),
    ),
    "backup-part": entry(
        "Untrusted",
        (
            "A part of the backup is not the one that was written.",
            "Use another copy of this backup, or another backup; keep this one as evidence.",
        ),
        (
            "Часть резервной копии не та, что была записана.",
            "Возьмите другой экземпляр или другую копию; эту сохраните как доказательство.",
        ),
        (
            "جزء من النسخة الاحتياطية ليس الذي كُتب.",
            "استعمل نسخة أخرى من الملف أو نسخة احتياطية أخرى، واحفظ هذه دليلًا.",
        ),
    ),
    "backup-forged": entry(
        "Untrusted",
        (
            "This list of parts was not made with the node's keys: somebody changed the backup, or these keys are others.",
            "Use another backup. With a backup without keys, check that keys/ is this node's.",
        ),
        (
            "Список частей составлен не ключами этого узла: копию изменили, или это другие ключи.",
            "Возьмите другую копию. Если копия без ключей, проверьте, что keys/ принадлежит этому узлу.",
        ),
        (
            "لم تُنشأ قائمة الأجزاء بمفاتيح هذه العقدة: إما أن النسخة غُيّرت أو أن هذه مفاتيح أخرى.",
            "استعمل نسخة أخرى. وإن كانت النسخة بلا مفاتيح فتحقّق من أن keys/ لهذه العقدة.",
        ),
    ),
    # Restore
    "restore-locked": entry(
        "Refused",
        (
            "The keys in the backup don't open with what was given.",
            "Give the --passphrase-file, or the --identity-file of one of the recipients, with which it was made.",
        ),
        (
            "Ключи в резервной копии не открываются тем, что указано.",
            "Укажите --passphrase-file или --identity-file одного из получателей, для которых она сделана.",
        ),
        (
            "لا تُفتح المفاتيح في النسخة الاحتياطية بما أُعطي.",
            "حدّد --passphrase-file، أو --identity-file لأحد المستلمين الذين صُنعت لهم.",
        ),
    ),
    "restore-identity": entry(
        "Malformed",
        ("The file holds no age identity.", "It has a line that begins with AGE-SECRET-KEY-1."),
        ("В файле нет ключа age.", "В нём должна быть строка, начинающаяся с AGE-SECRET-KEY-1."),
        ("لا يحوي الملف هوية age.", "يجب أن يكون فيه سطر يبدأ بـ AGE-SECRET-KEY-1."),
    ),
    "restore-keys-absent": entry(
        "Refused",
        (
            "The backup was made without keys, and {folder} has none.",
            "Put the node's keys/ folder there first, and nothing else.",
        ),
        (
            "Резервная копия сделана без ключей, и в {folder} их нет.",
            "Сначала положите туда папку keys/ этого узла, и больше ничего.",
        ),
        (
            "صُنعت النسخة بلا مفاتيح وليس في {folder} مفاتيح.",
            "ضع فيه أولًا مجلد keys/ الخاص بالعقدة ولا شيء غيره.",
        ),
    ),
    "restore-folder-used": entry(
        "Refused",
        ("{folder} is not empty.", "Name a folder that is empty or does not exist yet."),
        ("Папка {folder} не пуста.", "Укажите пустую или ещё не существующую папку."),
        ("المجلد {folder} ليس فارغًا.", "اختر مجلدًا فارغًا أو غير موجود بعد."),
    ),
    "restore-other": entry(
        "Refused",
        (
            "In {folder} lies what a broken-off restore of another backup left.",
            "Go on with that backup, or delete the folder.",
        ),
        (
            "В {folder} остались следы прерванного восстановления из другой копии.",
            "Продолжите с той копией или удалите папку.",
        ),
        ("في {folder} بقايا استرجاع منقطع من نسخة أخرى.", "تابع بتلك النسخة أو احذف المجلد."),
    ),
    "restore-server-older": entry(
        "Refused",
        (
            "The backup comes from PostgreSQL {found}, and this would restore it into PostgreSQL {ours}.",
            "Restore into the same major version or a newer one.",
        ),
        (
            "Копия сделана с PostgreSQL {found}, а восстановление идёт в PostgreSQL {ours}.",
            "Восстанавливайте в ту же старшую версию или в более новую.",
        ),
        (
            "النسخة من PostgreSQL {found} والاسترجاع إلى PostgreSQL {ours}.",
            "استرجع إلى الإصدار الرئيس نفسه أو أحدث.",
        ),
    ),
    "restore-schema": entry(
        "Refused",
        (
            "The backup is of the schema {found}, and the settings name {ours}.",
            "Leave MITHAQ_DATABASE_SCHEMA as it was when the backup was made.",
        ),
        (
            "Копия сделана со схемы {found}, а в настройках указана {ours}.",
            "Оставьте MITHAQ_DATABASE_SCHEMA таким, каким оно было при создании копии.",
        ),
        (
            "النسخة من المخطط {found} والإعدادات تذكر {ours}.",
            "أبقِ MITHAQ_DATABASE_SCHEMA كما كان عند إنشاء النسخة.",
        ),
    ),
    "restore-failed": entry(
        "Unavailable",
        (
            "The database did not take the backup, and nothing of it was kept there: {reason}",
            "Mend what it names, then run the same command again.",
        ),
        (
            "База данных не приняла копию, и в ней ничего не осталось: {reason}",
            "Устраните названную причину и повторите ту же команду.",
        ),
        (
            "لم تقبل قاعدة البيانات النسخة ولم يبق فيها شيء منها: {reason}",
            "عالج السبب المذكور ثم أعد الأمر نفسه.",
        ),
    ),
    "restore-mismatch": entry(
        "Untrusted",
        (
            "The restored log is not the one whose checkpoint is in the backup (size {size}).",
            "Use another backup; keep this one as evidence.",
        ),
        (
            "Восстановленный журнал не тот, чья контрольная точка лежит в копии (размер {size}).",
            "Возьмите другую копию; эту сохраните как доказательство.",
        ),
        (
            "السجل المسترجَع ليس صاحب نقطة التحقق في النسخة (الحجم {size}).",
            "استعمل نسخة أخرى واحفظ هذه دليلًا.",
        ),
    ),
    # Resuming the log
    "log-export": entry(
        "Malformed",
        ("The file is neither a checkpoint, nor a proof, nor a whole export of a log.", "Ask for the file again."),
        ("Файл — не контрольная точка, не доказательство и не целая выгрузка журнала.", "Запросите файл ещё раз."),
        ("ليس الملف نقطة تحقق ولا برهانًا ولا تصديرًا كاملًا لسجل.", "اطلب الملف من جديد."),
    ),
    "log-export-root": entry(
        "Untrusted",
        (
            "The export's entries don't give the root that its checkpoint signs at size {size}.",
            "Ask for another export; this one proves nothing.",
        ),
        (
            "Строки выгрузки не дают корня, подписанного её контрольной точкой при размере {size}.",
            "Запросите другую выгрузку: эта ничего не доказывает.",
        ),
        (
            "لا تعطي مداخل التصدير الجذر الذي وقّعته نقطة تحققه عند الحجم {size}.",
            "اطلب تصديرًا آخر؛ فهذا لا يثبت شيئًا.",
        ),
    ),
    "resume-export-needed": entry(
        "Refused",
        (
            "Others hold {theirs} entries of this log and it has {ours} here; a checkpoint doesn't say which are missing.",
            "Ask whoever holds it for an export (`mithaq log export`, or a copy of the log's tiles) and resume with that.",
        ),
        (
            "У других {theirs} строк этого журнала, а здесь {ours}; какие пропали, из контрольной точки не узнать.",
            "Попросите у них выгрузку (`mithaq log export` или копию плиток журнала) и продолжите с ней.",
        ),
        (
            "لدى الآخرين {theirs} مدخلًا من هذا السجل وهنا {ours}؛ ونقطة التحقق لا تدل على الناقص.",
            "اطلب منهم تصديرًا (`mithaq log export` أو نسخة من قطع السجل) وتابع به.",
        ),
    ),
    "resume-contradiction": entry(
        "Untrusted",
        (
            (
                "The two logs contradict each other at size {size}: root {our_root} here ({ours} entries), "
                "{their_root} there ({theirs} entries). Nothing was changed."
            ),
            "Keep both as evidence. This log can't go on: the members open a new generation of it by the charter.",
        ),
        (
            (
                "Журналы противоречат друг другу при размере {size}: здесь корень {our_root} (строк: {ours}), "
                "там {their_root} (строк: {theirs}). Ничего не изменено."
            ),
            "Сохраните оба как доказательство. Этот журнал не продолжить: участники открывают новое поколение через устав.",
        ),
        (
            (
                "يتناقض السجلان عند الحجم {size}: الجذر هنا {our_root} (المداخل: {ours}) "
                "وهناك {their_root} (المداخل: {theirs}). لم يتغيّر شيء."
            ),
            "احفظ الاثنين دليلًا. لا يمكن متابعة هذا السجل: يفتح الأعضاء جيلًا جديدًا منه عبر الميثاق.",
        ),
    ),
    "resume-others": entry(
        "Refused",
        (
            "The charter has other active members: {members}. They may hold more of this log.",
            "Ask each of them for a checkpoint or an export, and resume with these files.",
        ),
        (
            "В уставе есть другие действующие участники: {members}. У них может быть больше строк этого журнала.",
            "Запросите у каждого контрольную точку или выгрузку и продолжите с этими файлами.",
        ),
        (
            "في الميثاق أعضاء عاملون آخرون: {members}. وقد يكون لديهم من هذا السجل أكثر.",
            "اطلب من كل منهم نقطة تحقق أو تصديرًا وتابع بهذه الملفات.",
        ),
    ),
}
