"""What every block of the configuration is made of: strict models, names, numbers, words."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from config.hours import parse_day
from config.numbers import e164

T = TypeVar("T")

NAME = r"^[a-z0-9][a-z0-9-]{0,62}$"
LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


def _is_day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError("write a day as YYYY-MM-DD, such as 2026-12-25") from None
    return text


def is_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, OSError, LookupError):
        raise ValueError("not an IANA time zone; write one such as Europe/London or America/New_York") from None
    return text


def _is_number(text: str) -> str:
    if e164(text) is None:
        raise ValueError('not a phone number with its country code; write E.164, such as "+15550100001"')
    return text


def _is_hours(spans: list[str]) -> list[str]:
    parse_day(spans)
    return spans


Name = Annotated[str, StringConstraints(pattern=NAME)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]
Greeting = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
Day = Annotated[str, AfterValidator(_is_day), Field(json_schema_extra={"format": "date"})]
Number = Annotated[str, AfterValidator(_is_number), Field(json_schema_extra={"pattern": r"^\+[1-9][0-9 ().-]{6,24}$"})]
Hours = Annotated[list[str], AfterValidator(_is_hours), Field(max_length=6)]
Tool = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Tools = Annotated[list[Tool], Field(max_length=32)]


class Shape(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    def written(self, key: str, otherwise: T) -> T:
        """The value of `key` where somebody wrote it, not the default that an editor shows; else `otherwise`."""
        return getattr(self, key) if key in self.model_fields_set else otherwise
