"""GET and HEAD /storage/read/{path}, POST /storage/write?path=...: objects in and out, streamed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from state_gateway.errors import Refused, bad_request
from state_gateway.http_io import Handler
from state_gateway.security.admission import Admission
from state_gateway.security.policy import check_object
from state_gateway.storage import conditions, paths
from state_gateway.storage.bucket import ObjectInfo
from state_gateway.storage.object_response import ObjectResponse
from state_gateway.storage.ranges import Span, Unsatisfiable, span
from state_gateway.storage.storage import Incoming, Storage, too_large
from state_gateway.storage.upload import Stored

_READ = "/storage/read/"
_LONGEST_TYPE = 256


class Storing:
    """The two routes, as ASGI applications: what they send is sent while the client still holds its place."""

    def __init__(self, storage: Storage, admission: Admission) -> None:
        self._storage, self._admission = storage, admission

    async def read(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        async with self._admission.admit(request, max_bytes=0) as admitted:
            admitted.note(command="object.read")
            query = _query(request, {"signed"})
            name = _name_in_url(request)
            check_object(admitted.client, name, write=False)
            admitted.note(keys=[name.encode()])
            response = await _answer(self._storage, request, await self._storage.find(name), _signed(query))
            try:
                await response(scope, receive, send)
            finally:
                admitted.note(bytes_out=response.sent if isinstance(response, ObjectResponse) else len(response.body))

    async def write(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        async with self._admission.admit(request, max_bytes=None) as admitted:
            admitted.note(command="object.write")
            query = _query(request, {"path", "ifGenerationMatch"})
            name = paths.checked(query.get("path", ""))
            check_object(admitted.client, name, write=True)
            admitted.note(keys=[name.encode()])
            vouch = None if admitted.signed is None else admitted.check_digest
            incoming = Incoming(name, _content_type(request), conditions.of_write(query, request.headers), vouch)
            self._check_body(request)
            stored = await self._storage.write(incoming, request.stream())
            admitted.note(bytes_in=stored.bytes)
            await _receipt(name, stored)(scope, receive, send)

    def _check_body(self, request: Request) -> None:
        """What can be told from the headers, before a byte of it is read."""
        limit, said = self._storage.settings.object_bytes, request.headers.get("content-length", "")
        if said.isdigit() and int(said) > limit:
            raise too_large(limit)
        if request.headers.get("content-encoding", "identity") != "identity":
            raise bad_request("send the object's bytes as they are, without a Content-Encoding")


def routes(storage: Storage, admission: Admission) -> list[Route]:
    """Every answer that is not an object, or about one, is Refused."""
    storing = Storing(storage, admission)
    return [
        Route(_READ + "{path:path}", _App(storing.read), methods=["GET", "HEAD"]),
        Route("/storage/write", _App(storing.write), methods=["POST"]),
    ]


class _App:
    """Starlette takes a function for one that returns a response; this is an application."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._handler(scope, receive, send)


def _receipt(name: str, stored: Stored) -> Response:
    body = {
        "path": name,
        "generation": str(stored.generation),
        "bytes": stored.bytes,
        "content_type": stored.content_type,
        "crc32c": stored.crc32c,
        "md5": stored.md5,
    }
    return JSONResponse(body, headers={"ETag": conditions.etag(stored.generation)})


async def _answer(
    storage: Storage, request: Request, info: ObjectInfo, signed: Literal["always", "never", "large"]
) -> Response:
    headers = _headers(info)
    if conditions.unchanged(request.headers, info.generation):
        return Response(status_code=304, headers=headers)
    whole = Span(0, info.size - 1)
    try:
        header = request.headers.get("range") if conditions.range_applies(request.headers, info.generation) else None
        wanted = span(header, info.size)
    except Unsatisfiable:
        size = {"Content-Range": f"bytes */{info.size}"}
        raise Refused(416, "bad_range", "the range lies outside the object", headers=size) from None
    if request.method == "HEAD":
        return Response(headers=headers | {"Content-Length": str(info.size)})
    asked = wanted or whole
    if signed == "always" or (signed == "large" and asked.bytes > storage.settings.direct_bytes):
        elsewhere = await _elsewhere(storage, info, signed)
        if elsewhere is not None:
            return elsewhere
    headers["Content-Length"] = str(asked.bytes)
    if wanted:
        headers["Content-Range"] = wanted.content_range(info.size)
    rest = storage.read(info, asked)
    first = await anext(rest, b"")
    return ObjectResponse(206 if wanted else 200, headers, first, rest, storage.settings.object_send_s)


async def _elsewhere(storage: Storage, info: ObjectInfo, signed: Literal["always", "large"]) -> Response | None:
    """A redirect for whoever just reads, JSON for whoever asked for the URL; None: stream it after all."""
    try:
        url = await storage.sign(info)
    except Refused:
        if signed == "always":
            raise
        return None
    secret = {"Cache-Control": "no-store"}
    if signed == "large":
        # 307 and not 302 only to say that the method stays; every client that follows one follows the other. All of
        # them keep Range and drop Authorization when the host changes, and the bucket would refuse a second identity.
        return None if url is None else Response(status_code=307, headers=secret | {"Location": url})
    if url is None:
        raise Refused(501, "cannot_sign", "nothing here can sign URLs; read the object itself, without signed=true")
    body = {
        "url": url,
        "expires_in_s": storage.settings.signed_s,
        "generation": str(info.generation),
        "bytes": info.size,
        "content_type": info.content_type,
    }
    return JSONResponse(body, headers=secret)


def _headers(info: ObjectInfo) -> dict[str, str]:
    """The stored type is handed back as it came in; a browser is told not to guess another, nor to run it."""
    headers = {
        "Content-Type": info.content_type,
        "ETag": conditions.etag(info.generation),
        "X-Goog-Generation": str(info.generation),
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    if info.crc32c:
        headers["X-Goog-Hash"] = f"crc32c={info.crc32c}"
    if info.content_encoding:
        headers["Content-Encoding"] = info.content_encoding
    return headers


def _name_in_url(request: Request) -> str:
    """From the bytes that were sent, and the same as what the router saw: what is authorised is what is read."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    _, found, rest = raw.partition(_READ.encode())
    name = paths.from_url(rest) if found else ""
    if not found or name != request.path_params["path"]:
        raise paths.bad_path("write the path plainly")
    return name


def _query(request: Request, known: Collection[str]) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(
            request.scope["query_string"].decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=8
        )
    except ValueError:  # UnicodeError is one
        raise bad_request("the query is not percent-encoded UTF-8") from None
    names = [name for name, _ in pairs]
    if "bucket" in names:
        raise paths.other_bucket()
    if len(set(names)) < len(names) or not set(names) <= set(known):
        raise bad_request(f"the query may have {', '.join(sorted(known))}, each once")
    return dict(pairs)


def _signed(query: Mapping[str, str]) -> Literal["always", "never", "large"]:
    match query.get("signed"):
        case None:
            return "large"
        case "true":
            return "always"
        case "false":
            return "never"
    raise bad_request("signed is true or false")


def _content_type(request: Request) -> str:
    given = request.headers.get("content-type") or "application/octet-stream"
    if len(given) > _LONGEST_TYPE or not given.isascii() or not given.isprintable():
        raise bad_request("this is no content type")
    return given
