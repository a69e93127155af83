"""What one client's key opens: its own prefix, the offered commands, the known scripts. Nothing else, and no hints."""

from __future__ import annotations

import pytest

from state_gateway.errors import Refused
from state_gateway.security import policy
from state_gateway.security.clients import Client
from state_gateway.security.commands import DEFAULT, KEYS_OF

_SCRIPT = b"return redis.call('GET', KEYS[1])"
_SHA = policy.sha1(_SCRIPT)
_CLIENT = Client(
    "worker",
    (b"calls:", b"flags:v1:"),
    frozenset(KEYS_OF),
    scripts=frozenset([_SHA]),
    objects_read=("recordings/",),
    objects_write=("recordings/new/",),
    max_key_bytes=32,
    max_value_bytes=100,
)


def _command(text: str) -> tuple[bytes, ...]:
    return tuple(part.encode() for part in text.split())


def _refusal(command: tuple[bytes, ...], client: Client = _CLIENT) -> Refused:
    with pytest.raises(Refused) as refused:
        policy.check(client, command)
    return refused.value


@pytest.mark.parametrize(
    "text",
    [
        "GET calls:1",
        "get calls:1",
        "SET calls:1 theirs:2 EX 5",
        "DEL calls:1 calls:2 flags:v1:x",
        "HSET calls:1 field theirs:1",
        "XADD calls:1 1-1 e {}",
        "XRANGE calls:1 - +",
        "ZADD calls:open 1 theirs:1",
        "MSET calls:1 theirs:1 calls:2 x",
        "RENAME calls:1 calls:2",
        "COPY calls:1 calls:2 replace",
        "XREAD COUNT 2 STREAMS calls:1 calls:2 0 0",
        "ZINTERSTORE calls:1 2 calls:2 calls:3 WEIGHTS 1 2",
        "OBJECT ENCODING calls:1",
        "PING",
        "SCRIPT EXISTS " + "0" * 40,
        f"EVALSHA {_SHA.decode()} 2 calls:1 calls:2 theirs:9",
        f"EVALSHA {_SHA.decode().upper()} 0",
    ],
)
def test_what_the_client_may_do(text: str) -> None:
    """Its own keys in any place a key may stand; other words are arguments, whatever they look like."""
    policy.check(_CLIENT, _command(text))


@pytest.mark.parametrize(
    "text",
    [
        "GET theirs:1",
        "GET calls",
        "GET callsigns:1",
        "GET CALLS:1",
        "GET flags:v10:x",
        "DEL calls:1 calls:2 theirs:3",
        "MSET calls:1 x theirs:1 x",
        "RENAME calls:1 theirs:1",
        "SMOVE theirs:1 calls:1 x",
        "XREAD STREAMS calls:1 theirs:1 0 0",
        "ZINTERSTORE theirs:1 1 calls:2",
        "ZINTERSTORE calls:1 2 calls:2 theirs:3",
        "ZUNION 2 calls:2 theirs:3",
        "OBJECT FREQ theirs:1",
        "ZRANGESTORE calls:1 theirs:1 0 -1",
        f"EVALSHA {_SHA.decode()} 2 calls:1 theirs:2",
    ],
)
def test_a_key_elsewhere_is_refused(text: str) -> None:
    """Each key counts, wherever the command keeps it; a prefix that only begins alike is another's."""
    refused = _refusal(_command(text))
    assert (refused.status, refused.code) == (403, "wrong_prefix")
    assert "theirs" not in refused.message and "calls" not in refused.message


def test_a_path_in_a_key_is_only_letters() -> None:
    """Redis knows no folders: dots climb nowhere, the prefix is compared as bytes."""
    policy.check(_CLIENT, (b"GET", b"calls:../theirs:1"))
    assert _refusal((b"GET", b"../calls:1")).code == "wrong_prefix"
    assert _refusal((b"GET", b"theirs:1\x00calls:1")).code == "wrong_prefix"


@pytest.mark.parametrize(
    "text", ["FLUSHALL", "KEYS *", "SCAN 0", "CONFIG GET *", "SUBSCRIBE x", "MULTI", "SELECT 1", "BLPOP calls:1 0", "X"]
)
def test_what_is_offered_to_nobody(text: str) -> None:
    """Not even to a client whose list has everything."""
    assert _refusal(_command(text)).code == "command_not_allowed"


def test_a_command_outside_the_clients_list_is_refused() -> None:
    """Deny by default."""
    reader = Client("reader", (b"calls:",), frozenset([b"GET"]))
    policy.check(reader, (b"gEt", b"calls:1"))
    assert _refusal((b"SET", b"calls:1", b"x"), reader).code == "command_not_allowed"
    assert {b"SCAN", b"KEYS", b"FLUSHALL", b"COPY"}.isdisjoint(DEFAULT) and KEYS_OF.keys() > DEFAULT


@pytest.mark.parametrize(
    "command",
    [
        (b"EVAL", b"return 1", b"0"),
        (b"EVAL", _SCRIPT + b" ", b"0"),
        (b"EVALSHA", b"0" * 40, b"0"),
        (b"SCRIPT", b"LOAD", b"return 1"),
    ],
)
def test_an_unknown_script_is_refused(command: tuple[bytes, ...]) -> None:
    """A script reaches every key of the store, so only the house's own run, whether sent whole or by name."""
    refused = _refusal(command)
    assert (refused.status, refused.code) == (403, "script_not_allowed")


def test_a_known_script_may_be_sent_whole_and_loaded() -> None:
    """EVAL after NOSCRIPT is how a client recovers from a restarted Redis."""
    policy.check(_CLIENT, (b"EVAL", _SCRIPT, b"1", b"calls:1"))
    policy.check(_CLIENT, (b"SCRIPT", b"load", _SCRIPT))


@pytest.mark.parametrize("number", [b"-1", b"2", b"+1", b"1_0", b" 1", b"x", b"", b"9" * 6, "\u0661".encode()])
def test_a_number_of_keys_that_does_not_fit(number: bytes) -> None:
    """Else a key would pass as an argument, unlooked at, where Redis reads the number otherwise."""
    assert _refusal((b"EVALSHA", _SHA, number, b"theirs:1")).status in (400, 403)


@pytest.mark.parametrize("verb", [b"FLUSH", b"KILL", b"DEBUG", b"load2"])
def test_scripts_are_not_an_operators_door(verb: bytes) -> None:
    """Of SCRIPT there is only what a client needs."""
    assert _refusal((b"SCRIPT", verb, b"x")).code == "command_not_allowed"


def test_a_read_that_waits_is_refused() -> None:
    """It would hold a connection of the shared pool."""
    assert _refusal(_command("XREAD BLOCK 0 STREAMS calls:1 $")).code == "command_not_allowed"
    assert _refusal(_command("XREAD STREAMS calls:1")).status == 400


def test_too_large_is_told_apart() -> None:
    """413 for a long key and a long value; at the limit they pass."""
    policy.check(_CLIENT, (b"SET", b"calls:" + b"k" * 26, b"v" * 100))
    assert _refusal((b"GET", b"calls:" + b"k" * 27)).status == 413
    assert _refusal((b"SET", b"calls:1", b"v" * 101)).status == 413


def test_half_a_command_is_left_to_redis_or_refused() -> None:
    """Nothing of it is a key, so nothing can leak: Redis says what is missing."""
    assert _refusal(()).status == 400
    policy.check(_CLIENT, (b"GET",))
    assert _refusal((b"EVAL",)).status == 400
    assert _refusal((b"EVAL", _SCRIPT)).status == 400
    assert _refusal((b"SCRIPT",)).code == "command_not_allowed"


def test_objects_by_folder() -> None:
    """Reading and writing have folders of their own."""
    policy.check_object(_CLIENT, "recordings/2026/a call.ogg", write=False)
    policy.check_object(_CLIENT, "recordings/new/é.ogg", write=True)
    for path, write in (("recordings/a", True), ("recordings2/a", False), ("models/a", False)):
        with pytest.raises(Refused) as refused:
            policy.check_object(_CLIENT, path, write=write)
        assert (refused.value.status, refused.value.code) == (403, "wrong_prefix")
    with pytest.raises(Refused):
        policy.check_object(Client("nothing", (b"x:",), DEFAULT), "recordings/a", write=False)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/recordings/a",
        "recordings/../models/a",
        "recordings/./a",
        "recordings//a",
        "recordings/..",
        "recordings/new/",
        "recordings/%2e%2E/models/a",
        "recordings/..%2fmodels",
        "recordings\\..\\models",
        "recordings/a\x00b",
        "recordings/a\r\nX: y",
        "recordings/\udc80",
        "recordings/" + "é" * 600,
    ],
)
def test_no_path_leads_out_of_a_folder(path: str) -> None:
    """Refused for its form, before any folder is looked at: no proxy or emulator gets to resolve it."""
    with pytest.raises(Refused) as refused:
        policy.check_object(_CLIENT, path, write=False)
    assert (refused.value.status, refused.value.code) == (400, "bad_path")


@pytest.mark.parametrize("options", ["DB 5", "REPLACE DB 0", "db 1 replace"])
def test_nothing_is_copied_to_another_database(options: str) -> None:
    """The key looks like the client's own, and the database is somebody else's."""
    refused = _refusal(_command(f"COPY calls:1 calls:2 {options}"))
    assert (refused.status, refused.code) == (403, "command_not_allowed")
