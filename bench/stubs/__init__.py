"""Stubs with fixed latencies that speak the production protocols: what is measured is the agent, never its models."""
