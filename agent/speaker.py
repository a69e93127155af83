"""Fixed words and the model's answers, spoken in a call for as long as there is somebody to hear them."""

from __future__ import annotations

from typing import Any

from livekit.agents import AgentSession
from livekit.agents.types import NOT_GIVEN
from livekit.agents.voice import SpeechHandle

from agent.endings import Endings
from agent.speech.phrases import PhraseBook
from config.phrases.phrases import Phrases


class Speaker:
    """Once the end of the call is decided nothing more is said; what is said before is heard before the end.

    `phrases` is what the call's line says by itself; `book` has the audio of some of it.
    """

    def __init__(self, session: AgentSession[Any], book: PhraseBook, endings: Endings, phrases: Phrases) -> None:
        self._session, self._book, self._endings = session, book, endings
        self.phrases = phrases

    def say(self, words: str, *, interruptible: bool = True, in_talk: bool = True) -> SpeechHandle | None:
        """Fixed words, from the cache where they are there, else in the line's voice. None: nobody can hear them.

        `in_talk`: does the model see them as part of the talk?
        """
        if self._endings.decided is not None:
            return None
        audio = self._book.frames(words)
        try:
            speech = self._session.say(
                words,
                audio=NOT_GIVEN if audio is None else audio,
                allow_interruptions=interruptible,
                add_to_chat_ctx=in_talk,
            )
        except RuntimeError:  # the session is not running, or no longer
            return None
        self._endings.words_ahead()
        speech.add_done_callback(lambda _: self._endings.words_over())
        return speech

    async def say_heard(self, words: str, *, interruptible: bool = True) -> None:
        """As `say`, to the end of the words."""
        if (speech := self.say(words, interruptible=interruptible)) is not None:
            await speech.wait_for_playout()

    def reply(self, to: str | None = None) -> None:
        """Have the model answer what was said so far, or `to`."""
        if self._endings.decided is None:
            self._session.generate_reply(user_input=NOT_GIVEN if to is None else to)
