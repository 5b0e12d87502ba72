"""SMSCs that we did not write, as peers of the gateway's uplink.

`NodeSmsc` runs the npm package `smpp` and can be told to misbehave; `PythonSmsc` runs PyPI's `smpp34`, which shares no
code with it. Both write down each submit_sm as their own decoder read it.
"""

from .node import NodeSmsc
from .submits import Submit, joined
from .tls import Authority
from .uplink import Uplink

__all__ = ["Authority", "NodeSmsc", "PythonSmsc", "Submit", "Uplink", "joined"]


def __getattr__(name):
    # Its package is only there after `tests/run tools`; the rest of the harness does without.
    if name == "PythonSmsc":
        from .python import PythonSmsc

        return PythonSmsc
    raise AttributeError(name)
