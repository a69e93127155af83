"""Every metric of the worker. Job processes write them through PROMETHEUS_MULTIPROC_DIR (set in main.py), the parent
serves them on METRICS_PORT. Turn histograms have one writer: agent/latency.py.

Buckets: the budget is 700 ms at the median and 1300 ms at the 95th percentile (voice to voice at the caller's ear, of
which 45-150 ms is transport the worker can't see), so they are fine around those and coarse where a call is lost.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_TURN_S = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0, 1.3, 1.6, 2.0, 3.0, 5.0, 10.0)
_STAGE_S = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.45, 0.7, 1.0, 1.5, 2.5, 5.0)
_FIRST_AUDIO_S = (0.1, 0.2, 0.3, 0.45, 0.6, 0.7, 0.85, 1.0, 1.5, 2.0, 3.0, 5.0)
_STORE_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_COST = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)

CALLS = Counter("switchboard_calls_total", "Calls that ended, by line and outcome", ["line", "outcome"])
CALL_COST = Counter(
    "switchboard_call_cost_total", "What calls cost at the configured prices, in `currency`", ["line", "currency"]
)
COST_PER_CALL = Histogram(
    "switchboard_cost_per_call_units",
    "What one call cost at the configured prices, in units of `currency`",
    ["line", "currency"],
    buckets=_COST,
)
LIVE_CALLS = Gauge("switchboard_live_calls", "Calls in progress on this worker", ["line"], multiprocess_mode="livesum")
ANSWERS = Counter("switchboard_outbound_answers_total", "Who answered calls that were made, by decision", ["answer"])
OPT_OUTS = Counter("switchboard_opt_outs_total", "People who want no more calls, by whether the list has it", ["kept"])
OPT_OUTS.labels(kept="no")  # there from the start: an alarm must see it go from 0 to 1
FAILURES = Counter("switchboard_call_failures_total", "Rows of agent/failures.py met in calls", ["failure"])
TRANSFERS = Counter(
    "switchboard_transfers_total", "Callers put through to a person, by how and by what came of it", ["how", "result"]
)
RECORDING_TROUBLES = Counter(
    "switchboard_recording_troubles_total",
    "Recordings that did not begin, broke, or could not be paused, as the worker saw it, by what it was",
    ["line", "trouble"],
)
RECORDING_BEGINS = Histogram(
    "switchboard_recording_begins_seconds",
    "The notice heard to its end, or a pause over, to the recording seen running",
    buckets=_FIRST_AUDIO_S,
)
CARDS = Counter("switchboard_card_numbers_total", "Card numbers that callers were asked for, by result", ["result"])
JOURNAL_LAG = Gauge(
    "switchboard_journal_lag_seconds",
    "Age of the oldest event of a call that is not known to be stored: the longest of this worker's calls",
    multiprocess_mode="livemax",
)
JOURNAL_BEHIND = Gauge(
    "switchboard_journal_behind_events", "Events in memory not known to be stored", multiprocess_mode="livesum"
)
JOURNAL_SPILLED = Counter("switchboard_journal_spilled_events_total", "Events written to disk: the store was down")
JOURNAL_REPLAYED = Counter("switchboard_journal_replayed_events_total", "Events brought from disk to the store")
JOURNAL_DROPPED = Counter("switchboard_journal_dropped_events_total", "Events lost: neither store nor disk took them")
JOURNAL_FAILURES = Counter("switchboard_journal_failures_total", "Flushes that the store did not take")
STORE_WRITE = Histogram(
    "switchboard_store_write_seconds", "One write of a call's journal, as its worker waited for it", buckets=_STORE_S
)
SPOOLS = Counter(
    "switchboard_recording_spools_total",
    "Workers' own tracks of calls that are over, by what became of them: not_needed, brought, empty, expired",
    ["result"],
)
SPOOLS_WAITING = Gauge(
    "switchboard_recording_spools_waiting",
    "Workers' own tracks on disk that nobody writes any more and that may be needed",
    multiprocess_mode="livesum",
)
SPOOLS_GIVEN_UP = Counter(
    "switchboard_recording_spools_given_up_total",
    "Workers' own tracks that ended before their call did, by reason: disk_full, disk, slow, long, broken",
    ["reason"],
)
SPOOL_TROUBLE = Counter(
    "switchboard_recording_spool_failures_total",
    "Tries to bring a worker's own track to the bucket, by reason",
    ["reason"],
)
for _result in ("brought", "expired"):
    SPOOLS.labels(result=_result)  # there from the start: an alarm must see them go from 0 to 1
SPOOLS_GIVEN_UP.labels(reason="disk_full")
VOICE_TO_VOICE = Histogram(
    "switchboard_turn_voice_to_voice_seconds",
    "Caller stopped speaking to the first audio handed to the room: the worker's estimate, transport not included",
    buckets=_TURN_S,
)
END_OF_TURN = Histogram(
    "switchboard_turn_end_of_turn_seconds", "Caller stopped speaking to the turn being decided over", buckets=_STAGE_S
)
TRANSCRIPTION = Histogram(
    "switchboard_turn_transcription_seconds", "Caller stopped speaking to the final transcript", buckets=_STAGE_S
)
LLM_FIRST_TOKEN = Histogram(
    "switchboard_turn_llm_first_token_seconds", "Request to the language model to its first token", buckets=_STAGE_S
)
TTS_FIRST_BYTE = Histogram(
    "switchboard_turn_tts_first_byte_seconds", "Request to the speech server to its first audio", buckets=_STAGE_S
)
FIRST_AUDIO = Histogram(
    "switchboard_first_audio_seconds", "Job received to the first audio of the greeting", buckets=_FIRST_AUDIO_S
)
