"""Who answers a telephone: one per file, each with `take(leg)`, which plays its part in a call that has rung.

They return when their part is done: the call is over, or they only listen from then on.
"""
