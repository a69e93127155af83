"""The trigram builder: its file must be a proper distribution, or the recogniser prefers the unseen."""

import math
from collections import defaultdict

import pytest

from local.stand_ins.riva.language_model import arpa

_SENTENCES = [s.split() for s in ("we are open", "we are closed", "are you open", "we are open", "open today")]


def _read(text: str) -> tuple[dict[tuple[str, ...], float], dict[tuple[str, ...], float]]:
    probability: dict[tuple[str, ...], float] = {}
    backoff: dict[tuple[str, ...], float] = defaultdict(lambda: 1.0)
    order = 0
    for line in text.splitlines():
        if line.endswith("-grams:"):
            order = int(line[1])
        elif order and line and not line.startswith("\\"):
            fields = line.split()
            gram = tuple(fields[1 : 1 + order])
            probability[gram] = 10 ** float(fields[0])
            if len(fields) > 1 + order:
                backoff[gram] = 10 ** float(fields[-1])
    return probability, backoff


@pytest.mark.parametrize("history", [("we", "are"), ("<s>", "are"), ("open", "closed"), ("<s>", "<s>")])
def test_probabilities_after_any_history_sum_to_one(history: tuple[str, str]) -> None:
    """A reader of ARPA files that backs off gets a distribution, for seen, half-seen and unseen histories."""
    probability, backoff = _read(arpa(_SENTENCES))

    def of(word: str) -> float:
        if (*history, word) in probability:
            return probability[(*history, word)]
        lower = probability.get((history[1], word))
        if lower is None:
            lower = backoff[(history[1],)] * probability[(word,)]
        return backoff[history] * lower

    words = {gram[0] for gram in probability if len(gram) == 1} - {"<s>"}
    assert math.isclose(sum(of(word) for word in words), 1.0, abs_tol=2e-3)


def test_a_seen_word_is_likelier_than_an_unseen_one() -> None:
    """ "we are open" was said twice, "we are today" never."""
    probability, backoff = _read(arpa(_SENTENCES))
    assert probability[("we", "are", "open")] > probability[("we", "are", "closed")]
    unseen = backoff[("we", "are")] * backoff[("are",)] * probability[("today",)]
    assert unseen < probability[("we", "are", "closed")]


def test_no_sentences_is_an_error() -> None:
    """An empty corpus would make a file that the decoder dies of."""
    with pytest.raises(ValueError, match="at least one sentence"):
        arpa([])
