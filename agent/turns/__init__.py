"""How turns are taken: one strategy a file. `handling` puts the framework's options together in one place."""

from __future__ import annotations

from typing import Any

from livekit.agents import TurnHandlingOptions

from agent.turns import barge_in, end_of_turn


def handling(detector: Any) -> TurnHandlingOptions:
    """The turn-taking of a call. `detector` is the local turn detector."""
    return TurnHandlingOptions(
        turn_detection=detector,
        endpointing=end_of_turn.ENDPOINTING,
        preemptive_generation=end_of_turn.PREEMPTIVE,
        interruption=barge_in.INTERRUPTION,
    )
