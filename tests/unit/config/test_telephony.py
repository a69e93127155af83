"""Carriers and the telephone side of lines: what loads, and each mistake with its line and its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.load import load
from config.problems import ConfigError, Problem
from config.telephony import Login, Provider, SecretRef, Transport

FILE = """\
practice:
  name: Larkfield Clinic
  address: 12 Orchard Road
  time_zone: Europe/London
  hours: {monday: ["08:30-12:30"]}
voices:
  receptionist: {id: slt, language: en-US}
carriers:
  plain:
    provider: sip
    address: sip.example.com:5080
    allowed_addresses: [192.0.2.0/24]
    transport: tcp
    login: {name: {env: SIP_USER}, secret: {file: secrets/sip}}
  twilio:
    provider: twilio
    address: larkfield.pstn.twilio.com
    secure: true
lines:
  clinic:
    numbers: ["+15550100001"]
    persona: front-desk
    carrier: plain
    inbound: {deny: ["+1900*", "+1 555 010 0099"]}
    outbound: {caller_id: "+1 555 010-0001", countries: [US], price_per_minute: 0.02, spend_per_day: 20}
    transfer:
      desk: {number: "+1 202 555 0143", says: the front desk}
"""
PERSONA = """\
---
voice: receptionist
greeting: Hello, this is the AI receptionist.
---
You answer the telephone of the clinic. Be brief and kind.
"""


def write(folder: Path, text: str) -> Path:
    (folder / "personas").mkdir()
    (folder / "personas/front-desk.md").write_text(PERSONA)
    (folder / "callcenter.yaml").write_text(text)
    return folder / "callcenter.yaml"


def problems(folder: Path, old: str, new: str) -> list[Problem]:
    assert old in FILE
    with pytest.raises(ConfigError) as caught:
        load(write(folder, FILE.replace(old, new)), known_tools=None)
    return caught.value.problems


def test_a_carrier_and_its_line(tmp_path: Path) -> None:
    center = load(write(tmp_path, FILE.replace("+1900*", "+1900*")), known_tools=None)
    plain, twilio = center.carriers["plain"], center.carriers["twilio"]
    assert (plain.provider, plain.address, plain.transport) == (Provider.SIP, "sip.example.com:5080", Transport.TCP)
    assert plain.login == Login(SecretRef(env="SIP_USER"), SecretRef(file="secrets/sip"))
    assert (twilio.provider, twilio.secure, twilio.allowed_addresses) == (Provider.TWILIO, True, ())
    telephony = center.lines["clinic"].telephony
    assert telephony.carrier == "plain"
    assert telephony.inbound.deny == ("+1900*", "+15550100099")
    assert telephony.outbound is not None
    assert telephony.outbound.caller_id == "+15550100001"
    assert telephony.targets["desk"].number == "+12025550143"


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("    allowed_addresses: [192.0.2.0/24]\n", "", "carriers.plain", "whose calls are taken"),
        ("192.0.2.0/24", "sip.example.com", "carriers.plain.allowed_addresses[0]", "forged"),
        ("sip.example.com:5080", "sip:example.com", "carriers.plain.address", 'no "sip:"'),
        ("sip.example.com:5080", '"a b"', "carriers.plain.address", "host name"),
        ("    address: sip.example.com:5080\n", "", "carriers.plain", "`address`"),
        ("secure: true", "secure: perhaps", "carriers.twilio.secure", ""),
        ("    secure: true", "    secure: true\n    transport: udp", "carriers.twilio.transport", "Write tls"),
        ("{env: SIP_USER}", "hunter2", "carriers.plain.login.name", ""),
        ("{env: SIP_USER}", "{env: hunter2}", "carriers.plain.login.name.env", "environment variable"),
        ("{env: SIP_USER}", "{env: SIP_USER, file: x}", "carriers.plain.login.name", "never the secret"),
        ("carrier: plain", "carrier: plane", "lines.clinic.carrier", 'Did you mean "plain"?'),
        ("    carrier: plain\n", "", "lines.clinic.outbound", "`carrier`"),
        ("+1 555 010-0001", "+15550100002", "lines.clinic.outbound.caller_id", "call back"),
        ("countries: [US]", "countries: [XX]", "lines.clinic.outbound.countries[0]", "ISO 3166"),
        ("countries: [US], ", "", "lines.clinic.outbound", "countries or prefixes"),
        (", spend_per_day: 20", "", "lines.clinic.outbound", "spend_per_day"),
        ("+1 202 555 0143", "sip:evil@example.com", "lines.clinic.transfer.desk.number", ""),
        ("+1 202 555 0143", "+1202555014३", "lines.clinic.transfer.desk.number", ""),
    ],
)
def test_each_mistake_has_its_place_and_its_remedy(tmp_path: Path, old: str, new: str, key: str, words: str) -> None:
    found = problems(tmp_path, old, new)
    assert any(problem.key.startswith(key) and problem.line and words in problem.message for problem in found), found
    assert "hunter2" not in "".join(problem.message for problem in found), "a secret written by mistake is shown"
