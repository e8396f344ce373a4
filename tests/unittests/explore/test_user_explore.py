"""Tests of operators that are functions of the user's own."""

from __future__ import annotations

import numpy
import pytest

from orion_pbt.errors import ConfigurationError
from orion_pbt.explore import UserExplore
from orion_pbt.space import Categorical, Integer, Real, Space
from orion_pbt.testing.strategies import make_fork

MODULE = "user_operators_of_a_test"
TEXT = """
import numpy

def everything(rng, space, params, fork):
    assert fork.member.key == 'member' and list(space) == list(params)
    return {'x': rng.uniform(0, 1)}

def keywords(**given):
    return {'n': len(given)}

def with_default(params, more=3):
    params['x'] = 0.25  # a copy of its own
    return {'n': more}

def of_numpy(params):
    return {'x': numpy.float64(0.5), 'n': numpy.int64(2), 'v': numpy.array([1.0, 2.0])}

def whole(params):
    return {'x': 1, 'n': 2.0, 'v': (0, 1)}

def rounded(params):
    return {'x': 0.123456}

def none(params):
    pass

RETURNS = None

def told():
    return RETURNS

def needs_more(params, weights):
    return {}

number = 5
"""
SPACE = Space(
    [
        Real("x", low=0, high=1, precision=2),
        Integer("n", low=1, high=9),
        Real("v", (2,), low=0, high=9),
        Categorical("c", choices=("a", None, 1)),
    ]
)
PARAMS = {"x": 0.1, "n": 1, "v": [0.0, 0.0], "c": "a"}


@pytest.fixture(autouse=True)
def module(tmp_path, monkeypatch):
    (tmp_path / f"{MODULE}.py").write_text(TEXT)
    monkeypatch.chdir(tmp_path)
    UserExplore(f"{MODULE}:told")
    import importlib

    return importlib.import_module(MODULE)


def vary(function, params=PARAMS):
    operator = UserExplore(f"{MODULE}:{function}")
    return operator(numpy.random.default_rng(0), SPACE, dict(params), make_fork(params))


class TestCalls:
    def test_with_what_it_names(self):
        drawn = round(numpy.random.default_rng(0).uniform(0, 1), 2)
        assert vary("everything") == {**PARAMS, "x": drawn}
        assert vary("keywords") == {**PARAMS, "n": 4}
        assert vary("with_default") == {**PARAMS, "n": 3}

    def test_numpys_numbers_become_pythons(self):
        new = vary("of_numpy")
        assert new == {**PARAMS, "x": 0.5, "n": 2, "v": [1.0, 2.0]}
        assert [type(new[name]) for name in "xnv"] == [float, int, list]

    def test_numbers_get_the_type_of_the_dimension(self):
        new = vary("whole")
        assert new == {**PARAMS, "x": 1.0, "n": 2, "v": [0.0, 1.0]}
        assert [type(new["x"]), type(new["n"]), type(new["v"][0])] == [float, int, float]

    def test_and_its_precision(self):
        assert vary("rounded")["x"] == 0.12

    def test_a_value_that_stays_may_be_outside_of_a_narrower_range(self, module, monkeypatch):
        monkeypatch.setattr(module, "RETURNS", {"x": 7.0, "c": "old"})
        params = {**PARAMS, "x": 7.0, "c": "old"}
        assert vary("told", params) == params


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, f"{MODULE}:told returned None, but it has to return values by name"),
        ({"y": 1}, "returned a value for 'y', but what may be varied is x, n, v, c"),
        ({"x": 1.5}, "set x to 1.5, but it is a real number from 0 to 1. space\\['x'\\].tidy"),
        ({"x": float("nan")}, "set x to nan"),
        ({"x": "0.5"}, "set x to '0.5'"),
        ({"x": True}, "set x to True"),
        ({"x": [0.5]}, "set x to"),
        ({"n": 1.5}, "set n to 1.5, but it is a whole number from 1 to 9"),
        ({"n": None}, "set n to None"),
        ({"v": 1.0}, r"set v to 1.0, but its shape is \(2,\). Keep it"),
        ({"v": [1.0]}, "set v to"),
        ({"v": [1.0, 99.0]}, "set v to .*, but it is a real number from 0 to 9"),
        ({"c": "b"}, r"set c to 'b', but it is one of \['a', None, 1\]"),
    ],
)
def test_what_it_returns_is_checked(module, monkeypatch, returned, message):
    monkeypatch.setattr(module, "RETURNS", returned)
    with pytest.raises(ConfigurationError, match=message):
        vary("told")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (f"{MODULE}:tolled", f"{MODULE} has no 'tolled'. Did you mean 'told'?"),
        (f"{MODULE}:number", "it is no function"),
        (f"{MODULE}:needs_more", "its argument 'weights' is none .* rng, space, params, fork"),
        ("no_such_module_of_mine:f", "importing no_such_module_of_mine failed: ModuleNotFoundErr"),
        (MODULE, "a function is named by 'module:function'"),
        (5, "function is 5, but a function is named by"),
        (f"{MODULE}:", "a function is named by"),
    ],
)
def test_what_is_no_such_function_is_named(name, message):
    with pytest.raises(ConfigurationError, match=message):
        UserExplore(name)


def test_a_module_that_fails_says_why(tmp_path):
    (tmp_path / "failing_module_of_a_test.py").write_text("1 / 0")
    with pytest.raises(ConfigurationError, match="ZeroDivisionError: division by zero") as error:
        UserExplore("failing_module_of_a_test:f")
    assert str(tmp_path) in str(error.value)
