"""Commands of `python -m sip`: one a module, found by name (sip/__main__.py says what a module has)."""
