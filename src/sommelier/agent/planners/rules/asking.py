"""Asking back instead of guessing: each question carries the plan of every answer it offers."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sommelier.agent.plan import Ask, Lookup, Option, Plan, Rank, Ref, Similar, Step
from sommelier.agent.planners.base import View
from sommelier.agent.planners.rules.compose import compose
from sommelier.agent.planners.rules.draft import Draft
from sommelier.agent.planners.rules.joining import Condition
from sommelier.agent.planners.rules.reading.names import Named
from sommelier.data.schema import Field

__all__ = ["StepsOf", "ask_number", "ask_scale", "ask_title", "looked_up", "taken_as_seed"]

StepsOf = Callable[[str], tuple[Step, ...]]  # item_id -> what to do if that was meant
_MOST_STARS = 10.0  # ratings beyond a catalogue's own scale are read as out of ten


def looked_up(fields: tuple[str, ...] = ()) -> StepsOf:
    """Return: the item that was meant is looked up."""
    return lambda item: (Lookup(items=(Ref(item=item),), fields=fields),)


def taken_as_seed(n: int) -> StepsOf:
    """Return: items like the one that was meant are shown."""
    return lambda item: (Similar(to=(Ref(item=item),)), Rank(n=n))


def ask_title(named: Named, view: View, then: StepsOf | None = None) -> Plan:
    """Return "did you mean ...?"; by default the answer looks the item up."""
    steps_of = then or looked_up()
    options = tuple(
        Option(label=view.lexicon.label_of(item), plan=Plan(steps=steps_of(item)))
        for item in named.options
    )
    return Plan(steps=(Ask(question="did_you_mean", about=named.said, options=options),))


def ask_number(draft: Draft, view: View, *, follow: bool) -> Plan:
    """Return which field a bare number is about, or the plan if only one field can hold it."""
    quantity = draft.unclear[0]
    options = []
    for field in view.lexicon.number_fields(quantity.value):
        ends = [quantity.value, quantity.high]
        value = (
            quantity.value if quantity.high is None else sorted(n for n in ends if n is not None)
        )
        where = {"field": field.name, "op": quantity.op or "=", "value": value}
        label = field.name.replace("_", " ")
        told = Condition(where, label, (field.name,))
        conditions = [*draft.conditions, told]
        clear = replace(draft, unclear=draft.unclear[1:], conditions=conditions)
        options.append(Option(label=label, plan=compose(clear, view, follow=follow)))
    if len(options) == 1:
        return options[0].plan
    about = f"{quantity.value:g}"
    return Plan(steps=(Ask(question="which_number", about=about, options=tuple(options)),))


def ask_scale(draft: Draft, view: View, rating: Field | None, *, follow: bool) -> Plan | None:
    """Return the question of 7 stars where 5 are the most; None if the scale is kept."""
    top = rating.maximum if rating else None
    for at, condition in enumerate(draft.conditions):
        value = condition.where.get("value")
        if rating is None or top is None or condition.fields != (rating.name,):
            continue
        if not isinstance(value, float) or not top < value <= _MOST_STARS:
            continue
        scaled = round(value / _MOST_STARS * top, 1)
        told = replace(condition, where=condition.where | {"value": scaled})
        rest: Sequence[Condition] = draft.conditions
        clear = replace(draft, conditions=[*rest[:at], told, *rest[at + 1 :]])
        option = Option(label=f"{scaled:g}", plan=compose(clear, view, follow=follow))
        about = f"{value:g}|{top:g}"
        return Plan(steps=(Ask(question="scale", about=about, options=(option,)),))
    return None
