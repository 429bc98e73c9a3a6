"""The settings of an engine, searched for on held-out events; `tune` does it, stopped and resumed
at will. Needs the extra `tune`.
"""

from sommelier.tuning.engine.study import Progress, Tuned, tune

__all__ = ["Progress", "Tuned", "tune"]
