"""Card numbers that callers type: taken past the model, the record and the logs, to where they are kept safe."""
