"""What a training script imports: report its results, load and save its checkpoint.

Every trial's process pays for this import, so it takes the standard library alone, and little of
it. Oríon's own client says the same to the worker but takes about two seconds to import.

A worker tells the script through its environment where the results go (``ORION_RESULTS_PATH``),
which directory is the trial's (``ORION_WORKING_DIR``) and with which code to exit when interrupted
(``ORION_INTERRUPT_CODE``). It is read at each call, so the order of imports does not matter.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NoReturn

from orion_pbt._atomic import replacing
from orion_pbt.applied import check_applied
from orion_pbt.errors import ReportError

__all__ = [
    "check_applied",
    "checkpoint_dir",
    "interrupt_trial",
    "report_bad_trial",
    "report_objective",
    "report_results",
    "saved_checkpoint",
    "saving_checkpoint",
]

# Oríon also knows 'lie'. That one is for its algorithms: it would change the trial's id, and with
# it the trial's directory.
_TYPES = ("objective", "constraint", "gradient", "statistic")

REPORTED_PREFIX = "reported_"
"""Starts the name under which a maximised value is kept beside its negative."""

_reported_to: str | None = None
_function_directory: ContextVar[Path | None] = ContextVar("function_directory", default=None)


def report_objective(
    value: Any,
    name: str = "objective",
    mode: str = "min",
    *,
    applied: Mapping[str, Any] | None = None,
) -> None:
    """Report the result of the trial, once, at the end of the script.

    Without a worker, the result is printed. A function run by ``workon`` does not report: it
    returns its objective.

    Parameters
    ----------
    value: float
        The objective. Anything that holds one number will do: int, float, a scalar of NumPy, an
        array or tensor of one element. ``inf`` is a legal bad value, and ``nan`` ranks after all
        others.
    name: str, optional
        Name of the objective.
    mode: {'min', 'max'}, optional
        Whether a smaller or a larger value is better. Oríon minimises, so with 'max' it gets
        ``-value``, and beside it ``value`` itself as the statistic ``reported_<name>``.
    applied: dict, optional
        The hyperparameters that were really used, see :func:`check_applied`.

    Raises
    ------
    ReportError
        If ``value`` is not one number, ``mode`` is unknown, the script has already reported, or it
        used other hyperparameters than it was asked to.

    """
    if applied is not None:
        check_applied(applied)
    report_results(objective_results(value, name, mode))


def objective_results(
    value: Any, name: str = "objective", mode: str = "min"
) -> list[dict[str, Any]]:
    """Return what :func:`report_objective` reports, for a function that returns its results."""
    if mode not in ("min", "max"):
        raise ReportError(f"Unknown mode {mode!r}: use 'min' (smaller is better) or 'max'.")
    number = _as_number(value, name)
    if mode == "min":
        return [_result(name, "objective", number)]
    return [
        _result(name, "objective", -number),
        _result(f"{REPORTED_PREFIX}{name}", "statistic", number),
    ]


def report_bad_trial(
    objective: Any = 1e10,
    name: str = "objective",
    data: Iterable[Mapping[str, Any]] | None = None,
) -> None:
    """Report a trial that gave no usable result, with an objective that is worse than any other.

    Parameters
    ----------
    objective: float, optional
        The bad value, on the scale that is minimised (also where other trials report with
        ``mode='max'``). For an error rate, for instance, 1.0.
    name: str, optional
        Name of the objective.
    data: list of dict, optional
        More results, as in :func:`report_results`, without an objective.

    Raises
    ------
    ReportError
        As in :func:`report_results`.

    """
    report_results([_result(name, "objective", objective), *(data or ())])


def report_results(data: Iterable[Mapping[str, Any]]) -> None:
    """Report several results of the trial, once, at the end of the script.

    Parameters
    ----------
    data: list of dict
        Each is ``{'name': str, 'type': str, 'value': ...}``. The types are 'objective' (exactly
        one, and it is minimised), 'constraint', 'gradient' and 'statistic'. The objective is a
        number; the others may be anything that JSON can hold, or arrays.

    Raises
    ------
    ReportError
        If an entry is none of these, the script has already reported, or the results file that
        the worker named is gone.

    """
    global _reported_to
    import json

    results = _checked(data)
    try:
        text = json.dumps(results, default=_as_plain)
    except (TypeError, ValueError) as error:
        raise ReportError(
            f"Cannot report {results!r}: {error}. Report numbers, strings, lists and dicts."
        ) from error
    path = os.environ.get("ORION_RESULTS_PATH")
    if not path:
        print(results)  # noqa: T201 (for the user who runs the script by hand)
        return
    if path == _reported_to:
        raise ReportError(
            f"Cannot report {results!r}: this trial has already reported. Report once, at the end "
            "of the script; put further values into one report_results call."
        )
    _write_whole(path, text)
    _reported_to = path


def interrupt_trial() -> NoReturn:
    """End the script and tell the worker that the trial was interrupted, to be resumed later.

    Raises
    ------
    SystemExit
        With the code that the worker takes for an interruption, 130 by default.

    """
    sys.exit(int(os.environ.get("ORION_INTERRUPT_CODE", "130")))


def checkpoint_dir() -> Path:
    """Return the directory of the trial. At its start it holds what the trial's parent left.

    Without a worker it is the one that the environment variable ``ORION_PBT_CHECKPOINT_DIR``
    names, or else ``checkpoints``.

    Returns
    -------
    pathlib.Path
        The directory, created if it was missing.

    """
    directory = _function_directory.get() or Path(
        os.environ.get("ORION_WORKING_DIR")
        or os.environ.get("ORION_PBT_CHECKPOINT_DIR")
        or "checkpoints"
    )
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def saved_checkpoint(
    name: str = "checkpoint", directory: str | os.PathLike[str] | None = None
) -> Path | None:
    """Return the checkpoint to go on from: this trial's own, or else its parent's.

    Parameters
    ----------
    name: str, optional
        The file's name, as given to :func:`saving_checkpoint`.
    directory: path, optional
        Where to look, such as the ``{trial.working_dir}`` of the command line. By default
        :func:`checkpoint_dir`.

    Returns
    -------
    pathlib.Path or None
        A file that was saved whole; None if nothing has been saved yet.

    Raises
    ------
    ReportError
        If ``name`` leaves the directory, or is a directory.

    """
    path = _checkpoint_path(name, directory)
    return path if path.is_file() else None


def saving_checkpoint(
    name: str = "checkpoint", directory: str | os.PathLike[str] | None = None
) -> contextlib.AbstractContextManager[Path]:
    """Save a checkpoint whole or not at all.

    To be used as ``with saving_checkpoint() as path: torch.save(state, path)``. When the block
    ends, what was written to ``path`` replaces the checkpoint of that name. If the block fails, or
    the process is killed anywhere in it, the old checkpoint stays.

    Parameters
    ----------
    name: str, optional
        The file's name. Some writers want or add a suffix: include it, as in ``'model.npy'``.
    directory: path, optional
        As in :func:`saved_checkpoint`; created if missing.

    Returns
    -------
    context manager
        It gives the path to write one file to.

    Raises
    ------
    ReportError
        If ``name`` leaves the directory, or the block writes anything but one file. A directory
        is refused because no portable call replaces one in a single step: pack it into a file.

    """
    path = _checkpoint_path(name, directory)
    path.parent.mkdir(parents=True, exist_ok=True)
    return replacing(path)


@contextlib.contextmanager
def function_directory(directory: str | os.PathLike[str]) -> Iterator[None]:
    """Make :func:`checkpoint_dir` the given directory while ``workon`` calls a user's function.

    Functions run in one process have no environment of their own, and without this all members of
    a population would load one another's weights from ``checkpoints``.

    Parameters
    ----------
    directory: path
        The trial's working directory.

    """
    token = _function_directory.set(Path(directory))
    try:
        yield
    finally:
        _function_directory.reset(token)


def _result(name: str, kind: str, value: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "value": value}


def _checked(data: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    results = []
    for entry in data:
        if not isinstance(entry, Mapping) or set(entry) != {"name", "type", "value"}:
            raise ReportError(
                f"Not a result: {entry!r}. Use {{'name': ..., 'type': ..., 'value': ...}}."
            )
        if not isinstance(entry["name"], str) or entry["type"] not in _TYPES:
            raise ReportError(
                f"Not a result: {entry!r}. The name is a string, the type one of "
                f"{', '.join(map(repr, _TYPES))}."
            )
        result = dict(entry)
        if result["type"] == "objective":
            result["value"] = _as_number(result["value"], result["name"])
        results.append(result)
    objectives = [result["name"] for result in results if result["type"] == "objective"]
    if len(objectives) != 1:
        raise ReportError(
            f"Got {len(objectives)} results of type 'objective' {objectives}, but a trial has "
            "exactly one. Report other measures with type 'statistic'."
        )
    return results


def _as_number(value: Any, name: str) -> int | float:
    """Return the one number in ``value`` as an int or a float."""
    number = value
    cause = None
    try:
        if hasattr(number, "item"):
            number = number.item()
        if not isinstance(number, int) and hasattr(number, "__float__"):
            number = float(number)
    except (TypeError, ValueError, RuntimeError) as error:
        cause = error
    if cause is None and isinstance(number, (int, float)) and not isinstance(number, bool):
        return number
    raise ReportError(
        f"The objective {name!r} is {value!r} of type {type(value).__name__}, and must be one "
        "number (inf and nan are allowed). Convert it with float(), or average it first."
    ) from cause


def _as_plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{value!r} of type {type(value).__name__} does not fit into JSON")


def _write_whole(path: str, text: str) -> None:
    if not os.path.isfile(path):
        raise ReportError(
            f"The worker that started this script named the results file {path!r} "
            "(ORION_RESULTS_PATH), and there is no such file. Do not remove the files of the "
            "trial's directory; unset the variable to run the script by hand."
        )
    # Renamed into place because the processes of a distributed script may all report: the last
    # one wins, and what the worker reads is never a mixture.
    partial = f"{path}.{os.getpid()}"
    try:
        with open(partial, "w", encoding="utf8") as file:
            file.write(text)
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.remove(partial)
        raise


def _checkpoint_path(name: str, directory: str | os.PathLike[str] | None) -> Path:
    relative = Path(name)
    if not relative.name or relative.is_absolute() or ".." in relative.parts:
        raise ReportError(
            f"The checkpoint's name is {name!r}, and must name a file inside the trial's "
            "directory. Use a name such as 'checkpoint', and directory= for another place."
        )
    path = (checkpoint_dir() if directory is None else Path(directory)) / relative
    if path.is_dir():
        raise ReportError(
            f"The checkpoint {str(path)!r} is a directory, and a checkpoint is one file. Use "
            "another name, and pack a directory into one file with shutil.make_archive."
        )
    return path
