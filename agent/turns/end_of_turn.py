"""When the caller is through: the detector's "yes" at once, its last "not yet" (detector.py) for at most 0.8 s.

The tail of a framework's latency is the detector's miss, not jitter: it misses up to half of complete phrases on
synthetic speech, and a miss costs `max_delay` (2.5-3 s by default). By then the reply has been made on the stable
transcript, so a miss costs the wait and nothing more.
"""

from __future__ import annotations

from livekit.agents.voice.turn import EndpointingOptions, PreemptiveGenerationOptions

ENDPOINTING: EndpointingOptions = {"mode": "fixed", "min_delay": 0.0, "max_delay": 0.8}

# Retries are counted per turn, and every stable interim of a long utterance uses one up: three (the default) are gone
# before the caller has finished a sentence with a pause in it, and the answer then starts from nothing.
PREEMPTIVE: PreemptiveGenerationOptions = {
    "enabled": True,
    "preemptive_tts": True,
    "max_speech_duration": 20.0,
    "max_retries": 8,
}
