"""What is done with who answered: people are greeted, machines told what is to be told, menus worked through.

Until a person is greeted the session hears nothing and nothing is said but what stands here.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from agent.endings import Ending
from agent.outbound.ears import Ears
from agent.outbound.languages.table import wording_of
from agent.outbound.order import Order
from agent.outbound.screening import Answer, Limits, Screening
from calls.outcome import Outcome
from config.model import Line
from ops.clock import Clock
from ops.tasks import TaskSet

_AFTER_ASKING = Limits(silent_s=3.0)
_AFTER_KEYS = Limits(silent_s=20.0, most_s=45.0)  # it rings, or a queue plays its music
_MOST_ROUNDS = 8  # of menus and questions: a tree that goes round for ever costs money
_DOUBT_S = 15.0  # from the greeting: for so long a person may turn out to be a machine
_TONE_S = 40.0  # a machine's greeting is over by then, tone or not
_NO_TONE_S = 2.0  # of quiet after its words: a machine without a tone
_SECOND_TONE_S = 4.0  # of our message: the true tone came after it had begun


class Stage(Protocol):
    """What a reception may cause."""

    def found(self, answer: Answer, after_s: float, text: str) -> None:
        """It was decided who answered, `after_s` seconds after the answer, by these words too. May be taken back."""

    def talk(self, *, on: bool) -> None:
        """The session hears the callee and answers them, or no longer."""

    def greet(self, words: str) -> None:
        """Begin to say the words; the callee may interrupt."""

    async def tell(self, words: str) -> None:
        """Say the words to the end, whatever comes from the other side."""

    async def answer_menu(self, text: str) -> None:
        """Have the model answer a recorded menu, to the end of what it does."""

    def hush(self) -> None:
        """Stop whatever is being said."""

    def spoke(self, text: str) -> None:
        """The callee said this, before there was a talk."""

    async def no_more(self, how: str) -> None:
        """Take them off the list, say so, and end the call."""

    def end(self, ending: Ending) -> None: ...


class Reception:
    """One per outbound call."""

    def __init__(self, order: Order, line: Line, stage: Stage, ears: Ears, clock: Clock, tasks: TaskSet) -> None:
        self._order, self._line, self._stage = order, line, stage
        self._ears, self._clock, self._tasks = ears, clock, tasks
        self._wording = wording_of(line.language)
        self._answered_at = clock.monotonic()

    async def receive(self) -> None:
        """From the answer until a person is being talked to, or the call ends."""
        limits, asked = Limits(), False
        for _ in range(_MOST_ROUNDS):
            answer, screening = await self._screen(limits)
            if self._wording.wants_no_more_calls(screening.text):
                self._stage.spoke(screening.text)
                return await self._stage.no_more("voice")
            if answer is Answer.MACHINE:
                return await self._leave_message(beeped=screening.beeped)
            if answer is Answer.NO_MAILBOX:
                return self._stage.end(Ending(Outcome.ABANDONED, "no_mailbox"))
            if answer is Answer.MENU:
                await self._stage.answer_menu(screening.text)
                limits = _AFTER_KEYS
            elif answer is Answer.UNSURE and not asked:
                asked, limits = True, _AFTER_ASKING
                await self._stage.tell(asking(self._line))
            else:
                return await self._greet()
            self._ears.forget()
        self._stage.end(Ending(Outcome.ABANDONED, "nobody_found"))
        return None

    async def _screen(self, limits: Limits) -> tuple[Answer, Screening]:
        """Listen until it is decided."""
        screening = Screening(self._clock.monotonic(), self._wording, limits)
        while (answer := screening.answer(self._clock.monotonic())) is None:
            heard = await self._ears.next()
            if heard.words is not None:
                screening.words(heard.words)
            else:
                screening.sound(self._clock.monotonic(), voiced=heard.voiced, beeped=heard.beeped)
        self._found(answer, screening.text)
        return answer, screening

    def _found(self, answer: Answer, text: str) -> None:
        self._stage.found(answer, self._clock.monotonic() - self._answered_at, text)

    async def _greet(self) -> None:
        """Talk from now on; and keep an ear open for a machine that only paused."""
        self._ears.forget()
        self._stage.talk(on=True)
        self._stage.greet(self._line.greeting)
        until = self._clock.monotonic() + _DOUBT_S
        while self._clock.monotonic() < until:
            heard = await self._ears.next()
            if heard.beeped or (heard.words is not None and self._wording.surely_a_machine(heard.words)):
                self._stage.talk(on=False)
                self._stage.hush()
                self._found(Answer.MACHINE, heard.words or "")
                return await self._leave_message(beeped=heard.beeped)
        return None

    async def _leave_message(self, *, beeped: bool) -> None:
        message = self._line.voicemail if self._order.voicemail else ""
        if not message:
            self._stage.end(Ending(Outcome.VOICEMAIL, "machine"))
            return
        if not beeped:
            await self._tone()
        while await self._interrupted_by_tone(self._tasks.spawn(self._stage.tell(message), name="message")):
            self._stage.hush()
        self._stage.end(Ending(Outcome.VOICEMAIL, "voicemail_left"))

    async def _tone(self) -> None:
        """Wait for the tone, or for the quiet of a machine that has none."""
        now = quiet_from = self._clock.monotonic()
        until = now + _TONE_S
        while now < until and now - quiet_from < _NO_TONE_S:
            heard = await self._ears.next()
            now = self._clock.monotonic()
            if heard.beeped:
                return
            if heard.voiced:
                quiet_from = now

    async def _interrupted_by_tone(self, telling: asyncio.Task[None]) -> bool:
        """Wait for the message's end; True where the machine's tone fell into its beginning."""
        until = self._clock.monotonic() + _SECOND_TONE_S
        while not telling.done():
            if self._clock.monotonic() >= until:
                await telling
            elif (await self._ears.next()).beeped:
                return True
        return False


def asking(line: Line) -> str:
    """Who is asking stands in the first sentence."""
    return line.policy.disclosure.applied_to(line.phrases.anybody_there)
