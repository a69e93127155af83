"""What the bucket's libraries raise, as the answers a client can act on."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import urllib3
from google.api_core import exceptions
from google.auth import exceptions as auth_exceptions

from state_gateway.storage import failures

api: Any = exceptions
auth: Any = auth_exceptions


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (api.NotFound("x"), 404, "not_found"),
        (api.PreconditionFailed("x"), 412, "precondition_failed"),
        (api.BadRequest("x"), 400, "bad_request"),
        (api.RequestRangeNotSatisfiable("x"), 416, "bad_range"),
        (api.TooManyRequests("x"), 503, "busy"),
        (api.Unauthorized("x"), 503, "storage_down"),
        (api.Forbidden("x"), 503, "storage_down"),
        (api.InternalServerError("x"), 503, "storage_down"),
        (api.GatewayTimeout("x"), 504, "storage_timeout"),
        (api.RetryError("x", api.NotFound("x")), 404, "not_found"),
        (api.RetryError("x", requests.ReadTimeout("x")), 504, "storage_timeout"),
        (api.RetryError("x", None), 503, "storage_down"),
        (requests.ConnectionError("x"), 503, "storage_down"),
        (requests.ConnectTimeout("x"), 504, "storage_timeout"),
        (requests.ReadTimeout("x"), 504, "storage_timeout"),
        (urllib3.exceptions.ProtocolError("x"), 503, "storage_down"),
        (auth.TransportError("x"), 503, "storage_down"),
        (auth.RefreshError("x"), 503, "storage_down"),
        (auth.DefaultCredentialsError("x"), 503, "storage_down"),
        (TimeoutError("x"), 504, "storage_timeout"),
        (OSError("x"), 503, "storage_down"),
    ],
)
def test_each_failure_has_one_answer(error: Exception, status: int, code: str) -> None:
    """Down is never "not there"; a right that the gateway's own account lacks is no fault of the client; and where
    waiting helps the answer says so."""
    assert isinstance(error, failures.FAMILIES)
    answer = failures.refused(error)
    assert (answer.status, answer.code) == (status, code)
    assert (answer.retry_after_s is not None) == (status >= 500)
    assert "x" not in answer.message.split()
