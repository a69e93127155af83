"""GET and HEAD /storage/read/{path}, POST /storage/write?path=...: objects in and out, streamed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, Protocol
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from state_gateway.errors import Refused, answer, bad_request
from state_gateway.security.clients import Client
from state_gateway.security.policy import check_object
from state_gateway.storage import conditions, paths
from state_gateway.storage.bucket import ObjectInfo
from state_gateway.storage.object_response import ObjectResponse
from state_gateway.storage.ranges import Span, Unsatisfiable, span
from state_gateway.storage.storage import Incoming, Storage, too_large

_READ = "/storage/read/"
_LONGEST_TYPE = 256


class Admitted(Protocol):
    """Who asks; `content_sha256`: the digest of the body that was signed, where the request was."""

    @property
    def client(self) -> Client: ...
    @property
    def content_sha256(self) -> bytes | None: ...


class Admission(Protocol):
    async def admit(self, request: Request, max_bytes: int | None = None) -> Admitted:
        """Who asks, told without the body. Raises Refused: 401, 403, 413, 429."""
        ...


def routes(storage: Storage, admission: Admission) -> list[Route]:
    """Every answer that is not an object is {"error", "code"} by way of Refused."""

    async def read(request: Request) -> Response:
        admitted = await admission.admit(request)
        query = _query(request, {"signed"})
        name = _name_in_url(request)
        check_object(admitted.client, name, write=False)
        return await _answer(storage, request, await storage.find(name), _signed(query))

    async def write(request: Request) -> Response:
        limit = storage.settings.object_bytes
        admitted = await admission.admit(request, max_bytes=limit)
        query = _query(request, {"path", "ifGenerationMatch"})
        name = paths.checked(query.get("path", ""))
        check_object(admitted.client, name, write=True)
        said = request.headers.get("content-length", "0")
        if said.isdigit() and int(said) > limit:
            raise too_large(limit)
        if request.headers.get("content-encoding", "identity") != "identity":
            raise bad_request("send the object's bytes as they are, without a Content-Encoding")
        condition = conditions.of_write(query, request.headers)
        incoming = Incoming(name, _content_type(request), condition, admitted.content_sha256)
        try:
            stored = await storage.write(incoming, request.stream())
        except ClientDisconnect:
            raise bad_request("the object broke off; nothing was stored") from None
        body = {
            "path": name,
            "generation": str(stored.generation),
            "bytes": stored.bytes,
            "content_type": stored.content_type,
            "crc32c": stored.crc32c,
            "md5": stored.md5,
        }
        return JSONResponse(body, headers={"ETag": conditions.etag(stored.generation)})

    return [
        Route(_READ + "{path:path}", read, methods=["GET", "HEAD"]),
        Route("/storage/write", write, methods=["POST"]),
    ]


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
        refusal = answer(Refused(416, "bad_range", "the range lies outside the object"))
        refusal.headers["Content-Range"] = f"bytes */{info.size}"
        return refusal
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
