"""Carriers and the telephone side of lines: what is wrong is told where it is written, before a call finds out."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from config.hours import Span
from config.load import load
from config.problems import ConfigError
from config.telephony import Closed, Provider, SecretRef, Telephony

FILE = """\
practice: {name: Larkfield, address: 1 Road, time_zone: Europe/London, hours: {monday: ["09:00-17:00"]}}
voices: {ada: {id: fable, language: en-US}}
carriers:
  twilio:
    provider: twilio
    address: larkfield.pstn.twilio.com
    sip_addresses: [sip-0.example.org, "192.0.2.1:5061"]
    login: {name: {env: SIP_USER}, secret: {file: /run/secrets/sip}}
lines:
  clinic:
    numbers: ["+15550100001"]
    persona: desk
    carrier: twilio
    inbound:
      {deny: ["+1900*", "+1 555 0199 000", "+44 (0)20 7946 0143"], closed: {message: We are closed.}, calls_per_hour: 5}
    outbound: {caller_id: "+1 555 010 0001", countries: [US], hours: "09:00-20:00"}
    transfer:
      nurse: {number: "+15550100090", says: the nurse, warm: false, confirm: true}
"""
PROMPT = "You answer the telephone of a clinic, kindly and in short sentences."
PERSONA = f"---\nvoice: ada\ngreeting: Hello, this is an AI.\n---\n{PROMPT}\n"


def write(folder: Path, text: str = FILE) -> Path:
    (folder / "personas").mkdir(exist_ok=True)
    (folder / "personas/desk.md").write_text(PERSONA)
    (folder / "callcenter.yaml").write_text(text)
    return folder / "callcenter.yaml"


def test_what_is_written_is_what_is_meant(tmp_path: Path) -> None:
    center = load(write(tmp_path), known_tools=frozenset())
    carrier, line = center.carriers["twilio"], center.lines["clinic"].telephony
    assert (carrier.provider, carrier.address) == (Provider.TWILIO, "larkfield.pstn.twilio.com")
    assert carrier.login is not None
    assert (carrier.login.name, carrier.login.secret) == (SecretRef(env="SIP_USER"), SecretRef(file="/run/secrets/sip"))
    assert line.inbound.deny == ("+1900*", "+15550199000", "+442079460143")
    assert (line.inbound.closed, line.inbound.calls_per_hour) == (Closed(message="We are closed."), 5)
    assert line.outbound is not None
    assert (line.outbound.caller_id, line.outbound.hours) == ("+15550100001", Span(time(9), time(20)))
    assert not line.outbound.transactional
    nurse = line.targets["nurse"]
    assert (nurse.number, nurse.warm, nurse.confirm) == ("+15550100090", False, True)


def test_a_line_that_says_nothing_of_it_dials_nobody(tmp_path: Path) -> None:
    """Outbound calls are refused by default; so are transfers."""
    plain = FILE.split("    carrier: twilio\n")[0]
    assert load(write(tmp_path, plain), known_tools=frozenset()).lines["clinic"].telephony == Telephony()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("carrier: twilio", "carrier: twillio", 'no carrier "twillio"'),
        ('caller_id: "+1 555 010 0001"', 'caller_id: "+15550100009"', "none of the line's own numbers"),
        ("countries: [US]", "countries: [USA]", "ISO 3166"),
        ("countries: [US]", "price_per_minute: 1.0, countries: [US]", "price without a cap"),
        ("countries: [US], ", "", "nothing could be dialled"),
        ("{env: SIP_USER}", "{env: SIP_USER, file: x}", "either env or file"),
        ("{env: SIP_USER}", "hunter2", "a block"),
        ('deny: ["+1900*", ', 'deny: ["1900*", ', "its beginning and a star"),
        ("closed: {message: We are closed.}", "closed: {persona: night}", "no file personas/night.md"),
        ("closed: {message: We are closed.}", "closed: {}", "either persona or message"),
        ("sip-0.example.org", "sip:sip-0.example.org", 'no "sip:"'),
        ("provider: twilio\n", "provider: sip\n", "whose calls are taken"),
        ("provider: twilio\n", "provider: twilio\n    allowed_addresses: [sip.example.org]\n", "can be forged"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    """In words that say what to write instead."""
    assert old in FILE
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, FILE.replace(old, new)), known_tools=frozenset())
    assert complaint in str(caught.value)
    assert "hunter2" not in str(caught.value) or new == "hunter2"


@pytest.mark.parametrize("where", ["line", "all"])
def test_who_takes_callers_that_cannot_be_recorded_is_one_of_the_line_s_people(where: str, tmp_path: Path) -> None:
    """Known before the first caller needs them; one name for all lines must be on each."""
    policy = "policy: {recording: {mode: required, unavailable_transfer: nurse}}\n"
    text = FILE + f"    {policy}" if where == "line" else policy + FILE
    center = load(write(tmp_path, text), known_tools=frozenset())
    assert center.lines["clinic"].policy.recording.unavailable_transfer == "nurse"
    with pytest.raises(ConfigError) as raised:
        load(write(tmp_path, text.replace("transfer: nurse", "transfer: nurs")), known_tools=frozenset())
    (problem,) = raised.value.problems
    assert problem.key.endswith("policy.recording.unavailable_transfer")
    assert 'The line "clinic" has no "nurs" under `transfer`. Did you mean "nurse"?' in problem.message
