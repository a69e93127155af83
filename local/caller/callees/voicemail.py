"""An answering machine: a greeting, a beep, and it records what is said after that."""

from __future__ import annotations

from dataclasses import dataclass, field

from local.caller.callee_leg import CalleeLeg
from local.caller.measure import voiced
from local.caller.recorder import Side
from local.caller.sound import Pcm, tone
from ops.clock import Clock, SystemClock
from ops.deadline import DeadlineExceeded, deadline

BEEP_HZ = 1000.0  # carriers' beeps lie between 440 and 2000 Hz; 1000 is the commonest
BEEP_S = 0.5
_SHORTEST_S = 1.0


@dataclass(slots=True)
class Voicemail:
    """Hangs up after `at_most_s` of message. What was said after the beep is in `message` once `take` has returned."""

    greeting: str = (
        "Hi, you have reached Robin Miller. I can't come to the phone right now. "
        "Please leave your name and number after the tone, and I will call you back."
    )
    rings_s: float = 1.0
    at_most_s: float = 60.0
    beeped_at_s: float | None = field(default=None, init=False)  # second of the call at which the beep ended

    async def take(self, leg: CalleeLeg, clock: Clock | None = None) -> None:
        clock = clock or SystemClock()
        await clock.sleep(self.rings_s)
        await leg.answer()
        await leg.say(self.greeting)
        spoken = await leg.say(tone(BEEP_HZ, BEEP_S))
        if leg.ended.is_set():
            return
        self.beeped_at_s = spoken.end_s
        try:
            async with deadline(self.at_most_s, "the end of the message"):
                await leg.ended.wait()
        except DeadlineExceeded:
            await leg.hangup()

    def trouble(self, leg: CalleeLeg) -> str | None:
        """Whoever waits for the beep leaves a message; to hang up before it is as good."""
        message = self.message(leg)
        if message is None:
            return None
        voiced_s = sum(span.end_s - span.start_s for span in voiced(message))
        return None if voiced_s >= _SHORTEST_S else "No message was left after the beep."

    def message(self, leg: CalleeLeg) -> Pcm | None:
        """What it recorded, 16 kHz, as far as it goes; None where the beep never came."""
        return None if self.beeped_at_s is None else leg.recorder.sound(Side.AGENT, self.beeped_at_s)
