"""What a Twilio account has, as far as lines are concerned, and what of it is ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sip.twilio.client import Json, Twilio, side_by_side

MARK = "switchboard: "
"""Begins the friendly name of every trunk and credential list that we make: Twilio has no other place for a mark."""
ORIGIN_MARK = "switchboard"
"""The friendly name of every origination URL that we make."""


@dataclass(frozen=True, slots=True)
class Trunk:
    sid: str
    name: str
    domain: str
    secure: bool
    transfer_mode: str
    recording: str

    @property
    def marked(self) -> bool:
        return self.name.startswith(MARK)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where Twilio sends the calls of a trunk."""

    sid: str
    name: str
    url: str
    priority: int
    weight: int
    enabled: bool

    @property
    def marked(self) -> bool:
        return self.name == ORIGIN_MARK


@dataclass(frozen=True, slots=True)
class LoginList:
    """A credential list. `users`: name -> SID of the credential, read for ours only."""

    sid: str
    name: str
    users: Mapping[str, str] = field(default_factory=dict)

    @property
    def marked(self) -> bool:
        return self.name.startswith(MARK)


@dataclass(frozen=True, slots=True)
class Number:
    """`trunk_sid` is empty where no trunk has it; `voice` False: it takes no calls."""

    sid: str
    number: str
    trunk_sid: str
    voice: bool


@dataclass(frozen=True, slots=True)
class Account:
    """`origins` and `lists_of` are by trunk SID, for marked trunks only; `numbers` by number."""

    sid: str
    trunks: tuple[Trunk, ...] = ()
    lists: tuple[LoginList, ...] = ()
    numbers: Mapping[str, Number] = field(default_factory=dict)
    origins: Mapping[str, tuple[Origin, ...]] = field(default_factory=dict)
    lists_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def trunk(self, sid: str) -> Trunk | None:
        return next((trunk for trunk in self.trunks if trunk.sid == sid), None)

    def on_trunk(self, sid: str) -> list[Number]:
        return [number for number in self.numbers.values() if number.trunk_sid == sid]


async def survey(twilio: Twilio) -> Account:
    """Reads the account: three collections, then what the marked trunks and lists hold. Raises TwilioError."""
    async with side_by_side() as group:
        trunks_ = group.create_task(twilio.all("/v1/Trunks", "trunks", "the trunks"))
        lists_ = group.create_task(
            twilio.all(f"{twilio.account}/SIP/CredentialLists.json", "credential_lists", "the credential lists")
        )
        numbers_ = group.create_task(
            twilio.all(f"{twilio.account}/IncomingPhoneNumbers.json", "incoming_phone_numbers", "the phone numbers")
        )
    trunks = tuple(map(_trunk, trunks_.result()))
    lists = tuple(LoginList(_text(each, "sid"), _text(each, "friendly_name")) for each in lists_.result())
    async with side_by_side() as group:
        ours = [trunk.sid for trunk in trunks if trunk.marked]
        origins = {sid: group.create_task(_origins(twilio, sid)) for sid in ours}
        lists_of = {sid: group.create_task(_lists_of(twilio, sid)) for sid in ours}
        users = {each.sid: group.create_task(_users(twilio, each.sid)) for each in lists if each.marked}
    return Account(
        sid=twilio.account_sid,
        trunks=trunks,
        lists=tuple(replace(each, users=users[each.sid].result()) if each.marked else each for each in lists),
        numbers={number.number: number for number in map(_number, numbers_.result())},
        origins={sid: task.result() for sid, task in origins.items()},
        lists_of={sid: task.result() for sid, task in lists_of.items()},
    )


async def _origins(twilio: Twilio, sid: str) -> tuple[Origin, ...]:
    found = await twilio.all(f"/v1/Trunks/{sid}/OriginationUrls", "origination_urls", "a trunk's origination URLs")
    return tuple(map(_origin, found))


async def _lists_of(twilio: Twilio, sid: str) -> tuple[str, ...]:
    found = await twilio.all(f"/v1/Trunks/{sid}/CredentialLists", "credential_lists", "a trunk's credential lists")
    return tuple(_text(each, "sid") for each in found)


async def _users(twilio: Twilio, sid: str) -> dict[str, str]:
    path = f"{twilio.account}/SIP/CredentialLists/{sid}/Credentials.json"
    found = await twilio.all(path, "credentials", "a credential list's users")
    return {_text(each, "username"): _text(each, "sid") for each in found}


def _trunk(found: Json) -> Trunk:
    recording = found.get("recording")
    return Trunk(
        sid=_text(found, "sid"),
        name=_text(found, "friendly_name"),
        domain=_text(found, "domain_name").lower(),
        secure=found.get("secure") is True,
        transfer_mode=_text(found, "transfer_mode"),
        recording=_text(recording, "mode") if isinstance(recording, dict) else "",
    )


def _origin(found: Json) -> Origin:
    return Origin(
        sid=_text(found, "sid"),
        name=_text(found, "friendly_name"),
        url=_text(found, "sip_url"),
        priority=int(found.get("priority") or 0),
        weight=int(found.get("weight") or 0),
        enabled=found.get("enabled") is True,
    )


def _number(found: Json) -> Number:
    capabilities = found.get("capabilities")
    voice = not isinstance(capabilities, dict) or capabilities.get("voice") is not False
    return Number(_text(found, "sid"), _text(found, "phone_number"), _text(found, "trunk_sid"), voice)


def _text(found: Json, key: str) -> str:
    value = found.get(key)
    return value if isinstance(value, str) else ""
