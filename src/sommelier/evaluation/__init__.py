"""How we know: metrics, protocols, significance, reports, and the choice of the default engine.

task = make_task(dataset, Protocol(k=10))
report = make_report(measure_all(["popularity", "ease"], task), task)
"""

from sommelier.engines.making import make_engine, usual_engines
from sommelier.evaluation.measure import Measured, measure, measure_all
from sommelier.evaluation.protocols import Protocol, Task, make_task
from sommelier.evaluation.report import make_report
from sommelier.evaluation.select import Choice, Trial, choose_engine

__all__ = [
    "Choice",
    "Measured",
    "Protocol",
    "Task",
    "Trial",
    "choose_engine",
    "make_engine",
    "make_report",
    "make_task",
    "measure",
    "measure_all",
    "usual_engines",
]
