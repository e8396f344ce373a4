"""Oríon's own PBT is found as ``orionpbt``, so that ``pbt`` is always ours.

Oríon finds an algorithm by its lower-cased class name among all living subclasses; of two classes
with one name a random one wins. Its own class is loaded in each process, by its ``pb2`` entry
point.
"""

from __future__ import annotations

from orion.algo.pbt import pbt

NAME = "OrionPBT"


def install() -> None:
    """Rename Oríon's class; pickles, which go by ``__qualname__``, still find it."""
    pbt.PBT.__name__ = NAME
