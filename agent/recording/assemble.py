"""A call's recording, put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from livekit import rtc
from livekit.agents import AgentSession
from livekit.agents.llm import ChatMessage

from agent.build import App
from agent.chronicle import Chronicle
from agent.endings import Endings
from agent.minutes import spoken_at
from agent.phone.people import is_person
from agent.recording.asking import Asking
from agent.recording.call_recording import CallRecording
from agent.recording.memory import Memory
from agent.recording.parts import Parts
from agent.recording.played import Played
from agent.recording.tape import Tape
from agent.recording.turned_away import TurnedAway
from agent.recording.waiting import Waiting
from agent.speaker import Speaker
from agent.speech.voice_track import VoiceTrack
from agent.spool.spool import Spool
from agent.trouble import Trouble
from agent.turns.silence import SilenceWatch
from calls.events import CallerSpoke
from calls.ports import Recorder
from config.model import Line
from ops.clock import Clock
from ops.tasks import TaskSet
from recording.names import Names
from sip.outbound.their_number import their_number

_PEOPLE = (rtc.ParticipantKind.PARTICIPANT_KIND_SIP, rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD)


@dataclass(frozen=True)
class Talking:
    """What of the call its recording has to do with."""

    line: Line
    chronicle: Chronicle
    session: AgentSession[Any]
    speaker: Speaker
    endings: Endings
    silence: SilenceWatch
    trouble: Trouble
    track: VoiceTrack | None
    tasks: TaskSet


@dataclass(frozen=True)
class Own:
    """See agent.recording.call_recording.OwnTrack."""

    spool: Spool
    names: Names
    epoch: int
    clock: Clock

    def begin(self) -> None:
        self.spool.begin(self.names, self.epoch, self.clock.now())

    def pause(self) -> None:
        self.spool.pause()

    def resume(self) -> None:
        self.spool.resume()

    async def discard(self) -> None:
        await self.spool.discard()


@dataclass(frozen=True)
class Kept:
    """What a recording holds open until the call is over."""

    recording: CallRecording
    recorder: Recorder
    spool: Spool

    def wind_up(self) -> None:
        """The call ends: nothing new is begun."""
        self.recording.tape.wind_up()

    def close(self) -> None:
        """No more is done about it from now on."""
        self.recording.tape.close()

    async def aclose(self) -> None:
        await self.spool.aclose()
        await self.recorder.aclose()


def recording_of(app: App, room: rtc.Room, call: Talking) -> Kept | None:
    """None: this call's line records nothing."""
    chronicle, line, tasks = call.chronicle, call.line, call.tasks
    record = chronicle.record
    if record.recording is None:
        return None
    names = Names(app.settings.recording.prefix, record.started_at, record.line, record.call_id)
    parts = Parts(chronicle, names, app.clock)
    recorder, spool = app.recorder(), app.spool(room, call.track)

    def spoke(said: ChatMessage) -> None:
        turn, text = chronicle.record.turns + 1, said.text_content or ""
        chronicle.add(CallerSpoke, turn=turn, text=text, **spoken_at(said))

    played = Played(call.track, call.trouble, lambda: _somebody_is_there(room))
    recording = CallRecording(
        line.policy.recording,
        parts,
        Own(spool, names, record.epoch, app.clock),
        call.session,
        call.speaker,
        call.endings,
        played,
        Asking(call.session, call.speaker, call.silence, played.heard, spoke),
        Waiting(call.session, call.speaker, call.silence, call.endings, tasks),
        TurnedAway(line.policy.recording, call.session, call.speaker, call.endings),
        Memory(app.permits, lambda: their_number(chronicle.record, line), record.call_id, app.clock),
        tasks,
    )
    start_s = line.policy.recording.start_s
    recording.tape = Tape(recorder, record.room, parts, start_s, app.clock, tasks, recording.failed)
    call.session.on("user_input_transcribed", recording.transcribed)
    return Kept(recording, recorder, spool)


def _somebody_is_there(room: rtc.Room) -> bool:
    """The caller, who may have another name since their browser came back."""
    others = room.remote_participants.values()
    return any(each.kind in _PEOPLE and not is_person(each.identity) for each in others)
