"""Formulas near a schedule."""

from __future__ import annotations

import math

import pytest

from orion_pbt.schedules import Stretch
from orion_pbt.schedules.fits import FORMS, Fit, fit
from orion_pbt.space import Integer, Real

LINEAR = Real("/x", low=-10, high=10)
LOG = Real("/x", low=1e-6, high=10, log=True)
CURVES = {
    "linear": lambda t: 3 - 2 * t,
    "exponential": lambda t: 3 * math.exp(-4 * t),
    "cosine": lambda t: 0.5 + 2 * (1 + math.cos(math.pi * t)) / 2,
}


def steps(*ends):
    """Return stretches that end at some fidelities."""
    starts = (0, *ends)
    return [Stretch(i, i, start, end, {}, ()) for i, (start, end) in enumerate(zip(starts, ends))]


@pytest.mark.parametrize("dimension", [LINEAR, LOG], ids=["linear scale", "log scale"])
@pytest.mark.parametrize("form", CURVES)
def test_a_schedule_that_is_a_formula_is_found_to_be_it(form, dimension):
    curve = CURVES[form]
    stretches = steps(*range(1, 41))
    found = fit(stretches, [curve(end / 40) for end in range(1, 41)], dimension)
    assert found[0].form == form
    assert found[0].error < 1e-5
    assert [found[0](x) for x in (1, 20, 40)] == pytest.approx(
        [curve(x / 40) for x in (1, 20, 40)], rel=1e-4
    )
    assert {other.form for other in found} == set(FORMS)
    assert all(other.error > 0.01 for other in found[1:])


def test_one_value_is_a_constant_and_nothing_else():
    assert fit(steps(3, 7), [0.25, 0.25], LOG) == (
        Fit("constant", 0.25, 0.0, 7, LOG.low, LOG.high, error=0.0),
    )


def test_values_count_as_long_as_they_were_trained_with():
    constant = next(f for f in fit(steps(30, 40), [0.0, 1.0], LINEAR) if f.form == "constant")
    assert constant.a == pytest.approx(0.25)
    # Three quarters are 0.25 off, a quarter is 0.75 off; the range is 1.
    assert constant.error == pytest.approx(math.sqrt(0.75 * 0.25**2 + 0.25 * 0.75**2))


def test_the_error_is_a_share_of_the_range_on_the_scale_of_the_prior():
    (linear, log) = (
        next(f for f in fit(steps(1, 2), [0.01, 1.0], dimension) if f.form == "constant")
        for dimension in (LINEAR, LOG)
    )
    assert (linear.a, log.a) == (pytest.approx(0.505), pytest.approx(0.1))
    assert (linear.error, log.error) == (pytest.approx(0.5), pytest.approx(0.5))


def test_no_formula_is_nearer_than_least_squares():
    values = [0.3, 0.9, 0.1, 0.5]
    stretches = steps(5, 9, 17, 20)
    best = next(f for f in fit(stretches, values, LINEAR) if f.form == "cosine")

    def error(made):
        pairs = [
            (value, made(x))
            for stretch, value in zip(stretches, values)
            for x in range(stretch.start_fidelity + 1, stretch.end_fidelity + 1)
        ]
        return math.sqrt(sum((value - y) ** 2 for value, y in pairs) / len(pairs)) / 0.8

    assert best.error == pytest.approx(error(best))
    for a, b in ((1e-3, 0), (-1e-3, 0), (0, 1e-3), (0, -1e-3)):
        other = Fit("cosine", best.a + a, best.b + b, 20, -10, 10)
        assert error(other) > best.error


def test_what_becomes_0_is_no_exponential():
    assert "exponential" not in [made.form for made in fit(steps(1, 2), [0.0, 1.0], LINEAR)]


def test_negative_numbers_can_be_an_exponential():
    values = [-CURVES["exponential"](end / 30) for end in range(1, 31)]
    found = fit(steps(*range(1, 31)), values, LINEAR)[0]
    assert (found.form, found(15)) == ("exponential", pytest.approx(values[14], rel=1e-4))


def test_a_formula_that_is_not_positive_describes_nothing_on_a_log_scale():
    # So steep a fall that the nearest line goes below 0.
    values = [10.0] + [1e-6] * 19
    forms = {made.form: made for made in fit(steps(*range(1, 21)), values, LOG)}
    assert set(forms) >= {"constant", "exponential"}
    assert all(made(x) > 0 for made in forms.values() for x in range(1, 21))


def test_whole_numbers_stay_whole_and_bounds_are_kept():
    dimension = Integer("/n", low=1, high=8)
    values = [8, 8, 8, 1, 1, 1]
    for made in fit(steps(*range(1, 7)), values, dimension):
        numbers = [made(x / 10) for x in range(1, 61)]
        assert all(type(number) is int for number in numbers)
        assert min(numbers) >= 1
        assert max(numbers) <= 8
    free = Fit("linear", 10.0, -12.0, 6)
    assert free(6) == -2
    assert Fit("linear", 10.0, -12.0, 6, 1, 8)(6) == 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("bounds", [(-math.inf, math.inf), (0.5, math.inf), (-math.inf, 1.0)])
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(("a", "b"), [(2.5, -3.25), (-1e-7, 2.0), (1.0, 0.0)])
def test_the_expression_is_the_formula(form, bounds, whole, a, b):
    made = Fit(form, a, 0.0 if form == "constant" else b, 90, *bounds, whole=whole)
    code = compile(made.expression("epochs"), "expression", "eval")
    for epochs in (0.5, 1, 33, 90):
        assert eval(code, {"math": math, "epochs": epochs}) == made(epochs)


def test_long_stretches_cost_no_more(monkeypatch):
    seen = []
    monkeypatch.setattr(Fit, "__call__", lambda self, x: seen.append(x) or 1.0)
    fit(steps(10**3, 10**6, 10**9), [0.1, 0.2, 0.3], LINEAR)
    assert 0 < len(seen) <= 4 * 3 * 64
    assert max(seen) == 10**9
