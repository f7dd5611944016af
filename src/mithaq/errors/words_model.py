"""Words for records, charters, audiences and release."""

from mithaq.errors.entry import Entry, entry

__all__ = ["WORDS"]

WORDS: dict[str, Entry] = {
    # Records
    "time-malformed": entry(
        "Malformed",
        ("This is not a time in the form that is asked for.", "Write it in UTC, as 2026-11-24T05:00:00.000000Z."),
        ("Это не время в требуемой форме.", "Запишите его по UTC, например 2026-11-24T05:00:00.000000Z."),
        ("ليس هذا وقتًا بالصيغة المطلوبة.", "اكتبه بالتوقيت العالمي، مثل 2026-11-24T05:00:00.000000Z."),
    ),
    "record-malformed": entry(
        "Malformed",
        ("This is not a record of version 1.", "Ask the sender for the record's original bytes."),
        ("Это не запись версии 1.", "Попросите у отправителя исходные байты записи."),
        ("ليس هذا سجلًا من الإصدار 1.", "اطلب من المُرسِل بايتات السجل الأصلية."),
    ),
    "receipt-malformed": entry(
        "Malformed",
        ("This is not a receipt.", "Give the record of a mithaq-receipt as its author published it."),
        ("Это не квитанция о получении.", "Укажите запись mithaq-receipt в том виде, в каком её опубликовал автор."),
        ("ليس هذا إيصال استلام.", "قدّم سجل mithaq-receipt كما نشره صاحبه."),
    ),
    "audience-malformed": entry(
        "Malformed",
        (
            "The audience is not well formed.",
            "List members, or member/role, sorted and each once; or `public` alone.",
        ),
        (
            "Список адресатов записан неправильно.",
            "Перечислите участников или участник/роль по порядку и без повторов; либо одно слово `public`.",
        ),
        (
            "قائمة المخاطَبين غير صحيحة الصيغة.",
            "اذكر الأعضاء أو عضو/دور مرتبين دون تكرار، أو الكلمة `public` وحدها.",
        ),
    ),
    # Charters
    "charter-malformed": entry(
        "Malformed",
        ("This is not a charter, or it contradicts itself at the place named.", "Ask for the file as it was signed."),
        (
            "Это не устав, или он противоречит сам себе в указанном месте.",
            "Запросите файл в том виде, как он подписан.",
        ),
        ("ليس هذا ميثاقًا، أو أنه يناقض نفسه في الموضع المذكور.", "اطلب الملف كما جرى توقيعه."),
    ),
    "charter-chain": entry(
        "Untrusted",
        (
            "This charter is version {version} and does not follow; version {expected} is wanted here.",
            "Give all versions from the first on, in order; if two differ, keep both as evidence.",
        ),
        (
            "Это версия устава {version}, она не продолжает цепочку; здесь нужна версия {expected}.",
            "Укажите все версии по порядку, начиная с первой; если две расходятся, сохраните обе как доказательство.",
        ),
        (
            "هذا الميثاق هو الإصدار {version} ولا يتبع ما قبله؛ المطلوب هنا هو الإصدار {expected}.",
            "قدّم كل الإصدارات بالترتيب ابتداءً من الأول؛ وإن اختلف اثنان فاحفظهما دليلًا.",
        ),
    ),
    "charter-signatures": entry(
        "Untrusted",
        (
            "Charter version {version} has {signed} of the {needed} signatures that it needs.",
            "Do not apply it. Ask the members who have not signed.",
        ),
        (
            "Под версией устава {version} действительны {signed} из {needed} необходимых подписей.",
            "Не применяйте её. Обратитесь к участникам, которые ещё не подписали.",
        ),
        (
            "يحمل الإصدار {version} من الميثاق {signed} من التواقيع الصحيحة والمطلوب {needed}.",
            "لا تطبّقه. راجع الأعضاء الذين لم يوقّعوا.",
        ),
    ),
    # Audiences
    "audience-empty": entry(
        "Refused",
        ("Nobody is addressed.", "Name at least one organisation, role or group."),
        ("Не указан ни один адресат.", "Назовите хотя бы одну организацию, роль или группу."),
        ("لا يوجد أي مخاطَب.", "اذكر جهة أو دورًا أو مجموعة واحدة على الأقل."),
    ),
    "audience-large": entry(
        "Refused",
        ("The audience has more than {limit} entries.", "Name whole organisations instead of their roles."),
        ("В списке адресатов больше {limit} строк.", "Назовите организации целиком вместо их ролей."),
        ("تضم قائمة المخاطَبين أكثر من {limit} مدخلًا.", "اذكر الجهات كاملة بدلًا من أدوارها."),
    ),
    "audience-public-alone": entry(
        "Refused",
        ("`public` stands together with other addressees.", "Release to the public alone, or leave the word away."),
        ("Слово `public` стоит рядом с другими адресатами.", "Публикуйте только для всех или уберите это слово."),
        ("وردت الكلمة `public` مع مخاطَبين آخرين.", "انشر للعموم وحدهم أو احذف هذه الكلمة."),
    ),
    "audience-public-unconfirmed": entry(
        "Refused",
        (
            "A release to the public has to be confirmed by a person: it can't be taken back.",
            "Read the preview, then confirm it.",
        ),
        (
            "Публикацию для всех должен подтвердить человек: отменить её нельзя.",
            "Посмотрите, кто это увидит, затем подтвердите.",
        ),
        (
            "يجب أن يؤكد شخصٌ النشرَ للعموم لأنه لا رجعة فيه.",
            "راجع المعاينة ثم أكّد.",
        ),
    ),
    "audience-role": entry(
        "Refused",
        ("The charter knows no role “{role}”.", "Choose one of the charter's roles."),
        ("В уставе нет роли «{role}».", "Выберите одну из ролей устава."),
        ("لا يعرف الميثاق الدور «{role}».", "اختر أحد أدوار الميثاق."),
    ),
    "audience-unknown": entry(
        "Refused",
        (
            "The charter knows no organisation or group “{name}”.",
            "See `mithaq release preview` for the names that it knows.",
        ),
        ("В уставе нет организации или группы «{name}».", "Известные имена покажет `mithaq release preview`."),
        ("لا يعرف الميثاق جهة أو مجموعة باسم «{name}».", "يعرض الأمر `mithaq release preview` الأسماء المعروفة."),
    ),
    "audience-author": entry(
        "Refused",
        (
            "The author {author} does not stand in its own audience.",
            "Add the author, or one of its roles if only roles may read it.",
        ),
        (
            "Автор {author} не входит в число своих адресатов.",
            "Добавьте автора или одну из его ролей, если читать могут только роли.",
        ),
        (
            "الناشر {author} ليس ضمن مخاطَبيه.",
            "أضف الناشر، أو أحد أدواره إن كانت القراءة للأدوار فقط.",
        ),
    ),
    "audience-group": entry(
        "Refused",
        (
            "The audience is not that of the group “{group}” which it names.",
            "Leave the group's name away, or address exactly the group.",
        ),
        (
            "Адресаты не совпадают с названной группой «{group}».",
            "Уберите название группы или укажите ровно её состав.",
        ),
        (
            "لا يطابق المخاطَبون المجموعة المذكورة «{group}».",
            "احذف اسم المجموعة أو خاطب أعضاءها تمامًا.",
        ),
    ),
    # Markings
    "marking-unknown": entry(
        "Refused",
        (
            "The marking {marking} is not known here, so it can't be kept.",
            "Send its marking-definition along, in the same file or before.",
        ),
        (
            "Пометка {marking} здесь неизвестна, поэтому её нельзя соблюсти.",
            "Пришлите её marking-definition в том же файле или раньше.",
        ),
        (
            "الوسم {marking} غير معروف هنا ولذلك لا يمكن الالتزام به.",
            "أرسل تعريفه marking-definition في الملف نفسه أو قبله.",
        ),
    ),
    "marking-stricter": entry(
        "Refused",
        (
            "It marks a part of itself {inner}, stricter than the whole, which is {tlp}.",
            "Publish a redacted object under a new id, or release the whole as {inner}.",
        ),
        (
            "Часть объекта помечена {inner}, строже, чем весь объект ({tlp}).",
            "Опубликуйте сокращённый объект с новым id или весь объект как {inner}.",
        ),
        (
            "وُسم جزء منه بالوسم {inner} وهو أشد من وسم الكل {tlp}.",
            "انشر كائنًا منقّحًا بمعرّف جديد، أو انشر الكل بالوسم {inner}.",
        ),
    ),
    "reference-stricter": entry(
        "Refused",
        (
            "It refers to or quotes something stricter than its own {tlp}: {reference}.",
            "Publish a redacted object under a new id that does not name it.",
        ),
        (
            "Объект ссылается на нечто более строгое, чем его собственная пометка {tlp}: {reference}.",
            "Опубликуйте сокращённый объект с новым id, в котором этой ссылки нет.",
        ),
        (
            "يشير إلى ما هو أشد من وسمه {tlp} أو يقتبس منه: {reference}.",
            "انشر كائنًا منقّحًا بمعرّف جديد لا يذكره.",
        ),
    ),
    "tlp-public": entry(
        "Refused",
        ("{tlp} can't be public.", "Only TLP:CLEAR can. Name organisations instead, or publish a CLEAR version."),
        (
            "{tlp} нельзя публиковать для всех.",
            "Можно только TLP:CLEAR. Назовите организации или выпустите версию CLEAR.",
        ),
        ("لا يجوز نشر {tlp} للعموم.", "يجوز ذلك لـ TLP:CLEAR فقط. اذكر جهات بعينها أو انشر نسخة CLEAR."),
    ),
    "tlp-all": entry(
        "Refused",
        ("{tlp} wants its readers named; the group `all` names nobody.", "Name organisations or another group."),
        (
            "{tlp} требует назвать читателей; группа `all` не называет никого.",
            "Назовите организации или другую группу.",
        ),
        ("يتطلب {tlp} تسمية القراء، والمجموعة `all` لا تسمي أحدًا.", "اذكر جهات بعينها أو مجموعة أخرى."),
    ),
    "tlp-partner": entry(
        "Refused",
        ("{tlp} may not go to a partner; {partner} is one.", "Leave partners away."),
        ("{tlp} нельзя передавать партнёрам, а {partner} — партнёр.", "Уберите партнёров из адресатов."),
        ("لا يجوز إرسال {tlp} إلى شريك، و{partner} شريك.", "احذف الشركاء من المخاطَبين."),
    ),
    "tlp-red": entry(
        "Refused",
        (
            "TLP:RED names roles, as in dara/analyst, and nobody else.",
            "Name the role of each organisation, also of your own.",
        ),
        (
            "TLP:RED адресуется только ролям, например dara/analyst.",
            "Назовите роль в каждой организации, в том числе своей.",
        ),
        ("لا يوجَّه TLP:RED إلا إلى أدوار مثل dara/analyst.", "اذكر الدور في كل جهة، بما فيها جهتك."),
    ),
    # Authors
    "author-unknown": entry(
        "Refused",
        ("{author} is neither a member nor a partner in the charter.", "Apply the charter that names it first."),
        ("{author} не значится в уставе ни участником, ни партнёром.", "Сначала примените устав, в котором он указан."),
        ("{author} ليس عضوًا ولا شريكًا في الميثاق.", "طبّق أولًا الميثاق الذي يذكره."),
    ),
    "author-inactive": entry(
        "Refused",
        (
            "{author} is {state} in the charter and publishes nothing.",
            "Wait for a charter version that makes it active.",
        ),
        (
            "{author} по уставу в состоянии {state} и ничего не публикует.",
            "Дождитесь версии устава, которая это изменит.",
        ),
        ("حالة {author} في الميثاق {state} فلا ينشر شيئًا.", "انتظر إصدارًا من الميثاق يعيد تفعيله."),
    ),
    "author-no-grant": entry(
        "Refused",
        (
            "{author} is a partner and no agreement lets it publish to this group now.",
            "Publish to a group that an agreement in force grants.",
        ),
        (
            "{author} — партнёр, и сейчас ни одно соглашение не позволяет ему публиковать для этой группы.",
            "Публикуйте для группы, которую разрешает действующее соглашение.",
        ),
        (
            "{author} شريك ولا يتيح له أي اتفاق النشر لهذه المجموعة الآن.",
            "انشر لمجموعة يتيحها اتفاق نافذ.",
        ),
    ),
    "author-identity": entry(
        "Refused",
        (
            "The object says that {creator} made it; the charter binds that identity to {member}.",
            "Only {member} publishes under it. Publish your own object that refers to theirs.",
        ),
        (
            "В объекте указан автор {creator}; устав закрепляет эту личность за {member}.",
            "Под ней публикует только {member}. Опубликуйте свой объект со ссылкой на чужой.",
        ),
        (
            "يذكر الكائن أن {creator} صانعه، والميثاق يخصّ {member} بهذه الهوية.",
            "لا ينشر بها إلا {member}. انشر كائنًا خاصًا بك يشير إلى كائنهم.",
        ),
    ),
    # Genuine or not
    "proof-without-record": entry(
        "Malformed",
        ("The proof carries no record.", "Make it with `mithaq log prove`, which puts the record into the file."),
        ("В доказательстве нет записи.", "Создайте его командой `mithaq log prove`: она вкладывает запись в файл."),
        ("لا يحمل البرهان سجلًا.", "أنشئه بالأمر `mithaq log prove` الذي يضع السجل في الملف."),
    ),
    "genuine-alliance": entry(
        "Untrusted",
        (
            "The record is of the alliance {alliance}, the charter of {expected}.",
            "Check that you have the right charter; compare its fingerprint by telephone or on paper.",
        ),
        (
            "Запись принадлежит альянсу {alliance}, а устав — альянсу {expected}.",
            "Проверьте, тот ли это устав; сверьте его отпечаток по телефону или на бумаге.",
        ),
        (
            "السجل من التحالف {alliance} والميثاق من {expected}.",
            "تحقق من أن الميثاق هو الصحيح وقارن بصمته هاتفيًا أو على الورق.",
        ),
    ),
    "genuine-charter": entry(
        "Untrusted",
        (
            "The record names a charter version that is not among those given: {charter}.",
            "Give all charter versions up to the one in force, in order.",
        ),
        (
            "Запись ссылается на версию устава, которой нет среди указанных: {charter}.",
            "Укажите все версии устава по порядку до действующей.",
        ),
        (
            "يذكر السجل إصدارًا من الميثاق ليس بين المقدَّم: {charter}.",
            "قدّم كل إصدارات الميثاق بالترتيب حتى النافذ.",
        ),
    ),
    "genuine-author": entry(
        "Untrusted",
        ("By the charter, {log} is not the log of {author}.", "Do not believe it; keep the file as evidence."),
        ("По уставу {log} — не журнал {author}.", "Не доверяйте записи; сохраните файл как доказательство."),
        ("بحسب الميثاق ليس {log} سجلَّ {author}.", "لا تصدّقه واحفظ الملف دليلًا."),
    ),
    "receipt-other": entry(
        "Untrusted",
        (
            "This receipt of {holder} does not prove that the record was held.",
            "Ask for the receipt that covers the record's entry.",
        ),
        (
            "Эта квитанция от {holder} не доказывает, что запись была получена.",
            "Запросите квитанцию, которая охватывает строку этой записи.",
        ),
        (
            "لا يثبت إيصال {holder} هذا أن السجل كان بحوزته.",
            "اطلب الإيصال الذي يشمل مدخل هذا السجل.",
        ),
    ),
}
