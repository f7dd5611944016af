"""Items: the intentions of the chair for its term, each with its own shortest sufficient quotation and its theme.

A sentence is read if it says that somebody intends something (`intentions.verbal`, `intentions.nominal`), or stands in
a list under such a sentence or heading. What it intends begins behind that phrase and ends where the sentence begins
to explain (`tails`); between, each border behind which another verb or noun of intention, or another theme begins, cuts
off an item. What the organisation always does, what was, and what another chair did is none.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import NamedTuple

from mithaq.wire.announcement.draft import Attribution, Kind, Theme
from mithaq.wire.announcement.folded import fold_word
from mithaq.wire.announcement.lexicon import MARKS, Lexicon, Phrases
from mithaq.wire.announcement.listing import LIST_MARK, Listing, behind_label, is_date, is_heading
from mithaq.wire.announcement.members import Name
from mithaq.wire.announcement.sentences import Sentence, Sentences
from mithaq.wire.announcement.themes import Themes
from mithaq.wire.announcement.whose import Whose

__all__ = ["Intention", "read_items"]

MAX_ITEMS = 300
_LEAST_WORDS = 2
_MOST_NAMES = 20
_MOST_CUTS = 40
"""Borders of one sentence that are looked at: no announcement has more, and each costs the more the longer it is."""
_ORGANISATION = chr(MARKS["O"][0])
_SHORT = 3
"""So many words, the *and* behind them among them, are too few to be an intention beside another of the same theme."""
_COLON_LIST = re.compile(r":(?=[^:;]{10,300};[^:;]{10})")
"""What begins a list within a sentence: its points are parted by semicolons."""
_SPEECH = re.compile(r'«[^«»]{40,3000}»|“[^“”]{40,3000}”|„[^„“”]{40,3000}[“”]|"[^"]{40,3000}"')
_SAID_BEHIND = re.compile(r',?" ?(?:,|- )|," ?(?=\w)')
_STOP = re.compile(r"(?<=\w{4})[.!?] (?=[^\W\d_])")
_COMMA = re.compile(", ")
_BORDER = re.compile(r"[,;] ?| - ")


class Intention(NamedTuple):
    """An item as it was found: its range of the cleaned text, and what is thought of it."""

    start: int
    end: int
    theme: Theme
    kind: Kind
    rule: str
    sure: bool
    reason: str
    attributed_to: Attribution
    operated: bool


class _Part(NamedTuple):
    """An item in the making, by folded offsets; `closed` when the sentence has begun to explain it."""

    start: int
    end: int
    shape: str
    theme: Theme
    closed: bool


class _Lists:
    """The lists of `intentions.toml`, each one pattern."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._phrases = Phrases(lexicon)

    def __getitem__(self, name: str) -> re.Pattern[str]:
        return self._phrases.any_of(f"intentions.{name}")

    def tagged(self, name: str) -> list[tuple[str, re.Pattern[str]]]:
        """Each entry's tag with its pattern."""
        return [(entry.tag, pattern) for entry, pattern in self._phrases.each(name)]


def read_items(sentences: Sentences, chair_key: str, mottos: Sequence[tuple[int, int]] = ()) -> list[Intention]:
    """All intentions, in the order of the text, each once. What overlaps a motto is none."""
    found = _Reader(sentences, chair_key).read()
    return [each for each in found if not any(start < each.end and each.start < end for start, end in mottos)]


class _Reader:
    def __init__(self, sentences: Sentences, chair_key: str) -> None:
        self.sentences = sentences
        self.lists = _Lists(sentences.lexicon)
        self.themes = Themes(sentences.lexicon)
        self.whose = Whose(sentences.lexicon, chair_key)
        self.verbal = self.lists.tagged("intentions.verbal")
        self.nominal = self.lists.tagged("intentions.nominal")
        self.heads = self.lists.tagged("intentions.heads")
        self.actions = [pattern for tag, pattern in self.heads if tag == "action"]
        self.kinds = self.lists.tagged("intentions.kinds")
        self.inverted = self.lists.tagged("intentions.inverted")
        self.passive = self.lists.tagged("intentions.passive")
        self.futures = self.lists.tagged("intentions.futures")
        self.shapes = self.lists.tagged("shapes.heads")
        self.says = Phrases(sentences.lexicon).any_of("header.says")
        self.in_speech = [match.span() for match in _SPEECH.finditer(self.sentences.text)]  # long quotations
        joined = sentences.lexicon.words.get("language.joined_and", "")
        self.joined_and = re.compile(rf"(?<!\w){joined}(?=\w{{3}})") if joined else None
        self.organisations = self._organisation_names()
        self.section: Theme = "other"  # what the heading above is about
        self.background = False  # and whether that is the organisation as such
        self.chair_words = Phrases(sentences.lexicon).any_of("header.chair_words")

    def read(self) -> list[Intention]:
        """See `read_items`."""
        found: list[Intention] = []
        listing = Listing()
        strayed = commented = under = (-1, -1)
        skipped = (-1, -1)  # the paragraph whose last sentence was about something else: *it* is that, too
        for sentence in self.sentences.all:
            if sentence.kind in {"caption", "time"} or sentence.key:
                continue
            text = sentence.folded.text
            announced = bool(self.lists["list_leads"].search(text))
            if self._announces(sentence, listing, announced):
                under = under if text.rstrip(' "').endswith("?") else (-1, -1)
                continue
            begun = listing.lead and self._head_at(text, behind_label(text), verbs="any") is not None
            listed = listing.holds(sentence, begun=begun)
            # A heading says what its list and the paragraph behind it are about, no more.
            under = sentence.block if under == (-1, -1) else under
            if sentence.kind != "item" and sentence.block != under:
                self.section = "other"
            if self.background or (commented == sentence.block and not listed):
                continue  # about the organisation as such, or an analyst goes on
            if self.lists["comment"].search(text) and self.says.search(text):
                commented = sentence.block
            follows = bool(self.lists["pronouns"].match(text)) and skipped == sentence.block
            if not listed and (follows or self._is_not_meant(sentence)):
                listing.lead = listing.lead and sentence.kind == "item"
                skipped = strayed = sentence.block
                continue
            skipped = (-1, -1)
            found += self._of_sentence(sentence, listed, listing.kind, beside=strayed == sentence.block)
            if text.rstrip().endswith(":"):
                lead = announced or listing.lead or self._heads_follow(sentence)
                listing.announce(lead, self._kind_of(text) or "priority")
            elif not listed and sentence.kind != "item":
                listing.lead = False
            if len(found) >= MAX_ITEMS:
                break
        return _each_once(found, self.sentences.text)

    # Sentences

    def _announces(self, sentence: Sentence, listing: Listing, announced: bool) -> bool:
        """Whether a sentence is a heading or a question, which is no intention but may announce a list of them."""
        text = sentence.folded.text
        following = next(iter(self.sentences.all[sentence.number + 1 : sentence.number + 2]), None)
        if text.rstrip(' "').endswith("?"):
            if following is not None and following.kind == "item" and sentence.kind != "item":
                listing.announce(announced or self._heads_follow(sentence), "priority")
            return True
        if not is_heading(sentence, following):
            return False
        # Under *Priorities* a list may have headings of its own.
        listing.announce(listing.lead or announced or self._heads_follow(sentence), listing.kind or "priority")
        self.section = self.themes.of(text)[0]
        self.background = self.lists["background"].search(text) is not None
        return True

    def _heads_follow(self, sentence: Sentence) -> bool:
        """Whether a list follows most of whose items begin with a word of intention, however it was announced."""
        begun = []
        for each in self.sentences.all[sentence.number + 1 : sentence.number + 13]:
            if each.kind != "item":
                break
            text = each.folded.text
            begun.append(self._head_at(text, behind_label(text), verbs="any") is not None)
        return len(begun) >= 2 and sum(begun) * 2 >= len(begun)

    def _is_not_meant(self, sentence: Sentence) -> bool:
        """Whether a sentence speaks of what always is, of what was, or of another chair."""
        text = sentence.folded.text
        if self.lists["standing"].search(text) or self.lists["standing"].search(sentence.named.text):
            return True
        past = self.lists["past"].search(text)
        if past is not None:
            # "We will draw lessons from last year" looks forward.
            zone = next(self._zones(sentence, listed=False), None)
            if zone is None or past.start() < zone[0]:
                return True
        return self.whose.is_anothers(sentence)

    def _of_sentence(self, sentence: Sentence, listed: bool, lead_kind: str, *, beside: bool) -> Iterator[Intention]:
        """The items of a sentence; `beside` says that its paragraph has spoken of something else already."""
        if listed and is_date(sentence):
            return
        for start, end, kind, rule in self._zones(sentence, listed):
            for found in self._pieces(sentence, start, end, rule):
                part = found
                if self.lists["no_heads"].match(sentence.folded.text, part.start):
                    continue
                # Of what has no known theme only a word of intention says that it is one.
                vague = part.theme == "other" and not listed and self.section == "other"
                if vague and (beside or not part.shape or not self._is_outright(sentence, rule)):
                    continue
                if part.theme == "other" and listed:
                    label = sentence.folded.text[: behind_label(sentence.folded.text)]
                    part = part._replace(theme=self.themes.of(label)[0])
                yield self._intention(sentence, part, kind or lead_kind, rule)

    def _is_outright(self, sentence: Sentence, rule: str) -> bool:
        """Whether a sentence says outright that the chair intends something: as *we*, of the chair, or plainly."""
        text = sentence.folded.text
        if self.lists["speaker_words"].search(text) or self.chair_words.search(text):
            return True
        name, _, number = rule.removesuffix("]").partition("[")
        entries = self.sentences.lexicon.lists.get(name, ())
        return not number or entries[int(number)].weight > 0

    def _zones(self, sentence: Sentence, listed: bool) -> Iterator[tuple[int, int, str, str]]:
        """The parts of a sentence that say what is intended: start, end, kind, rule."""
        text = sentence.folded.text
        found = self._phrases(sentence)
        if not found:
            if listed:
                yield behind_label(text), len(text), "", "intentions.list"
            else:
                yield from self._inverted_zones(text)
            return
        found = [
            each
            for each in found
            if len(text[each[1] :].split()) >= _LEAST_WORDS and not self.whose.is_others(sentence, each[0], each[1])
        ]
        if not found:  # "To X special attention will be paid": the phrase ends the sentence
            yield from self._inverted_zones(text)
            return
        begin = min(found, key=lambda each: (each[0], -each[1]))
        if listed and begin[0] > 20:
            yield behind_label(text), len(text), begin[2], "intentions.list"
            return
        yield from self._inverted_before(text, begin)
        borders = [(each, self.whose.border(sentence, each[0])) for each in _merged(sorted(found))]
        zones = [(each, border) for each, border in borders if each[0] == begin[0] or border is not None]
        for number, ((start, end, tag, rule), _) in enumerate(zones):
            following = zones[number + 1][1] if number + 1 < len(zones) else None
            last = len(text) if following is None else max(end, following)
            yield end, self._stop(sentence, end, last), self._kind_of(text[start:end]) or tag, rule

    def _phrases(self, sentence: Sentence) -> list[tuple[int, int, str, str]]:
        """Every phrase of intention in a sentence: start, end, kind, rule."""
        text, typed = sentence.folded.text, sentence.named
        found = [
            (match.start(), match.end(), tag, f"intentions.nominal[{number}]")
            for number, (tag, pattern) in enumerate(self.nominal)
            for match in pattern.finditer(text)
        ]
        for number, (tag, pattern) in enumerate(self.verbal):
            for match in pattern.finditer(typed.text):
                start, end = (self._folded_at(sentence, place) for place in typed.span(*match.span()))
                if self._head_at(text, end, verbs="any") is not None:
                    found.append((start, end, tag, f"intentions.verbal[{number}]"))
        colon = _COLON_LIST.search(text)
        if colon is not None and (
            self.chair_words.search(text) or self.lists["list_leads"].search(text, 0, colon.start())
        ):
            found.append((colon.start(), colon.start() + 1, "", "intentions.list"))
        # Where the future stands in the verb, that is announcement and head in one.
        found += [
            (match.start(), match.start(), tag, f"intentions.futures[{number}]")
            for number, (tag, pattern) in enumerate(self.futures)
            for match in pattern.finditer(text)
        ]
        return found

    def _stop(self, sentence: Sentence, start: int, end: int) -> int:
        """Where a sentence ends within another: a short quotation may have two."""
        for match in _STOP.finditer(sentence.folded.text, start, end):
            if not sentence.text[sentence.folded.at[match.end()]].islower():
                return match.start()
        return end

    def _inverted_before(self, text: str, phrase: tuple[int, int, str, str]) -> Iterator[tuple[int, int, str, str]]:
        """An inverted intention in the clause before another: "Clean water is a priority, and we will …"."""
        for number, (tag, pattern) in enumerate(self.inverted):
            match = pattern.search(text, 0, phrase[0])
            if match is None or match.start() == 0 or "," not in text[match.end() : phrase[1]]:
                continue
            start = self._clause_start(text, match.start())
            if self._head_at(text, start, verbs="any") is not None:
                yield start, match.start(), tag, f"intentions.inverted[{number}]"
                return

    def _inverted_zones(self, text: str) -> Iterator[tuple[int, int, str, str]]:
        """What stands before the phrase that calls it an intention, from the last border of clauses."""
        for number, (tag, pattern) in enumerate(self.inverted):
            match = pattern.search(text)
            if match is not None and match.start() > 0:
                start = self._clause_start(text, match.start())
                copula = self.lists["copulas"].match(text, self._behind_signs(text, start))
                start = start if copula is None else copula.end()
                yield start, match.start(), tag, f"intentions.inverted[{number}]"
                return
        for number, (tag, pattern) in enumerate(self.passive):
            match = pattern.search(text)
            if match is not None and not self.chair_words.search(text):
                start = self._behind_opener(text, self._clause_start(text, match.start()))
                yield start, len(text), tag, f"intentions.passive[{number}]"
                return
        # An infinitive alone: «Навести порядок в бюджете.»
        start = behind_label(text)
        if self._head_at(text, start) == self._behind_signs(text, start) and self._shape(text, start) == "infinitive":
            yield start, len(text), "task", "intentions.bare"

    def _behind_opener(self, text: str, at: int) -> int:
        """Behind "First," and its like."""
        at = self._behind_signs(text, at)
        opener = self.lists["skips"].match(text, at)
        return self._behind_signs(text, opener.end()) if opener and text[opener.end() : opener.end() + 1] == "," else at

    def _clause_start(self, text: str, at: int) -> int:
        return max(text.rfind(each, 0, at) + 1 for each in (";", ":", '"'))

    def _folded_at(self, sentence: Sentence, place: int) -> int:
        """The folded offset of a place of the cleaned text."""
        at = sentence.folded.at
        return bisect_left(at, place - sentence.start, 0, len(at) - 1)

    def _tail(self, text: str, start: int, end: int) -> int:
        """Where the intention has been said: before an explanation, but not at once."""
        closing = _SAID_BEHIND.search(text, start, end)
        end = closing.start() if closing is not None else end
        heads = [match.end() for _, pattern in self.heads if (match := pattern.match(text, start)) is not None]
        said = max((each for each in heads if each < end), default=start)
        for match in self.lists["tails"].finditer(text, said, end):
            if self.lists["relatives"].match(text, match.start()):
                continue  # judged below
            if len(text[start : match.start()].split()) >= _LEAST_WORDS and text[said : match.start()].strip(" ,"):
                end = match.start()
                break
        for match in islice(_COMMA.finditer(text, start, end), _MOST_CUTS):
            # A relative clause is left out where what stands before it says enough.
            at = match.start()
            if self.lists["relatives"].match(text, match.end()) and len(text[start:at].split()) >= _SHORT:
                return at if self._theme(text[start:at])[1] >= 2 else end
        return end

    # Parts

    def _head_at(self, text: str, at: int, *, verbs: str = "", names: Sequence[Name] = ()) -> int | None:
        """Where, behind words that may be skipped, a word of intention begins; None if there is none.

        With `verbs` any verb is one, or any infinitive: what came before says that somebody intends it. A name is none.
        """
        for _ in range(6):
            at = self._behind_signs(text, at)
            if any(name.start <= at < name.end for name in names) or self.lists["weapons"].match(text, at):
                return None  # "combat equipment" combats nothing
            if self._begins(text, at, verbs=verbs):
                return None if self._shape(text, at) == "none" else at
            skip = self.lists["skips"].match(text, at)
            if skip is None or skip.end() == at:
                return self._behind_adverb(text, at, verbs)
            at = skip.end()
        return None

    def _behind_adverb(self, text: str, at: int, verbs: str) -> int | None:
        """Where an infinitive stands behind one word that says how: «чаще собирать»."""
        following = re.compile(r"\w+ ").match(text, at)
        if not verbs or following is None or self._shape(text, following.end()) != "infinitive":
            return None
        return at if self._shape(text, at) != "none" else None

    def _begins(self, text: str, at: int, *, verbs: str) -> bool:
        if any(self.lists[name].match(text, at) for name in ("heads", "definite_heads", "futures")):
            return True
        if not verbs or not self.lists["verbs"].match(text, at):
            return False
        return verbs == "any" or self._shape(text, at) == verbs

    def _behind_signs(self, text: str, at: int) -> int:
        while at < len(text) and text[at] in ' :"-,(':
            at += 1
        return at

    def _shape(self, text: str, at: int) -> str:
        """What form a head has, so that only alike ones are taken for neighbours: an infinitive, a verbal noun."""
        if self.lists["definite_heads"].match(text, at):
            return "noun"
        word = text[at : at + 40].split(" ", maxsplit=1)[0].strip(",.;:\"'()")
        return next((tag for tag, pattern in self.shapes if pattern.fullmatch(word)), "")

    def _behind_skips(self, text: str, at: int) -> int:
        for _ in range(6):
            at = self._behind_signs(text, at)
            skip = self.lists["skips"].match(text, at)
            if skip is None or skip.end() == at:
                break
            at = skip.end()
        return self._behind_signs(text, at)

    def _cuts(self, text: str, start: int, end: int) -> list[int]:
        """Where the parts of a zone begin."""
        places = {start}
        places |= {match.end() for match in _BORDER.finditer(text, start, end)}
        places |= {match.end() for match in self.lists["borders"].finditer(text, start, end)}
        if self.joined_and is not None:
            # Where "and" is written with the word that it joins.
            joined = {match.start() for match in self.joined_and.finditer(text, start, end)}
            places |= {place for place in joined if not self.lists["own_letters"].match(text, place)}
        return sorted(place for place in places if place < end)

    @property
    def language(self) -> str:
        """The language of the text."""
        return self.sentences.lexicon.language

    def _pieces(self, sentence: Sentence, start: int, end: int, rule: str) -> Iterator[_Part]:
        """The items of a zone: each border behind which another intention, or another theme, begins cuts one off."""
        text = sentence.folded.text
        if rule.startswith(("intentions.passive", "intentions.bare")):
            # What will be done to something is one intention, subject and all; of no known theme it is hardly one.
            end = self._tail(text, start, end)
            theme, weight = self._theme(text[start:end])
            if weight >= 2 or self.section != "other":
                yield _Part(start, end, "passive", theme, closed=True)
            return
        names = [name for name in sentence.names if name.kind == "O"]
        verbs = "any" if not rule.startswith("intentions.nominal") else "infinitive"
        listed = rule.startswith(("intentions.nominal", "intentions.list"))
        cuts = [*self._cuts(text, start, end)[:_MOST_CUTS], end]
        current = _Part(-1, -1, "", "other", closed=False)
        for place, following in pairwise(cuts):
            head = self._head_at(text, place, verbs=verbs, names=names)
            head = head if head is not None and head < following else None
            shape = (
                None
                if head is None
                else self._shape(text, head)
                if self._begins(text, head, verbs="any")
                else "infinitive"
            )
            explains = self.lists["tails"].match(text, place if head is None else head)
            if current.end >= 0 and explains is not None:
                current = current._replace(closed=True)
                continue
            if current.end >= 0 and not self._is_new(text, place, following, current, shape, listed=listed):
                if not current.closed:
                    tail = self._tail(text, current.start, following)
                    theme, _ = self._theme(text[current.start : tail])
                    current = _Part(current.start, tail, current.shape, theme, closed=tail < following)
                continue
            if current.end >= 0:
                yield current
            at = min(self._behind_skips(text, place if head is None else head), following)
            tail = self._tail(text, at, following)
            current = _Part(at, tail, shape or "", self._theme(text[at:tail])[0], closed=tail < following)
        if current.end >= 0:
            yield current

    def _theme(self, said: str) -> tuple[Theme, float]:
        """The theme of folded text; an organisation's name says nothing of it but that it is one."""
        for name in self.organisations:
            said = said.replace(name, _ORGANISATION)
        return self.themes.of(said)

    def _is_new(self, text: str, place: int, following: int, current: _Part, head: str | None, *, listed: bool) -> bool:
        """Whether another item begins here: with a head like the one before, or with what has another theme."""
        if listed and text[place - 2 : place] == "; ":
            return True
        own, weight = self._theme(text[place:following])
        # "Bridges and hospitals in the east" is one thing, and so is what a relative clause says.
        comma = re.search(r"[,;][^,;]{0,15}$", text[max(0, place - 25) : place]) is not None
        apart = comma or (not current.shape and head is None)
        other = own not in {"other", current.theme} and apart and not self.lists["relatives"].match(text, place)
        if head is not None and (head == current.shape or not current.shape or text[place - 2 : place] == "; "):
            # "Raising trust and coordination" is one intention: a word on either side of a bare *and*.
            short = len(text[current.start : current.end].split()) <= _SHORT and text[:place].rstrip()[-1:] != ","
            bare = short and not re.search(r"[,;] *(?:\w+ ?){0,2}$", text[current.start : place])
            return not (bare and own == current.theme != "other")
        if current.closed:
            return other and weight >= 3
        return other and weight >= 2 and current.theme != "other"

    # What is thought of it

    def _intention(self, sentence: Sentence, part: _Part, kind: str, rule: str) -> Intention:
        text = sentence.folded.text
        start, end = self._trimmed(text, part.start, part.end)
        theme = self.section if part.theme == "other" else part.theme
        said = text[start:end]
        at, to = sentence.folded.span(start, end)
        comment = bool(self.lists["comment"].search(text))
        speaker = self._is_speech(sentence, sentence.start + at)
        attributed: Attribution = "outlet" if comment else "speaker" if speaker else "unsure"
        reason = "comment" if comment else "no-theme" if theme == "other" else ""
        if not reason and self.lists["conditions"].search(text):
            reason = "conditional"
        return Intention(
            sentence.start + at,
            sentence.start + to,
            theme,
            self._kind(said, kind),
            rule,
            not reason,
            reason,
            attributed,
            not self.lists["weapons"].search(said),
        )

    def _trimmed(self, text: str, start: int, end: int) -> tuple[int, int]:
        """Without borders, conjunctions and punctuation at either end."""
        while True:
            piece = text[start:end]
            kept = piece.rstrip(" ,;:.!?\"'-–)")
            if piece.count("(") > kept.count(")") and piece[len(kept) : len(kept) + 1] == ")":
                kept += ")"
            end = start + len(kept)
            words = [match.start() for match in re.finditer(r"\S+", kept)][-4:]
            border = next((at for at in words if self.lists["borders"].fullmatch(kept[at:])), None)
            if border is None:
                break
            end = start + border
        mark = LIST_MARK.match(text, start, end)
        if mark is not None:
            start = mark.end()
        start += len(text[start:end]) - len(text[start:end].lstrip(" ,;:.\"'-•*"))
        if text[start:end].count('"') % 2 and text[start - 1 : start] == '"':
            start -= 1
        if self.joined_and is not None and self.joined_and.match(text, start) and self._is_head(text[start + 1 : end]):
            start += 1  # the "and" that is written with the word belongs to the sentence
        return start, end

    def _is_head(self, text: str) -> bool:
        return self._begins(text, 0, verbs="any")

    def _kind_of(self, text: str) -> str:
        for tag, pattern in self.kinds:
            if tag != "action" and pattern.search(text):
                return tag
        return ""

    def _kind(self, said: str, stated: str) -> Kind:
        """By its own words if they say an action, else by the phrase that announced it."""
        if any(pattern.match(said) for pattern in self.actions):
            return "action"
        match stated:
            case "goal" | "priority" | "task" | "action":
                return stated
        return "task"

    def _organisation_names(self) -> list[str]:
        """How organisations are called in this text, folded, the longest first."""
        found = {
            sentence.folded.text[slice(*name.bare)]
            for sentence in self.sentences.all
            for name in sentence.names
            if name.kind == "O"
        }
        return sorted(found, key=len, reverse=True)[:_MOST_NAMES]

    def _is_speech(self, sentence: Sentence, place: int) -> bool:
        """Whether the speaker says it: in the first person, in a quotation, or reported."""
        if self.lists["speaker_words"].search(sentence.folded.text):
            return True
        if any(start <= place < end for start, end in self.in_speech):
            return True
        return self.says.search(sentence.folded.text) is not None


def _merged(found: list[tuple[int, int, str, str]]) -> list[tuple[int, int, str, str]]:
    """Phrases that overlap or follow at once are one, which ends with the last of them."""
    merged: list[tuple[int, int, str, str]] = []
    for each in found:
        if merged and each[0] <= merged[-1][1] + 1:
            if each[1] > merged[-1][1]:
                merged[-1] = (merged[-1][0], each[1], each[2] or merged[-1][2], each[3])
            continue
        merged.append(each)
    return merged


def _each_once(found: list[Intention], text: str) -> list[Intention]:
    """Without what says the same once more, what is too short to be sufficient, and what overlaps an earlier one."""
    kept: list[Intention] = []
    said: set[str] = set()
    reached = -1
    for each in sorted(found, key=lambda item: (item.start, -item.end)):
        words = fold_word(text[each.start : each.end])
        if each.start < reached or len(words.split()) < _LEAST_WORDS or words in said:
            continue
        said.add(words)
        kept.append(each)
        reached = each.end
    return kept
