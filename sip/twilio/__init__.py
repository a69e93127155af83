"""Twilio's side of a line, over its REST API: trunk, origination URLs, login, numbers."""
