"""Randomness that belongs to one decision."""

from __future__ import annotations

import hashlib

import numpy


def generator(seed: str, *decision: object) -> numpy.random.Generator:
    """Return a random generator that depends on nothing but the seed and the decision.

    No stream is shared between decisions, so that one decision is the same whatever others were
    made before it, in whichever process.

    Parameters
    ----------
    seed:
        The experiment's seed.
    decision:
        What is decided: words, numbers and keys, which are told apart by their ``repr``.
    """
    digest = hashlib.sha256(repr((seed, *decision)).encode()).digest()
    return numpy.random.Generator(numpy.random.PCG64(int.from_bytes(digest[:16], "big")))
