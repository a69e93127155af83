"""English."""

from __future__ import annotations

from calls.policy import Policy
from config.phrases.phrases import Phrases

ENGLISH = Phrases(policy=Policy())
