"""Is it the music of our hold that somebody hears? And what they hear once it is over."""

from __future__ import annotations

import numpy as np

from agent.phone.music import RATE, tune
from local.caller.measure import Span
from local.caller.recorder import Side
from local.caller.sound import EAR_RATE, Pcm
from local.caller.talk import FINISHED_S, Heard
from tests.support.calls import Call

_PIECE = EAR_RATE // 2
_ALIKE = 0.5  # seen: 0.8 and more of music through a telephone's codec, 0.2 and less of speech


async def heard_for(call: Call, seconds: float) -> Pcm:
    """What the caller hears from now on."""
    began_s = call.leg.handset.now_s
    await call.talk.clock.sleep(seconds)
    return call.leg.recorder.sound(Side.AGENT, began_s, began_s + seconds)


async def heard_until(call: Call, words: str) -> Heard:
    """What the caller hears from now until the agent has said `words`, music and all."""
    began_s = call.leg.handset.now_s
    await call.written(lambda event: event["kind"] == "agent_spoke" and event["text"] == words)
    await call.talk.quiet(FINISHED_S)
    ended_s = call.leg.handset.now_s
    return Heard(Span(began_s, ended_s), call.leg.recorder.sound(Side.AGENT, began_s, ended_s), None)


def after_music(heard: Heard) -> Heard:
    """The rest of it. Takes a while, in which no call can be heard."""
    pieces = range(0, len(heard.sound) - _PIECE, _PIECE)
    over = max((begin + _PIECE for begin in pieces if is_music(heard.sound[begin : begin + _PIECE])), default=0)
    return Heard(Span(heard.span.start_s + over / EAR_RATE, heard.span.end_s), heard.sound[over:], None)


def is_music(sound: Pcm) -> bool:
    """Is the middle second of it a piece of our tune?"""
    return likeness(sound) > _ALIKE


def likeness(sound: Pcm) -> float:
    """The highest normalised correlation of the middle second with the tune as it loops, 0 to 1."""
    middle = len(sound) // 2
    part = sound[max(0, middle - EAR_RATE // 2) : middle + EAR_RATE // 2].astype(float)
    song = np.interp(np.arange(0, len(tune()), RATE / EAR_RATE), np.arange(len(tune())), tune().astype(float))
    song = np.concatenate([song, song[: len(part)]])
    found = np.fft.irfft(np.fft.rfft(song) * np.conj(np.fft.rfft(part, len(song))), len(song))
    power = np.cumsum(np.concatenate([[0.0], song**2]))
    at_each = np.sqrt(np.maximum(power[len(part) :] - power[: -len(part)], 1.0))
    return float((np.abs(found[: len(at_each)]) / (at_each * max(float(np.linalg.norm(part)), 1.0))).max())
