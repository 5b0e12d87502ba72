"""Waiting for something to become true, without depending on how fast the machine is."""

import time

# Long enough for the slowest machine that runs the tests; a test that passes never waits this long.
PATIENCE = 60.0


def eventually(check, within=PATIENCE, every=0.02, what=None):
    """Calls `check` until it returns something true, and returns that.

    An AssertionError inside `check` counts as "not yet"; at the end of `within` seconds it is raised.
    """
    end = time.monotonic() + within
    failure = None
    value = None
    while True:
        try:
            value = check()
            failure = None
            if value:
                return value
        except AssertionError as error:
            failure = error
        if time.monotonic() >= end:
            break
        time.sleep(every)
        every = min(every * 1.5, 0.5)
    if failure is not None:
        raise failure
    raise AssertionError(f"not within {within} s: {what or getattr(check, '__name__', check)}; last value: {value!r}")


def stays(check, during, every=0.05):
    """Asserts that `check` holds for all of `during` seconds."""
    end = time.monotonic() + during
    while time.monotonic() < end:
        assert check(), f"did not stay so for {during} s"
        time.sleep(every)
