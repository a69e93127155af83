"""What a call *is*: its record, its events, how it ended, and the ports it needs. No service, no framework."""
