"""Mongo-like queries: what they mean, and how much of them SQL can answer.

A query is a mapping: ``{"status": {"$in": ["new", "interrupted"]}, "refers.parent_id": 3}``. Its
meaning is that of Oríon's in-memory database: all conditions hold, and none holds for a part that
a document does not have. SQL narrows the search by the columns there are. What it cannot say is
decided in Python, document by document.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Callable

from sqlalchemy import ColumnElement, and_, false, not_, or_

from orion_pbt.errors import StorageError
from orion_pbt.storage.documents import Document, flatten

Where = Mapping[str, Any]
Test = Callable[[Any, Any], bool]


def _ordered(compare: Test) -> Test:
    def test(value: Any, bound: Any) -> bool:
        if value is None or bound is None:
            return False
        try:
            return bool(compare(value, bound))
        except TypeError:  # no order between them, e.g. a date and a number
            return False

    return test


OPERATORS: dict[str, Test] = {
    "$eq": lambda value, other: bool(value == other),
    "$ne": lambda value, other: bool(value != other),
    "$in": lambda value, choices: value in choices,
    "$nin": lambda value, choices: value not in choices,
    "$gt": _ordered(operator.gt),
    "$gte": _ordered(operator.ge),
    "$lt": _ordered(operator.lt),
    "$lte": _ordered(operator.le),
}


@dataclass(frozen=True)
class Condition:
    """One part of a document and what it has to be.

    Parameters
    ----------
    path:
        The part, as ``refers.parent_id``.
    operator:
        One of `OPERATORS`.
    operand:
        What it is compared with.
    """

    path: str
    operator: str
    operand: Any

    def holds(self, flat: Document) -> bool:
        """Whether a flattened document fulfils the condition."""
        return self.path in flat and OPERATORS[self.operator](flat[self.path], self.operand)


@dataclass(frozen=True)
class Field:
    """A part of documents that has a column.

    Parameters
    ----------
    column:
        The column.
    to_sql:
        Turns a value into the column's. Raises `ValueError` for a value the column cannot have.
    is_ordered:
        Whether the column sorts as the values do.
    """

    column: ColumnElement[Any]
    to_sql: Callable[[Any], Any]
    is_ordered: bool = True


def parse(where: Where | None) -> list[Condition]:
    """Return the conditions of a query.

    Raises
    ------
    StorageError
        If it has an operator that is not one of `OPERATORS`.
    """
    return list(_conditions(where or {}))


def _conditions(where: Where) -> Iterator[Condition]:
    for path, operand in flatten(where).items():
        *outer, last = path.split(".")
        if not last.startswith("$"):
            yield Condition(path, "$eq", operand)
            continue
        if last not in OPERATORS or not outer:
            raise StorageError(
                f"A query has the operator {last!r}, but those known are "
                f"{', '.join(OPERATORS)}, each after the name of a field."
            )
        yield Condition(".".join(outer), last, operand)


def matches(document: Document, conditions: list[Condition]) -> bool:
    """Whether a document fulfils all conditions."""
    if not conditions:
        return True
    flat = flatten(document)
    return all(condition.holds(flat) for condition in conditions)


def to_sql(
    conditions: list[Condition], fields: Mapping[str, Field]
) -> tuple[list[ColumnElement[bool]], list[Condition]]:
    """Return the conditions in SQL, and those that SQL cannot say.

    Parameters
    ----------
    conditions:
        What documents have to fulfil.
    fields:
        The parts of documents that have columns. The first result is exact if each document has
        all these parts; otherwise it may let too many documents pass, never too few.
    """
    clauses: list[ColumnElement[bool]] = []
    rest: list[Condition] = []
    for condition in conditions:
        field = fields.get(condition.path)
        clause = None if field is None else _clause(condition, field)
        if clause is None:
            rest.append(condition)
        else:
            clauses.append(clause)
    return clauses, rest


def _clause(condition: Condition, field: Field) -> ColumnElement[bool] | None:
    column = field.column
    try:
        if condition.operator in ("$in", "$nin"):
            operands = [_value(field, operand) for operand in condition.operand]
        else:
            operands = [_value(field, condition.operand)]
    except ValueError:
        return None
    if condition.operator in ("$eq", "$in"):
        return _is_one_of(column, operands)
    if condition.operator in ("$ne", "$nin"):
        return not_(_is_one_of(column, operands))
    (bound,) = operands
    if bound is None:
        return false()
    if not field.is_ordered:
        return None
    compare = {"$gt": operator.gt, "$gte": operator.ge, "$lt": operator.lt, "$lte": operator.le}
    within: ColumnElement[bool] = compare[condition.operator](column, bound)
    return within


def _value(field: Field, operand: Any) -> Any:
    return None if operand is None else field.to_sql(operand)


def _is_one_of(column: ColumnElement[Any], operands: list[Any]) -> ColumnElement[bool]:
    """Return a clause that is true or false, never NULL."""
    some = [operand for operand in operands if operand is not None]
    if len(some) == 1:
        found = and_(column.is_not(None), column == some[0])
    elif some:
        found = and_(column.is_not(None), column.in_(some))
    else:
        found = false()
    return found if len(some) == len(operands) else or_(column.is_(None), found)
