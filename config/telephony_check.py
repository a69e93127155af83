"""What must agree between carriers, lines and personas, told with the line it is written on."""

from __future__ import annotations

from collections.abc import Collection

from config.numbers import e164
from config.problems import did_you_mean
from config.shape import FileShape, LineShape
from config.source import Source


def check_telephony(source: Source, shape: FileShape, personas: Collection[str]) -> None:
    """Adds what is wrong to `source.problems`."""
    for name, carrier in shape.carriers.items():
        path = ("carriers", name)
        if carrier.provider == "sip" and not carrier.allowed_addresses:
            source.problem(
                path, "allowed_addresses is missing: whose calls are taken? Ask the provider for its IP addresses."
            )
        if carrier.login and not carrier.address:
            source.problem(path, "login is for outbound calls, which need an `address` to go to.")
        if carrier.secure and carrier.transport in ("udp", "tcp"):
            source.problem((*path, "transport"), "secure: true goes over tls. Write tls, or leave transport out.")
    for name, line in shape.lines.items():
        _check_line(source, name, line, shape, personas)


def _check_line(source: Source, name: str, line: LineShape, shape: FileShape, personas: Collection[str]) -> None:
    path = ("lines", name)
    if line.carrier is not None and line.carrier not in shape.carriers:
        hint = did_you_mean(line.carrier, shape.carriers, noun="Carriers")
        source.problem((*path, "carrier"), f'There is no carrier "{line.carrier}". {hint}')
    closed = line.inbound.closed
    if closed and closed.persona and closed.persona not in personas:
        hint = did_you_mean(closed.persona, personas, noun="Personas there are")
        source.problem(
            (*path, "inbound", "closed", "persona"), f"There is no file personas/{closed.persona}.md. {hint}"
        )
    _check_unavailable(source, name, line, shape)
    if line.outbound is None:
        return
    if line.carrier is None or (line.carrier in shape.carriers and not shape.carriers[line.carrier].address):
        source.problem((*path, "outbound"), "To dial, the line needs a `carrier` that has an `address`.")
    own = {e164(number) for number in line.numbers}
    if e164(line.outbound.caller_id) not in own:
        source.problem(
            (*path, "outbound", "caller_id"),
            "This is none of the line's own numbers: callees must be able to call back.",
        )


def _check_unavailable(source: Source, name: str, line: LineShape, shape: FileShape) -> None:
    """Whom a caller is handed on to whose call cannot be recorded: one of this line's people."""
    target = (line.policy or shape.policy).recording.unavailable_transfer
    if target is None or target in line.transfer:
        return
    path = ("lines", name, "policy") if line.policy else ("policy",)
    hint = did_you_mean(target, line.transfer, noun="People there") if line.transfer else "It has none."
    source.problem(
        (*path, "recording", "unavailable_transfer"), f'The line "{name}" has no "{target}" under `transfer`. {hint}'
    )
