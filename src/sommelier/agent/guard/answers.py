"""Answers to the policy's questions, read by fixed rules: no model may say that a person is of age.

An age counts as confirmed only where the whole message says so. What is no plain answer is left to
the brain. The words stand in `answers.toml`.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sommelier.agent.guard.demands import Demands
from sommelier.agent.plan import Ask, Filter, Option, Plan, Rank, Say
from sommelier.agent.working import Working
from sommelier.data.schema import Kind
from sommelier.tools.text import normal

__all__ = ["Answered", "read_answer"]

_AMOUNT = re.compile(r"[^\w$€£¥]*[$€£¥]?\s*(\d+(?:[.,]\d{1,2})?)\s*[^\W\d]{0,8}[$€£¥]?[.!]?")
_PRICES = ("price", "cost", "budget", "fee", "fare")
_MONEY = ("USD", "EUR", "GBP", "CNY", "JPY", "$", "€", "£", "¥", "元")


@dataclass(frozen=True)
class Answered:
    """The plan that an answer leads to, and what it said of the person's age, if anything."""

    plan: Plan
    grown: bool | None = None


def read_answer(message: str, working: Working, demands: Demands) -> Answered | None:
    """Return what a message answers to a question of the policy; None if it is no plain answer."""
    asked = working.asked
    text = " ".join(message.split())[:200]
    if demands.policy.age is not None and (found := _age(text, working, demands)):
        return found
    if asked is None or asked.question not in ("before", "another"):
        return None
    if asked.question == "another":
        yes, no = _says("yes", text) or _says("sure", text), _says("no", text)
        if yes or no:
            return Answered(asked.options[0].plan if yes else Plan(steps=(Say(topic="fine"),)))
        return None
    chosen = _chosen(text, asked, demands)
    return Answered(chosen.plan) if chosen else None


def _age(text: str, working: Working, demands: Demands) -> Answered | None:
    """Read "yes" while the age is asked for, and "I am 20" whenever it has been asked."""
    if "age" not in working.questioned or demands.policy.age is None:
        return None
    over, asked = demands.policy.age.over, working.asked
    waits = asked is not None and asked.question == "age"
    years = _years(text)
    if years is None and not waits:
        return None
    if years is None and not (_says("yes", text) or _says("no", text)):
        return None
    grown = years >= over if years is not None else _says("yes", text)
    if waits and asked is not None:
        return Answered(asked.options[0 if grown else 1].plan, grown)
    again = tuple(
        step.model_copy(update={"again": True}) if isinstance(step, Rank) else step
        for step in working.plan.steps
    )
    told = Say(topic="age_confirmed" if grown else "age_refused", about=str(over))
    return Answered(Plan(steps=again if grown and again else (told,)), grown)


def _years(text: str) -> int | None:
    """Return the age that a whole message states: "I'm 21", "yes, I am over 18", "我满18岁了"."""
    found = _patterns()["age"].fullmatch(_bare(text))
    return int(next(group for group in found.groups() if group)) if found else None


def _chosen(text: str, asked: Ask, demands: Demands) -> Option | None:
    """Return the option that a message picks: by its place, its words, or as a plain amount."""
    if _says("any", text) or _says("no", text):
        return asked.options[-1]
    plain = normal(text)
    places = [o for o in asked.options if plain and plain == normal(o.label)]
    if places:
        return places[0]
    if re.fullmatch(r"#?[1-9][.)]?", text) and int(re.sub(r"\D", "", text)) < len(asked.options):
        return asked.options[int(re.sub(r"\D", "", text)) - 1]
    field = demands.box.schema[asked.about]
    money = field.unit in _MONEY or any(word in field.name.casefold() for word in _PRICES)
    amount = _AMOUNT.fullmatch(text)
    if amount and money and field.kind is Kind.NUMBER:
        value = float(amount[1].replace(",", "."))
        where = {"field": field.name, "op": "<=", "value": value}
        steps = list(asked.options[-1].plan.steps)
        first = next((at for at, s in enumerate(steps) if isinstance(s, Rank)), len(steps))
        steps.insert(first, Filter(where=where, said=text))
        return Option(label=text, plan=Plan(steps=tuple(steps)))
    return None


def _says(what: str, text: str) -> bool:
    return bool(_patterns()[what].fullmatch(_bare(text)))


def _bare(text: str) -> str:
    told = re.sub(r"[ ,，、]+", " ", text.casefold().replace("’", "'"))
    return told.strip(" .!?;…。！？~")


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    told = tomllib.loads(files(__package__).joinpath("answers.toml").read_text("utf-8"))
    return {name: re.compile("|".join(f"(?:{p})" for p in listed)) for name, listed in told.items()}
