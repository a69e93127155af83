"""Objects: one bucket of Google Cloud Storage behind /storage/read and /storage/write."""

import warnings

with warnings.catch_warnings():
    # Where grpcio is installed for something else (the agent's hearing), google-api-core asks for a package that only
    # its gRPC half needs; storage speaks HTTP. Imported here first, so that nobody else sees the warning.
    warnings.simplefilter("ignore", ImportWarning)
    import google.api_core.exceptions  # noqa: F401
