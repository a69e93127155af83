"""A port that is taken is named with its holder before anything is started; tests get ports that nobody else gets."""

from __future__ import annotations

import os
import socket

from local.ports import HOST, Ports, holder, taken


def test_free_ports_are_all_different_and_can_be_bound() -> None:
    """Two listeners given the same port would make a test fail once in a while, somewhere else."""
    ports = Ports.free()
    numbers = [port for _, port in ports.items()]
    assert len(set(numbers)) == len(numbers)
    assert taken(ports) == []


def test_free_ports_keep_clear_of_outgoing_connections() -> None:
    """A port of Linux' range for outgoing connections may be gone a moment after it was found free."""
    assert all(15_000 <= port < 32_000 for _, port in Ports.free().items())


def test_a_taken_port_names_its_holder_and_the_option_that_moves_it() -> None:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        port = listener.getsockname()[1]
        (busy,) = taken(_only("livekit_tcp", port))
    assert (busy.name, busy.port, busy.option) == ("livekit_tcp", port, "--livekit-tcp-port")
    assert busy.by is not None
    assert busy.by.endswith(f"(pid {os.getpid()})")


def test_media_is_looked_for_on_udp() -> None:
    """LiveKit's media port is UDP: a TCP listener of the same number is no obstacle, a UDP one is."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind((HOST, 0))
        port = udp.getsockname()[1]
        assert [busy.name for busy in taken(_only("livekit_udp", port))] == ["livekit_udp"]
        assert taken(_only("livekit", port)) == []


def test_nobody_holds_a_port_that_is_free() -> None:
    assert holder(Ports.free().redis) is None


def _only(name: str, port: int) -> Ports:
    return Ports(**{**dict(Ports.free().items()), name: port})
