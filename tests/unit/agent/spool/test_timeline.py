"""What was heard lies on the timeline where it was heard, whatever the event loop, the room and the clocks do."""

from __future__ import annotations

import numpy as np
import pytest
from livekit import rtc

from agent.spool.lanes import RATE
from agent.spool.timeline import STEP, Block, Timeline
from agent.spool.track import Heard, Mark, Paused, Resumed, Said, Unsaid
from tests.support.a_spool import frame, frames, heard, tone

_BEGUN = 5_000.0  # monotonic: no zero
_WITHIN = 0.020


def stretches(block: Block, channel: int) -> list[tuple[float, float]]:
    return heard(block[:, channel], RATE, 32767)


def near(found: list[tuple[float, float]], *wanted: tuple[float, float], within: float = _WITHIN) -> bool:
    flat = [moment for each in found for moment in each]
    return len(found) == len(wanted) and flat == pytest.approx([m for each in wanted for m in each], abs=within)


def render(marks: list[Mark], until: float, tick: float = 0.2, settled: float = 0.4) -> Block:
    """As the writer does: now and then, what has settled by then."""
    timeline, waiting = Timeline(_BEGUN), sorted(marks, key=moment)
    blocks, now = [], _BEGUN
    while now < _BEGUN + until + settled:
        now += tick
        while waiting and moment(waiting[0]) <= now:
            timeline.add(waiting.pop(0))
        blocks.append(timeline.render(min(now - settled, _BEGUN + until)))
    return np.concatenate(blocks)


def moment(mark: Mark) -> float:
    """When it was known: the agent's sound is, 0.12 s before it is heard."""
    return mark.at - 0.12 if isinstance(mark, Said) else mark.at


def come(since: float, seconds: float, *, late: float = 0.0, lane: int = 1, pitch: float = 440.0) -> list[Mark]:
    """Somebody's sound from `since` on, in pieces that come `late`."""
    pieces = frames(tone(seconds, pitch))
    ends = np.cumsum([piece.duration for piece in pieces])
    return [Heard(lane, _BEGUN + since + end + late, piece) for end, piece in zip(ends, pieces, strict=True)]


def given(since: float, seconds: float) -> list[Mark]:
    pieces = frames(tone(seconds), 0.04)
    starts = np.cumsum([0.0, *(piece.duration for piece in pieces)])
    return [Said(_BEGUN + since + start, piece) for start, piece in zip(starts, pieces, strict=False)]


def test_each_voice_is_in_its_channel_at_its_time() -> None:
    """The agent left, everybody else right, on one timeline from the first sample on."""
    block = render([*given(0.5, 1.0), *come(2.0, 0.8), *come(2.4, 1.0, lane=2), *given(4.0, 0.3)], until=5.0)
    assert len(block) == 5.0 * RATE
    assert near(stretches(block, 0), (0.5, 1.5), (4.0, 4.3))
    assert near(stretches(block, 1), (2.0, 3.4))


def test_two_who_speak_at_once_are_both_heard_and_nothing_wraps_round() -> None:
    """Caller and person are one channel: a sum beyond full scale is cut off, not turned into noise."""
    loud = np.full(RATE // 10, 30_000, np.int16)
    block = render([Heard(lane, _BEGUN + 1.0, frame(loud)) for lane in (1, 2)], until=1.0)
    assert set(block[-RATE // 10 :, 1]) == {32767}


@pytest.mark.parametrize("stall", [0.15, 0.35, 2.0])
def test_an_event_loop_that_stood_still_moves_no_sound(stall: float) -> None:
    """What came meanwhile is brought in one heap: it lies where it was heard, without a hole, nothing twice."""
    marks = come(1.0, 4.0)
    held_up = [
        Heard(mark.lane, max(mark.at, _BEGUN + 2.0 + stall), mark.frame)
        if isinstance(mark, Heard) and mark.at > _BEGUN + 2.0
        else mark
        for mark in marks
    ]
    # While the loop stands still its beat does too, and nothing is written.
    timeline, blocks = Timeline(_BEGUN), []
    for mark in held_up:
        timeline.add(mark)
        if not 2.0 <= mark.at - _BEGUN <= 2.0 + stall:
            blocks.append(timeline.render(mark.at - 0.4))
    blocks.append(timeline.render(_BEGUN + 6.0))
    sound = np.concatenate(blocks)[:, 1]
    assert near(heard(sound, RATE, 32767), (1.0, 5.0))
    assert np.count_nonzero(sound) == pytest.approx(np.count_nonzero(tone(4.0)), abs=0.02 * RATE)


def test_a_first_piece_that_came_late_moves_nothing_after_it() -> None:
    """It would have put the whole talk 0.2 s too late."""
    first, *others = come(1.0, 3.0)
    assert isinstance(first, Heard)
    late = Heard(first.lane, first.at + 0.2, first.frame)
    assert near(stretches(render([late, *others], until=5.0), 1), (1.0, 4.0))


def test_unrest_in_the_pieces_coming_makes_no_holes() -> None:
    """Each up to 15 ms late, at random: one stretch of sound, at its time."""
    late = np.random.default_rng(7).uniform(0, 0.015, 40)
    marks: list[Mark] = [
        Heard(1, mark.at + shift, mark.frame)
        for mark, shift in zip(come(1.0, 4.0), late, strict=True)
        if isinstance(mark, Heard)
    ]
    assert near(stretches(render(marks, until=6.0), 1), (1.0, 5.0))


def test_sound_that_was_missing_is_a_hole_of_its_length() -> None:
    """The caller's phone was away for 3 s: what follows is not moved to the front."""
    assert near(stretches(render([*come(1.0, 1.0), *come(5.0, 1.0)], until=7.0), 1), (1.0, 2.0), (5.0, 6.0))


def test_a_sender_whose_clock_runs_fast_or_slow_stays_in_place() -> None:
    """0.1 % is more than a telephone's clock is off: after ten minutes it would be 0.6 s."""
    for drift in (1.001, 0.999):
        pieces = frames(np.zeros(RATE // 10 * 6000, np.int16))
        pieces[-10:] = frames(tone(1.0))
        marks: list[Mark] = [Heard(1, _BEGUN + (n + 1) * 0.1 * drift, piece) for n, piece in enumerate(pieces)]
        found = stretches(render(marks, until=605.0), 1)
        assert near(found[:1], (599.0 * drift, 600.0 * drift), within=0.05)


def test_what_the_agent_did_not_say_is_not_in_its_channel() -> None:
    """Interrupted at 1.0 s: what was given to the room for later was taken back, to the sample; it goes on at 3 s."""
    marks = [*given(0.2, 0.9), Unsaid(_BEGUN + 1.0), *given(3.0, 0.5)]
    block = render(marks, until=4.0)
    assert near(stretches(block, 0), (0.2, 1.0), (3.0, 3.5))
    assert not block[1 * RATE : 3 * RATE, 0].any()


def test_a_pause_keeps_not_one_sample_of_either_side() -> None:
    """A card's digits: what is heard from the pause to the resumption is silence, also of a piece that lies across."""
    marks = [*come(0.0, 6.0), *given(0.0, 6.0), Paused(_BEGUN + 2.03), Resumed(_BEGUN + 4.05)]
    block = render(marks, until=6.0)
    assert not block[round(2.03 * RATE) : round(4.05 * RATE)].any()
    assert near(stretches(block, 0), (0.0, 2.03), (4.05, 6.0))
    assert near(stretches(block, 1), (0.0, 2.0), (4.15, 6.0), within=0.12)  # of what lies across nothing is kept


def test_what_was_heard_in_the_pause_is_not_kept_when_it_comes_late() -> None:
    """The event loop stands still over the end of the pause: the digits come when nothing is paused any more."""
    pause: list[Mark] = [Paused(_BEGUN + 1.0), Resumed(_BEGUN + 2.0)]
    late: list[Mark] = [Heard(1, _BEGUN + 2.6, mark.frame) for mark in come(1.0, 1.5) if isinstance(mark, Heard)]
    block = render([*come(0.0, 1.0), *pause, *late, *come(2.5, 1.0)], until=4.0)
    assert not block[RATE : 2 * RATE].any()


def test_a_frame_of_another_kind_is_left_out() -> None:
    """Placed as if it were ours it would be half as long, or twice as fast."""
    odd = rtc.AudioFrame(bytes(4 * 480), 48_000, 2, 480)
    assert not render([Heard(1, _BEGUN + 1.0, odd)], until=2.0).any()


def test_nothing_is_rendered_twice_and_blocks_are_whole_steps() -> None:
    timeline = Timeline(_BEGUN)
    sizes = [len(timeline.render(_BEGUN + until)) for until in (0.05, 0.05, 0.01, 0.119, 0.12)]
    assert sizes == [2 * STEP, 0, 0, 3 * STEP, 1 * STEP]
    assert timeline.done == 6 * STEP
