"""Variants of population based training by their names: other strategies where none is chosen."""

from __future__ import annotations

from orion_pbt.algorithms.defaults import default_frequencies
from orion_pbt.algorithms.pbt import PBT
from orion_pbt.exploit import Exploit, FireExploit, MFExploit, RestartExploit
from orion_pbt.explore import Explore, PB2Explore, PB2MixExplore


class PB2(PBT):
    """Population based bandits: a model chooses the numbers of a copy.

    As `PBT`, but `explore` is `PB2Explore` if it is left out. Categories stay as they were copied.
    See Parker-Holder et al. 2020 (arXiv 2002.02518).
    """

    @classmethod
    def default_explore(cls) -> Explore:
        """See `PBT.default_explore`."""
        return PB2Explore()


class PB2Mix(PBT):
    """Population based bandits with categories: a bandit chooses them, then a model the numbers.

    As `PBT`, but `explore` is `PB2MixExplore` if it is left out. See Parker-Holder et al. 2021
    (arXiv 2106.15883).
    """

    @classmethod
    def default_explore(cls) -> Explore:
        """See `PBT.default_explore`."""
        return PB2MixExplore()


class MFPBT(PBT):
    """Multiple frequencies: sub-populations that select rarely keep what pays late.

    As `PBT`, but `exploit` is `MFExploit` if it is left out, with frequencies that fit the
    population and the generations. See Doulazmi et al. 2025 (arXiv 2506.03225).
    """

    @classmethod
    def default_exploit(cls, population_size: int, generations: int) -> Exploit:
        """See `PBT.default_exploit`."""
        return MFExploit(default_frequencies(population_size, generations))


class IPBT(PBT):
    """Iterated: decisions become rarer each time the best score stops rising.

    As `PBT`, but `exploit` is `RestartExploit` if it is left out, and `explore` is
    `PB2MixExplore`, as the paper uses a model too. See Chebykin et al. 2025 (arXiv 2511.09190).
    """

    @classmethod
    def default_exploit(cls, population_size: int, generations: int) -> Exploit:
        """See `PBT.default_exploit`."""
        return RestartExploit()

    @classmethod
    def default_explore(cls) -> Explore:
        """See `PBT.default_explore`."""
        return PB2MixExplore()


class FirePBT(PBT):
    """Faster improvement rate: some members are judged by how fast their weights would improve.

    As `PBT`, but `exploit` is `FireExploit` if it is left out. See Dalibard and Jaderberg 2021
    (arXiv 2109.13800).
    """

    @classmethod
    def default_exploit(cls, population_size: int, generations: int) -> Exploit:
        """See `PBT.default_exploit`."""
        return FireExploit()
