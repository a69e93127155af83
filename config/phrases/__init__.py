"""What a line says by itself where the operator has not written it: a table a language."""
