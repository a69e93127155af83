"""What callcenter.yaml makes of a LiveKit server."""

from __future__ import annotations

import json
from dataclasses import replace

from livekit.protocol.sip import SIPHeaderOptions, SIPMediaEncryption, SIPTransport

from calls.policy import LengthPolicy, Policy
from config.telephony import Carrier, Outbound, Provider, Target, Telephony, Transport
from sip.lines.wanted import Wanted, wanted
from sip.settings import Credentials
from sip.twilio.addresses import SIGNALLING
from tests.support.call_center import call_center, line

TWILIO = Carrier("twilio", Provider.TWILIO, address="larkfield.pstn.twilio.com")
NUMBER, OTHER = "+15550100001", "+15550100002"


def on(carrier: Carrier, telephony: Telephony | None = None, login: Credentials | None = None) -> Wanted:
    of_carrier = telephony or Telephony(carrier.name)
    center = call_center([line("clinic", NUMBER, OTHER, telephony=of_carrier)], [carrier])
    return wanted(center, "receptionist", {carrier.name: login} if login else {})


def test_a_line_has_a_trunk_and_a_rule_that_sends_for_its_persona() -> None:
    (clinic,) = wanted(call_center([line("clinic", NUMBER, persona="night")]), "receptionist", {}).inbound
    assert list(clinic.trunk.numbers) == [NUMBER]
    assert clinic.trunk.ringing_timeout.seconds == 30
    assert clinic.trunk.include_headers == SIPHeaderOptions.SIP_X_HEADERS
    assert not clinic.trunk.krisp_enabled
    (agent,) = clinic.rule.room_config.agents
    assert agent.agent_name == "receptionist"
    assert json.loads(agent.metadata) == {"persona": "night", "direction": "inbound", "line": "clinic"}
    assert clinic.rule.rule.dispatch_rule_individual.room_prefix == "call"


def test_a_line_without_numbers_has_neither() -> None:
    """A trunk without numbers, addresses or authentication would take every call there is."""
    assert wanted(call_center([line("web")]), "receptionist", {}) == Wanted("receptionist")


def test_twilios_calls_are_taken_from_where_twilio_says_it_sends_them_and_without_a_password() -> None:
    """Twilio answers no digest challenge: a password on the inbound trunk is 407 for ever."""
    (clinic,) = on(TWILIO, login=Credentials("user", "secret")).inbound
    assert tuple(clinic.trunk.allowed_addresses) == SIGNALLING
    assert len(SIGNALLING) == 8
    assert (clinic.trunk.auth_username, clinic.trunk.auth_password) == ("", "")


def test_addresses_that_are_written_win() -> None:
    own = Carrier("twilio", Provider.TWILIO, allowed_addresses=("192.0.2.0/24",))
    (clinic,) = on(own).inbound
    assert list(clinic.trunk.allowed_addresses) == ["192.0.2.0/24"]


def test_a_secure_carrier_is_encrypted_both_ways() -> None:
    outbound = Telephony("safe", outbound=Outbound(NUMBER, ("US",)))
    safe = Carrier("safe", Provider.SIP, address="sip.example.com", secure=True)
    found = on(safe, outbound)
    assert found.inbound[0].trunk.media.encryption == SIPMediaEncryption.SIP_MEDIA_ENCRYPT_REQUIRE
    assert found.outbound[0].media.encryption == SIPMediaEncryption.SIP_MEDIA_ENCRYPT_REQUIRE
    assert found.outbound[0].transport == SIPTransport.SIP_TRANSPORT_TLS


def test_calls_go_out_by_one_trunk_a_carrier_with_the_caller_ids_of_its_lines() -> None:
    carrier = Carrier("plain", Provider.SIP, address="sip.example.com:5080", transport=Transport.TCP)
    lines = [
        line("one", NUMBER, telephony=Telephony("plain", outbound=Outbound(NUMBER, ("US",)))),
        line("two", OTHER, telephony=Telephony("plain", targets={"desk": Target("desk", "+12025550143", "the desk")})),
        line("three", "+15550100003", telephony=Telephony("plain")),
        line("four", "+15550100004", telephony=Telephony("other", outbound=Outbound("+15550100004", ("US",)))),
    ]
    (trunk,) = wanted(call_center(lines, [carrier]), "receptionist", {"plain": Credentials("user", "pw")}).outbound
    assert (trunk.name, trunk.address) == ("switchboard: plain", "sip.example.com:5080")
    assert trunk.transport == SIPTransport.SIP_TRANSPORT_TCP
    assert list(trunk.numbers) == [NUMBER, OTHER], "a line that puts callers through dials too"
    assert (trunk.auth_username, trunk.auth_password) == ("user", "pw")


def test_a_carrier_that_no_line_dials_by_has_no_trunk() -> None:
    """The server refuses a trunk without a number to show."""
    assert on(TWILIO).outbound == ()


def test_the_trunk_ends_a_call_a_minute_after_the_agent_should_have() -> None:
    found = wanted(call_center([line("short", NUMBER, max_duration_s=600.0)]), "receptionist", {})
    assert found.inbound[0].trunk.max_call_duration.seconds == 660


def test_a_line_that_anybody_may_send_calls_to_is_told() -> None:
    """Right on one machine; on a server that others reach, an invitation."""
    (note,) = wanted(call_center([line("open", NUMBER)]), "receptionist", {}).notes
    assert '"open"' in note
    assert "any address" in note
    assert on(TWILIO).notes == ()


def test_who_was_put_through_talks_on_when_the_agents_time_is_over() -> None:
    telephony = Telephony("twilio", targets={"desk": Target("desk", "+12025550143", "the desk")})
    assert on(TWILIO, telephony).inbound[0].trunk.max_call_duration.seconds == 3300
    short = line("short", NUMBER, telephony=telephony)
    short = replace(short, policy=Policy(length=LengthPolicy(600.0, with_person_s=900.0)))
    assert wanted(call_center([short]), "receptionist", {}).inbound[0].trunk.max_call_duration.seconds == 960


def test_a_longer_policy_than_a_pod_has_is_told() -> None:
    found = wanted(call_center([line("long", NUMBER, max_duration_s=7200.0)]), "receptionist", {})
    assert found.inbound[0].trunk.max_call_duration.seconds == 3300
    assert [note for note in found.notes if '"long"' in note and "120 minutes" in note and "55" in note]
