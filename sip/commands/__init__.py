"""Commands of `python -m sip`: one a module, found by name (ops/commands.py says what a module has)."""
