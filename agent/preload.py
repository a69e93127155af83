"""What the first call of a job process would otherwise load, 60 ms of processor time of it: imported once, by the
framework's forkserver, so that every job process has it.

For its effects alone. Each was seen in the profile of a call's first second (docs/tasks/measure-latency.md).
"""

# ruff: noqa: F401
from __future__ import annotations

import anyio._backends._asyncio
import numpy.fft
import openai.pagination
import openai.resources.models
import redis.asyncio.connection
from livekit.agents.llm import async_toolset
from livekit.agents.tokenize import basic
from livekit.agents.utils import http_context

http_context._create_ssl_context()  # kept by the framework, for the HTTP session of every job
basic.hyphenate_word("greeting")  # reads its table of patterns, for the words that were heard of an answer
