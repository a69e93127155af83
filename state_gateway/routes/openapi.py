"""GET /openapi.json: the gateway's routes in OpenAPI 3.1, by hand; the body of /redis/set comes from its model."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from state_gateway import rest_json
from state_gateway.errors import CODES
from state_gateway.routes.redis import SetBody

_Node = dict[str, Any]
_ARGUMENT = {"type": ["string", "number", "boolean"]}
_COMMAND: _Node = {"type": "array", "minItems": 1, "prefixItems": [{"type": "string"}], "items": _ARGUMENT}
_STALE: _Node = {
    "X-Stale": {"schema": {"type": "string", "enum": ["true"]}, "description": "the replica answered"},
}
_BASE64: _Node = {
    "name": "Upstash-Encoding",
    "in": "header",
    "description": 'base64: every string of the answer but "OK" is base64',
    "schema": {"type": "string", "enum": ["base64"]},
}
_KEY: _Node = {
    "name": "key",
    "in": "path",
    "required": True,
    "description": "percent-decoded once; may hold slashes",
    "schema": {"type": "string", "minLength": 1},
}
_OBJECT: _Node = {
    "name": "path",
    "required": True,
    "description": "the object's name: folder/name",
    "schema": {"type": "string", "minLength": 1, "maxLength": 1024},
}


def document() -> _Node:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Switchboard state gateway",
            "version": "1",
            "description": "Redis and one bucket over HTTP.",
        },
        "security": [{"apiKey": []}],
        "components": {
            "securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer", "description": "sk_<id>_<secret>"}},
            "schemas": _schemas(),
        },
        "paths": {
            "/": {"post": _commands("run one command", _COMMAND, _ref("Result"))},
            "/pipeline": {"post": _commands("run commands in order, not atomic", *_list_of_commands())},
            "/multi-exec": {"post": _commands("run commands in order, all or nothing", *_list_of_commands())},
            "/redis/get/{key}": {"get": _operation("read a key", _ref("Value"), [_KEY])},
            "/redis/set": {"post": _operation("write a key", _ref("Stored"), [], _ref("SetBody"))},
            "/redis/delete/{key}": {"delete": _operation("delete a key", _ref("Deleted"), [_KEY])},
            "/storage/read/{path}": {"get": _read("read an object"), "head": _read("an object's headers")},
            "/storage/write": {"post": _write()},
            "/live": {"get": _open("the process answers", ["200"])},
            "/ready": {"get": _open("Redis answers, or its replica does (degraded)", ["200", "503"])},
            "/metrics": {"get": _open("Prometheus' text format", ["200"], "text/plain")},
            "/openapi.json": {"get": _open("this document", ["200"])},
        },
    }


def routes() -> list[Route]:
    page = rest_json.dumps(document())

    async def openapi(_request: Request) -> Response:
        return Response(page, media_type="application/json")

    return [Route("/openapi.json", openapi)]


def _schemas() -> _Node:
    text = {"type": "string"}
    return {
        "Error": {
            "type": "object",
            "required": ["error", "code"],
            "properties": {"error": text, "code": {"type": "string", "examples": sorted(CODES)}},
        },
        "Result": {
            "type": "object",
            "required": ["result"],
            "properties": {"result": {"type": ["null", "integer", "string", "array"]}},
        },
        "CommandError": {"type": "object", "required": ["error"], "properties": {"error": text}},
        "Value": {
            "type": "object",
            "required": ["key", "value"],
            "properties": {"key": text, "value": text, "encoding": {"type": "string", "enum": ["base64"]}},
        },
        "Stored": {
            "type": "object",
            "required": ["key", "stored"],
            "properties": {"key": text, "stored": {"type": "boolean"}},
        },
        "Deleted": {
            "type": "object",
            "required": ["key", "deleted"],
            "properties": {"key": text, "deleted": {"type": "boolean"}},
        },
        "Receipt": {
            "type": "object",
            "required": ["path", "generation", "bytes"],
            "properties": {"path": text, "generation": text, "bytes": {"type": "integer"}},
        },
        "SetBody": SetBody.model_json_schema(),
    }


def _ref(name: str) -> _Node:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: _Node) -> _Node:
    return {"application/json": {"schema": schema}}


def _list_of_commands() -> tuple[_Node, _Node]:
    one = {"oneOf": [_ref("Result"), _ref("CommandError")]}
    return {"type": "array", "minItems": 1, "items": _COMMAND}, {"type": "array", "items": one}


def _refusals() -> _Node:
    """Any route may refuse; `code` says what, Retry-After for how long."""
    retry = {"Retry-After": {"schema": {"type": "string"}, "description": "seconds"}}
    refusal = {"description": "refused", "headers": retry, "content": _json(_ref("Error"))}
    return {"4XX": refusal, "5XX": refusal}


def _operation(summary: str, answer: _Node, parameters: list[_Node], body: _Node | None = None) -> _Node:
    good = {"description": "done", "headers": _STALE, "content": _json(answer)}
    operation: _Node = {"summary": summary, "parameters": parameters, "responses": {"200": good, **_refusals()}}
    if body is not None:
        operation["requestBody"] = {"required": True, "content": _json(body)}
    return operation


def _commands(summary: str, body: _Node, answer: _Node) -> _Node:
    return _operation(summary, answer, [_BASE64], body)


def _read(summary: str) -> _Node:
    signed = {"name": "signed", "in": "query", "schema": {"type": "string", "enum": ["true", "false"]}}
    span = {"name": "Range", "in": "header", "schema": {"type": "string"}}
    body = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    good = {"description": "the object, or the part asked for", "content": body}
    moved = {"description": "large: read it at Location, a signed URL"}
    answers = {"200": good, "206": good, "304": {"description": "not modified"}, "307": moved, **_refusals()}
    return {"summary": summary, "parameters": [_OBJECT | {"in": "path"}, signed, span], "responses": answers}


def _write() -> _Node:
    generation = {"name": "ifGenerationMatch", "in": "query", "schema": {"type": "string", "pattern": "^[0-9]+$"}}
    good = {"description": "stored", "content": _json(_ref("Receipt"))}
    return {
        "summary": "write an object",
        "parameters": [_OBJECT | {"in": "query"}, generation],
        "requestBody": {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        "responses": {"200": good, **_refusals()},
    }


def _open(summary: str, statuses: list[str], media: str = "application/json") -> _Node:
    answers = {status: {"description": summary, "content": {media: {"schema": {}}}} for status in statuses}
    return {"summary": summary, "security": [], "responses": {**answers, "4XX": _refusals()["4XX"]}}
