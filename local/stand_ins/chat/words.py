"""Plain lower-case words out of what a caller said, as a speech recogniser or a person writes it."""

import re


def plain(text: str) -> str:
    """Lower case, single blanks, no punctuation but apostrophes and the colon of a time; "a.m." and "a m" are "am"."""
    text = re.sub(r"\b([ap])\.?\s?m\b\.?", r"\1m", text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    text = re.sub(r"(?<!\d):|:(?!\d)", " ", text)
    return " ".join(re.sub(r"[^a-z0-9': ]", " ", text).split())


def has(pattern: str, text: str) -> bool:
    """Whether whole words in plain `text` match `pattern`."""
    return re.search(rf"\b(?:{pattern})\b", text) is not None
