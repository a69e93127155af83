"""LiveKit SIP's own file: ports for the peak, and TLS where a carrier comes by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.telephony import Carrier, Provider, Transport
from sip.doctor.checks import codecs, rtp, tls
from sip.doctor.seen import Seen, SipConfig
from sip.doctor.sources.sip_config import sip_config
from sip.errors import SipError
from tests.support.call_center import call_center


def _read(folder: Path, text: str) -> SipConfig:
    (folder / "sip.yaml").write_text(text)
    return sip_config(folder / "sip.yaml")


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("rtp_port: 10000-10100", (10000, 10100)),
        ("rtp_port: 10000 - 10100", (10000, 10100)),
        ("rtp_port: 10000", (10000, 10000)),
        ("sip_port: 5060", (10000, 20000)),
    ],
)
def test_its_ports_are_read_as_livekit_sip_reads_them(tmp_path: Path, text: str, ports: tuple[int, int]) -> None:
    found = _read(tmp_path, text)
    assert (found.first_port, found.last_port, found.tls) == (*ports, False)


@pytest.mark.parametrize(
    "text", ["- a list", "rtp_port: 20000-10000", "rtp_port: 10000-99999", "rtp_port: many", "a: ["]
)
def test_what_is_no_such_file_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(SipError, match=r"sip\.yaml"):
        _read(tmp_path, text)


@pytest.mark.parametrize(("peak", "remedy"), [(50, ""), (51, "10000-10101")])
def test_two_ports_for_each_call_at_the_peak(peak: int, remedy: str) -> None:
    """One in use, one resting."""
    seen = Seen(call_center([]), "receptionist", sip_config=SipConfig("sip.yaml", 10000, 10099, tls=True), peak=peak)
    assert [remedy in finding.fix for finding in rtp.check(seen)] == ([True] if remedy else [])


def test_a_range_at_the_end_of_all_ports_grows_downwards() -> None:
    seen = Seen(call_center([]), "receptionist", sip_config=SipConfig("sip.yaml", 65500, 65535, tls=True), peak=100)
    (finding,) = rtp.check(seen)
    assert "65336-65535" in finding.fix


@pytest.mark.parametrize(
    ("carrier", "listens", "lacks"),
    [
        (Carrier("phone", Provider.TWILIO, secure=True), False, True),
        (Carrier("phone", Provider.SIP, transport=Transport.TLS), False, True),
        (Carrier("phone", Provider.TWILIO, secure=True), True, False),
        (Carrier("phone", Provider.TWILIO), False, False),
    ],
)
def test_tls_needs_somebody_who_listens(tmp_path: Path, carrier: Carrier, listens: bool, lacks: bool) -> None:
    config = _read(tmp_path, "tls: { port: 5061, certs: [{ cert_file: c, key_file: k }] }" if listens else "{}")
    found = list(tls.check(Seen(call_center([], [carrier]), "receptionist", sip_config=config)))
    assert bool(found) == lacks


@pytest.mark.parametrize(
    ("text", "found"), [("codecs: { PCMU/8000: false }", 1), ("codecs: { PCMU: true, G722: false }", 0), ("codecs:", 0)]
)
def test_the_common_codec_must_not_be_off(tmp_path: Path, text: str, found: int) -> None:
    seen = Seen(call_center([]), "receptionist", sip_config=_read(tmp_path, text))
    assert len(list(codecs.check(seen))) == found
