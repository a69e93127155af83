"""Which utterance is spoken in which turn: the same for every agent, each utterance as often as any other."""

from __future__ import annotations

import random
from dataclasses import dataclass

from bench.turns import Kind

# Two plain turns first: a stock session cannot be interrupted in the first seconds of its first answer.
CALL = (Kind.CLEAN, Kind.CLEAN, Kind.BARGE_IN, Kind.CLEAN, Kind.BARGE_IN, Kind.CLEAN, Kind.BARGE_IN)


@dataclass(frozen=True, slots=True)
class Card:
    kind: Kind
    utterance: int


def deal(calls: int, utterances: int, seed: int) -> list[list[Card]]:
    """One hand of turns for each call. Each kind has a deck of its own, shuffled anew when it is used up."""
    shuffle = random.Random(seed)  # noqa: S311 - a repeatable order is what is wanted
    decks: dict[Kind, list[int]] = {kind: [] for kind in Kind}

    def draw(kind: Kind) -> int:
        if not decks[kind]:
            decks[kind] = list(range(utterances))
            shuffle.shuffle(decks[kind])
        return decks[kind].pop()

    return [[Card(kind, draw(kind)) for kind in CALL] for _ in range(calls)]
