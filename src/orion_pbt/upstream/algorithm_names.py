"""Oríon's own PBT and PB2 are found as ``orionpbt`` and ``orionpb2``: the short names are ours.

Oríon finds an algorithm by its lower-cased class name among all living subclasses; of two classes
with one name a random one wins. Its own two are loaded in each process, by its ``pb2`` entry
point.
"""

from __future__ import annotations

from orion.algo.pbt import pb2, pbt


def install() -> None:
    """Rename Oríon's classes; pickles, which go by ``__qualname__``, still find them."""
    pbt.PBT.__name__ = "OrionPBT"
    pb2.PB2.__name__ = "OrionPB2"
