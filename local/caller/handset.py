"""What a caller holds, whatever the line: a mouth that speaks in real time, an ear for each track, the recorder."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from local.caller.activity import Activity, level_dbfs
from local.caller.ear import Ear
from local.caller.mouth import Mouth, Spoken
from local.caller.recorder import Recorder, Side
from local.caller.sound import EAR_RATE, PHONE_RATE, WIRE_RATE, Decimator, Interpolator, Pcm, PhoneBand
from local.caller.voice import speak
from ops.clock import Clock
from ops.tasks import TaskSet


class Band:
    """A stream's way from 48 kHz to the recorder's rate: through a telephone's band (`narrow`) or not."""

    def __init__(self, *, narrow: bool) -> None:
        self._phone = PhoneBand() if narrow else None
        self._up = Interpolator(EAR_RATE // PHONE_RATE)
        self._down = Decimator(WIRE_RATE // EAR_RATE)
        self._wire = Interpolator(WIRE_RATE // PHONE_RATE)

    def heard(self, pcm: Pcm) -> Pcm:
        """48 kHz -> what is recorded."""
        return self._up.feed(self._phone.feed(pcm)) if self._phone else self._down.feed(pcm)

    def spoken(self, pcm: Pcm) -> tuple[Pcm, Pcm]:
        """48 kHz -> what goes out at 48 kHz, and what is recorded of it."""
        if self._phone is None:
            return pcm, self._down.feed(pcm)
        line = self._phone.feed(pcm)
        return self._wire.feed(line), self._up.feed(line)


class Handset:
    """Speaks into `send` (48 kHz frames of 20 ms) and hears what `hear` is given. Seconds count from its making."""

    def __init__(
        self, clock: Clock, send: Callable[[Pcm], Awaitable[None]], *, narrow: bool, ear_delay_s: float
    ) -> None:
        self._clock, self._send, self._narrow, self._ear_delay_s = clock, send, narrow, ear_delay_s
        self._origin = clock.monotonic()
        self._mouth = Mouth(clock, self._origin, self._speak)
        self._band = Band(narrow=narrow)
        self._ears: dict[str, tuple[Ear, Band]] = {}
        self._sends = False
        self.recorder = Recorder()
        self.agent, self.caller = Activity(), Activity()

    @property
    def now_s(self) -> float:
        """The second of the call."""
        return self._clock.monotonic() - self._origin

    def pick_up(self, tasks: TaskSet) -> None:
        """Begin to send, unless it does already: silence, until something is said."""
        if not self._sends:
            self._sends = True
            tasks.spawn(self._mouth.run(), name="mouth")

    async def say(self, line: str | Pcm) -> Spoken:
        return await self._mouth.say(await speak(line) if isinstance(line, str) else line)

    def hush(self) -> None:
        self._mouth.hush()

    def hang_up(self) -> None:
        """Nothing more will be said or heard; who waits for it is woken."""
        self._mouth.shut()
        self.agent.wake()

    def hear(self, track: str, stamp_s: float, pcm: Pcm) -> None:
        """A piece of a track at 48 kHz (whole milliseconds), `stamp_s` being its place on the sender's clock."""
        if track not in self._ears:
            self._ears[track] = Ear(self._ear_delay_s), Band(narrow=self._narrow)
        ear, band = self._ears[track]
        heard = band.heard(pcm)
        at_s = ear.plays_at(stamp_s, self.now_s, silent=level_dbfs(pcm) < -60)
        self.recorder.place(Side.AGENT, at_s, heard)
        self.agent.add(at_s, heard)

    async def _speak(self, frame: Pcm, at_s: float) -> None:
        wire, heard = self._band.spoken(frame)
        self.recorder.place(Side.CALLER, at_s, heard)
        self.caller.add(at_s, heard)
        await self._send(wire)
