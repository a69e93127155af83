"""How many requests of one client run at once."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from state_gateway.errors import Refused
from state_gateway.security.places import Places
from tests.support.gateway_door import a_client


def test_a_client_fills_its_own_places_only() -> None:
    """429 with Retry-After beyond them; a place is free again when its request has ended, well or not."""
    places, client = Places(), a_client(max_concurrent=2)
    with ExitStack() as running:
        for _ in range(2):
            running.enter_context(places.take(client))
        with pytest.raises(Refused) as refused, places.take(client):
            pass
        assert (refused.value.status, refused.value.code, refused.value.retry_after_s) == (429, "too_many_at_once", 1)
        with places.take(a_client("other", max_concurrent=1)):
            pass
    with pytest.raises(ZeroDivisionError), places.take(client):
        raise ZeroDivisionError
    with places.take(client), places.take(client):
        pass
