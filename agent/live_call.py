"""The live call: one object that runs one call, from the caller in the room to the saved outcome.

It wires the parts together and holds no policy of its own: turns/ decides when to speak, failures what to say when
something breaks, endings when it is over. Nothing here waits for storage before the caller has hung up.
"""

from __future__ import annotations

from typing import Any

from livekit import rtc
from livekit.agents import CloseEvent, JobContext

from agent import metrics
from agent.build import App
from agent.callers import callee_of
from agent.cards.taking import Taking
from agent.chronicle import Chronicle
from agent.closing import HANDED_OVER, SUPERSEDED, Closing
from agent.endings import Ending, Endings
from agent.failures import Failure
from agent.first_words import FirstWords
from agent.hearing import Hearing
from agent.keeping import Keeping
from agent.metering import Meter
from agent.minutes import Minutes
from agent.opening import Opening, open_call, unopened
from agent.outbound.call_out import CallOut
from agent.outbound.plain_words import heed
from agent.outbound.stage import SessionStage
from agent.phone.call_side import CallSide
from agent.phone.people import Asked
from agent.phone.put_through import PutThrough, Whose
from agent.presence import Presence
from agent.recall import Past, talk_of, types_a_card
from agent.recording.assemble import Talking, recording_of
from agent.recording.call_recording import CallRecording
from agent.recording.stopped import Stopped
from agent.session import room_options, session_for
from agent.session_events import SessionEvents
from agent.speaker import Speaker
from agent.speech.phrases import PhraseBook
from agent.speech.voice_track import VoiceTrack
from agent.talk import Talk
from agent.tools.desk_setup import desk_of
from agent.tools.registry import build_tools
from agent.trouble import Trouble
from agent.turns.cap import DurationCap
from agent.turns.keypad import Keypad
from agent.turns.monologue import Monologue
from agent.turns.silence import SilenceWatch
from calls.events import DtmfPressed
from calls.outcome import Outcome
from calls.record import CallRecord
from config.model import Line
from ops import logging
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet

_log = logging.get(__name__)

_TAKEN_S = 4.0


class LiveCall:
    """`start` returns once the greeting is under way; `aclose` may come at any time and leaves a closed record."""

    def __init__(self, app: App, ctx: JobContext) -> None:
        self._app, self._ctx = app, ctx
        self._tasks = TaskSet("call", on_error=self._task_failed)
        self._keeping = Keeping(app, self._tasks, self._superseded)
        self._closing = Closing(ctx, self._keeping, app.clock)
        self._endings = Endings(app.clock, self._tasks, self._closing.finish)
        self._chronicle: Chronicle | None = None
        self._participant: rtc.RemoteParticipant | None = None
        self._through: PutThrough | None = None
        self._call_out: CallOut | None = None
        self._recording: CallRecording | None = None
        self._cards: Taking | None = None
        self._started_at = app.clock.monotonic()

    def __repr__(self) -> str:
        record = self._chronicle.record if self._chronicle else None
        if record is None:
            return "<LiveCall opening>"
        session = self._closing.session
        state = "CLOSED" if record.closed or session is None else session.agent_state.upper()
        return f"<LiveCall {record.call_id[:8]} {record.caller.leg} {state} turn={record.turns} {self._keeping}>"

    async def start(self) -> None:
        """Open the call and greet. Whatever breaks here ends the call with a closed record; nothing is raised."""
        try:
            opening = await open_call(self._app, self._ctx, self._publish, self._keeping.recall)
            if opening.past is not None and opening.past.record.closed:
                self._endings.now(Ending(Outcome.FAILED, "over_already"))  # its worker died before the room's end
                return
            if opening.refused is not None:  # no word, and the room's end: the phone hears that it was not taken
                self._write_down(opening.record, None)
                self._endings.now(Ending(Outcome.ABANDONED, opening.refused))
                return
            self._open(opening)
            if opening.participant is None and not opening.is_to_be_answered and not self._ctx.is_fake_job():
                left = self._caller_hung_up() if opening.past else Ending(Outcome.ABANDONED, "caller_never_came")
                self._endings.now(left)
                return
            options = room_options(opening.identity)
            await self._session.start(self._talk, room=self._ctx.room, room_options=options, record=False)
            if self._call_out is not None and opening.is_to_be_answered:
                self._tasks.spawn(self._call_out.run(), name="call out")
            else:
                parts = (self._app, opening, self._speaker, self._endings, self._trouble, self._cap, self._tasks)
                FirstWords(*parts, self._recording).begin(self._through)
                if self._cards is not None and self._cards.under_way:
                    self._cards.begin()
        except DeadlineExceeded as error:
            _log.error("call could not be opened", what=error.what, timeout_s=error.seconds)
            self._unopened("room_out_of_reach")
        except Exception:  # noqa: BLE001 - whatever it is, the caller must not be left in a silent room
            _log.exception("call broke at its start")
            self._broken("start")

    def _publish(self) -> None:
        """At once: a phone rings until the agent has a track."""
        track, source = VoiceTrack.native(self._app.clock)
        self._closing.track = track
        self._tasks.spawn(track.publish(self._ctx.room, source), name="publish")

    def _unopened(self, reason: str) -> None:
        """A call that never came to be is a call all the same: it has a record, and an end.

        One that was another worker's before stays as it is: it is given to the next.
        """
        record = unopened(self._app, self._ctx)
        if record.epoch > 1:
            self._endings.now(Ending(Outcome.FAILED, HANDED_OVER))
            return
        self._write_down(record, None)
        self._endings.now(Ending(Outcome.FAILED, reason, Failure.BROKEN.value))

    def _write_down(self, record: CallRecord, past: Past | None) -> Chronicle:
        # On the records themselves: the parent process, which writes the lines, knows of no call.
        self._ctx.log_context_fields |= {"call_id": record.call_id, "line": record.line}
        self._chronicle = self._closing.chronicle = self._keeping.chronicle(record, past)
        metrics.LIVE_CALLS.labels(line=record.line).inc()
        return self._chronicle

    def _open(self, opening: Opening) -> None:
        """Make the parts and tie them together."""
        app, line = self._app, opening.line
        self._line = line
        chronicle = self._write_down(opening.record, opening.past)
        self._trouble = Trouble(chronicle, self._trouble_is_over, line.phrases.failures)
        if opening.complaint:
            self._trouble.met(Failure.BAD_DISPATCH, opening.complaint)
        phrases = app.phrases(line)
        self._session = self._closing.session = session_for(app, line)
        self._closing.meter = meter = Meter(app.clock, opening.record, app.call_center.prices)
        meter.listen(self._session.stt, self._session.llm, self._session.tts)
        self._speaker = Speaker(self._session, phrases, self._endings, line.phrases)
        if self._closing.track is not None:
            self._session.output.audio = self._closing.track
        self._desk = desk_of(app, line, chronicle, self._endings, self._tasks, self._ctx.room, self)
        self._talk = Talk(
            line,
            instructions=line.instructions(app.clock.now()),
            tools=build_tools(app.offered(opening.tools), self._desk),
            phrases=phrases,
            trouble=self._trouble,
            tasks=self._tasks,
            ending=lambda: self._endings.wished,
            talk=talk_of(opening.past.events) if opening.past else None,
        )
        self._silence = SilenceWatch(
            line.policy.silence, app.clock, self._tasks, self._speaker.say_heard, self._give_up
        )
        self._cap = DurationCap(line.policy.length, app.clock, self._tasks, self._speaker.say, self._endings)
        self._monologue = Monologue(line.policy.max_turn_s, app.clock, self._tasks, self._cut_in)
        self._keypad = Keypad(app.clock, self._tasks, self._keys_entered)
        SessionEvents(
            self._session,
            chronicle,
            self._trouble,
            self._endings,
            Minutes(chronicle, self._trouble, meter, lambda: self._keeping.store_is_down),
            Hearing(self._session, app.clock, self._deaf),
            self._silence,
            self._monologue,
            app.clock,
            self._started_at,
            self._session_closed,
        ).listen()
        self._record_as(line)
        if self._cards is not None and opening.past is not None and types_a_card(opening.past.events):
            self._cards.expect()
        parts = (self._session, self._speaker, self._endings, self._silence, self._cap)
        self._side = CallSide(*parts, chronicle, self._recording)
        if opening.order is not None:
            self._call_out = self._outbound(opening, phrases)
        elif opening.on_phone:
            heed(self._session, line.language, self._desk.opt_out, self._tasks)
        if opening.participant is not None and not opening.is_to_be_answered:
            self._meet(opening.participant)
        if opening.identity is not None:  # in the console nobody could take the call over
            self._keeping.hold(self._record, self._ctx.room)
        _log.info("call opened", persona=line.persona.name, leg=opening.record.caller.leg.value)

    def _record_as(self, line: Line) -> None:
        """As `line` wants it. And what is typed while nothing is recorded."""
        chronicle, track = self._chronicle_or_raise, self._closing.track
        talk = (self._session, self._speaker, self._endings, self._silence, self._trouble, track, self._tasks)
        kept = self._closing.recording = recording_of(self._app, self._ctx.room, Talking(line, chronicle, *talk))
        if kept is not None:
            self._recording = kept.recording
            self._talk.heed = kept.recording.heed
        if (safe := self._app.safe()) is not None:
            parts = (self._session, self._speaker, self._silence, self._app.clock, self._tasks)
            self._cards = Taking(self._record.call_id, safe, self._recording, *parts)

    def _outbound(self, opening: Opening, phrases: PhraseBook) -> CallOut:
        chronicle, disclosure = self._chronicle_or_raise, self._line.policy.disclosure
        talk = (self._session, self._speaker, chronicle, self._endings, self._silence)
        stage = SessionStage(*talk, self._desk.opt_out, disclosure, self._recording)
        return CallOut(opening, self._ctx.room, stage, phrases, self._app.clock, self._tasks, self).prepared()

    def _meet(self, participant: rtc.RemoteParticipant) -> None:
        """The other side is there: from now on the room tells of them, and they can be put through."""
        self._participant, leg = participant, self._record.caller.leg
        Presence(self._ctx.room, participant, leg, self._app.clock, self._tasks, self).start()
        whose = Whose(participant.identity, leg, self._record.call_id)
        self._through = self._side.put_through(
            self._line, whose, self._ctx, self._closing.track, self._tasks, self._app
        )
        if self._recording is not None:
            self._recording.turned_away.through = self._through

    def callee_answered(self, participant: rtc.RemoteParticipant) -> None:
        """A call that we make is answered: it lasts from now on."""
        self._chronicle_or_raise.change(caller=callee_of(participant, self._record.caller))
        self._meet(participant)
        self._cap.start()

    # -- speaking ------------------------------------------------------------------------------------------------

    async def _cut_in(self) -> None:
        """A monologue: take what was said so far as a turn, say so to the end (the caller is speaking), and answer."""
        try:
            async with deadline(_TAKEN_S, "transcript so far"):
                said = await self._session.commit_user_turn(skip_reply=True)
        except DeadlineExceeded:
            said = ""
        await self._speaker.say_heard(self._line.policy.turn.words, interruptible=False)
        if said:
            self._speaker.reply()

    async def _give_up(self) -> None:
        """Nobody spoke to our prompts."""
        self._endings.after_words(Ending(self._outcome(), "silence"))
        await self._speaker.say_heard(self._line.policy.silence.farewell)
        self._endings.agent_is_quiet()

    # -- what the session tells us -------------------------------------------------------------------------------

    def _session_closed(self, event: CloseEvent) -> None:
        if self._endings.decided is None:
            # With no error it is the job's end that closes it: nobody but us and the worker does.
            broken = Ending(Outcome.FAILED, f"session_{event.reason.value}", Failure.BROKEN.value)
            self._endings.now(self._cut_off() if event.error is None else broken)

    def _deaf(self, detail: str) -> None:
        words = self._trouble.again(Failure.STT_DEAF, detail)
        if self._session.agent_state != "speaking" or self._endings.wished:
            self._speaker.say(words)

    def _keys_entered(self, digits: str) -> None:
        if (self._through and self._through.away) or (self._call_out and self._call_out.keys(digits)):
            return
        if self._recording is None or not self._recording.waiting.is_on:
            self._speaker.reply(f"(pressed on the keypad) {' '.join(digits)}")

    # -- what a tool reaches for ---------------------------------------------------------------------------------

    def tool_broke(self, failure: Failure, detail: str) -> None:
        self._trouble.again(failure, detail)

    def put_through(self, name: str, summary: str) -> Asked:
        busy = self._cards is not None and self._cards.under_way  # nobody else may hear what they type
        return self._through.ask(name, summary) if self._through and not busy else Asked.UNDER_WAY

    async def stop_recording(self) -> Stopped:
        return await self._recording.stop() if self._recording is not None else Stopped.NEVER_WAS

    def take_card(self) -> bool:
        away = self._through is not None and self._through.away
        return self._cards is not None and not away and self._cards.begin()

    def expect_keys(self, count: int) -> None:
        self._keypad.expect(count)

    # -- what the room tells us ----------------------------------------------------------------------------------

    def caller_left(self, *, lost: bool) -> None:
        self._endings.now(self._caller_hung_up("line_lost" if lost else "caller_hung_up"))

    def caller_is_back(self, identity: str) -> None:
        self._session.room_io.set_participant(identity)

    def key_pressed(self, key: str) -> None:
        self._silence.caller_spoke()
        if self._cards is not None and self._cards.key(key):
            return
        if self._through is not None and self._through.joined:
            return  # meant for a person, perhaps a card's number for them
        self._chronicle_or_raise.add(DtmfPressed, digit=key)
        self._keypad.pressed(key)

    def room_closed(self) -> None:
        self._endings.now(Ending(self._outcome(), "room_closed"))

    def connection_lost(self) -> None:
        self._endings.now(Ending(Outcome.FAILED, "connection_lost", Failure.BROKEN.value))

    def sent_away(self) -> None:
        """By whoever has given the call to another worker; or else by an operator."""
        self._tasks.spawn(self._leave(), name="sent away")

    async def _leave(self) -> None:
        if await self._keeping.is_ours():
            self.connection_lost()
        else:
            self._superseded()

    def _superseded(self) -> None:
        """Another worker has the call: be gone, say nothing, write nothing."""
        self._endings.now(Ending(Outcome.FAILED, SUPERSEDED))

    def _caller_hung_up(self, reason: str = "caller_hung_up") -> Ending:
        return Ending(self._outcome(), reason)

    def _outcome(self) -> Outcome:
        """Having said anything counts as a talk that was had; leaving before that as given up."""
        if self._through is not None and self._through.joined:
            return Outcome.TRANSFERRED
        return self._desk.outcome if self._record.turns else Outcome.ABANDONED

    # -- the end -------------------------------------------------------------------------------------------------

    def _trouble_is_over(self, failure: Failure) -> None:
        self._endings.after_words(Ending(Outcome.FAILED, "failure", failure.value, firm=True))

    def _task_failed(self, error: BaseException) -> None:
        self._broken(type(error).__name__)

    def _broken(self, detail: str) -> None:
        """A bug of ours: goodbye while there is a voice to say it, and in any case the end."""
        if self._endings.decided is not None:
            return  # the call is over already: it is in the log, and cannot hurt the caller any more
        if self._chronicle is None:
            self._unopened("broken")
            return
        ending = Ending(Outcome.FAILED, "broken", Failure.BROKEN.value, firm=True)
        if self._closing.session is None:
            self._endings.now(ending)
            return
        self._endings.after_words(ending)
        if self._speaker.say(self._trouble.met(Failure.BROKEN, detail), interruptible=False) is None:
            self._endings.now(ending)

    async def aclose(self) -> None:
        """The job ends. A call that was not ending by itself is handed over, or failed where nobody can take it."""
        await self._tasks.aclose()
        await self._closing.release(self._endings.decided or self._cut_off())

    def _cut_off(self) -> Ending:
        if self._call_out is not None and self._participant is None:
            return Ending(Outcome.ABANDONED, "cancelled")  # nobody has answered, and now nobody will
        if self._app.state_is_shared and self._participant is not None:
            return Ending(Outcome.FAILED, HANDED_OVER)
        return Ending(Outcome.FAILED, "worker_shutdown", Failure.BROKEN.value)

    # -- small helpers -------------------------------------------------------------------------------------------

    @property
    def _chronicle_or_raise(self) -> Chronicle:
        assert self._chronicle is not None, "the call is open"  # noqa: S101 - an invariant for the type checker
        return self._chronicle

    @property
    def _record(self) -> Any:
        return self._chronicle_or_raise.record
