"""The keys that may be written to the logs: none of them can hold a caller's words, number or name.

A key of the house that is not here fails tests/unit/house/test_log_keys.py: add it after asking what its values can
be, or call it `pii_...` (written only with LOG_PII=true). A library's key that is not here is dropped. `room` is not
here: a room's name holds the caller's number.
"""

from __future__ import annotations

PII_PREFIX = "pii_"

_WHO_AND_WHERE = """
    call_id epoch held line persona leg direction turn seq version kind job_id worker_id agent_name component components
    process pid task tool voice model engine language speech_id signal carrier target
"""
_HOW_IT_WENT = """
    outcome reason failure next_step state status code ok ready attempt error error_type what patience interrupted
    count events calls turns
"""
_HOW_MUCH = """
    seconds timeout_s duration_s elapsed_s lag_s retry_in_s latency_s voice_to_voice_s first_byte_s first_token_s
    behind spilled replayed dropped bytes samples sample_rate chars segments queue active load
"""
_WIRING = """
    route personas percent host port address path file config missing problems library format
"""
# Keys of livekit-agents' own lines (1.8.9, read 2026-11-21) that hold ids and numbers only.
_LIVEKIT = """
    impl_id request_id timeout delay streamed retry_count max_retry max_retries track_id elapsed_time
"""

SAFE_KEYS = frozenset(" ".join([_WHO_AND_WHERE, _HOW_IT_WENT, _HOW_MUCH, _WIRING, _LIVEKIT]).split())
