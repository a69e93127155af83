"""ETags and preconditions. An object's ETag is its generation: it changes with every write and with nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from state_gateway.errors import Refused, bad_request

_GENERATION = re.compile(r"\d{1,19}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Condition:
    """When a write may happen: the stored generation is `match` (0: there is none), or is not `unless`."""

    match: int | None = None
    unless: int | None = None


def etag(generation: int) -> str:
    return f'"{generation}"'


def of_write(query: Mapping[str, str], headers: Mapping[str, str]) -> Condition:
    """`ifGenerationMatch` of the query, or If-Match / If-None-Match of the headers; one of them. Refused: 400."""
    given = [
        *(("query", query["ifGenerationMatch"]) for _ in range("ifGenerationMatch" in query)),
        *((name, headers[name]) for name in ("if-match", "if-none-match") if name in headers),
    ]
    if not given:
        return Condition()
    if len(given) > 1:
        raise bad_request("give one of ifGenerationMatch, If-Match and If-None-Match")
    match given[0]:
        case "query", value if _GENERATION.fullmatch(value):
            return Condition(match=int(value))
        case "if-match", "*":
            return Condition(unless=0)
        case "if-none-match", "*":
            return Condition(match=0)
        case "if-match", value if _GENERATION.fullmatch(value.strip('"')):
            return Condition(match=int(value.strip('"')))
    raise bad_request('a precondition is a generation: ifGenerationMatch=123, If-Match: "123" or *, If-None-Match: *')


def unchanged(headers: Mapping[str, str], generation: int) -> bool:
    """The reader has this generation already: 304. Raises Refused 412 where If-Match asks for another one."""
    wanted = headers.get("if-match")
    if wanted is not None and not _names(wanted, generation):
        raise precondition_failed()
    known = headers.get("if-none-match")
    return known is not None and _names(known, generation)


def range_applies(headers: Mapping[str, str], generation: int) -> bool:
    """If-Range: a part is of use only where the rest is of the same generation."""
    wanted = headers.get("if-range")
    return wanted is None or wanted.strip() == etag(generation)


def precondition_failed() -> Refused:
    return Refused(412, "precondition_failed", "the object's generation is not the one that was asked for")


def _names(header: str, generation: int) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or etag(generation) in tags
