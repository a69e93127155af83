"""What commands show is lines of letters, whoever named what is in them."""

from __future__ import annotations

import pytest

from ops.terminal import tell


def test_no_name_reaches_the_terminal_as_an_order(capsys: pytest.CaptureFixture[str]) -> None:
    """A trunk at the carrier, an object in the bucket: who may name one could clear the screen of who looks."""
    tell('note: "ours\x1b[2J"\n  café')
    assert capsys.readouterr().out == 'note: "ours?[2J"\n  café\n'
