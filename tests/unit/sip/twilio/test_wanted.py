"""What a carrier of callcenter.yaml means at Twilio, and what is told before Twilio is asked."""

from __future__ import annotations

from typing import Any

import pytest

from sip.settings import Credentials
from sip.twilio.wanted import Wanted, problems, wanted_of, way
from tests.support.a_twilio import NUMBERS, SIP_LOGIN, a_carrier, a_center


def _wanted(key: str = "key", login: Credentials | None = SIP_LOGIN, **more: Any) -> Wanted:
    carrier = a_carrier(**more)
    return wanted_of(a_center([carrier], {carrier.name: NUMBERS, "another": ["+15550100003"]}), carrier, login, key)


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("larkfield.pstn.twilio.com", "larkfield.pstn.twilio.com"),
        ("Larkfield.pstn.twilio.com:5061", "larkfield.pstn.twilio.com"),
        ("larkfield.pstn.frankfurt.twilio.com", "larkfield.pstn.twilio.com"),
        (None, ""),
    ],
)
def test_an_edge_of_twilios_is_no_other_trunk(address: str | None, domain: str) -> None:
    """<name>.pstn.<edge>.twilio.com is the same trunk, entered elsewhere."""
    assert _wanted(address=address).domain == domain


def test_calls_go_where_the_pods_listen() -> None:
    found = _wanted(sip_addresses=("SIP.example.com", "sip.example.com", "192.0.2.1:5080"))
    assert found.urls == ("sip:sip.example.com:5060;transport=udp", "sip:192.0.2.1:5080;transport=udp")
    found = _wanted(sip_addresses=("sip.example.com", "192.0.2.1:5080"), secure=True)
    assert found.urls == ("sip:sip.example.com:5061;transport=tls", "sip:192.0.2.1:5080;transport=tls")


def test_only_its_own_lines_numbers() -> None:
    assert _wanted().numbers == NUMBERS


def test_a_fingerprint_tells_logins_apart_and_nothing_else() -> None:
    """Keyed: who can read a credential list's name, but has no key, can try out no passwords."""
    marks = {
        _wanted(login=login, key=key).fingerprint
        for login in (SIP_LOGIN, Credentials("larkfield", "0ther-Password"), Credentials("meadow", SIP_LOGIN.secret))
        for key in ("key", "another key")
    }
    assert len(marks) == 6
    assert _wanted().fingerprint == _wanted().fingerprint
    assert SIP_LOGIN.secret not in repr(_wanted())


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"address": "larkfield.twilio.com"}, "21245"),
        ({"address": "a.b.pstn.twilio.com.example.com"}, "21245"),
        ({"sip_addresses": ()}, "32010"),
        ({"name": "n" * 63}, "at most 38 characters"),
        ({"login": Credentials("n" * 33, SIP_LOGIN.secret)}, "at most 32"),
        ({"login": Credentials("larkfield", "short1A")}, "12 characters"),
        ({"login": Credentials("larkfield", "only-small-letters-1")}, "capital"),
    ],
)
def test_what_twilio_would_refuse_is_told_first(more: dict[str, Any], words: str) -> None:
    (problem,) = problems(_wanted(**more))
    assert words in problem and "short1A" not in problem


def test_a_sound_carrier_has_no_problems() -> None:
    assert problems(_wanted()) == []


@pytest.mark.parametrize(
    "url", ["sip:sip.example.com", "sip:SIP.example.com:5060", "sip:sip.example.com;transport=UDP"]
)
def test_a_url_spelled_otherwise_is_the_same_way(url: str) -> None:
    """Twilio may answer with its own spelling: it must not be replaced at each apply."""
    assert way(url) == way("sip:sip.example.com:5060;transport=udp")


@pytest.mark.parametrize(
    "url", ["sip:a@sip.example.com", "sip:sip.example.com:5061", "sip:sip.example.com;edge=dublin"]
)
def test_another_way_is_another(url: str) -> None:
    assert way(url) != way("sip:sip.example.com")
