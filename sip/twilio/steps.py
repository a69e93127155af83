"""The steps that make a Twilio account what is wanted: each may be done again, and none leaves a lie behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sip.settings import Credentials
from sip.twilio.account import ORIGIN_MARK
from sip.twilio.client import Json, Twilio
from sip.twilio.wanted import PRIORITY, RECORDING, TRANSFER_MODE, WEIGHT, Wanted

_TRUNKS = "/v1/Trunks"


@dataclass(slots=True)
class Hands:
    """What steps work with. `trunks`: the SIDs by carrier, of those that were there and those made since."""

    twilio: Twilio
    trunks: dict[str, str] = field(default_factory=dict)


class Step(Protocol):
    async def take(self, hands: Hands) -> None:
        """Raises TwilioError."""
        ...


def trunk_form(wanted: Wanted) -> dict[str, str]:
    """The properties of a trunk that are ours to say; the others (CNAM, disaster recovery) are the operator's."""
    form = {
        "FriendlyName": wanted.name,
        "Secure": "true" if wanted.secure else "false",
        "TransferMode": TRANSFER_MODE,
    }
    return form | ({"DomainName": wanted.domain} if wanted.domain else {})


@dataclass(frozen=True, slots=True)
class MakeTrunk:
    wanted: Wanted

    async def take(self, hands: Hands) -> None:
        twilio, name = hands.twilio, self.wanted.name
        what = f'the trunk "{name}"'

        async def found() -> Json | None:
            there = await twilio.all(_TRUNKS, "trunks", "the trunks")
            wanted = (name, self.wanted.domain)
            return next((t for t in there if (t.get("friendly_name"), t.get("domain_name") or "") == wanted), None)

        made = await twilio.create(_TRUNKS, trunk_form(self.wanted), what, found)
        hands.trunks[self.wanted.carrier] = sid = str(made["sid"])
        await _no_recording(twilio, sid)


@dataclass(frozen=True, slots=True)
class ChangeTrunk:
    sid: str
    wanted: Wanted
    form: Mapping[str, str]
    stop_recording: bool

    async def take(self, hands: Hands) -> None:
        if self.form:
            await hands.twilio.update(f"{_TRUNKS}/{self.sid}", self.form, f'the trunk "{self.wanted.name}"')
        if self.stop_recording:
            await _no_recording(hands.twilio, self.sid)


@dataclass(frozen=True, slots=True)
class RemoveTrunk:
    sid: str
    name: str

    async def take(self, hands: Hands) -> None:
        await hands.twilio.delete(f"{_TRUNKS}/{self.sid}", f'removing the trunk "{self.name}"')


@dataclass(frozen=True, slots=True)
class PutOrigin:
    """Makes an origination URL, or (with `sid`) sets right the one that is there."""

    carrier: str
    url: str
    sid: str = ""

    async def take(self, hands: Hands) -> None:
        twilio, path = hands.twilio, f"{_TRUNKS}/{hands.trunks[self.carrier]}/OriginationUrls"
        what = f"the origination URL {self.url}"
        form = {
            "FriendlyName": ORIGIN_MARK,
            "SipUrl": self.url,
            "Priority": str(PRIORITY),
            "Weight": str(WEIGHT),
            "Enabled": "true",
        }

        async def found() -> Json | None:
            there = await twilio.all(path, "origination_urls", "a trunk's origination URLs")
            wanted = (ORIGIN_MARK, self.url)
            return next((each for each in there if (each.get("friendly_name"), each.get("sip_url")) == wanted), None)

        if self.sid:
            await twilio.update(f"{path}/{self.sid}", form, what)
        else:
            await twilio.create(path, form, what, found)


@dataclass(frozen=True, slots=True)
class RemoveOrigin:
    trunk: str
    sid: str
    url: str

    async def take(self, hands: Hands) -> None:
        path = f"{_TRUNKS}/{self.trunk}/OriginationUrls/{self.sid}"
        await hands.twilio.delete(path, f"removing the origination URL {self.url}")


@dataclass(frozen=True, slots=True)
class PutLogin:
    """The carrier's credential list with its one user, on its trunk.

    The list's name, which says what its password is, is set after the password: broken off between them, the next run
    sets both again. Other users go last: whoever still uses one is let in until the new one is.
    """

    carrier: str
    list_name: str
    login: Credentials
    sid: str = ""  # of the list, where there is one
    users: Mapping[str, str] = field(default_factory=dict)
    password_differs: bool = True
    rename: bool = False
    on_trunk: bool = False

    async def take(self, hands: Hands) -> None:
        twilio, path = hands.twilio, f"{hands.twilio.account}/SIP/CredentialLists"
        what = f'the credential list "{self.list_name}"'

        async def found() -> Json | None:
            lists = await twilio.all(f"{path}.json", "credential_lists", "the credential lists")
            return next((each for each in lists if each.get("friendly_name") == self.list_name), None)

        sid = self.sid
        if not sid:
            made = await twilio.create(f"{path}.json", {"FriendlyName": self.list_name}, what, found)
            sid = str(made["sid"])
        await self._let_in(twilio, f"{path}/{sid}/Credentials")
        if self.rename:
            await twilio.update(f"{path}/{sid}.json", {"FriendlyName": self.list_name}, what)
        if not self.on_trunk:
            await self._map(twilio, hands.trunks[self.carrier], sid)
        for user, credential in self.users.items():
            if user != self.login.name:
                await twilio.delete(f"{path}/{sid}/Credentials/{credential}.json", "removing a user of the trunk")

    async def _let_in(self, twilio: Twilio, path: str) -> None:
        what = "the user that calls out through the trunk"
        credential = self.users.get(self.login.name)

        async def found() -> Json | None:
            there = await twilio.all(f"{path}.json", "credentials", "a credential list's users")
            return next((each for each in there if each.get("username") == self.login.name), None)

        if credential is None:
            form = {"Username": self.login.name, "Password": self.login.secret}
            await twilio.create(f"{path}.json", form, what, found, secret=True)
        elif self.password_differs:
            form = {"Password": self.login.secret}
            await twilio.update(f"{path}/{credential}.json", form, what, secret=True)

    async def _map(self, twilio: Twilio, trunk: str, sid: str) -> None:
        path = f"{_TRUNKS}/{trunk}/CredentialLists"

        async def found() -> Json | None:
            there = await twilio.all(path, "credential_lists", "a trunk's credential lists")
            return next((each for each in there if each.get("sid") == sid), None)

        await twilio.create(path, {"CredentialListSid": sid}, "the trunk's credential list", found)


@dataclass(frozen=True, slots=True)
class RemoveLogin:
    """`trunks`: those that have the list."""

    sid: str
    name: str
    trunks: Sequence[str] = ()

    async def take(self, hands: Hands) -> None:
        what = f'removing the credential list "{self.name}"'
        for trunk in self.trunks:
            await hands.twilio.delete(f"{_TRUNKS}/{trunk}/CredentialLists/{self.sid}", what)
        await hands.twilio.delete(f"{hands.twilio.account}/SIP/CredentialLists/{self.sid}.json", what)


@dataclass(frozen=True, slots=True)
class Attach:
    """In one request also where another trunk has the number: no call is lost between two."""

    carrier: str
    sid: str
    number: str

    async def take(self, hands: Hands) -> None:
        path = f"{hands.twilio.account}/IncomingPhoneNumbers/{self.sid}.json"
        await hands.twilio.update(path, {"TrunkSid": hands.trunks[self.carrier]}, f"the number {self.number}")


@dataclass(frozen=True, slots=True)
class Detach:
    trunk: str
    sid: str
    number: str

    async def take(self, hands: Hands) -> None:
        path = f"{_TRUNKS}/{self.trunk}/PhoneNumbers/{self.sid}"
        await hands.twilio.delete(path, f"taking the number {self.number} off its trunk")


async def _no_recording(twilio: Twilio, sid: str) -> None:
    await twilio.update(f"{_TRUNKS}/{sid}/Recording", {"Mode": RECORDING}, "recording off")
