"""The agent worker on Cerebrium: its configuration, the linter that reads it, the deploy command."""
