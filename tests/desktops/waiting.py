"""Waiting for something to become true."""

import time


def until(seconds, function, every=0.25):
    """Calls until it gives something true, and gives that; None after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        value = function()
        if value:
            return value
        if time.monotonic() > end:
            return None
        time.sleep(every)
