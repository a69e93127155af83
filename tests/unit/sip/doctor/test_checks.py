"""What each check says of what was seen, where no server needs to be asked; and what holds of all of them."""

from __future__ import annotations

import pytest
from livekit import api
from livekit.protocol.sip import SIPCodec, SIPMediaConfig, SIPMediaEncryption

from config.telephony import Carrier, Outbound, Provider, Telephony, Transport
from sip.doctor import report, table
from sip.doctor.checks import clock, codecs, encryption, outbound, senders, untaken
from sip.doctor.finding import Finding
from sip.doctor.seen import Seen
from sip.lines import mark
from sip.lines.actual import Actual
from sip.twilio.addresses import SIGNALLING
from tests.support.call_center import call_center, line

NUMBER = "+15550100001"
SECURE = Carrier("phone", Provider.TWILIO, address="larkfield.pstn.twilio.com", secure=True)


def a_trunk(**more: object) -> api.SIPInboundTrunkInfo:
    usual = {
        "numbers": [NUMBER],
        "metadata": mark.metadata("line", "clinic", "receptionist"),
        "allowed_addresses": SIGNALLING,
    }
    return api.SIPInboundTrunkInfo(name=mark.name("clinic"), **{**usual, **more})  # type: ignore[arg-type]


def seen(carrier: Carrier, *trunks: api.SIPInboundTrunkInfo) -> Seen:
    clinic = line("clinic", NUMBER, telephony=Telephony(carrier.name))
    return Seen(call_center([clinic], [carrier]), "receptionist", livekit=Actual(inbound=trunks))


@pytest.mark.parametrize("written", ["+15550100001", "15550100001", "0015550100001"])
def test_a_number_is_taken_however_the_trunk_writes_it(written: str) -> None:
    """As the server compares them."""
    assert not list(untaken.check(seen(SECURE, a_trunk(numbers=[written]))))


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
def test_a_secure_carrier_goes_by_tls(transport: Transport) -> None:
    carrier = Carrier("phone", Provider.TWILIO, secure=True, transport=transport)
    (finding,) = encryption.check(seen(carrier))
    assert f"transport: {transport}" in finding.found


def test_srtp_that_is_only_allowed_is_no_promise() -> None:
    media = SIPMediaConfig(encryption=SIPMediaEncryption.SIP_MEDIA_ENCRYPT_ALLOW)
    (finding,) = encryption.check(seen(SECURE, a_trunk(media=media)))
    assert "not required" in finding.found


def test_a_list_of_codecs_with_the_common_one_is_well() -> None:
    media = SIPMediaConfig(only_listed_codecs=True, codecs=[SIPCodec(name="pcmu", rate=8000)])
    assert not list(codecs.check(seen(SECURE, a_trunk(media=media))))


def test_twilios_networks_may_be_part_of_a_wider_one() -> None:
    wide = a_trunk(allowed_addresses=["0.0.0.0/0"])
    assert all("takes no calls from" not in finding.found for finding in senders.check(seen(SECURE, wide)))


def test_addresses_of_the_configuration_that_lack_one_of_twilios_are_mended_there() -> None:
    """`apply` would put the same short list there again."""
    carrier = Carrier("phone", Provider.TWILIO, allowed_addresses=SIGNALLING[1:])
    (finding,) = senders.check(seen(carrier, a_trunk(allowed_addresses=SIGNALLING[1:])))
    assert SIGNALLING[0] in finding.found and "take `allowed_addresses` out" in finding.fix


@pytest.mark.parametrize(("off_s", "found"), [(31.0, 1), (-31.0, 1), (29.0, 0), (-29.0, 0), (None, 0)])
def test_half_a_minute_between_two_clocks_is_no_fault(off_s: float | None, found: int) -> None:
    state = Seen(call_center([]), "receptionist", clock_off_s=off_s)
    assert len(list(clock.check(state))) == found


def test_two_outbound_trunks_of_one_name_are_told() -> None:
    clinic = line("clinic", NUMBER, telephony=Telephony("phone", outbound=Outbound(NUMBER, ("US",))))
    twice = [api.SIPOutboundTrunkInfo(name=mark.name("phone"))] * 2
    state = Seen(call_center([clinic], [SECURE]), "receptionist", livekit=Actual(outbound=twice))
    (finding,) = outbound.check(state)
    assert "2 outbound trunks" in finding.found
    another = api.SIPOutboundTrunkInfo(name=mark.name("phone"), metadata=mark.metadata("carrier", "phone", "staging"))
    beside = Seen(call_center([clinic], [SECURE]), "receptionist", livekit=Actual(outbound=[twice[0], another]))
    assert list(outbound.check(beside)) == []


def test_what_was_not_looked_at_is_no_fault_but_is_told() -> None:
    """An empty configuration on an empty server."""
    state = Seen(call_center([]), "receptionist")
    assert table.examined(state) == []
    told = report.text([], state)
    assert all(option in told for option in ("--probe", "--sip-config"))


def test_a_server_that_nobody_saw_is_not_well() -> None:
    told = report.text([], Seen(call_center([]), "receptionist", livekit_trouble="it is gone"))
    assert "it is gone" in told and "Nothing was found" not in told


def test_numbers_without_a_trunk_are_one_finding_a_line() -> None:
    """A new installation has hundreds."""
    clinic = line("clinic", *(f"+155501{n:05}" for n in range(200)))
    (finding,) = untaken.check(Seen(call_center([clinic]), "receptionist"))
    assert "and 196 more" in finding.found


def test_a_report_numbers_its_findings_each_with_its_remedy() -> None:
    state = Seen(call_center([]), "receptionist", livekit_trouble="it is gone")
    told = report.text([("clock", Finding("late", "tokens", "NTP"))], state)
    assert told.startswith("1. [clock] late\n   why: tokens\n   fix: NTP") and "it is gone" in told
    assert told.endswith("1 to mend.")
