"""Tests of conditions written as expressions."""

from __future__ import annotations

import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_pbt.errors import ConfigurationError
from orion_pbt.explore.expressions import Expression

VALUES = {
    "lr": 0.1,
    "batch": 64,
    "act": "relu",
    "drop": None,
    "flag": True,
    "zero": 0,
    "opt.lr": 0.5,
    "widths": [4, 2],
}


def holds(text, values=None):
    return Expression("constraints", text)(VALUES if values is None else values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("batch * lr < 10", True),
        ("batch * lr < 6.4", False),
        ("  lr == 0.1 ", True),
        ("lr != 0.1", False),
        ("0.01 < lr <= 0.1", True),
        ("0.01 < lr < 0.1", False),
        ("batch % 10 == 4 and batch // 10 == 6", True),
        ("batch / 128 == 0.5", True),
        ("2 ** 6 == batch", True),
        ("-lr < 0 < +lr", True),
        ("lr - 0.1 + 1 >= 1", True),
        ("act == 'relu'", True),
        ("act in ('tanh', 'relu')", True),
        ("act not in ['tanh', 'relu']", False),
        ("drop is None", True),
        ("drop is not None and drop > 0.5", False),
        ("drop is None or drop > 0.5", True),
        ("not flag", False),
        ("flag == True", True),
        ("opt.lr > lr", True),
        ("widths[0] > widths[1]", True),
        ("max(widths) < min(batch, 5)", True),
        ("abs(-lr) == lr", True),
        ("log(batch) < 5 and exp(lr) > 1 and sqrt(batch) == 8", True),
    ],
)
def test_conditions(text, expected):
    assert holds(text) is expected


@pytest.mark.parametrize(
    "text", ["1 / zero < 2", "log(zero) < 2", "sqrt(-lr) < 2", "(-lr) ** 0.5 < 9", "exp(99999) > 0"]
)
def test_what_has_no_value_does_not_hold(text):
    assert holds(text) is False


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("batch * lr < 10", ("batch", "lr")),
        ("opt.lr < 1", ("opt.lr",)),
        ("max(lr, 1) < 2 and act in ('a', 'b') and lr < 3", ("act", "lr")),
        ("widths[0] < 1", ("widths",)),
    ],
)
def test_names(text, names):
    assert Expression("constraints", text).names == names


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "act is 'relu'",
        "lr is lr",
        "().__class__.__bases__",
        "open('x')",
        "eval('1')",
        "[x for x in widths]",
        "lambda: 1",
        "(lr := 3) < 4",
        "f'{lr}' == '0.1'",
        "lr if flag else batch",
        "max(*widths) < 1",
        "max(1, 2, key=abs) < 1",
        "max.__call__(1)",
        "{1: 2}[lr]",
        "lr < 1; batch < 2",
        "lr <",
        "lr = 3",
        "batch & 1 == 0",
        "~batch < 0",
        "b'a' == act",
        "1j == lr",
        "...",
        "",
        "\0",
        "lr.real[0]()",
        "'a'.upper() == act",
        "(" * 500 + "lr < 1" + ")" * 500,
    ],
)
def test_all_else_is_refused(text):
    with pytest.raises(ConfigurationError, match="constraints is .*, but it cannot be understood"):
        Expression("constraints", text)


def test_what_is_not_allowed_is_shown():
    with pytest.raises(
        ConfigurationError, match="\"open\\('x'\\)\" is not allowed in it. Write e.g."
    ):
        Expression("constraints", "lr < 1 and open('x')")
    with pytest.raises(ConfigurationError, match="it is no expression. Write e.g. 'batch"):
        Expression("constraints", "lr <")


def test_a_name_is_looked_up_among_the_hyperparameters_only():
    assert Expression("constraints", "__name__ == 1").names == ("__name__",)
    assert Expression("constraints", "lr.__class__ == 1").names == ("lr.__class__",)
    assert holds("lr.imag == 3", {"lr.imag": 3, "lr": 1.0})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("drop * 2 < 1", "with {'drop': None} it fails: None is no number. Compare such a value"),
        ("act * 99 == 1", "'relu' is no number"),
        ("drop < 1", "it fails: '<' not supported"),
        ("widths[5] < 1", "it fails: list index out of range"),
        ("lr * 2", "it is 0.2, but|it is 0.2. Compare it with something"),
    ],
)
def test_what_is_no_condition_on_these_values_is_named(text, message):
    with pytest.raises(ConfigurationError, match=message):
        holds(text)


def test_a_high_power_takes_no_time_and_no_memory():
    assert holds("9 ** 9 ** 9 ** 9 > 1") is False  # it overflows: it has no value


def test_it_can_be_pickled_and_is_a_value():
    one = Expression("constraints", "lr < 1")
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301  # made here


@given(st.floats(-10, 10), st.floats(-10, 10))
def test_is_what_python_says(x, y):
    for text in ("x * y < x + y", "x ** 2 >= y", "abs(x) - y != max(x, y) or not x < y <= 3"):
        assert holds(text, {"x": x, "y": y}) is eval(text, {"x": x, "y": y, "math": math})
