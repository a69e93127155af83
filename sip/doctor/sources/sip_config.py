"""LiveKit SIP's own configuration file, as far as calls fail by it (its pkg/config/config.go, of 1.11)."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from sip.doctor.seen import SipConfig
from sip.errors import SipError

_FIRST, _LAST = 10000, 20000  # livekit-sip's own, where the file says nothing (1.11.0)
_RANGE = re.compile(r"([0-9]{1,5})(?:\s*-\s*([0-9]{1,5}))?")


def sip_config(path: Path) -> SipConfig:
    """Raises SipError where it is no such file."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SipError(f"{path}: no configuration of LiveKit SIP can be read there ({type(error).__name__}).") from None
    if not isinstance(found, dict):
        raise SipError(f"{path}: not a configuration of LiveKit SIP, which is a YAML mapping.")
    ports = found.get("rtp_port", f"{_FIRST}-{_LAST}")
    matched = _RANGE.fullmatch(str(ports).strip())
    if matched is None or not 0 < int(matched[1]) <= int(matched[2] or matched[1]) <= 65535:
        raise SipError(f"{path}: rtp_port is {ports!r}; write two ports, such as {_FIRST}-{_LAST}.")
    codecs = found.get("codecs")
    off = tuple(str(name) for name, on in codecs.items() if on is False) if isinstance(codecs, dict) else ()
    return SipConfig(str(path), int(matched[1]), int(matched[2] or matched[1]), bool(found.get("tls")), off)
