"""API keys: believed for their secret, in the same time whether the id exists or not."""

from __future__ import annotations

import hmac
from collections.abc import Iterator

import pytest

from state_gateway.errors import Refused
from state_gateway.security import keys
from state_gateway.security.clients import ApiKey, Client, Clients
from state_gateway.security.commands import DEFAULT

_CLIENT = Client("worker", (b"calls:",), DEFAULT)
_NOW = 1_790_000_000.0


def _clients(*given: tuple[keys.NewKey, dict[str, object]]) -> Clients:
    return Clients({new.id: ApiKey(new.id, _CLIENT, new.digest, **more) for new, more in given})  # type: ignore[arg-type]


def _refusal(clients: Clients, header: str | None, now: float = _NOW) -> Refused:
    with pytest.raises(Refused) as refused:
        keys.key_of(clients, header, now)
    return refused.value


def test_two_keys_of_a_client_are_valid_at_once() -> None:
    """Rotation: the new one is handed out while the old one still works."""
    old, new = keys.new(), keys.new()
    clients = _clients((old, {}), (new, {}))
    for key in (old, new):
        assert keys.key_of(clients, f"Bearer {key.text}", _NOW).client is _CLIENT
        assert keys.key_of(clients, f"bearer  {key.text} ", _NOW).id == key.id


def test_a_key_ends_by_time_or_by_word() -> None:
    """Both are told to who has the secret, and only to them."""
    old, dead = keys.new(), keys.new()
    clients = _clients((old, {"expires": _NOW + 10}), (dead, {"revoked": True}))
    assert keys.key_of(clients, f"Bearer {old.text}", _NOW + 9.9).id == old.id
    assert _refusal(clients, f"Bearer {old.text}", _NOW + 10).code == "key_expired"
    assert _refusal(clients, f"Bearer {dead.text}").code == "key_revoked"
    wrong = f"sk_{dead.id}_{'0' * 64}"
    assert (_refusal(clients, f"Bearer {wrong}").status, _refusal(clients, f"Bearer {wrong}").code) == (
        401,
        "unauthorized",
    )


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer x", "Basic YTpi", "sk_a_b", "Bearer sk_é_ü", "Bearer \x00"]
)
def test_what_is_no_key(header: str | None) -> None:
    """Answered 401 in words that quote nothing."""
    refused = _refusal(Clients(), header)
    assert (refused.status, refused.code) == (401, "unauthorized")


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    sizes: list[int] = []
    real = hmac.compare_digest

    def counting(a: bytes, b: bytes) -> bool:
        sizes.append(len(b))
        return real(a, b)

    monkeypatch.setattr(hmac, "compare_digest", counting)
    yield sizes


def test_an_unknown_id_costs_the_same_comparison(compared: list[int]) -> None:
    """A known id with a wrong secret and an unknown id: one constant-time comparison of 32 bytes, the same words."""
    key = keys.new()
    clients = _clients((key, {}))
    words = [
        _refusal(clients, f"Bearer sk_{key.id}_{'0' * 64}").message,
        _refusal(clients, f"Bearer sk_{'0' * 12}_{'0' * 64}").message,
    ]
    assert compared == [32, 32] and words[0] == words[1]


def test_a_new_key_has_256_random_bits() -> None:
    """The id tells keys apart in lists and logs; the secret is not in what is stored."""
    one, two = keys.new(), keys.new()
    assert one.id != two.id and one.text.split("_")[2] != two.text.split("_")[2]
    assert len(bytes.fromhex(one.text.split("_")[2])) == 32 and one.digest == keys.digest(one.text)


def test_signing_secrets_differ_by_key_and_root() -> None:
    """Derived: the same on each replica, another for each key and each root."""
    secrets = {keys.signing_secret(root, id) for root in (b"r" * 32, b"s" * 32) for id in ("a" * 8, "b" * 8)}
    assert len(secrets) == 4 and all(len(each) == 64 for each in secrets)
