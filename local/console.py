"""The live view of `make run`: who is up, then each call as it happens. Lines only, so that it reads the same in any
terminal, in a pipe and in a log; colours where a terminal shows them.

It shows what callers say: it is meant for a developer at the keyboard, with callers of their own. Numbers are cut to
their last four digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TextIO

from local.process import Process
from local.records import WireEvent

_PLAIN, _DIM, _BOLD, _RED, _GREEN, _CYAN = "", "2", "1", "31", "32", "36"


@dataclass
class Console:
    """Writes lines to `out`, in ANSI colours with `colours`. Events come as `local.follow` reads them, of any kind."""

    out: TextIO
    colours: bool
    _started: dict[str, float] = field(default_factory=dict)  # call id -> time of its start

    def up(self, process: Process) -> None:
        """A process is ready."""
        seconds = f"{process.ready_after_s or 0:4.1f} s"
        self._line(f"  {self._paint('ready', _GREEN)}  {process.name:<10} {seconds}  127.0.0.1:{process.service.port}")

    def say(self, line: str) -> None:
        """A line for the operator."""
        self._line(line)

    def ready(self, seconds: float, numbers: Sequence[str]) -> None:
        """Everything is up."""
        self._line(self._paint(f"Ready after {seconds:.1f} s.", _BOLD) + f" Numbers: {', '.join(numbers) or 'none'}")
        self._line("Ring it from another terminal: make call. Ctrl-C here ends everything.")

    def failed(self, message: str) -> None:
        """Something broke: the message says what, why, and how to go on."""
        self._line(self._paint(message, _RED))

    def control(self, line: Mapping[str, Any]) -> None:
        """A line of the control service's log, of which one kind is shown: a call that lost its worker."""
        if line.get("event") == "call taken over":
            at = datetime.fromisoformat(str(line["timestamp"])).timestamp()
            why = f": {line['reason']}" if line.get("reason") else ""
            self._happened(at, str(line.get("call_id")), ("REVIVED", f"another worker is sent for{why}", _RED))

    def event(self, event: WireEvent) -> None:
        """Something happened in a call."""
        show = _KINDS.get(str(event["kind"]))
        if show:
            self._happened(float(event["at"]), event["call_id"], show(self, event))

    def _happened(self, at: float, call_id: str, what: tuple[str, str, str]) -> None:
        label, text, colour = what
        clock = datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S")
        self._line(f"{self._paint(clock, _DIM)} {call_id[-6:]} {self._paint(f'{label:<8}', colour)} {text}")

    def _call_started(self, event: WireEvent) -> tuple[str, str, str]:
        self._started[event["call_id"]] = float(event["at"])
        caller = event.get("caller") or {}
        who = masked(caller.get("number")) if caller.get("leg") == "sip" else "a browser"
        return "call", f"{caller.get('leg', '?')} line {event.get('line')}, {event.get('persona')}, from {who}", _BOLD

    def _call_answered(self, event: WireEvent) -> tuple[str, str, str]:
        return "answered", self._since_start(event), _DIM

    def _call_resumed(self, event: WireEvent) -> tuple[str, str, str]:
        silent = event.get("silent_s")
        gap = f"; nobody listened for at most {silent:.1f} s" if silent is not None else ""
        return "resumed", f"by another worker, which knows {event.get('known')} events{gap}", _BOLD

    def _agent_spoke(self, event: WireEvent) -> tuple[str, str, str]:
        cut = " -- (interrupted)" if event.get("interrupted") else ""
        return "agent", f"{event.get('text', '')}{cut}", _CYAN

    def _turn_timed(self, event: WireEvent) -> tuple[str, str, str]:
        parts = [f"{name} {_ms(event[key])}" for key, name in _STAGES.items() if event.get(key) is not None]
        return "", self._paint(f"turn {event.get('turn')}: {', '.join(parts) or 'not timed'}", _DIM), _PLAIN

    def _tool_called(self, event: WireEvent) -> tuple[str, str, str]:
        given = ", ".join(f"{key}={value}" for key, value in dict(event.get("arguments") or {}).items())
        result = _short(str(event.get("result", "")))
        return "tool", f"{event.get('tool')}({given}) -> {result}", _PLAIN if event.get("ok", True) else _RED

    def _failure_handled(self, event: WireEvent) -> tuple[str, str, str]:
        said = f' said "{event["said"]}"' if event.get("said") else " said nothing"
        detail = f" ({_short(str(event['detail']))})" if event.get("detail") else ""
        return "FAILURE", f"{event.get('failure')}:{said}{detail}", _RED

    def _call_ended(self, event: WireEvent) -> tuple[str, str, str]:
        failure = f", {event['failure']}" if event.get("failure") else ""
        colour = _RED if event.get("outcome") == "failed" else _BOLD
        text = f"{event.get('outcome')} ({event.get('reason')}{failure}) {self._since_start(event)}"
        self._started.pop(event["call_id"], None)
        return "ended", text, colour

    def _since_start(self, event: WireEvent) -> str:
        started = self._started.get(event["call_id"])
        return f"after {float(event['at']) - started:.1f} s" if started is not None else ""

    def _paint(self, text: str, colour: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self.colours and colour else text

    def _line(self, text: str) -> None:
        with suppress(OSError):  # a closed terminal or pipe must not keep the stack from ending
            print(text.rstrip(), file=self.out, flush=True)


_STAGES = {
    "voice_to_voice_s": "voice to voice",
    "end_of_turn_s": "end of turn",
    "transcription_s": "transcript",
    "llm_first_token_s": "first token",
    "tts_first_byte_s": "first sound",
}

_KINDS: dict[str, Callable[[Console, Any], tuple[str, str, str]]] = {
    "call_started": Console._call_started,
    "call_answered": Console._call_answered,
    "answer_detected": lambda _, event: (
        "who",
        f"{event.get('answer')}, {event.get('after_s')} s after the answer",
        _DIM,
    ),
    "call_resumed": Console._call_resumed,
    "caller_spoke": lambda _, event: ("caller", str(event.get("text", "")), _GREEN),
    "agent_spoke": Console._agent_spoke,
    "turn_timed": Console._turn_timed,
    "tool_called": Console._tool_called,
    "dtmf_pressed": lambda _, event: ("key", str(event.get("digit", "")), _GREEN),
    "failure_handled": Console._failure_handled,
    "call_ended": Console._call_ended,
}


def masked(number: str | None) -> str:
    """The last four digits of a number: "...0100"; "a withheld number" for none."""
    return f"...{number[-4:]}" if number else "a withheld number"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def _short(text: str, longest: int = 120) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else flat[: longest - 3] + "..."
