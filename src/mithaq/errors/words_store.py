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
}
