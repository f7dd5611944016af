"""Words for JSON and the transparency log."""

from mithaq.errors.entry import Entry, entry

__all__ = ["WORDS"]

WORDS: dict[str, Entry] = {
    # JSON
    "json-duplicate-key": entry(
        "Malformed",
        ("A JSON object names one member twice.", "Keep one of the two members and send it again."),
        ("В объекте JSON один и тот же ключ встречается дважды.", "Оставьте один из двух ключей и отправьте снова."),
        ("يتكرر المفتاح نفسه مرتين في كائن JSON.", "أبقِ واحدًا من المفتاحين ثم أعد الإرسال."),
    ),
    "json-malformed": entry(
        "Malformed",
        ("This is not JSON.", "Mend the input at the place named and send it again."),
        ("Это не JSON.", "Исправьте ввод в указанном месте и отправьте снова."),
        ("هذا ليس نص JSON صحيحًا.", "صحّح المدخل في الموضع المذكور ثم أعد الإرسال."),
    ),
    "json-too-large": entry(
        "Malformed",
        ("The JSON text has {size} bytes; {limit} are allowed.", "Split it into smaller pieces."),
        ("Текст JSON занимает {size} байт, допустимо {limit}.", "Разделите его на меньшие части."),
        ("حجم نص JSON هو {size} بايت والمسموح به {limit}.", "قسّمه إلى أجزاء أصغر."),
    ),
    "json-too-deep": entry(
        "Malformed",
        ("The JSON text nests more than {limit} levels.", "Flatten the value at the place named."),
        ("Вложенность JSON превышает {limit} уровней.", "Упростите структуру в указанном месте."),
        ("يتجاوز تداخل نص JSON عدد {limit} مستوى.", "بسّط القيمة في الموضع المذكور."),
    ),
    "json-number": entry(
        "Malformed",
        (
            "A number is not exact: it is not finite, or is a whole number beyond 9007199254740991.",
            "Write large numbers as strings.",
        ),
        (
            "Число не может быть передано точно: оно бесконечно или целое больше 9007199254740991.",
            "Запишите большие числа строками.",
        ),
        (
            "لا يمكن نقل العدد بدقة: إما أنه غير منتهٍ أو أنه عدد صحيح أكبر من 9007199254740991.",
            "اكتب الأعداد الكبيرة على شكل نصوص.",
        ),
    ),
    "json-not-canonical": entry(
        "Malformed",
        ("The bytes are not canonical JSON (RFC 8785).", "Ask the sender for the record's original bytes."),
        ("Эти байты не являются каноническим JSON (RFC 8785).", "Запросите у отправителя исходные байты записи."),
        ("هذه البايتات ليست JSON قانونيًا (RFC 8785).", "اطلب من المرسل البايتات الأصلية للسجل."),
    ),
    # Transparency logs
    "tlog-too-large": entry(
        "Malformed",
        ("The text has {size} bytes; {limit} are allowed.", "Check that this is the right file."),
        ("Текст занимает {size} байт, допустимо {limit}.", "Проверьте, тот ли это файл."),
        ("حجم النص هو {size} بايت والمسموح به {limit}.", "تحقّق من أن هذا هو الملف الصحيح."),
    ),
    "note-malformed": entry(
        "Malformed",
        ("This is not a signed note (C2SP signed-note).", "Ask for the original bytes: not one may be changed."),
        (
            "Это не подписанная заметка (C2SP signed-note).",
            "Запросите исходный файл: в нём нельзя менять ни одного байта.",
        ),
        (
            "هذه ليست مذكرة موقَّعة (C2SP signed-note).",
            "اطلب الملف الأصلي، فلا يجوز أن يتغير فيه أي بايت.",
        ),
    ),
    "note-too-many-signatures": entry(
        "Malformed",
        ("The note has more than {limit} signatures.", "Remove signatures of keys that nobody needs here."),
        ("В заметке больше {limit} подписей.", "Удалите подписи ключей, которые здесь не нужны."),
        ("عدد التوقيعات في المذكرة أكبر من {limit}.", "احذف توقيعات المفاتيح التي لا حاجة إليها هنا."),
    ),
    "note-vkey": entry(
        "Malformed",
        (
            "This is not a verifier key for Ed25519 or for cosignatures with Ed25519 or ML-DSA-44.",
            "Copy the whole key again from its owner: name, key id and key, joined by plus signs.",
        ),
        (
            "Это не ключ проверки для подписей Ed25519 или для свидетельских подписей Ed25519 либо ML-DSA-44.",
            "Заново скопируйте у владельца весь ключ: имя, идентификатор и сам ключ через знак «плюс».",
        ),
        (
            "هذا ليس مفتاح تحقق لتوقيعات Ed25519 ولا لتوقيعات الشهود بخوارزمية Ed25519 أو ML-DSA-44.",
            "انسخ المفتاح كاملًا من صاحبه مرة أخرى: الاسم والمعرّف والمفتاح، تفصل بينها علامة زائد.",
        ),
    ),
    "note-signature": entry(
        "Untrusted",
        (
            "The signature in the name of {name} does not hold.",
            "Don't use this text; keep it, and ask the owner of the key.",
        ),
        (
            "Подпись от имени {name} недействительна.",
            "Не используйте этот текст, сохраните его и обратитесь к владельцу ключа.",
        ),
        ("التوقيع باسم {name} غير صحيح.", "لا تستخدم هذا النص، واحتفظ به، واسأل صاحب المفتاح."),
    ),
    "note-unsigned": entry(
        "Untrusted",
        ("No key that is known here has signed this.", "Check that you have the right file and the right keys."),
        ("Ни один из известных здесь ключей этого не подписал.", "Проверьте, те ли у вас файл и ключи."),
        ("لم يوقّع على هذا أي مفتاح معروف هنا.", "تحقّق من أن لديك الملف الصحيح والمفاتيح الصحيحة."),
    ),
    "checkpoint-malformed": entry(
        "Malformed",
        ("This is not a checkpoint (C2SP tlog-checkpoint).", "Fetch it again from the log."),
        ("Это не контрольная точка (C2SP tlog-checkpoint).", "Загрузите её из журнала ещё раз."),
        ("هذه ليست نقطة تحقق (C2SP tlog-checkpoint).", "اجلبها من السجل مرة أخرى."),
    ),
    "checkpoint-origin": entry(
        "Untrusted",
        (
            "The checkpoint is of the log {origin}, not of {expected}.",
            "Fetch the checkpoint of the log that you mean.",
        ),
        (
            "Контрольная точка относится к журналу {origin}, а не {expected}.",
            "Загрузите контрольную точку нужного журнала.",
        ),
        ("نقطة التحقق تخص السجل {origin} لا السجل {expected}.", "اجلب نقطة التحقق الخاصة بالسجل المقصود."),
    ),
    "tile-path": entry(
        "Malformed",
        ("This is not the path of a tile (C2SP tlog-tiles).", "Write it as tile/0/x001/234 or tile/0/x001/234.p/5."),
        (
            "Это не путь к плитке журнала (C2SP tlog-tiles).",
            "Запишите его в виде tile/0/x001/234 или tile/0/x001/234.p/5.",
        ),
        (
            "هذا ليس مسار قطعة من السجل (C2SP tlog-tiles).",
            "اكتبه على صورة tile/0/x001/234 أو tile/0/x001/234.p/5.",
        ),
    ),
    "tile-width": entry(
        "Malformed",
        (
            "A tile of the log has {found} hashes where {width} are needed.",
            "Verify the log; if it is your own, restore it from a backup.",
        ),
        (
            "В плитке журнала хешей: {found}, а нужно {width}.",
            "Проверьте журнал; если он ваш, восстановите его из резервной копии.",
        ),
        (
            "في قطعة من السجل {found} من البصمات والمطلوب {width}.",
            "تحقّق من السجل، وإن كان سجلك فاستعده من نسخة احتياطية.",
        ),
    ),
    "tile-entry-bundle": entry(
        "Malformed",
        ("These bytes are not a bundle of {width} log entries.", "Fetch the bundle again."),
        ("Эти байты не являются пакетом записей журнала (ожидалось записей: {width}).", "Загрузите пакет ещё раз."),
        ("هذه البايتات ليست حزمة من {width} من مدخلات السجل.", "اجلب الحزمة مرة أخرى."),
    ),
    "proof-malformed": entry(
        "Malformed",
        ("This is not a proof of logging (C2SP tlog-proof).", "Ask for the original file."),
        ("Это не доказательство внесения в журнал (C2SP tlog-proof).", "Запросите исходный файл."),
        ("هذا ليس إثباتًا للإدراج في السجل (C2SP tlog-proof).", "اطلب الملف الأصلي."),
    ),
    "proof-inclusion": entry(
        "Untrusted",
        (
            "The proof does not show that this is entry {index} of the log at size {size}.",
            "Don't rely on it; ask the log for a new proof of exactly this record.",
        ),
        (
            "Доказательство не подтверждает, что это запись {index} журнала размера {size}.",
            "Не полагайтесь на него; запросите у журнала новое доказательство именно для этой записи.",
        ),
        (
            "لا يُثبت هذا الدليل أن هذا هو المدخل {index} في السجل عند الحجم {size}.",
            "لا تعتمد عليه، واطلب من السجل إثباتًا جديدًا لهذا السجل بعينه.",
        ),
    ),
    "proof-consistency": entry(
        "Untrusted",
        (
            "The proof does not show that the log at size {new} continues the log at size {old}.",
            "Keep both checkpoints as evidence and accept nothing new from this log until it is explained.",
        ),
        (
            "Доказательство не подтверждает, что журнал размера {new} продолжает журнал размера {old}.",
            "Сохраните обе контрольные точки и не принимайте из журнала нового, пока это не объяснено.",
        ),
        (
            "لا يُثبت هذا الدليل أن السجل عند الحجم {new} امتداد للسجل عند الحجم {old}.",
            "احتفظ بنقطتي التحقق دليلًا، ولا تقبل جديدًا من هذا السجل حتى يُفسَّر الأمر.",
        ),
    ),
    "policy-malformed": entry(
        "Malformed",
        (
            "A line of the trust policy is none that its format knows (C2SP tlog-policy).",
            (
                "Write log VKEY [URL], witness NAME VKEY [URL] with a key for cosignatures, "
                "group NAME all|any|K NAME…, or quorum NAME, and end every line with a newline."
            ),
        ),
        (
            "Строка политики доверия не соответствует формату (C2SP tlog-policy).",
            (
                "Допустимы: log VKEY [URL]; witness NAME VKEY [URL] с ключом для свидетельских подписей; "
                "group NAME all|any|K NAME…; quorum NAME. Каждая строка завершается переводом строки."
            ),
        ),
        (
            "في سياسة الثقة سطر لا يعرفه تنسيقها (C2SP tlog-policy).",
            (
                "اكتب log VKEY [URL] أو witness NAME VKEY [URL] بمفتاح لتوقيعات الشهود أو group NAME all|any|K NAME… "
                "أو quorum NAME، واختم كل سطر بعلامة سطر جديد."
            ),
        ),
    ),
    "policy-too-many": entry(
        "Malformed",
        (
            "The trust policy names more than {limit} logs, witnesses or groups.",
            "Name those that you need; split the rest into policies of their own.",
        ),
        (
            "В политике доверия больше {limit} журналов, свидетелей или групп.",
            "Оставьте нужные, остальные вынесите в отдельные политики.",
        ),
        (
            "تذكر سياسة الثقة أكثر من {limit} من السجلات أو الشهود أو المجموعات.",
            "اذكر ما تحتاج إليه فقط، وانقل الباقي إلى سياسات مستقلة.",
        ),
    ),
    "policy-threshold": entry(
        "Malformed",
        (
            "The group asks for {threshold} of its {members} members.",
            "Ask for one member at least, and for no more than the group has.",
        ),
        (
            "Группа требует {threshold}, а участников в ней {members}.",
            "Требуйте хотя бы одного участника и не больше, чем есть в группе.",
        ),
        (
            "تشترط المجموعة {threshold} من أعضائها وعددهم {members}.",
            "اشترط عضوًا واحدًا على الأقل، وألا يزيد العدد على أعضاء المجموعة.",
        ),
    ),
    "policy-undefined": entry(
        "Malformed",
        (
            "The trust policy uses the name {name} before defining it.",
            "Define the witness or group on an earlier line.",
        ),
        (
            "Имя {name} используется в политике доверия до своего определения.",
            "Определите свидетеля или группу в одной из предыдущих строк.",
        ),
        ("تستخدم سياسة الثقة الاسم {name} قبل تعريفه.", "عرّف الشاهد أو المجموعة في سطر سابق."),
    ),
    "policy-defined-twice": entry(
        "Malformed",
        ("The name {name} is already taken in the trust policy.", "Choose another name; «none» is reserved."),
        ("Имя {name} в политике доверия уже занято.", "Выберите другое имя; «none» зарезервировано."),
        ("الاسم {name} مستخدم من قبل في سياسة الثقة.", "اختر اسمًا آخر، فالاسم «none» محجوز."),
    ),
    "policy-grouped-twice": entry(
        "Malformed",
        ("{name} is a member of a group already.", "Let every witness and group be a member once."),
        ("{name} уже входит в группу.", "Каждый свидетель и каждая группа могут входить в группу только один раз."),
        ("{name} عضو في مجموعة من قبل.", "اجعل كل شاهد وكل مجموعة عضوًا مرة واحدة فقط."),
    ),
    "policy-key-twice": entry(
        "Malformed",
        ("The key of {name} stands twice in the trust policy.", "Keep one of the two lines."),
        ("Ключ {name} указан в политике доверия дважды.", "Оставьте одну из двух строк."),
        ("يتكرر مفتاح {name} مرتين في سياسة الثقة.", "أبقِ واحدًا من السطرين."),
    ),
    "policy-quorum-line": entry(
        "Malformed",
        (
            "A trust policy has exactly one quorum line.",
            "Keep one line «quorum NAME», or «quorum none» to ask for no witness.",
        ),
        (
            "В политике доверия должна быть ровно одна строка quorum.",
            "Оставьте одну строку «quorum ИМЯ» или «quorum none», если свидетели не нужны.",
        ),
        (
            "يجب أن يكون في سياسة الثقة سطر quorum واحد لا غير.",
            "أبقِ سطرًا واحدًا «quorum NAME»، أو «quorum none» إن لم يُشترط أي شاهد.",
        ),
    ),
    "policy-log": entry(
        "Untrusted",
        (
            "No log that the trust policy knows has signed the checkpoint of {origin}.",
            "Check that you have the right policy for this log.",
        ),
        (
            "Контрольную точку {origin} не подписал ни один журнал из политики доверия.",
            "Проверьте, та ли политика используется для этого журнала.",
        ),
        (
            "لم يوقّع على نقطة التحقق {origin} أي سجل تعرفه سياسة الثقة.",
            "تحقّق من أن لديك السياسة الصحيحة لهذا السجل.",
        ),
    ),
    "policy-quorum": entry(
        "Untrusted",
        (
            "The witnesses that cosigned ({cosigned}) do not make the quorum {quorum}.",
            "Wait for more cosignatures, or fetch the checkpoint again.",
        ),
        (
            "Свидетели, заверившие контрольную точку ({cosigned}), не составляют кворум {quorum}.",
            "Дождитесь новых подписей свидетелей или загрузите контрольную точку ещё раз.",
        ),
        (
            "الشهود الموقّعون ({cosigned}) لا يكتمل بهم النصاب {quorum}.",
            "انتظر توقيعات أخرى من الشهود، أو اجلب نقطة التحقق مرة أخرى.",
        ),
    ),
}
