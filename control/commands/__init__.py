"""Commands of `python -m control`: one a module, found by name (ops/commands.py says what a module has)."""
