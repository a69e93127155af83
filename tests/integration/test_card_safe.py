"""Card numbers on the wire: over TLS that is checked, to the one address that was configured, and into no error."""

from __future__ import annotations

import traceback
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.cards.number import CardNumber
from agent.cards.safe import HttpsSafe, SafeDown
from tests.support.card_safe import SafeServer, safe_server

CARD = CardNumber("4111111111111111")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[SafeServer]:
    async with safe_server(tmp_path) as running:
        yield running


async def test_a_number_is_sent_with_the_secret(server: SafeServer) -> None:
    safe = HttpsSafe(server.url, "secret", server.trust)
    assert await safe.keep("call-1", CARD)
    assert server.bodies == [{"call_id": "call-1", "card_number": CARD.digits}]
    assert server.authorized == ["Bearer secret"]


@pytest.mark.parametrize(
    ("status", "result"), [(200, True), (422, False), (402, False), (500, None), (401, None), (429, None), (307, None)]
)
async def test_no_is_an_answer_and_trouble_is_none(server: SafeServer, status: int, result: bool | None) -> None:
    """A redirect is followed nowhere: the number would go along."""
    server.status = status
    safe = HttpsSafe(server.url, "secret", server.trust)
    if result is None:
        with pytest.raises(SafeDown) as caught:
            await safe.keep("call-1", CARD)
        assert CARD.digits not in "".join(traceback.format_exception(caught.value))
    else:
        assert await safe.keep("call-1", CARD) is result
    assert len(server.bodies) == 1


async def test_a_server_that_nobody_vouches_for_gets_nothing(server: SafeServer) -> None:
    with pytest.raises(SafeDown):
        await HttpsSafe(server.url, "secret").keep("call-1", CARD)
    assert server.bodies == []


async def test_nothing_goes_without_tls() -> None:
    with pytest.raises(ValueError, match="https only"):
        HttpsSafe("http://safe.example.com", "secret")
