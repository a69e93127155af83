"""Google Cloud Storage's JSON API over HTTP for one bucket, as Google documents it (cloud.google.com/storage/docs/
json_api, read 2026-11), with what fake-gcs-server 1.55 leaves out: generations and metagenerations that are asked for,
holds, versions, lifecycle rules, and a refusal's reasons.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from ops.crc32c import Crc32c

BUCKET = "calls"
_HELD = (
    "Object '{}' is under active Temporary hold and cannot be deleted, overwritten or archived until hold is removed."
)
_Answer = web.Response


@dataclass
class Kept:
    resource: dict[str, Any]
    data: bytes
    live: bool = True


def refusal(status: int, reason: str, message: str) -> _Answer:
    each = {"message": message, "domain": "global", "reason": reason}
    return web.json_response({"error": {"code": status, "message": message, "errors": [each]}}, status=status)


@dataclass
class GcsApi:
    """`kept` has every version. `refuses` answers everything; `lost_replies` changes are made and answered with 503."""

    url: str = ""
    kept: list[Kept] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=lambda: {"name": BUCKET, "id": BUCKET, "metageneration": "1"})
    refuses: tuple[int, str, str] | None = None
    lost_replies: int = 0
    page: int = 1000
    asked: list[str] = field(default_factory=list)
    runner: web.AppRunner | None = None
    _generation: int = 1_790_000_000_000_000
    _sessions: dict[str, tuple[dict[str, Any], dict[str, str], bytearray]] = field(default_factory=dict)

    async def kill(self) -> None:
        if self.runner is not None:
            runner, self.runner = self.runner, None
            await runner.cleanup()

    def put(self, name: str, data: bytes, **more: Any) -> dict[str, Any]:
        self._generation += 1
        crc32c = Crc32c()
        crc32c.update(data)
        for old in [each for each in self.kept if each.live and each.resource["name"] == name]:
            self._retire(old)
        resource = {
            "kind": "storage#object",
            "name": name,
            "bucket": BUCKET,
            "size": str(len(data)),
            "generation": str(self._generation),
            "metageneration": "1",
            "contentType": "application/octet-stream",
            "timeCreated": "2026-11-21T10:00:00.000Z",
            "crc32c": str(crc32c),
            "md5Hash": base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode(),
            **more,
        }
        self.kept.append(Kept(resource, data))
        return resource

    def live(self, name: str) -> Kept | None:
        return next((each for each in self.kept if each.live and each.resource["name"] == name), None)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        if self.refuses is not None:
            return refusal(*self.refuses)
        if request.match_info["bucket"] != BUCKET:
            return refusal(404, "notFound", "The specified bucket does not exist.")
        name = request.match_info.get("object")
        if request.path.startswith("/upload"):
            answer = await self._upload(request)
        elif name is None:
            answer = await self._bucket(request)
        else:
            answer = await self._object(request, name)
        if self.lost_replies and request.method != "GET" and answer.status < 300:
            self.lost_replies -= 1
            return refusal(503, "backendError", "We encountered an internal error. Please try again.")
        return answer

    async def _bucket(self, request: web.Request) -> _Answer:
        if request.path.endswith("/o"):
            return self._list(request.query)
        if request.method == "PATCH":
            if request.query.get("ifMetagenerationMatch", self.about["metageneration"]) != self.about["metageneration"]:
                return _unmet()
            self.about |= await request.json()
            self.about["metageneration"] = str(int(self.about["metageneration"]) + 1)
        return web.json_response(self.about)

    def _list(self, query: Any) -> _Answer:
        every = query.get("versions", "").lower() == "true"
        found = [each.resource for each in self.kept if each.live or every]
        found = [each for each in found if each["name"].startswith(query.get("prefix", ""))]
        found.sort(key=lambda each: (each["name"], each["generation"]))
        first = int(query.get("pageToken") or 0)
        size = min(self.page, int(query.get("maxResults") or 1000))
        more = {"nextPageToken": str(first + size)} if first + size < len(found) else {}
        return web.json_response({"kind": "storage#objects", "items": found[first : first + size]} | more)

    async def _object(self, request: web.Request, name: str) -> _Answer:
        wanted = request.query.get("generation")
        found = next(
            (
                each
                for each in self.kept
                if each.resource["name"] == name and (each.resource["generation"] == wanted if wanted else each.live)
            ),
            None,
        )
        if found is None:
            return refusal(404, "notFound", f"No such object: {BUCKET}/{name}")
        match = request.query.get("ifMetagenerationMatch")
        if match is not None and match != found.resource["metageneration"]:
            return _unmet()
        if request.method == "DELETE":
            if found.resource.get("temporaryHold") or found.resource.get("eventBasedHold"):
                return refusal(403, "forbidden", _HELD.format(f"{BUCKET}/{name}"))
            if wanted:
                self.kept.remove(found)
            else:
                self._retire(found)
            return web.Response(status=204)
        if request.method == "PATCH":
            return self._patch(found, await request.json())
        if request.query.get("alt") == "media":
            return _content(found, request.headers.get("Range", ""))
        return web.json_response(found.resource)

    def _patch(self, found: Kept, changes: dict[str, Any]) -> _Answer:
        old = found.resource.get("customTime")
        if old and "customTime" in changes and (changes["customTime"] or "") < old:
            return refusal(400, "invalid", "Custom time cannot be set to an earlier time or removed.")
        metadata = {**found.resource.get("metadata", {}), **(changes.pop("metadata", None) or {})}
        found.resource |= {**changes, "metadata": {key: text for key, text in metadata.items() if text is not None}}
        found.resource["metageneration"] = str(int(found.resource["metageneration"]) + 1)
        return web.json_response(found.resource)

    async def _upload(self, request: web.Request) -> _Answer:
        query, body = dict(request.query), await request.read()
        if request.method == "PUT":
            about, query, held = self._sessions[query["upload_id"]]
            held += body
            if request.headers["Content-Range"].rpartition("/")[2] != str(len(held)):
                return web.Response(status=308, headers={"Range": f"bytes=0-{len(held) - 1}"})
            return self._stored(about, query, bytes(held))
        if query["uploadType"] == "resumable":
            self._generation += 1
            token = str(self._generation)
            about = {"contentType": request.headers["X-Upload-Content-Type"], **json.loads(body or "{}")}
            self._sessions[token] = (about, query, bytearray())
            place = f"{self.url}{request.path}?uploadType=resumable&upload_id={token}"
            return web.Response(headers={"Location": place})
        boundary = re.search(r'boundary="?([^";]+)', request.headers["Content-Type"])
        assert boundary is not None
        _, about_part, data_part, _ = body.split(b"--" + boundary[1].encode(), 3)
        about = json.loads(about_part.partition(b"\r\n\r\n")[2])
        headers, _, data = data_part.partition(b"\r\n\r\n")
        kind = re.search(rb"content-type: *([^\r]+)", headers, re.IGNORECASE)
        about.setdefault("contentType", kind[1].decode() if kind else "application/octet-stream")
        return self._stored(about, query, data.removesuffix(b"\r\n"))

    def _stored(self, about: dict[str, Any], query: dict[str, str], data: bytes) -> _Answer:
        there = self.live(about["name"])
        generation = there.resource["generation"] if there else "0"
        if query.get("ifGenerationMatch", generation) != generation:
            return _unmet()
        if there is not None and there.resource.get("temporaryHold"):
            return refusal(403, "forbidden", _HELD.format(f"{BUCKET}/{about['name']}"))
        told = about.pop("crc32c", None)
        made = self.put(data=data, **about)
        assert told in (None, made["crc32c"])
        return web.json_response(made)

    def _retire(self, old: Kept) -> None:
        if self.about.get("versioning", {}).get("enabled"):
            old.live = False
        else:
            self.kept.remove(old)


def _content(found: Kept, asked: str) -> _Answer:
    span = re.fullmatch(r"bytes=(\d+)-(\d*)", asked)
    if span is None:
        return web.Response(body=found.data, headers={"X-Goog-Hash": f"crc32c={found.resource['crc32c']}"})
    first, last = int(span[1]), min(int(span[2] or len(found.data)), len(found.data) - 1)
    if first >= len(found.data):
        return refusal(416, "requestedRangeNotSatisfiable", "The requested range cannot be satisfied.")
    place = f"bytes {first}-{last}/{len(found.data)}"
    return web.Response(status=206, body=found.data[first : last + 1], headers={"Content-Range": place})


def _unmet() -> _Answer:
    return refusal(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")


@asynccontextmanager
async def gcs_api() -> AsyncIterator[GcsApi]:
    """Serves in this loop: whoever asks it must do so from a thread, as google-cloud-storage does."""
    server = GcsApi()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    for root in ("/storage/v1", "/download/storage/v1", "/upload/storage/v1"):
        for path in ("/b/{bucket}", "/b/{bucket}/o", "/b/{bucket}/o/{object:.+}"):
            app.router.add_route("*", root + path, server.answer)
    server.runner = web.AppRunner(app, shutdown_timeout=0.1)
    await server.runner.setup()
    site = web.TCPSite(server.runner, "127.0.0.1", 0)
    await site.start()
    server.url = "http://{}:{}".format(*server.runner.addresses[0][:2])
    try:
        yield server
    finally:
        await server.kill()
