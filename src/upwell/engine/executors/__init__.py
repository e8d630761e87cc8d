"""The same steps on local threads or on a Spark cluster.

``local(threads=2)`` and ``spark(session)`` give an executor; ``roll_up``, ``estimate``, ``evaluate`` and
``staggered`` run a step on it and return the same numbers whichever it is. See ``docs/methods/executors.md``.
"""

from upwell.engine.executors.effects import StaggeredResult, evaluate, staggered
from upwell.engine.executors.rated import ShardedLevels, estimate
from upwell.engine.executors.running import Executor, local, spark
from upwell.engine.executors.units import roll_up

__all__ = [
    "Executor",
    "ShardedLevels",
    "StaggeredResult",
    "estimate",
    "evaluate",
    "local",
    "roll_up",
    "spark",
    "staggered",
]
