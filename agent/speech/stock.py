"""NVIDIA's own plugin, for NVIDIA's hosted endpoint only: our client speaks to a Riva of one's own."""

from __future__ import annotations

from typing import Any, cast

from livekit.agents import stt

_HOSTED = "grpc.nvcf.nvidia.com:443"


def stock_riva(*, uri: str, ssl: bool, model: str, api_key: str, language: str) -> stt.STT[Any]:
    """livekit-plugins-nvidia's STT for `uri`. The function id that the hosted endpoint needs is the plugin's default.

    Known defects of version 1.8.9 (read and run): an exception in its thread is only logged, so it stays deaf after a
    restart of Riva; flush() ends the stream; aclose() hangs while Riva does; word times are 1000 times too large;
    START_OF_SPEECH comes once; one thread and one channel per stream, never closed; no PREFLIGHT, no usage.
    Raises ValueError without an `api_key` for a TLS endpoint.
    """
    from livekit.plugins.nvidia import STT

    hosted = uri in ("", _HOSTED)
    if (ssl or hosted) and not api_key:
        raise ValueError("NVIDIA's hosted recognition needs an API key")
    if hosted and not model:
        return cast("stt.STT[Any]", STT(language_code=language, api_key=api_key))
    plugin = STT(model=model, server=uri or _HOSTED, use_ssl=ssl or hosted, language_code=language, api_key=api_key)
    return cast("stt.STT[Any]", plugin)
