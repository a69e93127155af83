"""What putting somebody through may do to the call it is part of."""

from __future__ import annotations

from typing import Any

from livekit import api
from livekit.agents import AgentSession, JobContext
from livekit.agents.utils import http_context

from agent.build import App
from agent.chronicle import Chronicle
from agent.endings import Ending, Endings
from agent.phone.exchange import Exchange
from agent.phone.hold import Hold
from agent.phone.put_through import PutThrough, Whose
from agent.recording.call_recording import CallRecording
from agent.speaker import Speaker
from agent.speech.voice_track import VoiceTrack
from agent.turns.cap import DurationCap
from agent.turns.silence import SilenceWatch
from calls.events import CallerPutThrough
from calls.outcome import Outcome
from config.model import Line
from ops.tasks import TaskSet
from sip.outbound.people import PeopleGuard


class CallSide:
    """See agent.phone.put_through.Call for the promises."""

    def __init__(
        self,
        session: AgentSession[Any],
        speaker: Speaker,
        endings: Endings,
        silence: SilenceWatch,
        cap: DurationCap,
        chronicle: Chronicle,
        recording: CallRecording | None,
    ) -> None:
        self._session, self._speaker, self._endings, self._silence = session, speaker, endings, silence
        self._cap, self._chronicle, self._recording = cap, chronicle, recording

    def put_through(
        self, line: Line, whose: Whose, ctx: JobContext, track: VoiceTrack | None, tasks: TaskSet, app: App
    ) -> PutThrough:
        """With which callers of this call are put through. `track` is the agent's own voice."""
        # Not the job's own client: its failover repeats what may have happened already, and would ring a person twice.
        client = api.LiveKitAPI(session=http_context.http_session(), failover=False)
        carrier = app.call_center.carriers.get(line.telephony.carrier or "")
        exchange = Exchange(client, ctx.room.name, ctx.job.agent_name, app.clock, carrier)
        voice = lambda: track.sid if track else ""  # noqa: E731 - one expression, used once
        hold = Hold(ctx.room, whose.identity, exchange, self.away, voice)
        guard = PeopleGuard(line, whose.call_id, app.permits, app.clock)
        return PutThrough(line, whose, ctx.room, exchange, hold, guard, tasks, self)

    def to_be_told(self) -> str:
        return self._recording.for_a_person if self._recording is not None else ""

    async def spoken(self) -> None:
        speech = self._session.current_speech
        if speech is not None:
            await speech.wait_for_playout()

    async def say(self, words: str, *, in_talk: bool) -> None:
        speech = self._speaker.say(words, interruptible=False, in_talk=in_talk)
        if speech is not None:
            await speech.wait_for_playout()

    def note(self, **data: Any) -> None:
        self._chronicle.note(**data)

    def came_to(self, target: str, result: str, **data: Any) -> None:
        self._chronicle.note(**data)
        self._chronicle.add(CallerPutThrough, target=target, result=result)

    def away(self, *, on: bool) -> None:
        self._session.input.set_audio_enabled(not on)
        self._silence.hold(on=on)
        self._cap.hold(on=on)

    def attend(self) -> None:
        self.away(on=True)
        self._cap.joined()

    def transferred(self, reason: str) -> None:
        self._endings.now(Ending(Outcome.TRANSFERRED, reason))
