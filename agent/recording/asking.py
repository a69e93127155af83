"""May this call be recorded? Asked, and the answer understood, without the model: it hears nothing of either."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from livekit.agents import AgentSession
from livekit.agents.llm import ChatMessage
from livekit.agents.voice import SpeechHandle

from agent.recording.wording import consents, is_more_than, wants_no_recording
from agent.speaker import Speaker
from ops.deadline import DeadlineExceeded, deadline

_TIMES = 2
_QUESTION_S = 20.0
_ANSWER_S = 6.0
_SENTENCE_S = 15.0  # for one that was begun in time
# Words: "yes, that's fine", "no, I do not want to be recorded". What is more asks for something, and is answered.
_JUST_AN_ANSWER, _JUST_A_REFUSAL = 4, 9


class Silence(Protocol):
    def hold(self, *, on: bool) -> None: ...


class Asking:
    """Of one call. `heard`: was that heard to its end? `spoke` is told what the caller said that nobody else will
    hear."""

    def __init__(
        self,
        session: AgentSession[Any],
        speaker: Speaker,
        silence: Silence,
        heard: Callable[[SpeechHandle, str], bool],
        spoke: Callable[[ChatMessage], None],
    ) -> None:
        self._session, self._speaker, self._silence = session, speaker, silence
        self._heard, self.spoke = heard, spoke
        self._answers: asyncio.Queue[ChatMessage] | None = None

    @property
    def is_asking(self) -> bool:
        return self._answers is not None

    def heed(self, said: ChatMessage) -> bool:
        """The caller said this. True: it is taken for an answer, and nobody else need answer it."""
        if self._answers is None:
            return False
        self._answers.put_nowait(said)
        return True

    async def ask(self, question: str) -> tuple[bool | None, str]:
        """The answer, None where there is none after two questions; and what else the caller said meanwhile, which is
        still to be answered."""
        kept: list[str] = []
        was_heard = False
        self._answers = asyncio.Queue()
        self._silence.hold(on=True)
        try:
            for time in range(_TIMES):
                # Who answers while they are asked again has heard the question: what they say must not be lost.
                was_heard = await self._said(question, interruptible=time > 0) or was_heard
                if (said := await self._answered(self._answers)) is None:
                    continue
                text = said.text_content or ""
                refused = wants_no_recording(text)
                answer = False if refused else consents(text)
                if answer and not was_heard:
                    answer = None  # to what?
                if answer is None or is_more_than(text, _JUST_A_REFUSAL if refused else _JUST_AN_ANSWER):
                    kept.append(text)
                else:
                    self.spoke(said)
                if answer is not None:
                    return answer, " ".join(kept)
            return None, " ".join(kept)
        finally:
            self._answers = None
            self._silence.hold(on=False)

    async def _said(self, question: str, *, interruptible: bool) -> bool:
        """Was it heard to its end?"""
        speech = self._speaker.say(question, interruptible=interruptible)
        if speech is None:
            return False
        heard: asyncio.Queue[bool] = asyncio.Queue()
        # Asked at once: the next words may begin to play before a task that waits is woken.
        speech.add_done_callback(lambda done: heard.put_nowait(self._heard(done, question)))
        try:
            async with deadline(_QUESTION_S, "question"):
                return await heard.get()
        except DeadlineExceeded:
            return False

    async def _answered(self, answers: asyncio.Queue[ChatMessage]) -> ChatMessage | None:
        for seconds in (_ANSWER_S, _SENTENCE_S):
            try:
                async with deadline(seconds, "an answer"):
                    return await answers.get()
            except DeadlineExceeded:
                if self._session.user_state != "speaking":
                    return None
        return None
