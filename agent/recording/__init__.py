"""A call's recording, as its agent sees to it: announced, begun, watched, paused, and its record kept true."""
