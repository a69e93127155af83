"""Redis' URL, as operators write it."""

from __future__ import annotations

import pytest

from state_gateway.redis_address import RedisAddress


def test_all_of_it() -> None:
    address = RedisAddress.parse("redis://worker:p%40ss@cache:7000/3")
    assert (address.host, address.port, address.tls) == ("cache", 7000, None)
    assert address.hello == ((b"AUTH", b"worker", b"p@ss"), (b"SELECT", b"3"))


def test_what_is_left_out() -> None:
    address = RedisAddress.parse("redis://cache")
    assert (address.port, address.hello) == (6379, ())
    assert RedisAddress.parse("redis://:secret@cache").hello == ((b"AUTH", b"secret"),)


def test_tls_checks_the_name() -> None:
    address = RedisAddress.parse("rediss://cache:6378/0")
    assert address.tls is not None and address.tls.check_hostname


def test_a_socket() -> None:
    address = RedisAddress.parse("unix:///run/redis%20a.sock?db=1")
    assert address.socket == "/run/redis a.sock" and address.hello == ((b"SELECT", b"1"),)


@pytest.mark.parametrize("url", ["http://cache", "redis://cache/x", "redis://cache?ssl_cert_reqs=none", "cache:6379"])
def test_what_is_wrong_is_refused_without_the_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"redis|options"):
        RedisAddress.parse(url)


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(RedisAddress.parse("redis://:secret@cache"))
