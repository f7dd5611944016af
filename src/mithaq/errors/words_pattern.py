"""Words for the patterns of indicators: what stands wrong in one, and where."""

from mithaq.errors.entry import Entry, entry

__all__ = ["WORDS"]

WORDS: dict[str, Entry] = {
    "pattern-malformed": entry(
        "Malformed",
        (
            "At offset {position} the pattern should go on with one of: {expected}",
            "Mend the pattern at this place; offsets count its characters from 0.",
        ),
        (
            "В позиции {position} шаблона ожидается одно из: {expected}",
            "Исправьте шаблон в этом месте; позиции считаются по символам, начиная с 0.",
        ),
        (
            "يُنتظر عند الموضع {position} من النمط أحد ما يلي: {expected}",
            "صحّح النمط في هذا الموضع؛ تُحسب المواضع بالأحرف بدءًا من 0.",
        ),
    ),
    "pattern-type-name": entry(
        "Malformed",
        (
            "At offset {position} of the pattern stands no lawful name of an object type.",
            "Use 3 to 250 small letters, digits and single hyphens, as in file or x-usb-device.",
        ),
        (
            "В позиции {position} шаблона стоит недопустимое имя типа объекта.",
            "Запишите его строчными латинскими буквами, цифрами и одиночными дефисами, от 3 до 250 знаков: file, x-usb-device.",
        ),
        (
            "عند الموضع {position} من النمط اسم غير جائز لنوع كائن.",
            "اكتبه بحروف لاتينية صغيرة وأرقام وشرطات مفردة، من 3 إلى 250 حرفًا، مثل file أو x-usb-device.",
        ),
    ),
    "pattern-property-name": entry(
        "Malformed",
        (
            "At offset {position} of the pattern stands no lawful name of a property.",
            "Use 3 to 250 small letters, digits and underscores; only keys of dictionaries may be called otherwise.",
        ),
        (
            "В позиции {position} шаблона стоит недопустимое имя свойства.",
            "Запишите его строчными латинскими буквами, цифрами и знаками подчёркивания, от 3 до 250; иначе могут называться лишь ключи словарей.",
        ),
        (
            "عند الموضع {position} من النمط اسم غير جائز لخاصية.",
            "اكتبه بحروف لاتينية صغيرة وأرقام وشرطات سفلية، من 3 إلى 250 حرفًا؛ ولا يُستثنى إلا مفاتيح القواميس.",
        ),
    ),
    "pattern-time": entry(
        "Malformed",
        (
            "At offset {position} of the pattern stands no timestamp.",
            "Write a real date and time in UTC, as in t'2026-01-31T12:00:00Z'.",
        ),
        (
            "В позиции {position} шаблона стоит не отметка времени.",
            "Запишите существующие дату и время в UTC, например t'2026-01-31T12:00:00Z'.",
        ),
        (
            "ما يوجد عند الموضع {position} من النمط ليس طابعًا زمنيًا.",
            "اكتب تاريخًا ووقتًا موجودين بالتوقيت العالمي UTC، مثل t'2026-01-31T12:00:00Z'.",
        ),
    ),
    "pattern-zero": entry(
        "Malformed",
        (
            "The number of {qualifier} at offset {position} of the pattern is zero.",
            "Give a number above zero.",
        ),
        (
            "Число при {qualifier} в позиции {position} шаблона равно нулю.",
            "Укажите число больше нуля.",
        ),
        (
            "العدد مع {qualifier} عند الموضع {position} من النمط صفر.",
            "اكتب عددًا أكبر من الصفر.",
        ),
    ),
    "pattern-qualifier-twice": entry(
        "Malformed",
        (
            "The same expression has a second {qualifier} at offset {position} of the pattern.",
            "Remove one of the two, or put parentheses around the expression and the first.",
        ),
        (
            "У одного выражения есть второй {qualifier}, в позиции {position} шаблона.",
            "Удалите один из двух или заключите выражение вместе с первым в скобки.",
        ),
        (
            "للتعبير نفسه {qualifier} ثانٍ عند الموضع {position} من النمط.",
            "احذف أحدهما أو ضع التعبير مع الأول بين قوسين.",
        ),
    ),
    "pattern-set-mixed": entry(
        "Malformed",
        (
            "The value at offset {position} of the pattern is of another kind than those before it in the set.",
            "Put values of one kind only into a set; use OR between sets.",
        ),
        (
            "Значение в позиции {position} шаблона иного вида, чем предыдущие значения множества.",
            "Помещайте в одно множество значения одного вида; множества соединяйте через OR.",
        ),
        (
            "القيمة عند الموضع {position} من النمط من نوع يخالف ما قبلها في المجموعة.",
            "ضع في المجموعة قيمًا من نوع واحد، وصِل بين المجموعات بـ OR.",
        ),
    ),
    "pattern-hash": entry(
        "Malformed",
        (
            "The value at offset {position} of the pattern can't be a hash of {algorithm}.",
            "Check the algorithm and the length of the hash; use LIKE for a part of one.",
        ),
        (
            "Значение в позиции {position} шаблона не может быть хешем {algorithm}.",
            "Проверьте алгоритм и длину хеша; для части хеша используйте LIKE.",
        ),
        (
            "القيمة عند الموضع {position} من النمط لا يمكن أن تكون بصمة {algorithm}.",
            "تحقّق من الخوارزمية ومن طول البصمة، واستعمل LIKE لجزء منها.",
        ),
    ),
    "pattern-too-long": entry(
        "Malformed",
        (
            "The pattern has more than {limit} characters.",
            "Divide it among several indicators.",
        ),
        (
            "В шаблоне больше {limit} символов.",
            "Разделите его на несколько индикаторов.",
        ),
        (
            "في النمط أكثر من {limit} حرف.",
            "قسّمه على عدة مؤشرات.",
        ),
    ),
    "pattern-too-deep": entry(
        "Malformed",
        (
            "At offset {position} of the pattern parentheses lie more than {limit} deep.",
            "Remove parentheses that change nothing, or divide the pattern.",
        ),
        (
            "В позиции {position} шаблона вложенность скобок превышает {limit}.",
            "Уберите скобки, которые ничего не меняют, или разделите шаблон.",
        ),
        (
            "عند الموضع {position} من النمط يتجاوز تداخل الأقواس {limit}.",
            "احذف الأقواس التي لا تغيّر شيئًا أو قسّم النمط.",
        ),
    ),
    "pattern-too-many": entry(
        "Malformed",
        (
            "At offset {position} begins one comparison more than the {limit} that a pattern may have.",
            "Use IN with a set, or divide the pattern among several indicators.",
        ),
        (
            "В позиции {position} начинается сравнение сверх допустимых для шаблона {limit}.",
            "Используйте IN с множеством или разделите шаблон на несколько индикаторов.",
        ),
        (
            "تبدأ عند الموضع {position} مقارنة تزيد على الحد المسموح به في النمط وهو {limit}.",
            "استعمل IN مع مجموعة أو قسّم النمط على عدة مؤشرات.",
        ),
    ),
    "pattern-number": entry(
        "Malformed",
        (
            "The number at offset {position} of the pattern has more than {limit} digits.",
            "Write a shorter number; no property of STIX holds one like this.",
        ),
        (
            "В числе в позиции {position} шаблона больше {limit} цифр.",
            "Запишите число короче: таких чисел нет ни в одном свойстве STIX.",
        ),
        (
            "في العدد عند الموضع {position} من النمط أكثر من {limit} رقم.",
            "اكتب عددًا أقصر، فليست في STIX خاصية تحمل مثله.",
        ),
    ),
}
