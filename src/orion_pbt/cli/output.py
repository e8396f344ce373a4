"""What a command prints: as a table to read, as JSON or as CSV."""

from __future__ import annotations

import argparse
import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import tabulate

from orion_pbt.console.text import format_value

FORMATS = ("table", "json", "csv")
Row = Mapping[str, Any]


def add_format_argument(parser: argparse.ArgumentParser, *others: str) -> None:
    """Add the option that chooses how the answer is written; `others` are beside the usual."""
    parser.add_argument(
        "-f",
        "--format",
        choices=(*FORMATS, *others),
        default="table",
        help="how the answer is written (default: %(default)s)",
    )


def format_rows(rows: Sequence[Row], style: str) -> str:
    """Return rows as text.

    Parameters
    ----------
    rows:
        Their keys are the columns; one that a row lacks is empty there.
    style:
        ``'table'``: to be read, with numbers rounded; ``'json'``: a list of objects;
        ``'csv'``: with a header. The last two have all digits; infinite numbers and NaN, which
        JSON does not have, are text there.
    """
    columns = list(dict.fromkeys(column for row in rows for column in row))
    if style == "json":
        return format_json([dict(row) for row in rows])
    if style == "csv":
        stream = io.StringIO()
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return stream.getvalue().rstrip("\n")
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    return str(tabulate.tabulate(cells, columns, tablefmt="simple", disable_numparse=True))


def format_json(value: Any) -> str:
    """Return plain data as strict JSON."""
    return json.dumps(_strict(value), indent=2, ensure_ascii=False, default=str)


def _cell(value: Any) -> str:
    return "" if value is None else format_value(value)


def _strict(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _strict(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(part) for part in value]
    return value
