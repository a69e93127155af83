"""Where Twilio's calls come from."""

from __future__ import annotations

SIGNALLING: tuple[str, ...] = (
    "54.172.60.0/30",  # us1, Virginia
    "54.244.51.0/30",  # us2, Oregon
    "54.171.127.192/30",  # ie1, Dublin
    "35.156.191.128/30",  # de1, Frankfurt
    "54.65.63.192/30",  # jp1, Tokyo
    "54.169.127.128/30",  # sg1, Singapore
    "54.252.254.64/30",  # au1, Sydney
    "177.71.206.192/30",  # br1, Sao Paulo
)
"""Networks that Elastic SIP Trunking's INVITEs come from, 5060 UDP and TCP, 5061 TLS: all regions, for a trunk's calls
may leave by another one. Source: https://www.twilio.com/docs/sip-trunking/ip-addresses, as known in August 2026."""
