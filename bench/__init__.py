"""Load and latency, measured at the caller's ear, side by side with peers: `python -m bench` lists what there is."""
