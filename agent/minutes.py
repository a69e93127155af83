"""Who said what, taken down as the session reports it."""

from __future__ import annotations

from collections.abc import Callable

from livekit.agents.llm import ChatMessage

from agent.chronicle import Chronicle
from agent.failures import Failure
from agent.latency import Latency
from agent.metering import Meter
from agent.trouble import Trouble
from calls.events import AgentSpoke, CallerSpoke


class Minutes:
    """`store_down`: can nothing be stored at the moment? A failure of its own, which the caller never hears."""

    def __init__(self, chronicle: Chronicle, trouble: Trouble, meter: Meter, store_down: Callable[[], bool]) -> None:
        self._chronicle, self._trouble, self._meter, self._store_down = chronicle, trouble, meter, store_down
        self._latency = Latency(chronicle)

    def take(self, message: ChatMessage) -> None:
        """Write down one finished utterance of the caller, or what was heard of one answer."""
        if self._store_down():
            self._trouble.met(Failure.STORE_DOWN)
        text, turn = message.text_content or "", self._chronicle.record.turns
        if message.role == "user":
            self._chronicle.add(CallerSpoke, turn=turn + 1, text=text, **spoken_at(message))
            self._latency.caller_said(message)
        elif message.role == "assistant" and text:
            self._chronicle.change(**self._meter.bill())  # with each answer, for whoever may take the call over
            self._chronicle.add(
                AgentSpoke, turn=turn, text=text, interrupted=bool(message.interrupted), **spoken_at(message)
            )
            self._latency.agent_said(message)


def spoken_at(message: ChatMessage) -> dict[str, float]:
    """From when to when it was heard, in UTC epoch seconds: the framework takes both from time.time(). The caller's by
    VAD, the beginning less what it needed to be sure; the agent's from the first sample given to the room."""
    began, ended = (message.metrics.get(f"{what}_speaking_at") for what in ("started", "stopped"))
    if not isinstance(began, int | float) or not isinstance(ended, int | float) or began > ended:
        return {}  # what was typed, pressed, or said in no time
    return {"began_at": round(float(began), 3), "ended_at": round(float(ended), 3)}
