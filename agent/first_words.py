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
from agent.speaker import Speaker
from agent.trouble import Trouble
from agent.turns.cap import DurationCap
from calls.outcome import Outcome
from ops.tasks import TaskSet


@dataclass(frozen=True)
class FirstWords:
    """Of one call. `through` is with which its caller can be put through."""

    app: App
    opening: Opening
    speaker: Speaker
    endings: Endings
    trouble: Trouble
    cap: DurationCap
    tasks: TaskSet

    def begin(self, through: PutThrough | None) -> None:
        opening = self.opening
        if opening.message is not None:
            self._goodbye(opening.message, inbound.CLOSED)
            return
        self.cap.start(self.app.clock.now() - opening.record.started_at)
        if not opening.resumed:
            self._greet()
        elif through is None or not through.resume(opening.past.record.data if opening.past else None):
            self._go_on()  # else caller and person talk to each other, and have noticed nothing

    def _greet(self) -> None:
        line = self.opening.line
        self.speaker.say(line.greeting)
        limit = inbound.ration(line, self.opening.record.caller, self.app.permits, self._goodbye)
        self.tasks.spawn(limit, name="ration")

    def _go_on(self) -> None:
        line, past = self.opening.line, self.opening.past
        events = past.events if past else ()
        self.speaker.say(self.trouble.met(Failure.WORKER_DIED), in_talk=False)
        if is_unanswered(events, line):
            self.speaker.reply()
        else:
            self.speaker.say(way_back(events, line))

    def _goodbye(self, words: str, reason: str) -> None:
        """The last words of a call that is not to become a talk."""
        self.endings.after_words(Ending(Outcome.ABANDONED, reason, firm=True))
        self.speaker.say(words, interruptible=False)
