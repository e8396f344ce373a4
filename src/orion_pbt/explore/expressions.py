"""Conditions on hyperparameters, written as Python expressions, of which nothing is run."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Callable

from orion_pbt.errors import ConfigurationError, bad_setting

Values = Mapping[str, Any]
Evaluate = Callable[[Values], Any]

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": abs,
    "exp": math.exp,
    "log": math.log,
    "max": max,
    "min": min,
    "sqrt": math.sqrt,
}
ARITHMETIC: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: math.pow,  # of floats: a whole number to a high power would take all memory
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
COMPARISONS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda element, choices: element in choices,
    ast.NotIn: lambda element, choices: element not in choices,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
SINGLETONS = ("None", "True", "False")


@dataclass(frozen=True)
class Expression:
    """A condition such as ``batch * lr < 10`` or ``act == 'relu' or dropout > 0``.

    It may consist of hyperparameters, numbers, texts, None, True and False, lists of those,
    elements of lists, ``+ - * / // % **``, comparisons, ``in``, ``is``, ``and``, ``or``, ``not``,
    and the functions abs, exp, log, max, min and sqrt.

    Parameters
    ----------
    setting:
        The user's setting, for errors.
    text:
        The expression. A hyperparameter is written without the slash before its name.

    Raises
    ------
    ConfigurationError
        If it consists of anything else.
    """

    setting: str
    text: str

    def __post_init__(self) -> None:
        try:
            _compile(self.text)
        except (ValueError, RecursionError) as error:
            raise self._error(
                f"it cannot be understood: {error}",
                "Write e.g. 'batch * lr < 10', or name a function: 'module:function'.",
            ) from error

    @property
    def names(self) -> tuple[str, ...]:
        """The hyperparameters that it names, sorted."""
        return _compile(self.text)[1]

    def __call__(self, values: Values) -> bool:
        """Return whether the condition holds; it does not where it has no value, as 1 / 0.

        Parameters
        ----------
        values:
            The hyperparameters, without the slash before their names.

        Raises
        ------
        ConfigurationError
            If it computes with what is no number, or is neither true nor false.
        """
        evaluate, names = _compile(self.text)
        try:
            value = evaluate(values)
        except (ArithmeticError, ValueError):  # such as the root of a negative number
            return False
        except (TypeError, LookupError) as error:
            shown = {name: values[name] for name in names}
            raise self._error(
                f"with {shown} it fails: {error}", "Compare such a value with == or 'in' only."
            ) from error
        if not isinstance(value, bool):
            raise self._error(f"it is {value!r}", "Compare it with something, e.g. '< 1'.")
        return value

    def _error(self, rule: str, remedy: str) -> ConfigurationError:
        return bad_setting(self.setting, self.text, rule, remedy)


@lru_cache(maxsize=256)
def _compile(text: str) -> tuple[Evaluate, tuple[str, ...]]:
    """Return a function that evaluates an expression, and the names in it."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError("it is no expression") from None  # Pythons tell more, each something else
    compiler = _Compiler()
    evaluate = compiler.visit(tree.body)
    return evaluate, tuple(sorted(compiler.names))


class _Compiler(ast.NodeVisitor):
    """Turns each kind of node that is allowed into a function of the values."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def generic_visit(self, node: ast.AST) -> Evaluate:
        raise ValueError(f"{ast.unparse(node)!r} is not allowed in it")

    def visit_Constant(self, node: ast.Constant) -> Evaluate:
        if not isinstance(node.value, (int, float, str, type(None))):
            return self.generic_visit(node)
        return lambda values: node.value

    def visit_Name(self, node: ast.Name) -> Evaluate:
        self.names.add(node.id)
        return lambda values: values[node.id]

    def visit_Attribute(self, node: ast.Attribute) -> Evaluate:
        name = ast.unparse(node)  # of a hyperparameter inside another, such as optimizer.lr
        if not all(part.isidentifier() for part in name.split(".")):
            return self.generic_visit(node)
        self.names.add(name)
        return lambda values: values[name]

    def visit_Subscript(self, node: ast.Subscript) -> Evaluate:
        part, index = self.visit(node.value), self.visit(node.slice)
        return lambda values: part(values)[index(values)]

    def visit_List(self, node: ast.List | ast.Tuple) -> Evaluate:
        parts = self._all(node.elts)
        return lambda values: [part(values) for part in parts]

    visit_Tuple = visit_List  # noqa: N815

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Evaluate:
        part = self.visit(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda values: not part(values)
        return self._arithmetic(node, [part])

    def visit_BinOp(self, node: ast.BinOp) -> Evaluate:
        return self._arithmetic(node, self._all([node.left, node.right]))

    def visit_BoolOp(self, node: ast.BoolOp) -> Evaluate:
        parts = self._all(node.values)
        found = all if isinstance(node.op, ast.And) else any
        return lambda values: found(part(values) for part in parts)

    def visit_Compare(self, node: ast.Compare) -> Evaluate:
        parts = self._all([node.left, *node.comparators])
        for op, right in zip(node.ops, node.comparators):
            if isinstance(op, (ast.Is, ast.IsNot)) and ast.unparse(right) not in SINGLETONS:
                return self.generic_visit(node)  # whether equal texts are one hangs on luck
        compare = [COMPARISONS[type(op)] for op in node.ops]

        def evaluate(values: Values) -> bool:
            found = [part(values) for part in parts]
            return all(map(lambda holds, *pair: holds(*pair), compare, found, found[1:]))

        return evaluate

    def visit_Call(self, node: ast.Call) -> Evaluate:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in FUNCTIONS or node.keywords:
            return self.generic_visit(node)
        parts = self._all(node.args)
        return lambda values: FUNCTIONS[name](*(part(values) for part in parts))

    def _arithmetic(self, node: ast.UnaryOp | ast.BinOp, parts: list[Evaluate]) -> Evaluate:
        if type(node.op) not in ARITHMETIC:
            return self.generic_visit(node)
        compute = ARITHMETIC[type(node.op)]
        return lambda values: compute(*(_number(part(values)) for part in parts))

    def _all(self, nodes: Iterable[ast.AST]) -> list[Evaluate]:
        return [self.visit(node) for node in nodes]


def _number(value: Any) -> Any:
    if not isinstance(value, (int, float)):
        raise TypeError(f"{value!r} is no number")
    return value
