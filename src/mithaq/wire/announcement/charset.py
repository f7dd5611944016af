"""The encoding of an announcement, as a browser would find it, and better where a page says nothing.

In this order: a byte order mark; UTF-16 by its zeros; UTF-8 that is valid throughout; what the page declares (the
WHATWG Encoding Standard's labels, so `iso-8859-1` means windows-1252); else the legacy encoding whose letters are most
like Russian, Arabic or Western text. Nothing fails: what cannot be decoded becomes U+FFFD.

>>> decode_source("Председательство".encode("koi8-r"))
'Председательство'
"""

import codecs
import re
from collections.abc import Iterator

__all__ = ["decode_source"]

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_PRESCAN = 4096
_SAMPLE = 32_768
_DECLARED = re.compile(rb"""<(?:meta|\?xml)\b[^>]{0,500}?\b(?:charset|encoding)\s*=\s*["']?\s*([\w:.+-]{2,40})""", re.I)
# Where a browser's label means another encoding than Python's name does, or Python does not know the label.
_LABELS = {
    **dict.fromkeys(("ascii", "us-ascii", "latin1", "latin-1", "iso-8859-1", "iso8859-1", "l1", "x-cp1252"), "cp1252"),
    **dict.fromkeys(("iso-8859-9", "iso8859-9", "latin5", "l5", "x-cp1254"), "cp1254"),
    **dict.fromkeys(("iso-8859-11", "tis-620", "dos-874", "windows-874"), "cp874"),
    **dict.fromkeys(("gb2312", "gbk", "x-gbk", "chinese", "gb18030"), "gb18030"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "korean", "ksc5601", "windows-949"), "cp949"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "ms_kanji", "windows-31j"), "cp932"),
    **dict.fromkeys(("big5", "big5-hkscs", "x-x-big5", "cn-big5"), "big5hkscs"),
    **dict.fromkeys(("x-mac-cyrillic", "x-mac-ukrainian"), "mac-cyrillic"),
    **dict.fromkeys(("macintosh", "mac", "x-mac-roman"), "mac-roman"),
    **dict.fromkeys(("koi", "koi8", "cskoi8r"), "koi8-r"),
    **{f"x-cp125{digit}": f"cp125{digit}" for digit in range(9)},
    "x-euc-jp": "euc_jp",
    "cyrillic": "iso8859-5",
    "arabic": "iso8859-6",
    "asmo-708": "iso8859-6",
}
_KNOWN = {
    *(f"cp125{digit}" for digit in range(9)), *(f"iso8859-{part}" for part in range(2, 17)), "utf-8", "cp866", "cp874",
    "koi8-r", "koi8-u", "mac-cyrillic", "mac-roman", "gb18030", "cp949", "cp932", "big5hkscs", "euc_jp", "iso2022_jp",
}  # fmt: skip
_CANDIDATES = ("cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic", "cp1256", "iso8859-6", "cp1252", "cp1254")
# Letters from the most to the least frequent: the right table makes many of the first ones.
_FREQUENT = ("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", "اليمونرتبةعدسفهكقحجشطصخضغثزءظذأإىئؤآ")
_WEIGHTS = {
    letter: 10 - 9 * rank // len(letters) for letters in _FREQUENT for rank, letter in enumerate(letters)
} | dict.fromkeys("«»„“”‘’–—…№ ،؛؟ـ", 1)


def decode_source(data: bytes) -> str:
    """The text of `data`, without its byte order mark; U+FFFD stands for what fails."""
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(codec, "replace")
    if wide := _wide(data):
        return data.decode(wide, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    # A page that says UTF-8 and is not is judged by its letters, like one that says nothing.
    codec = _declared(data[:_PRESCAN])
    return data.decode(_likeliest(data) if codec in {"", "utf-8"} else codec, "replace")


def _wide(data: bytes) -> str:
    """The UTF-16 without a mark that these bytes are, or nothing: its spaces and digits have a zero on one side."""
    sample = data[:_SAMPLE]
    first, second = sample[::2].count(0), sample[1::2].count(0)
    if max(first, second) * 20 < len(sample) or min(first, second) * 10 > max(first, second):
        return ""
    return "utf-16-be" if first > second else "utf-16-le"


def _declared(head: bytes) -> str:
    """Python's name of the encoding that the page's head declares; empty if it declares none that a browser knows."""
    found = _DECLARED.search(head)
    if not found:
        return ""
    label = found[1].decode("ascii").lower()
    if label.startswith("utf-16"):
        return "utf-8"  # as the standard says: who reads this label is not reading UTF-16
    try:
        name = codecs.lookup(_LABELS.get(label) or label).name
    except LookupError:
        return ""
    return name if name in _KNOWN else ""


def _likeliest(data: bytes) -> str:
    """The encoding whose letters look most like text."""
    whole = data[:-3].decode("utf-8", "replace")
    broken = whole.count("\ufffd")
    if broken * 10 < sum(1 for letter in whole if letter > "\x7f"):
        return "utf-8"
    first = next(place for place, byte in enumerate(data) if byte > 0x7F)
    sample = data[max(0, first - 1) : first + _SAMPLE]
    return max(_CANDIDATES, key=lambda codec: _plausibility(sample.decode(codec, "replace")))


def _plausibility(text: str) -> float:
    """How much the letters beyond ASCII look like Russian, Arabic or Western text."""
    marks = list(_marks(text))
    return sum(marks) / max(1, len(marks))


def _marks(text: str) -> Iterator[int]:
    before = " "
    for letter, after in zip(text, text[1:] + " ", strict=True):
        if letter > "\x7f":
            known = _WEIGHTS.get(letter) or _WEIGHTS.get(letter.lower(), 0) // 3
            beside = (before + after).strip()
            latin = beside.isascii() and beside.isalpha()
            # A capital within a word, or letters of two scripts in one: another table made this.
            if known and letter.isalpha() and ((letter.isupper() and before.islower()) or latin):
                known = -8
            if not known:
                known = 4 if latin and letter.isalpha() and letter < "\u0250" else -10
            yield known
        before = letter
