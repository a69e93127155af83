"""Recordings: begun by egress, proven to have landed, listened to, deleted. A library, and `python -m recording`."""
