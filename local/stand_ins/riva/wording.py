"""How a final transcript is written."""

from collections.abc import Sequence

_QUESTIONS = frozenset(
    (
        *("what", "when", "where", "who", "how", "which", "why", "is", "are", "am", "do", "does", "did"),
        *("can", "could", "would", "will", "shall", "may", "have", "has"),
    )
)
_CAPITAL = frozenset(("i", "i'm", "i'd", "i've", "i'll"))


def transcript(words: Sequence[str], *, punctuation: bool) -> str:
    """The words as one text; with `punctuation` a capital at the start, "I", and a full stop or question mark.

    A rule of thumb by the first word, where Riva has a model: it puts no commas and knows no names.
    """
    if not words or not punctuation:
        return " ".join(words)
    text = " ".join(word.capitalize() if n == 0 or word in _CAPITAL else word for n, word in enumerate(words))
    return text + ("?" if words[0] in _QUESTIONS else ".")
