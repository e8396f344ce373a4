"""What holds for each operator in any search space."""

from __future__ import annotations

import json

import numpy
from hypothesis import given
from hypothesis import strategies as st

from orion_pbt.explore import PerturbExplore, PipelineExplore, ResampleExplore
from orion_pbt.space import Categorical, Integer, Real, Space
from orion_pbt.testing.strategies import check_value, make_fork

CHOICES = [None, "a", "b", 1, 1.0, True, 0, 2, 2.5, -3, (1, 2), [1, 2], [], {"k": 1}]


@st.composite
def dimensions(draw, name):
    kind = draw(st.sampled_from(["real", "log", "normal", "integer", "ordinal", "category"]))
    shape = draw(st.sampled_from([(), (), (2,), (2, 1)]))
    if kind == "category":
        places = st.lists(st.integers(0, len(CHOICES) - 1), unique=True, min_size=1, max_size=4)
        return Categorical(name, shape, choices=tuple(CHOICES[place] for place in draw(places)))
    if kind == "ordinal":
        choices = st.lists(st.integers(-9, 9) | st.just(0.5), unique=True, min_size=1, max_size=4)
        return Categorical(name, shape, choices=tuple(draw(choices)))
    if kind == "normal":
        make = draw(st.sampled_from([Real, Integer]))
        prior = lambda rng: (10 * rng.normal(size=shape)).tolist()  # noqa: E731
        return make(name, shape, prior, spread=50.0)
    if kind == "integer":
        low = draw(st.integers(-50, 50))
        log = low > 0 and draw(st.booleans())
        return Integer(name, shape, low=float(low), high=low + draw(st.integers(1, 99)), log=log)
    precision = draw(st.none() | st.integers(1, 6))
    low = draw(st.floats(1e-9, 1) if kind == "log" else st.floats(-1e3, 1e3))
    width = draw(st.floats(1e-3, 1e3) | st.just(-low).filter(lambda width: width > 0))
    return Real(name, shape, low=low, high=low + width, log=kind == "log", precision=precision)


spaces = st.integers(1, 4).flatmap(
    lambda count: st.tuples(*(dimensions(f"/d{i}") for i in range(count))).map(Space)
)
operators = st.builds(
    lambda factor, volatility, probability: PipelineExplore(
        (ResampleExplore(probability), PerturbExplore(factor, volatility))
    ),
    st.floats(1.01, 10),
    st.sampled_from([0, 0.0001, 0.5, 3]),
    st.sampled_from([0, 0.2, 1]),
)


@given(spaces, operators, st.integers(0, 2**32))
def test_values_keep_bounds_types_and_shapes_for_any_number_of_steps(space, operator, seed):
    rng = numpy.random.default_rng(seed)
    params = space.sample(rng)
    for _ in range(10):
        assert list(params) == list(space)
        for name, dimension in space.items():
            check_value(dimension, params[name])
        code = json.loads(json.dumps(space.encode(params)))
        assert repr(space.decode(code)) == repr(params)
        params = operator(rng, space, params, make_fork(params))


@given(spaces, operators, st.integers(0, 2**32))
def test_the_same_randomness_gives_the_same_values(space, operator, seed):
    params = space.sample(numpy.random.default_rng(seed))
    new = [
        operator(numpy.random.default_rng(seed), space, params, make_fork(params)) for _ in range(2)
    ]
    assert repr(new[0]) == repr(new[1])


@given(
    low=st.integers(-100, 100),
    width=st.integers(1, 200),
    place=st.floats(0, 1),
    factor=st.floats(1.001, 3),
    seed=st.integers(0, 2**32),
)
def test_an_integer_changes_unless_it_is_at_a_bound(low, width, place, factor, seed):
    dimension = Integer("n", low=low, high=low + width)
    element = low + round(place * width)
    rng = numpy.random.default_rng(seed)
    params = {"n": element}
    new = PerturbExplore(factor)(rng, Space([dimension]), params, make_fork(params))["n"]
    assert abs(new - element) >= 1 or element in (low, low + width)
