"""The way to a store by its URL: straight to its Redis, or through a gateway."""

from __future__ import annotations

from urllib.parse import urlsplit

from calls.stores.executor import Executor
from calls.stores.http import http_executor
from calls.stores.redis import RedisExecutor
from ops.settings import BadSettings
from ops.store_settings import StoreSettings

_DIRECT, _GATEWAY = ("redis", "rediss"), ("http", "https")


def executor(url: str, *, api_key: str, signing_key: str) -> Executor:
    """For redis:// and rediss:// Redis itself, for http:// and https:// a gateway. Connects with the first command.

    Raises ValueError for a URL or a key that is none, or another scheme.
    """
    scheme = urlsplit(url).scheme
    if scheme in _DIRECT:
        return RedisExecutor(url)
    if scheme not in _GATEWAY:
        raise ValueError(f"{scheme}:// is not supported, use {':// or '.join(_DIRECT + _GATEWAY)}://")
    return http_executor(url, api_key=api_key, signing_key=signing_key)


def executor_of(state: StoreSettings) -> Executor:
    """As a service's settings name it. Raises BadSettings for what is wrong with them."""
    api_key, signing_key = state.api_key.get_secret_value(), state.signing_key.get_secret_value()
    try:
        return executor(state.url, api_key=api_key, signing_key=signing_key)
    except ValueError as error:
        raise BadSettings([f"STATE_URL or STATE_API_KEY: {error}"]) from error
