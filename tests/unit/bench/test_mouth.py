"""The caller's mouth: the moment of the last voiced sample is where every figure begins."""

from __future__ import annotations

import time

import numpy as np

from bench.audio import Pcm
from bench.mouth import Mouth
from ops.tasks import TaskSet


async def test_an_utterance_is_sent_whole_and_its_end_is_the_last_frames_moment() -> None:
    """Frames in order, the last one padded; `ended` is when it was handed on, and silence goes before and after."""
    sent: list[tuple[float, Pcm]] = []

    async def send(pcm: Pcm) -> None:
        sent.append((time.monotonic(), pcm))

    mouth, tasks = Mouth(1000, send), TaskSet("test")
    tasks.spawn(mouth.run(), name="mouth")
    spoken = await mouth.say(np.arange(1, 36, dtype=np.int16))
    await mouth.say(np.arange(1, 3, dtype=np.int16))
    await tasks.aclose()
    assert all(len(pcm) == 10 for _, pcm in sent)
    loud = [(at, pcm) for at, pcm in sent if pcm.any()]
    assert np.concatenate([pcm for _, pcm in loud[:4]])[:35].tolist() == list(range(1, 36))
    assert loud[3][1][5:].tolist() == [0] * 5
    assert spoken.began < loud[0][0] <= loud[3][0]
    assert 0 <= loud[3][0] - spoken.ended < loud[3][0] - loud[2][0]
