"""How things look in Twilio's answers: two styles, one for each generation of its API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from local.stand_ins.twilio.account import CredentialList, Number, Origin, Trunk

MOST_ON_A_PAGE, ON_A_PAGE = 1000, 50
_ISO, _RFC = "2026-11-21T10:00:00Z", "Sat, 21 Nov 2026 10:00:00 +0000"


def trunk(found: Trunk, account: str) -> dict[str, Any]:
    return {
        "sid": found.sid,
        "account_sid": account,
        "friendly_name": found.friendly_name,
        "domain_name": found.domain_name,
        "secure": found.secure,
        "transfer_mode": found.transfer_mode,
        "transfer_caller_id": "from-transferee",
        "recording": recording(found),
        "cnam_lookup_enabled": False,
        "symmetric_rtp_enabled": False,
        "disaster_recovery_url": None,
        "disaster_recovery_method": None,
        "auth_type": "CREDENTIAL_LIST" if found.lists else "",
        "auth_type_set": ["CREDENTIAL_LIST"] if found.lists else [],
        "date_created": _ISO,
        "date_updated": _ISO,
        "url": f"https://trunking.twilio.com/v1/Trunks/{found.sid}",
    }


def recording(found: Trunk) -> dict[str, Any]:
    return {"mode": found.recording, "trim": found.trim}


def origin(found: Origin, trunk_sid: str, account: str) -> dict[str, Any]:
    return {
        "sid": found.sid,
        "account_sid": account,
        "trunk_sid": trunk_sid,
        "friendly_name": found.friendly_name,
        "sip_url": found.sip_url,
        "priority": found.priority,
        "weight": found.weight,
        "enabled": found.enabled,
        "date_created": _ISO,
        "date_updated": _ISO,
    }


def list_on_trunk(found: CredentialList, trunk_sid: str, account: str) -> dict[str, Any]:
    name = found.friendly_name
    return {"sid": found.sid, "account_sid": account, "trunk_sid": trunk_sid, "friendly_name": name}


def credential_list(found: CredentialList, account: str) -> dict[str, Any]:
    uri = f"/2010-04-01/Accounts/{account}/SIP/CredentialLists/{found.sid}"
    return {
        "sid": found.sid,
        "account_sid": account,
        "friendly_name": found.friendly_name,
        "date_created": _RFC,
        "date_updated": _RFC,
        "subresource_uris": {"credentials": f"{uri}/Credentials.json"},
        "uri": f"{uri}.json",
    }


def user(sid: str, name: str, list_sid: str, account: str) -> dict[str, Any]:
    """Never with its password."""
    uri = f"/2010-04-01/Accounts/{account}/SIP/CredentialLists/{list_sid}/Credentials/{sid}.json"
    return {"sid": sid, "account_sid": account, "credential_list_sid": list_sid, "username": name, "uri": uri}


def number(found: Number, account: str) -> dict[str, Any]:
    return {
        "sid": found.sid,
        "account_sid": account,
        "phone_number": found.phone_number,
        "friendly_name": found.phone_number,
        "trunk_sid": found.trunk_sid,
        "capabilities": {"voice": found.voice, "sms": True, "mms": False, "fax": False},
        "voice_url": "https://demo.twilio.com/welcome/voice/",
        "date_created": _RFC,
        "uri": f"/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{found.sid}.json",
    }


def error(code: int, status: int, message: str) -> dict[str, Any]:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "message": message, "more_info": more, "status": status}


def page(base: str, path: str, key: str, items: Sequence[Any], query: Mapping[str, str]) -> dict[str, Any]:
    """One page. `base` is the address that was asked: v1 names the following page with it, 2010 without."""
    size = min(MOST_ON_A_PAGE, max(1, int(query.get("PageSize", ON_A_PAGE))))
    index = int(query.get("Page", 0))
    here = items[index * size : (index + 1) * size]
    last = (index + 1) * size >= len(items)
    following = None if last else f"{path}?{urlencode({'PageSize': size, 'Page': index + 1, 'PageToken': 'PA1'})}"
    first = f"{path}?{urlencode({'PageSize': size, 'Page': 0})}"
    if path.startswith("/v1/"):
        meta = {
            "page": index,
            "page_size": size,
            "first_page_url": base + first,
            "previous_page_url": None,
            "url": base + first,
            "next_page_url": base + following if following else None,
            "key": key,
        }
        return {key: here, "meta": meta}
    return {
        key: here,
        "page": index,
        "page_size": size,
        "first_page_uri": first,
        "next_page_uri": following,
        "previous_page_uri": None,
        "uri": first,
    }
