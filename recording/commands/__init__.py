"""The commands of `python -m recording`, one module each (ops.commands)."""
