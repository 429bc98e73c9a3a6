"""A long conversation in few words: its last turns one by one, what came before in one line.

Deterministic, and never longer than its budget of tokens, however long the conversation was. Knows
no language model: what a turn did is read from its plan, not from its words.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from textwrap import shorten
from typing import Any, Final

from sommelier.agent.digest.telling import named, told, told_update
from sommelier.agent.plan import Filter, Plan, React
from sommelier.errors import UsageError
from sommelier.llm.chat.base import reckon
from sommelier.state.profiles import Profile
from sommelier.state.sessions import Turn
from sommelier.tools.lexicon import Lexicon

__all__ = ["LOOKED_AT", "profile_lines", "summary", "within"]

LOOKED_AT: Final = 200  # turns, the last ones: what a person said before is in their profile
_TURNS: Final = 4  # turns that are told one by one
_MESSAGE, _PLAN, _TITLES = 80, 120, 90  # characters of each part of a turn
_LONGEST: Final = 10_000  # characters of a message that are looked at
_FOLDED: Final = 0.4  # the share of the budget that older turns may take


def summary(turns: Sequence[Turn], lexicon: Lexicon, budget: int = 150) -> str:
    """Return what a conversation was about in at most `budget` tokens, as `reckon` counts them.

    `turns` are oldest first; the last `LOOKED_AT` of them are looked at. "" for no turns.
    """
    looked_at = turns[-LOOKED_AT:]
    recent, older = looked_at[-_TURNS:], looked_at[:-_TURNS]
    folded = _folded(older, lexicon, int(budget * _FOLDED)) if older else ""
    left = budget - reckon([folded]) if folded else budget
    lines = within([_line(turn, lexicon) for turn in reversed(recent)], left)
    return "\n".join([*([folded] if folded else []), *reversed(lines)])


def profile_lines(profile: Profile, lexicon: Lexicon, budget: int = 100) -> list[str]:
    """Return what is known of a person, the weightiest first: `avoid genres=Horror`."""
    weighty = sorted(profile.preferences, key=lambda p: -abs(p.weight))[:LOOKED_AT]
    entries = (preference.entry for preference in weighty)
    lines = (told_update(e.polarity, e.item_id, e.condition, e.wish, lexicon) for e in entries)
    return within((_short(line, _MESSAGE) for line in lines), budget)


def within(lines: Iterable[str], budget: int) -> list[str]:
    """Return the lines, from the first, that a budget of tokens has room for with their breaks."""
    kept: list[str] = []
    for line in lines:
        if reckon(["\n".join([*kept, line])]) + 1 > budget:
            break
        kept.append(line)
    return kept


def _line(turn: Turn, lexicon: Lexicon) -> str:
    """Return one turn: what was said, what was done, what was shown."""
    parts = [f"“{_short(turn.message, _MESSAGE)}”"]
    plan = _plan(turn)
    if plan is not None:
        parts.append(_short(told(plan, lexicon), _PLAN))
    titles = [str(item.get("title", "")) for item in _items(turn)]
    if titles:
        parts.append(f"shown: {_short(', '.join(titles), _TITLES)}")
    return " → ".join(parts)


def _folded(turns: Sequence[Turn], lexicon: Lexicon, budget: int) -> str:
    """Return what was asked, liked and refused over many turns, the most frequent first."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("asked", "liked", "refused")}
    shown = 0
    for turn in turns:
        shown += len(_items(turn))
        plan = _plan(turn)
        for name, what in _heard(plan, lexicon) if plan is not None else ():
            counts[name][_short(what, _MESSAGE)] += 1
    line = f"before, in {len(turns)} turns: {shown} shown"
    for name, counter in counts.items():
        for number, (what, _) in enumerate(counter.most_common()):
            longer = f"{line}, {what}" if number else f"{line}; {name} {what}"
            if reckon([longer]) > budget:
                break
            line = longer
    return line if reckon([line]) <= budget else ""


def _heard(plan: Plan, lexicon: Lexicon) -> Iterable[tuple[str, str]]:
    for step in plan.steps:
        match step:
            case Filter():
                yield "asked", told(Plan(steps=(step,)), lexicon).removeprefix("must ")
            case React():
                liked = step.feedback in ("like", "accept")
                for ref in step.items:
                    yield "liked" if liked else "refused", named(ref, lexicon)
    for update in plan.updates:
        liked = update.polarity in ("like", "want")
        subject = told_update("", update.item, update.condition, update.wish, lexicon).strip()
        yield "liked" if liked else "refused", subject


def _plan(turn: Turn) -> Plan | None:
    """Return a turn's plan; None where another release wrote it in another way."""
    try:
        return Plan.from_json(turn.record["plan"])
    except (KeyError, TypeError, UsageError):
        return None


def _items(turn: Turn) -> list[dict[str, Any]]:
    items = turn.record.get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _short(text: str, width: int) -> str:
    return shorten(text[:_LONGEST], width, placeholder=" …")
