"""What the session tells of its talk: who speaks, what was said, which model broke. Handed on to the parts of the call
that it concerns; nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from livekit.agents import (
    AgentSession,
    AgentStateChangedEvent,
    CloseEvent,
    ConversationItemAddedEvent,
    ErrorEvent,
    UserStateChangedEvent,
)
from livekit.agents.llm import ChatMessage

from agent import metrics
from agent.chronicle import Chronicle
from agent.endings import Endings
from agent.failures import Failure
from agent.hearing import Hearing
from agent.minutes import Minutes
from agent.trouble import Trouble
from agent.turns.monologue import Monologue
from agent.turns.silence import SilenceWatch
from calls.events import CallAnswered
from calls.record import Direction, Leg
from ops import logging
from ops.clock import Clock

_log = logging.get(__name__)


@dataclass(frozen=True)
class SessionEvents:
    """`started_at` is the monotonic time at which the job began; `closed` is told of the session's end."""

    session: AgentSession[None]
    chronicle: Chronicle
    trouble: Trouble
    endings: Endings
    minutes: Minutes
    hearing: Hearing
    silence: SilenceWatch
    monologue: Monologue
    clock: Clock
    started_at: float
    closed: Callable[[CloseEvent], None]

    def listen(self) -> None:
        self.session.on("conversation_item_added", self._item_added)
        self.session.on("agent_state_changed", self._agent_state)
        self.session.on("user_state_changed", self._user_state)
        self.session.on("error", _model_error)
        self.session.on("close", self.closed)

    def _item_added(self, event: ConversationItemAddedEvent) -> None:
        item = event.item
        if not isinstance(item, ChatMessage):
            return
        if item.role == "user":
            self.hearing.heard()
            self.trouble.mended(Failure.STT_DEAF)
            self.endings.caller_goes_on()
        self.minutes.take(item)

    def _agent_state(self, event: AgentStateChangedEvent) -> None:
        if event.new_state == "speaking" and self.chronicle.record.answered_at is None:
            self.chronicle.change(answered_at=self.clock.now())
            self.chronicle.add(CallAnswered)
            if self.chronicle.record.direction is Direction.INBOUND:  # the other kind rings first, as long as it likes
                metrics.FIRST_AUDIO.observe(self.clock.monotonic() - self.started_at)
        if event.new_state == "listening":
            if self.session.user_state != "speaking":
                self._quiet()
            self.endings.agent_is_quiet()
        else:
            self.silence.stop()

    def _user_state(self, event: UserStateChangedEvent) -> None:
        if event.new_state == "speaking":
            self.silence.caller_spoke()
            self.monologue.begins()
            return
        self.monologue.pauses()
        if self.session.agent_state == "listening":
            self._quiet()

    def _quiet(self) -> None:
        """Nobody speaks. In the console that is somebody who types."""
        if self.chronicle.record.caller.leg is not Leg.CONSOLE:
            self.silence.quiet()


def _model_error(event: ErrorEvent) -> None:
    """Every model's failure is handled where it happens; what is left here is for the log."""
    error = event.error
    _log.warning(
        "model error", kind=getattr(error, "type", ""), error_type=type(getattr(error, "error", error)).__name__
    )
