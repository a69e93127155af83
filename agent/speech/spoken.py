"""What the language model writes -> what a voice should say: no markup, no emoji, addresses in words.

Works on whole words, so that nothing waits but the word that is being written; the same result however the text is
split, and spoken text comes through unchanged.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterable

from agent.speech.spoken_words import DASHES, STOPS, say_word

_BULLETS = frozenset("-*+•–—>▪◦●") | {"--"}
_HEADING = re.compile(r"#{1,6}$")
_NUMBER = re.compile(r"(\d{1,3})[.)]$")
_RULE = re.compile(r"[-*_=|:]{2,}$")
_CHECKBOX = re.compile(r"\[[ xX]?\]?$|\]$")
_OPEN_TAG = re.compile(r"<(?:a|img|span|div|p|font|br|b|i|u)$", re.IGNORECASE)


class Speaker:
    """`push` text as it comes, `end` at the end; what they return, joined, is what is said.

    Times of day become words in English (a BCP 47 `language`) only; addresses are spelt out in English for all.
    """

    def __init__(self, language: str = "en") -> None:
        self._english = language.lower().startswith("en")
        self._word = ""
        self._gap = ""  # what is said before the next word
        self._last = ""  # the last character said
        self._line_start, self._own_sentence = True, False
        self._newlines = 0
        self._until = ""  # inside markup that is not said, up to this sign

    def push(self, text: str) -> str:
        said = []
        for char in text:
            if not char.isspace():
                self._word += char
                continue
            said.append(self._take_word())
            if char == "\n":
                said.append(self._end_line())
        return "".join(said)

    def end(self) -> str:
        return self._take_word()

    def _take_word(self) -> str:
        word, self._word = self._word, ""
        if not word:
            return ""
        self._newlines = 0
        word = self._outside(word)
        if self._line_start and (rest := self._marker(word)) is not None:
            word = rest
        return "".join(self._say(part) for part in self._cells(word))

    def _outside(self, word: str) -> str:
        """What of the word is not in a thought, a link's target or a tag."""
        said = ""
        while word:
            if self._until:
                _, found, word = word.partition(self._until)
                if not found:
                    return said
                self._until = ""
            before, thought, word = word.partition("<think>")
            if thought:
                said, self._until = said + before, "</think>"
                continue
            text, target, rest = before.partition("](")
            if target and ")" not in rest:
                self._until = ")"
                return said + text
            if _OPEN_TAG.search(before):
                self._until = ">"
                return said + before[: before.rindex("<")]
            said += before
        return said

    def _marker(self, word: str) -> str | None:
        """At the start of a line: what is left of a bullet, heading, fence or rule; None if the word is none."""
        if word in _BULLETS or _HEADING.match(word):
            self._own_sentence = True
            return ""
        if word.startswith("```") or _RULE.match(word) or _CHECKBOX.match(word):
            return ""
        if word.startswith("|"):
            self._own_sentence = True
        if _NUMBER.match(word.strip("*_`")):
            self._own_sentence = True
        return None

    def _cells(self, word: str) -> list[str]:
        """A table's cells are parts of a list."""
        if "|" not in word:
            return [word]
        parts: list[str] = []
        for cell in word.split("|"):
            parts += [cell, "|"]
        return parts[:-1]

    def _say(self, word: str) -> str:
        if word == "|":
            if self._last.isalnum():
                self._gap = ", "
            return ""
        if word == "*" and self._last.isdigit():
            word = "times"
        if _RULE.match(word):
            return ""
        return "".join(self._hang(part) if part in STOPS else self._add(part) for part in say_word(word, self._english))

    def _add(self, word: str) -> str:
        if word in DASHES and (self._line_start or self._last in STOPS or self._gap == ", "):
            return ""
        self._line_start = False
        said, self._gap, self._last = self._gap + word, " ", word[-1]
        return said

    def _hang(self, stop: str) -> str:
        """A stop on its own goes to the word before it."""
        if not self._last or self._last in STOPS or self._last in DASHES:
            return ""
        self._gap, self._last = " ", stop
        return stop

    def _end_line(self) -> str:
        """A heading, a list item, a table's row and a paragraph are sentences; other lines run on."""
        self._newlines += 1
        own = self._own_sentence or self._newlines > 1
        self._own_sentence, self._line_start = False, True
        if self._until in (")", ">"):
            self._until = ""
        if self._gap == ", ":
            self._gap = " "
        return self._hang(".") if own and (self._last.isalnum() or self._last in "\"')%’”") else ""


def spoken(text: str, language: str = "en") -> str:
    """The whole text at once."""
    speaker = Speaker(language)
    return speaker.push(text) + speaker.end()


async def spoken_stream(chunks: AsyncIterable[str], language: str = "en") -> AsyncGenerator[str, None]:
    """The same for text that streams in; never yields an empty string."""
    speaker = Speaker(language)
    async for chunk in chunks:
        if said := speaker.push(chunk):
            yield said
    if said := speaker.end():
        yield said
