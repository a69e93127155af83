"""uvicorn's HTTP protocol with patience that ends: what it leaves open to a client that is slow on purpose.

uvicorn 0.54 (protocols/http/httptools_impl.py, read 2026-11-21) bounds neither the time nor the size of a request's
head, waits for ever for a client that does not read its answer, keeps reading a body that was refused, and takes any
byte, a stray line end too, for a reason to wait for ever again. A body's deadline is its reader's.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


def _answer(status: bytes, text: bytes, code: bytes, more: bytes = b"") -> bytes:
    body = b'{"error": "%b", "code": "%b"}' % (text, code)
    head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n%b\r\n"
    return head % (status, len(body), more) + body


_FULL = _answer(b"503 Service Unavailable", b"no connection to spare", b"busy", b"retry-after: 1\r\n")
_NO_HTTP = _answer(b"400 Bad Request", b"this is no HTTP request", b"bad_request")
_HEAD_TOO_LARGE = _answer(b"431 Request Header Fields Too Large", b"the head of the request is too large", b"too_large")


_LINGER_BYTES = 1_048_576  # of a refused body


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds, bytes and connections."""

    head_s: float
    head_bytes: int
    send_s: float
    connections: int
    unread_bytes: int = 67_108_864  # of answers, on all connections; beyond it who comes next with one is cut off


@dataclass(slots=True)
class _Unread:
    """Bytes of answers that wait for their clients, of all connections of one server."""

    size: int = 0


class PatientProtocol(HttpToolsProtocol):
    """A head that is not whole, or an answer that is not read, in time: the connection is closed."""

    def __init__(self, *args: Any, patience: Patience, unread: _Unread, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._patience, self._unread, self._unread_here = patience, unread, 0
        self._head_size = 0
        self._in_head = True
        self._head_timer: asyncio.TimerHandle | None = None
        self._send_timer: asyncio.TimerHandle | None = None
        self._linger_timer: asyncio.TimerHandle | None = None
        self._lingered = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._patience.connections:
            self._say_and_close(_FULL)
            return
        self._head_timer = self.loop.call_later(self._patience.head_s, self._close)

    def connection_lost(self, exc: Exception | None) -> None:
        self._calm_head()
        self._calm_send()
        self._calm_linger()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._linger_timer is not None:
            self._lingered += len(data)
            if self._lingered > _LINGER_BYTES:
                self._close()
            return
        if self.parser is None or self.transport.is_closing():
            return
        if self._in_head:
            # Only a head that came in pieces gets here: the usual request costs no timer.
            self._head_size += len(data)
            if self._head_size > self._patience.head_bytes:
                self._say_and_close(_HEAD_TOO_LARGE)
                return
        elif not self.cycle.response_complete:
            return
        # A head has begun; or between two requests came what begins none, and uvicorn has ended its own wait for it.
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self._patience.head_s, self._close)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's signature: its words, in plain text
        self._say_and_close(_NO_HTTP)

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_size = 0
        self._calm_head()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.more_body and not self.pipeline and not self.transport.is_closing():
            # Refused before it had all come. Closed at once, the answer might be lost to a reset: what is under way is
            # read and thrown away, for a while.
            self._lingered = 0
            self._linger_timer = self.loop.call_later(self._patience.head_s, self._close)

    def on_message_complete(self) -> None:
        self._calm_linger()
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._calm_send()
        self._unread_here = self.transport.get_write_buffer_size()
        self._unread.size += self._unread_here
        late = self._unread.size > self._patience.unread_bytes
        self._send_timer = self.loop.call_later(0 if late else self._patience.send_s, self._abort)

    def resume_writing(self) -> None:
        self._calm_send()
        super().resume_writing()

    def _say_and_close(self, answer: bytes) -> None:
        self._calm_head()
        self.transport.write(answer)
        self.transport.close()

    def _close(self) -> None:
        self._head_timer = None
        self._calm_linger()
        if self.transport is not None and not self.transport.is_closing():
            self.transport.close()

    def _abort(self) -> None:
        self._send_timer = None
        if self.transport is not None:
            self.transport.abort()

    def _calm_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _calm_linger(self) -> None:
        if self._linger_timer is not None:
            self._linger_timer.cancel()
            self._linger_timer = None

    def _calm_send(self) -> None:
        self._unread.size -= self._unread_here
        self._unread_here = 0
        if self._send_timer is not None:
            self._send_timer.cancel()
            self._send_timer = None


def factory(patience: Patience) -> Any:
    """For uvicorn.Config(http=...)."""
    return partial(PatientProtocol, patience=patience, unread=_Unread())
