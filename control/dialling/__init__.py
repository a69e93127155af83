"""Calls that we make: taken on, dialled by the leader, followed to their end, and told of."""
