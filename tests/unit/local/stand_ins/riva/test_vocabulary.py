"""The corpus: every word can be heard, and lists are written out the same on every machine."""

import pytest

from local.stand_ins.riva.vocabulary import CORPUS, pronunciations, written_out


def test_every_word_of_the_corpus_has_a_pronunciation() -> None:
    """A word without one would make the server fail at its start."""
    words = {word for sentence in written_out(CORPUS.read_text(encoding="utf-8")) for word in sentence}
    assert len(words) > 400
    assert set(pronunciations(words)) == words


def test_a_word_without_pronunciation_is_named() -> None:
    """Whoever adds a sentence learns which word cannot be heard."""
    with pytest.raises(ValueError, match="xyzzyq"):
        pronunciations({"hello", "xyzzyq"})


def test_lists_are_drawn_from_and_comments_skipped() -> None:
    """Each sentence with a list brings its entries, lists within lists too."""
    corpus = "# no\n= half : morning | afternoon\n= when : in the <half>\ncome <when> # yes\nhello\n"
    sentences = {" ".join(sentence) for sentence in written_out(corpus)}
    assert sentences == {"come in the morning", "come in the afternoon", "hello"}
