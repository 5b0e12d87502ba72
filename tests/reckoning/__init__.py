"""What a gateway says, compared with what was on the air."""

from .comparison import compare
from .run import reckon
from .smsc_log import SmscLog

__all__ = ["SmscLog", "compare", "reckon"]
