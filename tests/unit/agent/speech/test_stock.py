"""NVIDIA's plugin is configured for NVIDIA's endpoint, and says at once what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from agent.speech.stock import stock_riva


def options_of(**arguments: Any) -> Any:
    defaults: dict[str, Any] = {"uri": "grpc.nvcf.nvidia.com:443", "ssl": True, "model": "", "api_key": "key"}
    plugin: Any = stock_riva(**(defaults | {"language": "en-US"} | arguments))
    return plugin._opts


def test_hosted_endpoint() -> None:
    """Its model and function id belong together: without a model of ours both are the plugin's."""
    options = options_of(language="de-DE")
    assert (options.server, options.use_ssl, options.language_code) == ("grpc.nvcf.nvidia.com:443", True, "de-DE")
    assert options.model
    assert options.function_id


def test_a_riva_of_ones_own_gets_no_hosted_model() -> None:
    """An empty model lets Riva choose; the plugin's default is a name that only NVIDIA's endpoint knows."""
    options = options_of(uri="riva:50051", ssl=False, api_key="")
    assert (options.server, options.use_ssl, options.model) == ("riva:50051", False, "")


def test_no_key() -> None:
    """The plugin would look for one in the environment."""
    with pytest.raises(ValueError, match="API key"):
        options_of(api_key="")
