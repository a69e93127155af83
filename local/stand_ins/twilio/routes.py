"""The routes: paths, methods and parameters of Twilio's reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web

from local.stand_ins.twilio import shapes
from local.stand_ins.twilio.account import Account, NotThere

_TRUNK = "/v1/Trunks/{trunk}"
_ACCOUNT = "/2010-04-01/Accounts/{account}"
_LIST = _ACCOUNT + "/SIP/CredentialLists/{list}"
_GONE = 204


class Routes:
    """Handlers over one account. They raise Refused."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def table(self) -> list[web.RouteDef]:
        return [
            web.get("/v1/Trunks", self.trunks),
            web.post("/v1/Trunks", self.put_trunk),
            web.get(_TRUNK, self.trunk),
            web.post(_TRUNK, self.put_trunk),
            web.delete(_TRUNK, self.remove_trunk),
            web.get(_TRUNK + "/Recording", self.recording),
            web.post(_TRUNK + "/Recording", self.record),
            web.get(_TRUNK + "/OriginationUrls", self.origins),
            web.post(_TRUNK + "/OriginationUrls", self.put_origin),
            web.post(_TRUNK + "/OriginationUrls/{sid}", self.put_origin),
            web.delete(_TRUNK + "/OriginationUrls/{sid}", self.remove_origin),
            web.get(_TRUNK + "/CredentialLists", self.lists_on_trunk),
            web.post(_TRUNK + "/CredentialLists", self.map_list),
            web.delete(_TRUNK + "/CredentialLists/{sid}", self.unmap_list),
            web.get(_TRUNK + "/PhoneNumbers", self.numbers_on_trunk),
            web.post(_TRUNK + "/PhoneNumbers", self.attach),
            web.delete(_TRUNK + "/PhoneNumbers/{sid}", self.detach),
            web.get(_ACCOUNT + "/SIP/CredentialLists.json", self.lists),
            web.post(_ACCOUNT + "/SIP/CredentialLists.json", self.put_list),
            web.get(_LIST + "/Credentials.json", self.users),
            web.post(_LIST + "/Credentials.json", self.put_user),
            web.post(_LIST + "/Credentials/{sid}.json", self.put_user),
            web.delete(_LIST + "/Credentials/{sid}.json", self.remove_user),
            web.post(_LIST + ".json", self.put_list),
            web.delete(_LIST + ".json", self.remove_list),
            web.get(_ACCOUNT + "/IncomingPhoneNumbers.json", self.numbers),
            web.get(_ACCOUNT + "/IncomingPhoneNumbers/{sid}.json", self.number),
            web.post(_ACCOUNT + "/IncomingPhoneNumbers/{sid}.json", self.put_number),
        ]

    async def trunks(self, request: web.Request) -> web.Response:
        return _page(request, "trunks", (shapes.trunk(each, self._sid) for each in self._account.trunks.values()))

    async def trunk(self, request: web.Request) -> web.Response:
        return web.json_response(shapes.trunk(self._trunk(request), self._sid))

    async def put_trunk(self, request: web.Request) -> web.Response:
        sid = request.match_info.get("trunk")
        found = self._account.put_trunk(await _form(request), sid)
        return web.json_response(shapes.trunk(found, self._sid), status=200 if sid else 201)

    async def remove_trunk(self, request: web.Request) -> web.Response:
        self._account.remove_trunk(request.match_info["trunk"])
        return web.Response(status=_GONE)

    async def recording(self, request: web.Request) -> web.Response:
        return web.json_response(shapes.recording(self._trunk(request)))

    async def record(self, request: web.Request) -> web.Response:
        found = self._account.record(request.match_info["trunk"], await _form(request))
        return web.json_response(shapes.recording(found))

    async def origins(self, request: web.Request) -> web.Response:
        trunk = self._trunk(request)
        found = (shapes.origin(each, trunk.sid, self._sid) for each in trunk.origins.values())
        return _page(request, "origination_urls", found)

    async def put_origin(self, request: web.Request) -> web.Response:
        trunk, sid = self._trunk(request), request.match_info.get("sid")
        found = self._account.put_origin(trunk, await _form(request), sid)
        return web.json_response(shapes.origin(found, trunk.sid, self._sid), status=200 if sid else 201)

    async def remove_origin(self, request: web.Request) -> web.Response:
        if self._trunk(request).origins.pop(request.match_info["sid"], None) is None:
            raise NotThere(request.path)
        return web.Response(status=_GONE)

    async def lists_on_trunk(self, request: web.Request) -> web.Response:
        trunk = self._trunk(request)
        found = (shapes.list_on_trunk(self._account.list(sid), trunk.sid, self._sid) for sid in trunk.lists)
        return _page(request, "credential_lists", found)

    async def map_list(self, request: web.Request) -> web.Response:
        trunk = self._trunk(request)
        found = self._account.map_list(trunk, (await _form(request)).get("CredentialListSid", ""))
        return web.json_response(shapes.list_on_trunk(found, trunk.sid, self._sid), status=201)

    async def unmap_list(self, request: web.Request) -> web.Response:
        trunk, sid = self._trunk(request), request.match_info["sid"]
        if sid not in trunk.lists:
            raise NotThere(request.path)
        trunk.lists.remove(sid)
        return web.Response(status=_GONE)

    async def numbers_on_trunk(self, request: web.Request) -> web.Response:
        trunk = self._trunk(request)
        numbers = (each for each in self._account.numbers.values() if each.trunk_sid == trunk.sid)
        return _page(request, "phone_numbers", (shapes.number(each, self._sid) for each in numbers))

    async def attach(self, request: web.Request) -> web.Response:
        sid = (await _form(request)).get("PhoneNumberSid", "")
        found = self._account.put_number(sid, {"TrunkSid": request.match_info["trunk"]})
        return web.json_response(shapes.number(found, self._sid), status=201)

    async def detach(self, request: web.Request) -> web.Response:
        number = self._account.number(request.match_info["sid"])
        if number.trunk_sid != self._trunk(request).sid:
            raise NotThere(request.path)
        number.trunk_sid = None
        return web.Response(status=_GONE)

    async def lists(self, request: web.Request) -> web.Response:
        found = (shapes.credential_list(each, self._sid) for each in self._account.lists.values())
        return _page(request, "credential_lists", found)

    async def put_list(self, request: web.Request) -> web.Response:
        sid = request.match_info.get("list")
        found = self._account.put_list(await _form(request), sid)
        return web.json_response(shapes.credential_list(found, self._sid), status=200 if sid else 201)

    async def remove_list(self, request: web.Request) -> web.Response:
        self._account.remove_list(request.match_info["list"])
        return web.Response(status=_GONE)

    async def users(self, request: web.Request) -> web.Response:
        found = self._account.list(request.match_info["list"])
        users = (shapes.user(sid, name, found.sid, self._sid) for sid, (name, _) in found.users.items())
        return _page(request, "credentials", users)

    async def put_user(self, request: web.Request) -> web.Response:
        found, sid = self._account.list(request.match_info["list"]), request.match_info.get("sid")
        made = self._account.put_user(found, await _form(request), sid)
        shape = shapes.user(made, found.users[made][0], found.sid, self._sid)
        return web.json_response(shape, status=200 if sid else 201)

    async def remove_user(self, request: web.Request) -> web.Response:
        if self._account.list(request.match_info["list"]).users.pop(request.match_info["sid"], None) is None:
            raise NotThere(request.path)
        return web.Response(status=_GONE)

    async def numbers(self, request: web.Request) -> web.Response:
        found = (shapes.number(each, self._sid) for each in self._account.numbers.values())
        return _page(request, "incoming_phone_numbers", found)

    async def number(self, request: web.Request) -> web.Response:
        return web.json_response(shapes.number(self._account.number(request.match_info["sid"]), self._sid))

    async def put_number(self, request: web.Request) -> web.Response:
        found = self._account.put_number(request.match_info["sid"], await _form(request))
        return web.json_response(shapes.number(found, self._sid))

    @property
    def _sid(self) -> str:
        return self._account.sid

    def _trunk(self, request: web.Request) -> Any:
        return self._account.trunk(request.match_info["trunk"])


def _page(request: web.Request, key: str, items: Iterable[Any]) -> web.Response:
    base = f"{request.scheme}://{request.host}"
    return web.json_response(shapes.page(base, request.path, key, list(items), request.query))


async def _form(request: web.Request) -> Mapping[str, str]:
    return {name: str(value) for name, value in (await request.post()).items()}
