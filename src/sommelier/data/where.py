"""The SQL door to predicates: a WHERE string is parsed, never run.

`year >= 1990 AND genres CONTAINS 'Comedy' AND NOT directors CONTAINS_ANY ('A', 'B')`. sqlglot reads
it; an allow-list of node types turns it into our tree, and everything else (functions, sub-queries,
arithmetic, comments with statements) is refused with its place. Text is matched without regard to
case; `LIKE '%word%'` is read as `contains`.
"""

from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Tokenizer as _BaseTokenizer
from sqlglot.tokens import TokenType

from sommelier.data.predicates import All, Any_, Compare, Not, Predicate
from sommelier.errors import PredicateError

__all__ = ["parse"]

_HINT = "Write conditions like: year >= 1990 AND genres CONTAINS 'Comedy'."


class _Where(Dialect):  # type: ignore[misc]  # sqlglot is untyped
    """SQL with three more words, carried by operators that WHERE strings do not need."""

    class Tokenizer(_BaseTokenizer):  # type: ignore[misc]  # sqlglot finds it by this name
        KEYWORDS = {  # noqa: RUF012  # sqlglot's own pattern
            **_BaseTokenizer.KEYWORDS,
            "CONTAINS": TokenType.GLOB,
            "CONTAINS_ANY": TokenType.RLIKE,
            "CONTAINS_ALL": TokenType.SIMILAR_TO,
        }


_BINARY: dict[type[exp.Expression], str] = {
    exp.EQ: "=",
    exp.NEQ: "!=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.Glob: "contains",
    exp.RegexpLike: "contains_any",
    exp.SimilarTo: "contains_all",
}
_MIRROR = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def parse(text: str) -> Predicate:
    """Return the tree that a WHERE string means; PredicateError names what it cannot read."""
    if len(text) > 10_000:
        raise PredicateError("The condition is longer than 10,000 characters.", hint=_HINT)
    try:
        return _tree(exp.maybe_parse(text, dialect=_Where))
    except (SqlglotError, RecursionError) as error:
        first = str(error).splitlines()[0] if str(error) else "too deeply nested"
        raise PredicateError(f"The condition cannot be read: {first}", hint=_HINT) from error


def _tree(node: exp.Expression) -> Predicate:
    match node:
        case exp.Paren():
            return _tree(node.this)
        case exp.And():
            return All(tuple(map(_tree, node.flatten())))
        case exp.Or():
            return Any_(tuple(map(_tree, node.flatten())))
        case exp.Not():
            return Not(_tree(node.this))
        case exp.Column():
            return Compare(node.name, "=", True)
        case exp.Between():
            low, high = _literal(node.args["low"]), _literal(node.args["high"])
            return Compare(_column(node.this), "between", (low, high))
        case exp.In() if node.expressions:
            return Compare(_column(node.this), "in", tuple(map(_literal, node.expressions)))
        case exp.Is() if isinstance(node.expression, exp.Null):
            return Compare(_column(node.this), "is_null")
        case exp.Is() if isinstance(node.expression, exp.Boolean):
            return Compare(_column(node.this), "=", bool(node.expression.this))
        case exp.Like() | exp.ILike():
            return _like(node)
    if type(node) in _BINARY:
        return _binary(node, _BINARY[type(node)])
    raise _refused(node)


def _binary(node: Any, op: str) -> Compare:
    left, right = node.this, node.expression
    if isinstance(right, exp.Column) and not isinstance(left, exp.Column) and op in _MIRROR:
        left, right, op = right, left, _MIRROR[op]
    if op in ("contains_any", "contains_all"):
        listed = right.expressions if isinstance(right, exp.Tuple) else [_inner(right)]
        return Compare(_column(left), op, tuple(map(_literal, listed)))
    return Compare(_column(left), op, _literal(right))


def _like(node: Any) -> Compare:
    pattern = str(_literal(node.expression))
    word = pattern.strip("%")
    if "%" in word or "_" in word or not word:
        raise PredicateError(
            f"LIKE {pattern!r} is more than a plain search.", hint="Only LIKE '%word%' is known."
        )
    return Compare(_column(node.this), "contains" if "%" in pattern else "=", word)


def _inner(node: Any) -> Any:
    return node.this if isinstance(node, exp.Paren) else node


def _column(node: Any) -> str:
    if isinstance(node, exp.Column) and not node.table:
        return str(node.name)
    raise _refused(node)


def _literal(node: Any) -> Any:
    match node:
        case exp.Literal():
            return node.this if node.is_string else float(node.this)
        case exp.Boolean():
            return bool(node.this)
        case exp.Neg():
            return -_number(node.this)
        case exp.Column() if node.args["this"].quoted:  # "Comedy" in double quotes is meant as text
            return node.name
    raise _refused(node)


def _number(node: Any) -> float:
    if isinstance(node, exp.Literal) and not node.is_string:
        return float(node.this)
    raise _refused(node)


def _refused(node: Any) -> PredicateError:
    what = node.sql() if isinstance(node, exp.Expression) else str(node)
    return PredicateError(f"A condition may not hold {what[:80]!r}.", hint=_HINT)
