"""/v1/calls: order a call, look at it, end it. For whoever has CONTROL_API_KEY.

POST answers 201 for a new call and 200 for one that its Idempotency-Key stands for. Errors have one shape,
{"error": sentence, "code": word}; one that is refused by a rule has its word in "reason" too.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from calls.ports import RoomsDown, StoreDown
from control.dialling.orders import BadOrder, Orders
from control.dialling.shapes import Order, shown
from control.routes import bodies
from control.routes.bodies import BodyRefused
from ops import logging
from ops.deadline import DeadlineExceeded, deadline
from sip.outbound.reasons import Refused

_log = logging.get("control.calls")

LARGEST = 32 * 1024
_LONGEST_KEY = 200
_MOST = 500
_WHOLE_S = 20.0
_STATUS = {"engaged": 409, "velocity": 429}
_WAIT_S = {429: "60", 503: "2"}

Answer = Callable[[Request], Awaitable[Response]]


def routes(orders: Orders | None, api_key: str) -> list[Route]:
    """`orders` None: the API is off, and says so."""

    async def place(request: Request) -> Response:
        assert orders is not None  # noqa: S101 - _guarded
        key = _idempotency_key(request)
        order = _order(await bodies.read(request, LARGEST))
        call, new = await orders.place(order, key)
        location = {"Location": f"/v1/calls/{call.call_id}"}
        return JSONResponse(shown(call), 201 if new else 200, headers=location)

    async def listed(request: Request) -> Response:
        assert orders is not None  # noqa: S101 - _guarded
        found = await orders.recent(request.query_params.get("state"), _limit(request))
        return JSONResponse({"calls": [shown(call) for call in found]})

    async def get(request: Request) -> Response:
        assert orders is not None  # noqa: S101 - _guarded
        call = await orders.get(request.path_params["call_id"])
        return _absent() if call is None else JSONResponse(shown(call))

    async def end(request: Request) -> Response:
        assert orders is not None  # noqa: S101 - _guarded
        call = await orders.end(request.path_params["call_id"])
        if call is None:
            return _absent()
        return JSONResponse(shown(call), 200 if call.state.final else 202)

    def guarded(answer: Answer) -> Answer:
        return _guarded(answer, api_key if orders is not None else "")

    return [
        Route("/v1/calls", guarded(place), methods=["POST"]),
        Route("/v1/calls", guarded(listed), methods=["GET"]),
        Route("/v1/calls/{call_id}", guarded(get), methods=["GET"]),
        Route("/v1/calls/{call_id}", guarded(end), methods=["DELETE"]),
    ]


def _guarded(answer: Answer, api_key: str) -> Answer:
    async def handle(request: Request) -> Response:
        if not api_key:
            return _error(404, "off", "Calls cannot be ordered here: CONTROL_API_KEY is not set.")
        if not _is_ours(request.headers.get("authorization", ""), api_key):
            refused = _error(401, "unauthorized", "Send the key as: Authorization: Bearer KEY")
            refused.headers["WWW-Authenticate"] = "Bearer"
            return refused
        try:
            async with deadline(_WHOLE_S, "the request"):
                return await answer(request)
        except Refused as refusal:
            status = _STATUS.get(refusal.reason, 403)
            return _error(status, "refused", str(refusal), reason=refusal.reason)
        except BadOrder as error:
            return _error(error.status, error.code, str(error))
        except BodyRefused as error:
            return _error(error.status, "bad_request", str(error))
        except (StoreDown, DeadlineExceeded) as error:
            _log.warning("request not answered", error_type=type(error).__name__)
            return _error(
                503, "store_down", "The store cannot be asked now. The same Idempotency-Key may be sent again."
            )
        except RoomsDown:
            return _error(503, "livekit_down", "The media server cannot be asked now.")

    return handle


def _is_ours(said: str, api_key: str) -> bool:
    scheme, _, key = said.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(key.strip().encode(), api_key.encode())


def _idempotency_key(request: Request) -> str:
    """Raises BadOrder."""
    key = request.headers.get("idempotency-key", "")
    if not 0 < len(key) <= _LONGEST_KEY or not all("!" <= letter <= "~" for letter in key):
        raise BadOrder("no_key", f"Send a header Idempotency-Key: 1 to {_LONGEST_KEY} letters, the same for a repeat.")
    return key


def _order(body: bytes) -> Order:
    """Raises BadOrder."""
    try:
        return Order.model_validate_json(body)
    except ValidationError as error:
        wrong = [
            f"{'.'.join(str(part)[:40] for part in each['loc']) or 'body'}: {each['msg']}"
            for each in error.errors(include_url=False, include_input=False, include_context=False)[:10]
        ]
        raise BadOrder("bad_request", "; ".join(wrong)) from None


def _limit(request: Request) -> int:
    """Raises BadOrder."""
    text = request.query_params.get("limit", "100")
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) <= _MOST:
        raise BadOrder("bad_limit", f"limit is a number from 1 to {_MOST}.")
    return int(text)


def _absent() -> Response:
    return _error(404, "not_found", "There is no such call.")


def _error(status: int, code: str, words: str, **more: str) -> Response:
    headers = {"Retry-After": _WAIT_S[status]} if status in _WAIT_S else None
    return JSONResponse({"error": words, "code": code, **more}, status, headers=headers)
