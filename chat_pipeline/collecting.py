"""How often Python looks for unreachable cycles in this process: dbt, Dagster and Great Expectations hold 700,000 objects
all the while, and going through them again and again took a fifth of their import and of a quiet run."""

import atexit
import gc
from functools import cache


@cache
def collect_rarely() -> None:
    """From now on. At the end of the process not at all: the system takes back all of it at once."""
    gc.set_threshold(50_000, 20, 100)
    atexit.register(gc.freeze)
