"""Names in a sentence: countries and members of a charter, their adjectives, organisations; in all their forms.

Names come from a charter (`decode_facts`) and from the lexicons of countries and organisations, the ways in which they
are inflected from each language's `members.toml`. What stands there as a list of forms is taken as it is; what does
not, each word of a longer name and the names of a charter, is inflected word by word from the nominative. A name
begins and ends at a word's border, and the longest of those that overlap is the one that is meant. Which of the names
takes the chair is left to `header`.

>>> from mithaq.wire.announcement.lexicon import Lexicon, Lexicons
>>> english = Lexicon("en", {}, {"members.alphabet": "aceghinorst"})
>>> names = Names(None, Lexicons({"en": english}, [{"code": "td", "en": ["Chad"]}], []), "en")
>>> [(each.start, each.end, each.kind, each.ids) for each in names.find("the chair goes to chad")]
[(18, 22, 'C', 'td')]
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from mithaq.errors import Malformed
from mithaq.model import Names as InThree
from mithaq.model import decode_charter, is_id
from mithaq.tlog import decode_note
from mithaq.wire.announcement.folded import fold_word
from mithaq.wire.announcement.lexicon import Lexicon, Lexicons

__all__ = ["Facts", "Member", "Name", "Names", "decode_facts"]

MAX_CHARTER_BYTES = 1024 * 1024
MAX_MEMBERS = 1024
OWN = "own"
"""The id of the charter's own organisation."""

_LONGEST_NAME = 300
_Also = Annotated[tuple[Annotated[str, msgspec.Meta(max_length=_LONGEST_NAME)], ...], msgspec.Meta(max_length=100)]


class Member(msgspec.Struct, frozen=True):
    """A member of a charter: its id, its name in three languages, and other names in any language."""

    id: str
    names: InThree
    also: _Also = ()

    @property
    def every(self) -> tuple[str, ...]:
        """All its names."""
        return (self.names.ar, self.names.ru, self.names.en, *self.also)


class Facts(msgspec.Struct, frozen=True):
    """What the reader takes from a charter: the organisation's names and others of it, its members, the chair's term.

    `months` is the length of a term, None where no rotation is ruled; `begins` the month and day on which one begins
    (`MM-DD`) and `zone` the IANA time zone in which it is reckoned, empty where the charter doesn't say.
    """

    names: InThree
    also: tuple[str, ...]
    members: tuple[Member, ...]
    months: int | None = None
    begins: str = ""
    zone: str = ""

    @property
    def every(self) -> tuple[str, ...]:
        """All names of the organisation."""
        return (self.names.ar, self.names.ru, self.names.en, *self.also)


class _Organisation(msgspec.Struct, frozen=True):
    names: InThree
    also: _Also = ()


class _Rotation(msgspec.Struct, frozen=True):
    months: Annotated[int, msgspec.Meta(ge=1, le=120)] | None = None
    begins: Annotated[str, msgspec.Meta(pattern=r"^((0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))?$")] = ""
    zone: Annotated[str, msgspec.Meta(max_length=64)] = ""


class _Charter(msgspec.Struct, frozen=True):
    organisation: _Organisation
    members: Annotated[tuple[Member, ...], msgspec.Meta(max_length=MAX_MEMBERS)]
    rotation: _Rotation = _Rotation()


_SIGNATURES = "\n\n— ".encode()


def decode_facts(data: bytes) -> Facts:
    """The facts in a charter: a signed note, its text alone, or a file like those of `examples/charters`.

    **Nobody's signature is verified here**: the facts are as good as the place that the file comes from. Raises
    `Malformed`: `charter-malformed`, with the place, for more than 1 MiB of text and for what is none of these, and as
    `decode_note` does for signatures that are none.
    """
    if _SIGNATURES in data:
        data = decode_note(data, max_bytes=2 * MAX_CHARTER_BYTES, max_signatures=2 * MAX_MEMBERS).text
    value: Any
    try:
        value = msgspec.to_builtins(decode_charter(data if data.endswith(b"\n") else data + b"\n"))
    except Malformed as error:
        # No TOML, or more than can be read in reasonable time. At any other place it was read, and is no whole charter.
        if error.place == "charter":
            raise
        value = tomllib.loads(data.decode())
    try:
        charter = msgspec.convert(value, _Charter)
    except msgspec.ValidationError as error:
        raise Malformed("charter-malformed", _place(error)) from None
    seen: set[str] = set()
    organisation, rotation = charter.organisation, charter.rotation
    for number, member in enumerate(charter.members):
        if not is_id(member.id) or member.id in seen:
            raise Malformed("charter-malformed", f"$.members[{number}].id")
        seen.add(member.id)
    for place, names in (
        ("$.organisation.names", organisation.names),
        *((f"$.members[{number}].names", member.names) for number, member in enumerate(charter.members)),
    ):
        if not all(0 < len(name) <= _LONGEST_NAME for name in (names.ar, names.ru, names.en)):
            raise Malformed("charter-malformed", place)
    return Facts(
        organisation.names, organisation.also, charter.members, rotation.months, rotation.begins, rotation.zone
    )


def _place(error: msgspec.ValidationError) -> str:
    """The path in msgspec's message, and the member that is missing there."""
    path = re.search(r" - at `(?:key in )?(\$[\w.\[\]]*)", str(error), re.ASCII)
    missing = re.search(r"required field `(\w{1,64})`", str(error), re.ASCII)
    return (path[1] if path else "$") + (f".{missing[1]}" if missing else "")


# Names in a text


class Name(NamedTuple):
    """A name that was found.

    `start` and `end` are half-open offsets of the folded text and span whole words: with what Arabic writes before a
    name, and with 's. `kind` is C for a country or member, A for its adjective, O for an organisation. `ids` is a
    country's code, `member:` and a member's id, an organisation's id, or `own` for the charter's. `own`: a member of
    the charter, or the charter's organisation; without a charter all are. `capital`: the capital's name, which may mean
    the place alone. `bare` is the span without clitics and 's. `also` are the ids of others that have the same name.
    """

    start: int
    end: int
    kind: Literal["C", "A", "O"]
    ids: str
    own: bool
    capital: bool
    bare: tuple[int, int]
    also: tuple[str, ...] = ()


class _Meant(NamedTuple):
    """What a name stands for; where one name stands for two, the lower rank is meant."""

    rank: int
    kind: Literal["C", "A", "O"]
    ids: str
    own: bool
    capital: bool = False
    also: tuple[str, ...] = ()


class _Node:
    """A place in the trie of names: what may follow, by the gap before a word and the word's lemma; what ends here.

    `tail` is what stands in the name behind its last word, as in U.S.
    """

    __slots__ = ("following", "meant", "tail")

    def __init__(self) -> None:
        self.following: dict[tuple[str, str], _Node] = {}
        self.meant: _Meant | None = None
        self.tail = ""

    def end(self, folded: str, end: int) -> int:
        """Where a name ends whose last word ends at `end`."""
        return end + len(self.tail) if folded.startswith(self.tail, end) else end


_WORD = re.compile(r"\w+")
# What looks like a name in an address names nobody. Possessive, and begun at a border: no text is gone over twice.
_ADDRESS = re.compile(
    r"(?<![a-z0-9.+_-])[a-z0-9.+_-]++@[^\s,;]*+|https?://[^\s,;]*+|\bwww\.[^\s,;]*+"
    r"|(?<![\w.-])[a-z0-9-]++(?:\.[a-z0-9-]++)*+(?<=\.(?:com|edu|gov|int|net|org))\b[^\s,;]*+"
)
_RANKS = {"organisation": 0, "member": 1, "country": 2, "other": 3, "adjective": 4, "capital": 5}
_LONGEST_INITIALS = 6


class _Grammar:
    """How the names of one language are inflected, as its `members.toml` says."""

    def __init__(self, lexicon: Lexicon) -> None:
        words = lexicon.words
        self.alphabet = frozenset(words["members.alphabet"])
        self.nouns: dict[str, list[str]] = {
            each["ending"]: each["forms"].split() for each in words.get("members.noun", ())
        }
        self.adjective: list[str] = [each["ending"] for each in words.get("members.adjective", ())] or [""]
        self.articles: list[str] = ["", *(each["written"] for each in words.get("members.article", ()))]
        self.clitics: list[tuple[str, str]] = [
            (each["written"], each["stands"]) for each in words.get("members.clitic", ())
        ]
        self.after = [re.compile(each["pattern"]) for each in words.get("members.after", ())]
        self.common = {fold_word(each["word"]) for each in words.get("members.common", ())}

    def noun(self, word: str) -> set[str]:
        """The forms of a noun, or of an adjective that stands in a name, from its nominative."""
        for cut in range(len(word) + 1):
            endings = self.nouns.get(word[cut:])
            if endings is not None:
                return {word, *(word[:cut] + ending for ending in endings)}
        return {word}


class Names:
    """Finds names: those of a charter, of countries and of organisations, in texts of one language and of the others.

    A member that has a country's name has all the names of that country, and the charter's organisation all of the one
    whose name it has. What the charter names comes before the lexicon's, names before adjectives, these before
    capitals. The other languages are learnt when a text first has their letters.
    """

    def __init__(self, facts: Facts | None, lexicons: Lexicons, language: str) -> None:
        self._lexicons = lexicons
        self._grammars = {name: _Grammar(lexicon) for name, lexicon in lexicons.languages.items()}
        self._clitics = [clitic for grammar in self._grammars.values() for clitic in grammar.clitics]
        self._unlearnt = list(self._grammars)
        self._root: dict[str, _Node] = {}
        self._lemmas: dict[str, tuple[str, ...]] = {}
        self._made: set[str] = set()
        self._charter = facts is not None
        self._members: dict[str, str] = {}
        self._own: str | None = None
        if facts is not None:
            self._learn_charter(facts)
        if language in self._grammars:
            self._learn(language)

    def find(self, folded: str) -> list[Name]:
        """The names in a folded text, in order, none over another: of those that overlap, the longest."""
        letters = set(folded)
        for language in tuple(self._unlearnt):
            if not letters.isdisjoint(self._grammars[language].alphabet):
                self._learn(language)
        taken = bytearray(len(folded))
        if not letters.isdisjoint(".@/"):
            for address in _ADDRESS.finditer(folded):
                taken[address.start() : address.end()] = b"\1" * len(address[0])
        names = []
        for start, end, meant, bare in sorted(
            self._candidates(folded), key=lambda each: (each[0] - each[1], each[0], each[2])
        ):
            if taken.find(1, start, end) < 0:
                taken[start:end] = b"\1" * (end - start)
                names.append(Name(start, self._end(folded, end), *meant[1:5], (bare, end), meant.also))
        return sorted(names)

    def _end(self, folded: str, end: int) -> int:
        """The end of a name with what is written after it."""
        for grammar in self._grammars.values():
            for pattern in grammar.after:
                if more := pattern.match(folded, end):
                    return more.end()
        return end

    def _candidates(self, folded: str) -> Iterator[tuple[int, int, _Meant, int]]:
        words = [(each[0], *each.span()) for each in _WORD.finditer(folded)]
        for number, (word, start, end) in enumerate(words):
            for lemma, before in self._first(word):
                node = self._root.get(lemma)
                if node is not None:
                    if node.meant:
                        yield start, node.end(folded, end), node.meant, start + before
                    for last, meant in self._longer(folded, words, number, node) if node.following else ():
                        yield start, last, meant, start + before

    def _first(self, word: str) -> Iterator[tuple[str, int]]:
        """What a word may be as the first of a name, and how many letters are written before the name."""
        yield word, 0
        for lemma in self._lemmas.get(word, ()):
            yield lemma, 0
        for clitic, stands in self._clitics:
            if word.startswith(clitic) and len(word) > len(clitic) + 2:
                rest = stands + word[len(clitic) :]
                # Where clitic and article are one, the name cannot be cut from it.
                before = 0 if stands else len(clitic)
                yield rest, before
                for lemma in self._lemmas.get(rest, ()):
                    yield lemma, before

    def _longer(
        self, folded: str, words: list[tuple[str, int, int]], number: int, first: _Node
    ) -> Iterator[tuple[int, _Meant]]:
        nodes = [first]
        at = words[number][2]
        while nodes and (number := number + 1) < len(words):
            word, start, end = words[number]
            gap = _gap(folded[at:start])
            lemmas = (word, *self._lemmas.get(word, ()))
            nodes = [found for node in nodes for each in lemmas if (found := node.following.get((gap, each)))]
            yield from ((node.end(folded, end), node.meant) for node in nodes if node.meant)
            at = end

    # Learning

    def learn_organisations(self, spelled: Iterable[tuple[str, str]]) -> None:
        """Organisations that a text spells out, with their acronyms: those that are not known yet."""
        for name, acronym in spelled:
            if not any(self.find(fold_word(each)) for each in (acronym, name)):
                meant = _Meant(_RANKS["other"], "O", f"text:{fold_word(acronym)}", not self._charter)
                self._add(name, meant)
                self._add(acronym, meant)

    def _learn_charter(self, facts: Facts) -> None:
        countries = self._index(self._lexicons.countries, "code")
        owners: dict[str, set[str]] = {}
        for member in facts.members:
            codes = (countries.get(fold_word(name)) for name in member.every)
            code = next((each for each in codes if each and each not in self._members), None)
            if code:
                self._members[code] = member.id
            for name in member.every:
                owners.setdefault(fold_word(name), set()).add(member.id)
        organisations = self._index(self._lexicons.organisations, "id")
        self._own = next(filter(None, (organisations.get(fold_word(each)) for each in facts.every)), None)
        for name in facts.every:
            self._add(name, _Meant(_RANKS["organisation"], "O", OWN, True))
        for member in facts.members:
            for name in member.every:
                # A name that two members have names neither.
                if len(owners[fold_word(name)]) == 1:
                    self._add(name, _Meant(_RANKS["member"], "C", f"member:{member.id}", True))

    def _index(self, entries: list[dict[str, Any]], key: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for entry in entries:
            for language in self._grammars:
                for name in entry.get(language, ()):
                    found.setdefault(fold_word(name), entry[key])
        return found

    def _learn(self, language: str) -> None:
        self._unlearnt.remove(language)
        common = self._grammars[language].common
        for country in self._lexicons.countries:
            code = country["code"]
            member = self._members.get(code)
            ids, own = (f"member:{member}", True) if member else (code, not self._charter)
            meant = _Meant(_RANKS["country"], "C", ids, own)
            for name in country.get(language, ()):
                # A single word's forms are given; those of longer names follow from their words.
                self._add(name, meant, inflected=bool(re.search(r"\w\W+\w", name)))
            for name in country.get(f"{language}_forms", ()):
                self._add(name, meant, inflected=False)
            for name in _uncommon(country.get(f"{language}_capital", ()), common):
                self._add(name, meant._replace(rank=_RANKS["capital"], capital=True), inflected=False)
            for stem in _uncommon(country.get(f"{language}_adjective", ()), common):
                self._add_adjective(stem, meant._replace(rank=_RANKS["adjective"], kind="A"), language)
        for organisation in self._lexicons.organisations:
            own = organisation["id"] == self._own
            ids = OWN if own else organisation["id"]
            for name in organisation.get(language, ()):
                self._add(name, _Meant(_RANKS["other"], "O", ids, own or not self._charter))

    def _add(self, name: str, meant: _Meant, *, inflected: bool = True) -> None:
        folded = fold_word(name)
        # Initials have no cases, and two letters no endings that would not be another word.
        initials = len(folded) <= 2 or (name.isupper() and len(name) <= _LONGEST_INITIALS)
        words = _WORD.findall(folded)
        self._grow(folded, [self._noun(word) if inflected and not initials else word for word in words], meant)

    def _add_adjective(self, stem: str, meant: _Meant, language: str) -> None:
        grammar = self._grammars[language]
        folded = fold_word(stem)
        words = _WORD.findall(folded)
        lemmas = [self._lemma(f"+{word}", {article + word for article in grammar.articles}) for word in words[:-1]]
        forms = {article + words[-1] + ending for article in grammar.articles for ending in grammar.adjective}
        self._grow(folded, [*lemmas, self._lemma(f"={words[-1]}", forms)], meant)

    def _noun(self, word: str) -> str:
        """The lemma of a word in a name: the word itself, or the mark of its forms."""
        lemma = f"~{word}"
        if lemma not in self._made and len(word) > 2:
            grammar = next((each for each in self._grammars.values() if each.alphabet.issuperset(word)), None)
            forms = grammar.noun(word) if grammar else {word}
            if len(forms) > 1:
                self._lemma(lemma, forms)
        return lemma if lemma in self._made else word

    def _lemma(self, lemma: str, forms: set[str]) -> str:
        if lemma not in self._made:
            self._made.add(lemma)
            for form in forms:
                self._lemmas[form] = (*self._lemmas.get(form, ()), lemma)
        return lemma

    def _grow(self, folded: str, lemmas: list[str], meant: _Meant) -> None:
        """Put a name into the trie; the gaps between its words are those of the folded name."""
        if not lemmas:
            return
        node = self._root.setdefault(lemmas[0], _Node())
        for gap, lemma in zip(_gaps(folded), lemmas[1:], strict=True):
            # Where the name has a hyphen the text may have a dash, or nothing; where it has a space, a hyphen.
            plain = "" if gap == "-" else gap
            found = node.following.setdefault((plain, lemma), _Node())
            if gap != plain:
                node.following[gap, lemma] = found
            node = found
        known = node.meant
        if known is None or meant.rank < known.rank:
            node.meant, node.tail = meant, _WORD.split(folded)[-1].rstrip()
        if known is not None and known.ids != meant.ids and node.meant is not None:
            # Oman's name in Arabic is that of Jordan's capital, too.
            node.meant = node.meant._replace(also=(*known.also, *({known.ids, meant.ids} - {node.meant.ids})))


def _gap(between: str) -> str:
    """The kind of a gap between two words of a text: nothing for a space or hyphen, a dash, or its own marks."""
    return "" if between in {" ", "  ", "-"} else between.replace(" ", "") or "…"


def _gaps(folded: str) -> Iterator[str]:
    """The gaps of a name: as of a text, with a hyphen for itself."""
    return (each.replace(" ", "") for each in _WORD.split(folded)[1:-1])


def _uncommon(words: Iterable[str], common: set[str]) -> Iterator[str]:
    return (word for word in words if fold_word(word) not in common)
