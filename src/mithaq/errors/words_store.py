"""Words for the store: the embedded server, the schema, what is kept."""

from mithaq.errors.entry import Entry, entry

__all__ = ["WORDS"]

WORDS: dict[str, Entry] = {
    # The embedded database
    "store-not-prepared": entry(
        "Unavailable",
        ("There is no database in {folder} yet.", "Make the node first: mithaq init."),
        ("В папке {folder} ещё нет базы данных.", "Сначала создайте узел: mithaq init."),
        ("لا توجد قاعدة بيانات في {folder} بعد.", "أنشئ العقدة أولًا: mithaq init."),
    ),
    "store-folder-unsafe": entry(
        "Refused",
        (
            "{folder} does not belong to {owner} alone, so its content can't be trusted.",
            (
                "Find out who changed it. Then give it back to {owner} and close it to others (chown, chmod 700), "
                "or restore a backup into a new folder."
            ),
        ),
        (
            "Папка {folder} принадлежит не только пользователю {owner}, поэтому её содержимому нельзя доверять.",
            (
                "Выясните, кто её изменил. Затем верните её пользователю {owner} и закройте для остальных "
                "(chown, chmod 700) или восстановите резервную копию в новую папку."
            ),
        ),
        (
            "المجلد {folder} لا يخص المستخدم {owner} وحده، فلا يمكن الوثوق بمحتواه.",
            (
                "اعرف من الذي غيّره، ثم أعده إلى {owner} وأغلقه أمام غيره (chown و chmod 700)، "
                "أو استعد نسخة احتياطية في مجلد جديد."
            ),
        ),
    ),
    "store-no-account": entry(
        "Refused",
        (
            "PostgreSQL does not run as root, and no account without privileges was found for it.",
            "Run Mithaq as an ordinary user, or create a system account named mithaq.",
        ),
        (
            "PostgreSQL не работает от имени root, а подходящей непривилегированной учётной записи не нашлось.",
            "Запустите Mithaq от имени обычного пользователя или создайте системную учётную запись mithaq.",
        ),
        (
            "لا يعمل PostgreSQL بحساب الجذر، ولم يُعثر على حساب بلا صلاحيات ليعمل به.",
            "شغّل ميثاق بحساب مستخدم عادي، أو أنشئ حساب نظام باسم mithaq.",
        ),
    ),
    "store-programs": entry(
        "Unavailable",
        (
            "The PostgreSQL programs that belong to Mithaq are missing or can't be trusted: {reason}.",
            (
                "Install Mithaq again (uv sync), remove a copy that is not root's, "
                "or name a server of your own in MITHAQ_DATABASE_URL."
            ),
        ),
        (
            "Программы PostgreSQL из состава Mithaq отсутствуют или не вызывают доверия: {reason}.",
            (
                "Переустановите Mithaq (uv sync), удалите копию, не принадлежащую root, "
                "или укажите собственный сервер в MITHAQ_DATABASE_URL."
            ),
        ),
        (
            "برامج PostgreSQL المرفقة بميثاق مفقودة أو لا يمكن الوثوق بها: {reason}.",
            (
                "أعد تثبيت ميثاق (uv sync)، أو احذف النسخة التي لا يملكها حساب الجذر، "
                "أو حدّد خادمك الخاص في MITHAQ_DATABASE_URL."
            ),
        ),
    ),
    "store-init-failed": entry(
        "Unavailable",
        (
            "The database could not be made in {folder}: {reason}",
            "Check free space and permissions there, then try again.",
        ),
        (
            "Не удалось создать базу данных в {folder}: {reason}",
            "Проверьте свободное место и права доступа, затем повторите попытку.",
        ),
        (
            "تعذّر إنشاء قاعدة البيانات في {folder}: {reason}",
            "تحقّق من المساحة الحرة والصلاحيات هناك ثم أعد المحاولة.",
        ),
    ),
    "store-major": entry(
        "Refused",
        (
            "The database was written by PostgreSQL {found}; this Mithaq brings {ours}.",
            "Make a backup with the Mithaq that wrote it, and restore that backup into a new folder.",
        ),
        (
            "База данных создана PostgreSQL {found}, а в состав этой версии Mithaq входит {ours}.",
            "Сделайте резервную копию той версией Mithaq, которая её создала, и восстановите её в новую папку.",
        ),
        (
            "كُتبت قاعدة البيانات بالإصدار {found} من PostgreSQL، أما ميثاق هذا فيأتي بالإصدار {ours}.",
            "خذ نسخة احتياطية بإصدار ميثاق الذي كتبها، ثم استعدها في مجلد جديد.",
        ),
    ),
    "store-server-down": entry(
        "Unavailable",
        (
            "The embedded database was not ready within {seconds} s. Last word in its log: {reason}",
            "Read the end of {log}; often the disk is full or the memory too small. Then try again.",
        ),
        (
            "Встроенная база данных не была готова за {seconds} с. Последняя запись в журнале: {reason}",
            "Прочтите конец файла {log}: чаще всего заполнен диск или не хватает памяти. Затем повторите попытку.",
        ),
        (
            "لم تصبح قاعدة البيانات المدمجة جاهزة خلال {seconds} ثانية. آخر ما ورد في سجلها: {reason}",
            "اقرأ نهاية الملف {log}، فالغالب أن القرص ممتلئ أو أن الذاكرة لا تكفي، ثم أعد المحاولة.",
        ),
    ),
    # The schema
    "database-unreachable": entry(
        "Unavailable",
        (
            "The database can't be reached: {reason}",
            "Check that it runs and that the address is right, then try again.",
        ),
        ("База данных недоступна: {reason}", "Проверьте, что она работает и адрес верен, затем повторите."),
        ("تعذّر الوصول إلى قاعدة البيانات: {reason}", "تحقق من أنها تعمل ومن صحة العنوان ثم أعد المحاولة."),
    ),
    "database-busy": entry(
        "Unavailable",
        ("The database is busy.", "Try again in a moment."),
        ("База данных занята.", "Повторите попытку чуть позже."),
        ("قاعدة البيانات مشغولة.", "أعد المحاولة بعد لحظات."),
    ),
    "database-old": entry(
        "Refused",
        ("The database server is PostgreSQL {found}; {oldest} or newer is needed.", "Upgrade the server."),
        ("Сервер базы данных — PostgreSQL {found}; нужна версия {oldest} или новее.", "Обновите сервер."),
        ("خادم قاعدة البيانات هو PostgreSQL {found} والمطلوب {oldest} أو أحدث.", "حدّث الخادم."),
    ),
    "database-newer": entry(
        "Refused",
        (
            "The database was written by a newer Mithaq: schema {found}, this one knows {ours}.",
            "Install the newer Mithaq again, or restore a backup of before.",
        ),
        (
            "Базу данных записала более новая версия Mithaq: схема {found}, эта знает {ours}.",
            "Верните новую версию Mithaq или восстановите прежнюю резервную копию.",
        ),
        (
            "كتب قاعدةَ البيانات إصدارٌ أحدث من ميثاق: المخطط {found} وهذا يعرف {ours}.",
            "أعد تثبيت الإصدار الأحدث أو استرجع نسخة احتياطية سابقة.",
        ),
    ),
    "database-schema-name": entry(
        "Refused",
        ("“{schema}” can't be a schema's name.", "Use small letters, digits and underscores, at most 41."),
        ("«{schema}» не может быть именем схемы.", "Используйте строчные буквы, цифры и подчёркивания, не более 41."),
        ("لا يصلح «{schema}» اسمًا لمخطط.", "استعمل حروفًا صغيرة وأرقامًا وشرطات سفلية، 41 على الأكثر."),
    ),
    "database-schema-taken": entry(
        "Refused",
        ("The schema {schema}, or its roles, are on this server already.", "Name another schema for this node."),
        ("Схема {schema} или её роли уже есть на этом сервере.", "Назовите для этого узла другую схему."),
        ("المخطط {schema} أو أدواره موجودة على هذا الخادم.", "اختر مخططًا آخر لهذه العقدة."),
    ),
    "database-schema-absent": entry(
        "Refused",
        (
            "The database has no Mithaq schema {schema}.",
            "Check the database's address and the schema's name, or restore a backup.",
        ),
        (
            "В базе данных нет схемы Mithaq {schema}.",
            "Проверьте адрес базы данных и имя схемы или восстановите резервную копию.",
        ),
        (
            "لا يوجد في قاعدة البيانات مخطط ميثاق باسم {schema}.",
            "تحقق من عنوان قاعدة البيانات ومن اسم المخطط، أو استرجع نسخة احتياطية.",
        ),
    ),
    "database-not-admin": entry(
        "Refused",
        (
            "The database account may not make roles that see past row-level security.",
            "Give the address of a superuser; the node itself works with accounts of its own.",
        ),
        (
            "Учётная запись базы данных не может создавать роли в обход защиты строк.",
            "Укажите адрес суперпользователя; сам узел работает под собственными учётными записями.",
        ),
        (
            "لا يحق لحساب قاعدة البيانات إنشاء أدوار تتجاوز حماية الصفوف.",
            "قدّم عنوان مستخدم أعلى؛ أما العقدة نفسها فتعمل بحساباتها الخاصة.",
        ),
    ),
    # The log
    "log-absent": entry(
        "Unavailable",
        ("This node has no log yet.", "It begins with the charter: apply one first."),
        ("У этого узла ещё нет журнала.", "Он начинается с устава: сначала примените его."),
        ("ليس لهذه العقدة سجلّ وقائع بعد.", "يبدأ السجل بالميثاق: طبّق ميثاقًا أولًا."),
    ),
    "log-exists": entry(
        "Refused",
        ("This node has a log already.", "Nothing has to be done."),
        ("У этого узла уже есть журнал.", "Ничего делать не нужно."),
        ("لهذه العقدة سجلّ وقائع بالفعل.", "لا يلزم فعل شيء."),
    ),
    "log-damaged": entry(
        "Untrusted",
        (
            "The stored tiles do not give the root of the log at size {size}.",
            "Stop the node and run `mithaq log verify`; restore a backup if it agrees.",
        ),
        (
            "Сохранённые плитки не дают корня журнала при размере {size}.",
            "Остановите узел и выполните `mithaq log verify`; если подтвердится, восстановите резервную копию.",
        ),
        (
            "لا تعطي القطع المخزَّنة جذر السجل عند الحجم {size}.",
            "أوقف العقدة ونفّذ `mithaq log verify`؛ وإن تأكد ذلك فاسترجع نسخة احتياطية.",
        ),
    ),
    "log-entry": entry(
        "Untrusted",
        (
            "The record stored for entry {index} is not the one in the log.",
            "Restore a backup; keep this one as evidence.",
        ),
        (
            "Запись, сохранённая для строки {index}, не та, что в журнале.",
            "Восстановите копию; эту сохраните как улику.",
        ),
        ("السجل المخزَّن للمدخل {index} ليس الذي في سجل الوقائع.", "استرجع نسخة احتياطية واحفظ هذه دليلًا."),
    ),
    "log-tiles": entry(
        "Untrusted",
        (
            "The stored tiles of level {level} are not what the signed checkpoint says.",
            "Restore a backup; keep this database as evidence.",
        ),
        (
            "Сохранённые плитки уровня {level} не соответствуют подписанной контрольной точке.",
            "Восстановите резервную копию; эту базу сохраните как доказательство.",
        ),
        (
            "القطع المخزَّنة في المستوى {level} لا توافق نقطة التحقق الموقَّعة.",
            "استرجع نسخة احتياطية واحفظ قاعدة البيانات هذه دليلًا.",
        ),
    ),
    "log-arrivals": entry(
        "Untrusted",
        (
            "The database counts {last} arrivals and holds {count} records.",
            "Restore a backup; keep this database as evidence.",
        ),
        (
            "В базе отмечено {last} поступлений, а записей {count}.",
            "Восстановите резервную копию; эту базу сохраните как доказательство.",
        ),
        (
            "تعدّ قاعدة البيانات {last} وصولًا وفيها {count} سجلًا.",
            "استرجع نسخة احتياطية واحفظ قاعدة البيانات هذه دليلًا.",
        ),
    ),
    "log-unproven": entry(
        "Unavailable",
        (
            "This node was restored and signs nothing until its log is proven against what the others hold.",
            "Run `mithaq log resume` with a checkpoint or an export that the others hold.",
        ),
        (
            "Узел восстановлен из копии и ничего не подписывает, пока его журнал не сверен с тем, что есть у других.",
            "Выполните `mithaq log resume` с контрольной точкой или выгрузкой, которая есть у других.",
        ),
        (
            "استُرجعت هذه العقدة ولن توقّع شيئًا حتى يُثبَت سجلها مقابل ما لدى الآخرين.",
            "نفّذ `mithaq log resume` مع نقطة تحقق أو تصدير موجود لدى الآخرين.",
        ),
    ),
    # Attachments
    "upload-gone": entry(
        "Refused",
        ("There is no such complete upload of yours.", "Send the bytes again; uploads are kept for two days."),
        ("Такой завершённой загрузки у вас нет.", "Отправьте данные снова; загрузки хранятся два дня."),
        ("لا يوجد لك رفع مكتمل بهذا المعرّف.", "أرسل البيانات من جديد؛ تُحفظ الملفات المرفوعة يومين."),
    ),
    "upload-digest": entry(
        "Refused",
        ("The bytes that arrived are not those that were announced.", "Begin the upload again."),
        ("Полученные данные не совпадают с объявленными.", "Начните загрузку заново."),
        ("البيانات الواصلة ليست التي أُعلن عنها.", "ابدأ الرفع من جديد."),
    ),
    "upload-size": entry(
        "Refused",
        ("An attachment has 1 to {limit} bytes.", "Split it, or compress it."),
        ("Вложение занимает от 1 до {limit} байт.", "Разделите или сожмите его."),
        ("حجم المرفق من 1 إلى {limit} بايت.", "قسّمه أو اضغطه."),
    ),
    "upload-many": entry(
        "Refused",
        ("More than {limit} uploads wait for their record.", "Publish or abandon some; they end after two days."),
        ("Более {limit} загрузок ждут своей записи.", "Опубликуйте часть или подождите: они исчезают через два дня."),
        ("أكثر من {limit} ملفًا مرفوعًا ينتظر سجلّه.", "انشر بعضها أو انتظر، فهي تزول بعد يومين."),
    ),
    "upload-offset": entry(
        "Refused",
        ("The upload stands at byte {received}.", "Go on from there."),
        ("Загрузка остановилась на байте {received}.", "Продолжайте с этого места."),
        ("توقف الرفع عند البايت {received}.", "تابع من هناك."),
    ),
}
