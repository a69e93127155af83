"""A caller's number as a carrier reports it, as the one number in the world that it is.

Carriers report callers with their country code or without, as a telephone of the dialled number's country would write
them. For lists that are looked up by number (who wants no calls) a guess is worse than none.
"""

from __future__ import annotations

import phonenumbers
from phonenumbers import PhoneNumber, ValidationResult

from config.numbers import caller_number

_NANP = 1  # its numbers are written with and without their first digit, which is country code and trunk prefix in one


def world_number(reported: str | None, dialled: str | None) -> str | None:
    """E.164 of `reported`, seen from the country of `dialled` (E.164; None: unknown). None: withheld, no valid number,
    or two numbers could be meant."""
    if caller_number(reported) is None:
        return None
    text = (reported or "").strip().rpartition(":")[2].partition("@")[0]
    if text.startswith("+"):
        # As long as the country's numbers are is enough: fictitious and brand new ones are in no plan.
        number = _parsed(text, None)
        whole = (
            number is not None and phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
        )
        return _written(number) if number is not None and whole else None
    region = _region(dialled)
    meant = {_written(number) for number in (_abroad(text), _at_home(text, region)) if number is not None}
    return meant.pop() if len(meant) == 1 else None


def _region(dialled: str | None) -> str | None:
    number = _parsed(dialled, None) if dialled else None
    if number is None:
        return None
    code = number.country_code or 0
    return phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(code)


def _abroad(text: str) -> PhoneNumber | None:
    """With the country code, without a "+"."""
    digits = text.removeprefix("00")
    return _valid(_parsed(f"+{digits}", None))


def _at_home(text: str, region: str | None) -> PhoneNumber | None:
    """As it is dialled in `region`. Where numbers there begin with a trunk prefix, one without is not meant so."""
    number = _valid(_parsed(text, region)) if region else None
    prefix = phonenumbers.ndd_prefix_for_region(region, True) if region else None
    code = phonenumbers.country_code_for_region(region) if region else 0
    return number if code == _NANP or not prefix or text.startswith(prefix) else None


def _parsed(text: str | None, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text or "", region)
    except phonenumbers.NumberParseException:
        return None


def _valid(number: PhoneNumber | None) -> PhoneNumber | None:
    return number if number is not None and phonenumbers.is_valid_number(number) else None


def _written(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
