"""What the caller hears first: the greeting; a message and no more; or, after a worker died, the way back into the
talk."""

from __future__ import annotations

from dataclasses import dataclass

from agent import inbound
from agent.build import App
from agent.endings import Ending, Endings
from agent.failures import Failure
from agent.opening import Opening
from agent.phone.put_through import PutThrough
from agent.recall import is_unanswered, way_back
from agent.recording.call_recording import CallRecording
from agent.speaker import Speaker
from agent.trouble import Trouble
from agent.turns.cap import DurationCap
from calls.outcome import Outcome
from ops.tasks import TaskSet


@dataclass(frozen=True)
class FirstWords:
    """Of one call; `recording` None: it is not recorded. `through` is with which its caller can be put through."""

    app: App
    opening: Opening
    speaker: Speaker
    endings: Endings
    trouble: Trouble
    cap: DurationCap
    tasks: TaskSet
    recording: CallRecording | None

    def begin(self, through: PutThrough | None) -> None:
        opening = self.opening
        if opening.message is not None:
            self._goodbye(opening.message, inbound.CLOSED)
            return
        self.cap.start(self.app.clock.now() - opening.record.started_at)
        if not opening.resumed:
            self._greet()
            return
        untold = self.recording is not None and self.recording.take_over()
        if through is None or not through.resume(opening.past.record.data if opening.past else None):
            self._go_on(untold=untold)  # else caller and person talk to each other, and have noticed nothing

    def _greet(self) -> None:
        line = self.opening.line
        self._say_greeting()
        limit = inbound.ration(line, self.opening.record.caller, self.app.permits, self._goodbye)
        self.tasks.spawn(limit, name="ration")

    def _say_greeting(self) -> None:
        if self.recording is not None:
            self.recording.greet(self.opening.line.greeting)
        else:
            self.speaker.say(self.opening.line.greeting)

    def _go_on(self, *, untold: bool) -> None:
        """`untold`: the caller has not heard yet that the call is recorded."""
        line, past = self.opening.line, self.opening.past
        events = past.events if past else ()
        answer = is_unanswered(events, line)
        words = "" if answer else way_back(events, line)
        self.speaker.say(self.trouble.met(Failure.WORKER_DIED), in_talk=False)

        def go_on() -> None:
            if answer:
                self.speaker.reply()
            else:
                self.speaker.say(words)

        if words == line.greeting and untold:
            self._say_greeting()
        elif self.recording is not None and untold:
            self.recording.announce(go_on)
        elif self.recording is not None:
            self.recording.when_it_runs(go_on)
        else:
            go_on()

    def _goodbye(self, words: str, reason: str) -> None:
        """The last words of a call that is not to become a talk."""
        self.endings.after_words(Ending(Outcome.ABANDONED, reason, firm=True))
        self.speaker.say(words, interruptible=False)
