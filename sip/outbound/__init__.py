"""May this number be called now? Rules that refuse unless all of them agree (docs/tasks/outbound-calls.md)."""
