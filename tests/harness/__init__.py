"""What the end-to-end tests, the peer tests and the benchmarks share.

`Bank` runs the virtual modems, `Daemon` runs simgate, `Api` talks to it, `AirLog` reads what was on the air.
Only the Python standard library is used (`schema` alone needs more), and nothing of simgate but its programs.
"""

from .airlog import AirLog, Submit
from .api import Answer, Api, Events
from .bank import Bank
from .daemon import Daemon
from .disk import Disk
from .numbers import fated, number
from .wait import eventually, stays

__all__ = ["AirLog", "Answer", "Api", "Bank", "Daemon", "Disk", "Events", "Submit", "eventually", "fated", "number", "stays"]
