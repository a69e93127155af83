"""A caller for tests and for people: rings a line as a phone or a browser would, talks, listens and measures.

Start with legs.py (a way into the call), talk.py (a conversation over it) and measure.py (what the ear heard, in ms).
Who is called instead is a callee_leg.py, played by one of callees/; numbers.py says what other numbers do.
`python -m local.caller` is the command behind `make call`.
"""
