"""These tests import google.* beside the product, which knows how to import it without a warning: so it goes first."""

import state_gateway.storage  # noqa: F401
