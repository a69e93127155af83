"""One fault a module: `check(seen)` gives a Finding for each time it is there. No I/O: all it needs is in `Seen`."""
