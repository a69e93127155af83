"""Logs: one shape for all lines of a process, and nothing of a caller in them unless it was asked for."""

from __future__ import annotations

import io
import json
import logging as stdlib
import pickle
from typing import Any

import pytest
import structlog

from ops import logging
from ops.deadline import DeadlineExceeded


def written(format: str = "json", pii: bool = False) -> io.StringIO:
    stream = io.StringIO()
    logging.configure(format, pii=pii, stream=stream)  # type: ignore[arg-type]
    return stream


def parsed(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object() -> None:
    """Log collectors get event, level, logger, timestamp and the keys."""
    stream = written()
    logging.get("agent.entry").warning("call ended", turn=3, outcome="resolved")
    [line] = parsed(stream)
    assert line.pop("timestamp").endswith("+00:00")
    assert line == {
        "event": "call ended",
        "level": "warning",
        "logger": "agent.entry",
        "turn": 3,
        "outcome": "resolved",
    }


@pytest.mark.parametrize("pii", [False, True])
def test_personal_keys_are_written_only_on_demand(pii: bool) -> None:
    """LOG_PII decides, in both formats, bound keys included."""
    for format in ("json", "console"):
        stream = written(format, pii)
        with structlog.contextvars.bound_contextvars(pii_number="+15550100"):
            logging.get("x").info("heard", pii_text="my name is Ann", turn=1)
        assert ("Ann" in stream.getvalue()) is pii
        assert ("15550100" in stream.getvalue()) is pii
        assert "turn" in stream.getvalue()


def test_libraries_lines_are_cleaned() -> None:
    """A library knows nothing of our rules: numbers in its text, keys not on the safe list, words of exceptions."""
    stream = written()
    with structlog.contextvars.bound_contextvars(call_id="c1"):
        try:
            raise ValueError("Ann said so")
        except ValueError:
            stdlib.getLogger("some.library").error(
                "room %s lost", "sip-+15551234567_x", extra={"room": "Ann", "attempt": 2}, exc_info=True
            )
    [line] = parsed(stream)
    assert line["event"] == "room sip-[number]_x lost"
    assert (line["attempt"], line["call_id"]) == (2, "c1")
    assert "Ann" not in stream.getvalue().replace('raise ValueError(\\"Ann said so\\")', "")
    assert line["exception"].endswith("ValueError")


def test_exceptions_of_connections_keep_their_words() -> None:
    """Whoever is on duty sees why a server could not be reached, in the cause too."""
    stream = written()
    try:
        try:
            raise ConnectionRefusedError(111, "Connection refused")
        except OSError as error:
            raise DeadlineExceeded("tts", 1.5) from error
    except DeadlineExceeded as error:
        logging.get("x").error("speech failed", error=error, exc_info=True)
    [line] = parsed(stream)
    assert line["error"] == "DeadlineExceeded: tts: no answer within 1.5 s"
    assert "Connection refused" in line["exception"]


def test_configure_again_takes_over() -> None:
    """livekit's command line adds a handler of its own: the next `configure` removes it, no line is written twice."""
    first = written()
    stdlib.getLogger().addHandler(stdlib.StreamHandler(first))
    second = written()
    stdlib.getLogger("uvicorn.access").warning("hello")
    logging.get("x").info("hello")
    assert first.getvalue() == ""
    assert len(parsed(second)) == 2


def test_a_record_can_cross_processes() -> None:
    """livekit's job processes pickle records to their parent: any value must survive, and the keys with it."""
    written()
    records: list[stdlib.LogRecord] = []
    handler = stdlib.Handler()
    handler.emit = records.append  # type: ignore[method-assign,assignment]
    stdlib.getLogger().addHandler(handler)
    logging.get("x").info("odd", what=object(), components={"a": (1, lambda: 0)})
    [record] = pickle.loads(pickle.dumps(records))  # noqa: S301 - our own bytes
    stream = written()
    stdlib.getLogger("x").handle(record)
    assert parsed(stream)[0]["components"]["a"][0] == 1


def test_a_record_brings_its_jobs_keys_along() -> None:
    """A job process' lines are written by its parent, which knows no call: the id must be on the record itself."""
    stream = written()
    record = stdlib.makeLogRecord({"name": "agent.live_call", "levelno": stdlib.INFO, "levelname": "INFO", "msg": "x"})
    record.switchboard = {"turn": 2}
    vars(record).update(call_id="0198", room="call_+15550100")
    stdlib.getLogger().handle(record)
    [line] = parsed(stream)
    assert (line["call_id"], line["turn"]) == ("0198", 2)
    assert "room" not in line


def test_what_a_model_server_answered_is_not_quoted() -> None:
    """livekit-agents logs the body of an API error, and servers quote the prompt in theirs: the caller's own words."""
    stream = written()
    stdlib.getLogger("livekit.agents").warning("failed: message=bad prompt 'my name is Ann' status=400 body={'Ann'}")
    [line] = parsed(stream)
    assert line["event"] == "failed: message=..."
