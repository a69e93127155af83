"""What a worker that takes a call over knows of it: the talk so far as the model sees it, and how to go on.

Pure: everything is read from the events, which another worker wrote.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from livekit.agents import llm

from agent.tools import ask_for_person, take_card
from calls.events import AgentSpoke, CallerSpoke, Event, ToolCalled
from calls.record import CallRecord
from config.model import Line
from config.telephony import Target

_REPEATED = 160  # characters of the agent's last words, about 10 s: enough to find back into the talk
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Past:
    """The call's newest record and its events in their order, as the store had them."""

    record: CallRecord
    events: Sequence[Event] = ()

    @property
    def last_seq(self) -> int:
        return max((event.seq for event in self.events), default=0)

    @property
    def last_at(self) -> float | None:
        """UTC epoch seconds of the last event: when somebody certainly still listened."""
        return max((event.at for event in self.events), default=None)


def talk_of(events: Sequence[Event]) -> llm.ChatContext:
    """The talk as chat messages and tool calls, without instructions."""
    context = llm.ChatContext.empty()
    for number, event in enumerate(events):
        match event:
            case CallerSpoke():
                context.add_message(role="user", content=event.text)
            case AgentSpoke():
                context.add_message(role="assistant", content=event.text, interrupted=event.interrupted)
            case ToolCalled():
                context.items += _tool_use(event, f"recalled_{number}")
    return context


def is_unanswered(events: Sequence[Event], line: Line) -> bool:
    """Was the caller the last to speak, so that an answer of the model's is due?"""
    return isinstance(_last_spoken(events), CallerSpoke) and _missed(events, line) is None


def way_back(events: Sequence[Event], line: Line) -> str:
    """What to say after the apology where no answer is due: the agent's last words, or a request to repeat.

    Where it died before it had said anything, the greeting (with its notices) is said after all. Where it was putting
    the caller through, its last words are no longer true: that person was not reached.
    """
    if (target := _missed(events, line)) is not None:
        return line.phrases.not_reached.format(says=target.says)
    last = _last_spoken(events)
    if not isinstance(last, AgentSpoke):
        return line.greeting
    return line.phrases.say_again if last.interrupted else line.phrases.was_saying + _tail(last.text)


def types_a_card(events: Sequence[Event]) -> bool:
    """Was the caller asked for a card's number, and how that went not said yet? They may be typing it now."""
    for event in reversed(events):
        if isinstance(event, CallerSpoke):
            return False
        if isinstance(event, ToolCalled) and event.tool == take_card.TOOL.name and event.ok:
            return True
    return False


def _missed(events: Sequence[Event], line: Line) -> Target | None:
    """To whom the caller was being put through: they have not spoken to the agent since."""
    for event in reversed(events):
        if isinstance(event, CallerSpoke):
            return None
        if isinstance(event, ToolCalled) and event.tool == ask_for_person.TOOL.name and event.ok:
            targets = line.telephony.targets
            return targets.get(ask_for_person.name_in(str(event.arguments.get("person", "")), targets))
    return None


def _last_spoken(events: Sequence[Event]) -> Event | None:
    return next((event for event in reversed(events) if isinstance(event, CallerSpoke | AgentSpoke)), None)


def _tail(text: str) -> str:
    """The last sentences, as many as fit, and at least one."""
    sentences = _SENTENCE.split(text.strip())
    kept = sentences[-1:]
    for sentence in reversed(sentences[:-1]):
        if len(sentence) + sum(map(len, kept)) > _REPEATED:
            break
        kept.insert(0, sentence)
    return " ".join(kept)


def _tool_use(event: ToolCalled, call_id: str) -> list[llm.ChatItem]:
    arguments = json.dumps(dict(event.arguments), ensure_ascii=False)
    return [
        llm.FunctionCall(call_id=call_id, name=event.tool, arguments=arguments),
        llm.FunctionCallOutput(call_id=call_id, name=event.tool, output=event.result, is_error=not event.ok),
    ]
