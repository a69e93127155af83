"""A carrier that comes by TLS, and a SIP server that takes none."""

from __future__ import annotations

from collections.abc import Iterator

from config.telephony import Transport
from sip.doctor.finding import Finding
from sip.doctor.seen import Seen


def check(seen: Seen) -> Iterator[Finding]:
    config = seen.sip_config
    if config is None or config.tls:
        return
    by_tls = [each.name for each in seen.center.carriers.values() if each.secure or each.transport is Transport.TLS]
    if by_tls:
        yield Finding(
            f"{config.path} has no `tls`, and calls of {', '.join(by_tls)} come by it.",
            "Nobody listens on 5061: the carrier's INVITEs reach nobody.",
            "tls: {port: 5061, certs: [{cert_file: ..., key_file: ...}]}, with a public authority's certificate for "
            "the names in sip_addresses",
        )
