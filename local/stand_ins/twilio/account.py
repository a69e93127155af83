"""What the account has, and what it refuses."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?\.pstn\.twilio\.com", re.IGNORECASE)
_TRANSFER_MODES = ("disable-all", "enable-all", "sip-only")
_RECORDING_MODES = ("do-not-record", "record-from-ringing", "record-from-answer", "record-from-ringing-dual")


class Refused(Exception):
    """An error object of Twilio's."""

    def __init__(self, code: int, status: int, message: str) -> None:
        super().__init__(message)
        self.code, self.status = code, status


class NotThere(Refused):
    def __init__(self, what: str) -> None:
        super().__init__(20404, 404, f"The requested resource {what} was not found")


@dataclass
class Origin:
    sid: str
    friendly_name: str
    sip_url: str
    priority: int
    weight: int
    enabled: bool


@dataclass
class Trunk:
    sid: str
    friendly_name: str = ""
    domain_name: str | None = None
    secure: bool = False
    transfer_mode: str = "disable-all"
    recording: str = "do-not-record"
    trim: str = "do-not-trim"
    origins: dict[str, Origin] = field(default_factory=dict)
    lists: list[str] = field(default_factory=list)


@dataclass
class CredentialList:
    """`users`: SID of the credential -> name and password."""

    sid: str
    friendly_name: str
    users: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass
class Number:
    sid: str
    phone_number: str
    trunk_sid: str | None = None
    voice: bool = True


def new_sid(kind: str) -> str:
    return kind + secrets.token_hex(16)


@dataclass
class Account:
    """`taken`: domains that other accounts have. Methods raise Refused."""

    sid: str
    trunks: dict[str, Trunk] = field(default_factory=dict)
    lists: dict[str, CredentialList] = field(default_factory=dict)
    numbers: dict[str, Number] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def buy(self, phone_number: str, voice: bool = True) -> Number:
        number = Number(new_sid("PN"), phone_number, voice=voice)
        self.numbers[number.sid] = number
        return number

    def trunk(self, sid: str) -> Trunk:
        if sid not in self.trunks:
            raise NotThere(f"/Trunks/{sid}")
        return self.trunks[sid]

    def list(self, sid: str) -> CredentialList:
        if sid not in self.lists:
            raise NotThere(f"/SIP/CredentialLists/{sid}")
        return self.lists[sid]

    def number(self, sid: str) -> Number:
        if sid not in self.numbers:
            raise NotThere(f"/IncomingPhoneNumbers/{sid}")
        return self.numbers[sid]

    def put_trunk(self, form: Mapping[str, str], sid: str | None = None) -> Trunk:
        trunk = self.trunk(sid) if sid else Trunk(new_sid("TK"))
        domain = form.get("DomainName")
        if domain:
            self._check_domain(domain, trunk)
            trunk.domain_name = domain
        trunk.friendly_name = name_of(form, trunk.friendly_name)
        trunk.secure = truth(form, "Secure", trunk.secure)
        trunk.transfer_mode = one_of(form, "TransferMode", _TRANSFER_MODES, trunk.transfer_mode)
        self.trunks[trunk.sid] = trunk
        return trunk

    def remove_trunk(self, sid: str) -> None:
        self.trunk(sid)
        if any(number.trunk_sid == sid for number in self.numbers.values()):
            raise Refused(20001, 400, "Phone numbers are associated with the trunk")
        del self.trunks[sid]

    def record(self, sid: str, form: Mapping[str, str]) -> Trunk:
        trunk = self.trunk(sid)
        trunk.recording = one_of(form, "Mode", _RECORDING_MODES, trunk.recording)
        trunk.trim = one_of(form, "Trim", ("trim-silence", "do-not-trim"), trunk.trim)
        return trunk

    def put_origin(self, trunk: Trunk, form: Mapping[str, str], sid: str | None = None) -> Origin:
        if sid and sid not in trunk.origins:
            raise NotThere(f"/OriginationUrls/{sid}")
        old = trunk.origins[sid] if sid else None
        if old is None:
            for name in ("Weight", "Priority", "Enabled", "FriendlyName", "SipUrl"):
                required(form, name)
        origin = old or Origin(new_sid("OU"), "", "", 10, 10, True)
        url = form.get("SipUrl", origin.sip_url)
        if not url.startswith("sip:"):
            raise Refused(20001, 400, "SipUrl must be a sip: URI")
        origin.sip_url, origin.friendly_name = url, name_of(form, origin.friendly_name)
        origin.weight = whole(form, "Weight", 1, origin.weight)
        origin.priority = whole(form, "Priority", 0, origin.priority)
        origin.enabled = truth(form, "Enabled", origin.enabled)
        trunk.origins[origin.sid] = origin
        return origin

    def put_list(self, form: Mapping[str, str], sid: str | None = None) -> CredentialList:
        required(form, "FriendlyName")
        found = self.list(sid) if sid else CredentialList(new_sid("CL"), "")
        found.friendly_name = name_of(form, "")
        self.lists[found.sid] = found
        return found

    def remove_list(self, sid: str) -> None:
        self.list(sid)
        if any(sid in trunk.lists for trunk in self.trunks.values()):
            raise Refused(20001, 400, "The credential list is associated with a trunk")
        del self.lists[sid]

    def put_user(self, found: CredentialList, form: Mapping[str, str], sid: str | None = None) -> str:
        if sid and sid not in found.users:
            raise NotThere(f"/Credentials/{sid}")
        name = found.users[sid][0] if sid else required(form, "Username")
        password = required(form, "Password")
        mixed = any(map(str.isdigit, password)) and any(map(str.islower, password)) and any(map(str.isupper, password))
        if len(password) < 12 or not mixed:
            raise Refused(20001, 400, f"Password {password} is too weak")  # a client must not repeat this
        if not sid and any(user == name for user, _ in found.users.values()):
            raise Refused(20001, 400, "Username already exists in the credential list")
        sid = sid or new_sid("CR")
        found.users[sid] = (name, password)
        return sid

    def map_list(self, trunk: Trunk, sid: str) -> CredentialList:
        found = self.list(sid)
        if sid in trunk.lists:
            raise Refused(20001, 400, "The credential list is associated with the trunk already")
        trunk.lists.append(sid)
        return found

    def put_number(self, sid: str, form: Mapping[str, str]) -> Number:
        number = self.number(sid)
        if "TrunkSid" in form:
            trunk = form["TrunkSid"]
            number.trunk_sid = self.trunk(trunk).sid if trunk else None
        return number

    def _check_domain(self, domain: str, trunk: Trunk) -> None:
        if not _DOMAIN.fullmatch(domain):
            raise Refused(21245, 400, "Domain name must end with pstn.twilio.com")
        others = {each.domain_name for each in self.trunks.values() if each is not trunk}
        if domain in others | self.taken:
            raise Refused(21248, 400, "Domain name is already in use")


def required(form: Mapping[str, str], name: str) -> str:
    if not form.get(name):
        raise Refused(20001, 400, f"Missing required parameter {name} in the post body")
    return form[name]


def name_of(form: Mapping[str, str], otherwise: str) -> str:
    name = form.get("FriendlyName", otherwise)
    if len(name) > 64:
        raise Refused(20001, 400, "FriendlyName may have at most 64 characters")
    return name


def truth(form: Mapping[str, str], name: str, otherwise: bool) -> bool:
    value = form.get(name, str(otherwise)).lower()
    if value not in ("true", "false"):
        raise Refused(20001, 400, f"{name} must be true or false")
    return value == "true"


def whole(form: Mapping[str, str], name: str, least: int, otherwise: int) -> int:
    value = form.get(name, str(otherwise))
    if not value.isdigit() or not least <= int(value) <= 65535:
        raise Refused(20001, 400, f"{name} must be a whole number from {least} to 65535")
    return int(value)


def one_of(form: Mapping[str, str], name: str, choices: tuple[str, ...], otherwise: str) -> str:
    value = form.get(name, otherwise)
    if value not in choices:
        raise Refused(20001, 400, f"{name} must be one of {', '.join(choices)}")
    return value
