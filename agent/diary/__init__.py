"""The practice's diary: appointments and messages in one SQLite file, shared by every call on this machine."""
