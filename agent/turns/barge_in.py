"""When the caller speaks over the agent: fall silent after 90 ms of voice, go on if no words came of it.

By default a framework waits 500 ms. Going on afterwards makes the short wait affordable: a cough costs a pause of a
second, not the sentence. Mode "vad" keeps it local: the adaptive detector is a cloud service.
"""

from __future__ import annotations

from livekit.agents.voice.turn import InterruptionOptions

INTERRUPTION: InterruptionOptions = {
    "enabled": True,
    "mode": "vad",
    "min_duration": 0.09,
    "resume_false_interruption": True,
    "false_interruption_timeout": 1.0,
}
