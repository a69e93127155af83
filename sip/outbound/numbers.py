"""Is this a number that may be dialled at all? Pure: the number, what the line allows, and our own numbers.

By the numbering plans of libphonenumber (phonenumbers 9.0). It knows no number that was moved to another carrier, and
plans change: what it does not know is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType, shortnumberinfo

from config.telephony import Outbound
from sip.outbound.reasons import Refused

# [0-9], not \d: Unicode has other digits. Nothing but these characters ever reaches a SIP URI or a header.
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SHORT_LENGTH = 6  # digits, the longest short numbers of the plans
_WITHOUT_COUNTRY = phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY
# Codes without a country whose callee, or a carrier on the way, earns by the minute (ITU-T E.164, assigned codes).
_COSTLY_CODES = frozenset({800, 808, 878, 888, 979})
_COSTLY = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.UAN,
    }
)
_NANP, _PAID_INFORMATION = 1, "5551212"
"""NPA-555-1212 is directory assistance, which is charged for; the plan has it among the landlines."""
_PEOPLE = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
    }
)


def check_number(text: str, outbound: Outbound, own: Collection[str]) -> PhoneNumber:
    """The number. Raises Refused.

    Written in one way only: another spelling of the same number would be another entry in the list of those who want
    no calls.
    """
    number = _parsed(text, outbound)
    if text in own:
        raise Refused("own")
    code = number.country_code or 0
    if code == _NANP and text.endswith(_PAID_INFORMATION):
        raise Refused("premium")
    if phonenumbers.region_code_for_country_code(code) == _WITHOUT_COUNTRY:
        raise Refused("premium" if code in _COSTLY_CODES else "satellite")
    if not phonenumbers.is_valid_number(number):
        raise Refused("invalid")
    kind = phonenumbers.number_type(number)
    if kind not in _PEOPLE:
        raise Refused("premium" if kind in _COSTLY else "kind")
    allowed = phonenumbers.region_code_for_number(number) in outbound.countries
    if not allowed and not any(text.startswith(prefix) for prefix in outbound.prefixes):
        raise Refused("country")
    return number


def _parsed(text: str, outbound: Outbound) -> PhoneNumber:
    if not isinstance(text, str) or len(text) > 64:
        raise Refused("invalid")
    _check_short(text, outbound)
    if not _E164.fullmatch(text):
        raise Refused("invalid")
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        raise Refused("invalid") from None
    if phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) != text:
        raise Refused("invalid")
    return number


def _check_short(text: str, outbound: Outbound) -> None:
    """Numbers that mean something only where one stands, with or without a country code in front."""
    digits = text.removeprefix("+")
    if not digits.isascii() or not digits.isdigit():
        return
    for country in (*outbound.countries, "US", "GB"):
        code = str(phonenumbers.country_code_for_region(country))
        for national in {digits, digits.removeprefix(code)}:
            if shortnumberinfo.is_emergency_number(national, country):
                raise Refused("emergency")
    if len(digits) <= _SHORT_LENGTH:
        raise Refused("short")
