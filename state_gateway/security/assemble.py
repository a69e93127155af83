"""Puts the gateway's door together from its settings."""

from __future__ import annotations

import secrets
from pathlib import Path

from ops.clock import Clock
from state_gateway.budget import Budget
from state_gateway.metrics import Metrics
from state_gateway.security import networks
from state_gateway.security.admission import Admission, Gates
from state_gateway.security.audit import Audit
from state_gateway.security.clients_file import scripts_of
from state_gateway.security.keyring import Keyring
from state_gateway.security.keys import audit_secret
from state_gateway.security.nonces import Nonces, Redis
from state_gateway.security.places import Places
from state_gateway.security.rates import Rates, Shared
from state_gateway.security.signing import Signatures
from state_gateway.settings import Limits, Security

REPOSITORY = Path(__file__).resolve().parents[2]  # relative paths start here, from whichever folder one is called


def admission(
    settings: Security, limits: Limits, redis: Redis, redis_url: str, clock: Clock, metrics: Metrics
) -> Admission:
    """The door. Reads the clients file and the scripts: raises BadClientsFile. `redis`: the primary's lanes."""
    root = settings.signing_root.get_secret_value().encode() if settings.signing_root else None
    scripts = scripts_of(REPOSITORY / settings.scripts_dir)
    keyring = Keyring(REPOSITORY / settings.keys_file, scripts, metrics, signing=root is not None)
    keyring.open()
    gates = Gates(
        networks.Origins(settings.proxies),
        Places(),
        Rates(Shared(redis_url), clock, metrics),
        Signatures(root, clock),
        Nonces(redis, clock, metrics),
    )
    # Without a root each start has hashes of its own: lines of different replicas can't be matched then.
    audit = Audit(
        audit_secret(root) if root else secrets.token_bytes(32),
        REPOSITORY / settings.audit_file if settings.audit_file else None,
        clock,
        metrics,
    )
    return Admission(keyring, gates, audit, clock, limits.body_s, Budget(limits.bodies_bytes))
