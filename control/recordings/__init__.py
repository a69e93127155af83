"""Is every call's recording there? Looked for until it is, alarmed where it is not.

While a call lasts its recording is watched (watch.py). From its end on only control writes what is known of it: what
there is (evidence.py) is judged (verdict.py), put beside the files and into the record (settle.py), again and again
(prover.py) until it is settled (calls/recording.py).
"""
