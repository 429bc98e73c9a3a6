"""What a model reads: the catalogue, a line a field, and before each message where things stand.

The catalogue's text is the same at every turn, so a server keeps its cache of it. The lines before
a message name the list on the table, the question that waits, and what of the message is linked to
the catalogue already; candidates, scores and rows never come near a prompt.
"""

from collections.abc import Iterator, Sequence

from sommelier.agent.plan import Filter, Rank, Similar
from sommelier.agent.planners.base import View
from sommelier.agent.planners.model.clauses import written
from sommelier.agent.planners.rules.reading.link import Linker, Mention
from sommelier.agent.planners.rules.reading.names import Namer
from sommelier.agent.planners.rules.reading.quantities import role_field
from sommelier.agent.planners.rules.reading.words import words
from sommelier.agent.working import Working
from sommelier.data.schema import Field, Kind
from sommelier.hostile import linked as addressed
from sommelier.hostile import orders
from sommelier.tools.lexicon import Lexicon

__all__ = ["catalogue_text", "linked", "mentioned", "turn_text"]

_SAMPLES = 4  # values of a field that are shown, unless more are asked for
_ALIASES = 2
_LINKED = 12  # links told of one message
_LONGEST = 600  # characters of one line
_ENDS = 0.3  # "short", "recent": the outer share of what there is, as the rules brain takes it


def catalogue_text(lexicon: Lexicon, *, samples: int = _SAMPLES) -> str:
    """Return the noun and a line for each field: name, other names, kind, range or values."""
    schema = lexicon.schema
    fields = [field for field in schema if not field.hidden and field.kind is not Kind.ID]
    return "\n".join([schema.plural, *(_line(field, lexicon, samples) for field in fields)])


def turn_text(message: str, view: View, linker: Linker) -> str:
    """Return the message under what is needed to read it: list, question, links."""
    lines = [
        ("list", _table(view.working, view.lexicon)),
        ("asked", _asked(view.working)),
        ("linked", "; ".join(linked(message, view, linker)[:_LINKED])),
    ]
    told = [f"{name}: {one}" for name, text in lines if (one := " ".join(text.split()))]
    return "\n".join([*(line[:_LONGEST] for line in told), message])


def linked(message: str, view: View, linker: Linker) -> list[str]:
    """Return clauses, titles and orders that the words of a message stand for, titles first."""
    titles, mentions = mentioned(message, view, linker)
    found = [_titled(item, view) for item in titles]
    for before, mention in zip([None, *mentions], mentions, strict=False):
        denied = before is not None and before.kind == "not"
        found += _links(mention, view, denied=denied)
    return list(dict.fromkeys(found))


def mentioned(message: str, view: View, linker: Linker) -> tuple[Sequence[str], list[Mention]]:
    """Return the item_ids that a list should resemble, and the linked words of all the rest."""
    slot = Namer(view.lexicon, words()).slot(f" {message}", view.working)
    titles, rest = (slot[0].items, slot[1]) if slot and slot[0].known else ((), message)
    return titles, linker.link(rest)


def _titled(item: str, view: View) -> str:
    shown = view.working.shown
    place = f"#{shown.index(item) + 1} " if item in shown else ""
    return f"{place}{view.lexicon.label_of(item)}"


def _line(field: Field, lexicon: Lexicon, samples: int) -> str:
    also = f" ({', '.join(field.aliases[:_ALIASES])})" if field.aliases else ""
    match field.kind:
        case Kind.CATEGORY | Kind.TAGS if field.people:
            told = "people"
        case Kind.CATEGORY | Kind.TAGS:
            values = lexicon.postings(field.name).words
            rest = len(values) - samples
            free = "free words " if lexicon.loose(field.name) else ""
            told = (
                free
                + ", ".join(v for v in values[:samples] if not (orders(v) or addressed(v)))
                + (f" +{rest}" if rest > 0 else "")
            )
        case Kind.NUMBER:
            low, high = lexicon.quantile(field.name, 0), lexicon.quantile(field.name, 1)
            told = f"number {low:g}..{high:g} {field.unit}".rstrip()
        case Kind.FLAG:
            told = "yes/no"
        case _:
            told = field.kind.value
    return f"{field.name}{also}: {told}"


def _table(working: Working, lexicon: Lexicon) -> str:
    """Return the conditions of the list on the table, and how many items it shows."""
    if not working.shown:
        return ""
    must: list[str] = []
    for step in working.plan.of(Filter):
        must += written(step.where, lexicon.schema)
    rank: Rank = next(iter(working.plan.of(Rank)), Rank())
    prefer = [f"prefer {c}" for soft in rank.prefer for c in written(soft.where, lexicon.schema)]
    seeds = [ref.item for step in working.plan.of(Similar) for ref in step.to if ref.item]
    like = [f"like {lexicon.label_of(item)}" for item in seeds]
    sort = [f"sort {'-' if rank.descending else ''}{rank.sort}"] if rank.sort else []
    text = [f"text {rank.text}"] if rank.text else []
    return "; ".join([*must, *prefer, *like, *sort, *text, f"{len(working.shown)} shown"])


def _asked(working: Working) -> str:
    asked = working.asked
    if asked is None:
        return ""
    options = (f"{n} {option.label.split('|')[0]}" for n, option in enumerate(asked.options, 1))
    return f"{asked.question} " + "; ".join(options)


def _links(mention: Mention, view: View, *, denied: bool) -> Iterator[str]:
    lexicon = view.lexicon
    match mention.kind:
        case "value":
            firm = [e for e in mention.entries if not lexicon.loose(e.field)]
            for entry in (firm or list(mention.entries))[:2]:
                if orders(entry.value) or addressed(
                    entry.value
                ):  # an item's text reaches no model where it gives orders
                    continue
                yield f"{entry.field}={entry.value}"
        case "range" if mention.quantity and mention.quantity.condition:
            yield from written(mention.quantity.condition, lexicon.schema)
        case "flag":
            name, meant = mention.data
            yield f"{name}={'yes' if meant else 'no'}"
        case "title":
            yield _titled(lexicon.item_id(mention.items[0]), view)
        case "comparative" | "superlative" | "leaning":
            yield from _degree(mention, lexicon, denied=denied)


def _degree(mention: Mention, lexicon: Lexicon, *, denied: bool) -> Iterator[str]:
    """Yield "shorter" as `runtime<#`, "shortest" as `sort runtime`, "short" as a range.

    "Too long" complains of the list shown; "not too long" (`denied`) is as good as "short".
    """
    role, more, *complaint = mention.data
    field = role_field(lexicon.schema, words(), role)
    more = more != bool(complaint)  # "too long" asks for shorter ones
    if field is None:
        return
    if mention.kind == "superlative":
        yield f"sort {'-' if more else ''}{field.name}"
    elif mention.kind == "comparative" or (complaint and not denied):
        yield f"{field.name}{'>' if more else '<'}#"
    elif field.kind is Kind.NUMBER:
        edge = lexicon.quantile(field.name, 1 - _ENDS if more else _ENDS)
        yield f"{field.name}{'>=' if more else '<='}{edge:g}"
