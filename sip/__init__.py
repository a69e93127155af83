"""Telephone lines: trunks and dispatch rules, Twilio, what may be dialled, transfer. A library and `python -m sip`."""
