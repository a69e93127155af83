"""Commands of `python -m control`: one a module, found by name (control/__main__.py says what a module has)."""
