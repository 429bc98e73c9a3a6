"""What was heard and done, as profile entries and feedback; and the view of a person for a turn."""

from collections.abc import Iterable, Sequence

from sommelier.agent.plan import Plan, Update
from sommelier.agent.situation import Situation
from sommelier.agent.working import Working
from sommelier.data.predicates import Predicate, conditions, from_json
from sommelier.errors import UsageError
from sommelier.state.feedback import Event
from sommelier.state.profiles import Entry, Preference, Profile
from sommelier.state.sessions import recommendation_id
from sommelier.tools.base import Toolbox
from sommelier.types import Json

__all__ = [
    "avoided",
    "entries_of",
    "events_of",
    "fitting",
    "forgotten",
    "leanings",
    "longings",
    "preview",
    "situation",
    "sound",
]

_NOW = 1.0  # weight of what was said this very turn
_FADED = 0.25  # a dislike of less weight refuses no more: two half-lives after it was said
_WISHES = 3  # free wishes that weigh on the order: each costs an encoding


def situation(box: Toolbox, profile: Profile, working: Working, user_id: str | None) -> Situation:
    """Return whom a plan is run for: log and profile, as the engines take them."""
    person = box.person(user_id, profile.liked, profile.disliked, profile.seen)
    return Situation(person, profile, working)


def fitting(box: Toolbox, profile: Profile) -> Profile:
    """Return the profile without what this catalogue does not know (any more)."""
    kept = (p for p in profile.preferences if _fits(box, p.entry.item_id, p.entry.condition))
    return Profile(tuple(kept), profile.seen)


def sound(box: Toolbox, plan: Plan) -> Plan:
    """Return the plan without updates that do not fit the catalogue: they would stay for ever."""
    kept = tuple(u for u in plan.updates if _fits(box, u.item, u.condition))
    return plan if len(kept) == len(plan.updates) else plan.model_copy(update={"updates": kept})


def _fits(box: Toolbox, item: str | None, condition: Json | None) -> bool:
    try:
        if condition is not None:
            box.check(from_json(condition))
    except UsageError:
        return False
    return item is None or item in box.catalog.index


def entries_of(updates: Iterable[Update], time: float) -> list[Entry]:
    """Return the profile entries that a plan's updates leave."""
    return [
        Entry(
            polarity=update.polarity,
            source="said",
            time=time,
            item_id=update.item,
            condition=update.condition,
            wish=update.wish,
            scope=update.scope,
        )
        for update in updates
    ]


def events_of(
    reactions: Sequence[tuple[str, str]], session_id: str, turn: int, time: float
) -> list[Event]:
    """Return the feedback events of a turn; their ids make a repeated commit harmless."""
    return [
        Event(
            event_id=f"{recommendation_id(session_id, turn)}:{number}",
            item_id=item_id,
            feedback_type=feedback,
            time=time,
            session_id=session_id,
        )
        for number, (item_id, feedback) in enumerate(reactions)
    ]


def forgotten(profile: Profile, plan: Plan) -> list[int]:
    """Return the ids of the entries that a plan takes back."""
    every = "*" in plan.forget
    return [
        p.entry.id
        for p in profile.preferences
        if p.entry.id is not None and (every or p.entry.subject in plan.forget)
    ]


def preview(profile: Profile, plan: Plan, reactions: Iterable[Event], time: float) -> Profile:
    """Return the profile as it will be once this turn is stored, so that it counts at once."""
    fresh = entries_of(plan.updates, time) + [e for event in reactions if (e := event.entry())]
    subjects = {entry.subject for entry in fresh} | set(plan.forget)
    every = "*" in plan.forget
    kept = [p for p in profile.preferences if not every and p.entry.subject not in subjects]
    new = [Preference(entry, entry.sign * entry.weight * _NOW) for entry in fresh]
    seen = profile.seen | {event.item_id for event in reactions}
    return Profile((*kept, *new), seen)


def avoided(profile: Profile, filters: Iterable[Json]) -> list[Predicate]:
    """Return the person's refusals that hold beside these conditions.

    Asking for something outright ("show me horror") outweighs an old refusal of just that, and a
    mere dislike fades: after half a year it only weighs on the order.
    """
    asked = {(c.field, str(c.value)) for where in filters for c in conditions(from_json(where))}
    found = []
    for preference in profile.conditions:
        if _refuses(preference) and preference.entry.condition is not None:
            tree = from_json(preference.entry.condition)
            if not {(c.field, str(c.value)) for c in conditions(tree)} & asked:
                found.append(tree)
    return found


def leanings(profile: Profile) -> tuple[tuple[Predicate, float], ...]:
    """Return the conditions that draw a person on or put them off, with their weights."""
    return tuple(
        (from_json(p.entry.condition), p.weight)
        for p in profile.conditions
        if p.entry.condition is not None and not _refuses(p)
    )


def longings(profile: Profile, said: str = "") -> tuple[tuple[str, float], ...]:
    """Return the weightiest free wishes with their weights, but for what is said just now."""
    told = sorted(profile.wishes, key=lambda p: -abs(p.weight))
    wishes = ((p.entry.wish, p.weight) for p in told)
    return tuple((w, weight) for w, weight in wishes if w and w not in said.lower())[:_WISHES]


def _refuses(preference: Preference) -> bool:
    """Return whether no item may satisfy a preference's condition."""
    firm = _FADED if preference.entry.polarity == "dislike" else 0.0
    return preference.weight < -firm
