"""A word trigram model in ARPA format, counted from sentences.

Interpolated absolute discounting (Ney, Essen and Kneser 1994, "On structuring probabilistic dependences in stochastic
language modelling"): p(w|h) = max(c(hw) - D, 0) / c(h) + D n(h) / c(h) p(w|h'), n(h) being the number of different
words seen after h. The weight of the second term is the ARPA back-off weight of h, so the file is properly normalised.
The unigrams are mixed with a uniform share, so that each word of the vocabulary has some probability anywhere.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

_ORDER = 3
_DISCOUNT = 0.6
_START, _END = "<s>", "</s>"
_NEVER = -99.0  # ARPA's customary log10 probability of a word that is never predicted (the start of a sentence)

Gram = tuple[str, ...]


def count(sentences: Iterable[Sequence[str]]) -> list[Counter[Gram]]:
    """Counts of the 1-, 2- and 3-grams of `sentences`, each between <s> and </s>."""
    counts: list[Counter[Gram]] = [Counter() for _ in range(_ORDER)]
    for sentence in sentences:
        words = (_START, *sentence, _END)
        for order in range(1, _ORDER + 1):
            counts[order - 1].update(words[i : i + order] for i in range(len(words) - order + 1))
    return counts


def _histories(counts: Counter[Gram]) -> tuple[Counter[Gram], Counter[Gram]]:
    """For each history: how often it was followed by something, and by how many different words."""
    total: Counter[Gram] = Counter()
    kinds: Counter[Gram] = Counter()
    for gram, n in counts.items():
        total[gram[:-1]] += n
        kinds[gram[:-1]] += 1
    return total, kinds


def arpa(sentences: Iterable[Sequence[str]]) -> str:
    """The text of an ARPA file. Raises ValueError where there is no sentence to count."""
    counts = count(sentences)
    if not counts[0]:
        raise ValueError("a language model needs at least one sentence")
    probability: list[dict[Gram, float]] = [{}, {}, {}]
    backoff: dict[Gram, float] = defaultdict(lambda: 1.0)
    words = {gram: n for gram, n in counts[0].items() if gram != (_START,)}
    total_words, uniform = sum(words.values()), 1.0 / len(words)
    share = _DISCOUNT * len(words) / total_words
    for gram, n in words.items():
        probability[0][gram] = (n - _DISCOUNT) / total_words + share * uniform
    for order in range(1, _ORDER):
        total, kinds = _histories(counts[order])
        for history, n in total.items():
            backoff[history] = _DISCOUNT * kinds[history] / n
        for gram, n in counts[order].items():
            history = gram[:-1]
            lower = probability[order - 1][gram[1:]]
            probability[order][gram] = (n - _DISCOUNT) / total[history] + backoff[history] * lower
    return _write(probability, backoff)


def _write(probability: list[dict[Gram, float]], backoff: dict[Gram, float]) -> str:
    sizes = [len(probability[0]) + 1, len(probability[1]), len(probability[2])]
    lines = ["\\data\\", *(f"ngram {n}={size}" for n, size in enumerate(sizes, 1)), ""]
    for order, grams in enumerate(probability, 1):
        lines.append(f"\\{order}-grams:")
        if order == 1:
            lines.append(f"{_NEVER:.4f} {_START} {math.log10(backoff[(_START,)]):.4f}")
        for gram, p in sorted(grams.items()):
            line = f"{math.log10(p):.4f} {' '.join(gram)}"
            lines.append(f"{line} {math.log10(backoff[gram]):.4f}" if order < _ORDER else line)
        lines.append("")
    lines += ["\\end\\", ""]
    return "\n".join(lines)
