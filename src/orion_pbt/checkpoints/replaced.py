"""Which replaced members no worker goes back to any more, however their forks end.

A member that was replaced is decided about again if the fork in its place breaks. If the rule may
let it go on then, its checkpoint has to stay; if it is sure to copy another once more, not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Callable

from orion_pbt.exploit import Exploit, TruncateExploit
from orion_pbt.exploit.truncation import count_share
from orion_pbt.lineage import Lineages
from orion_pbt.population import is_rankable, rank


def is_replaced_for_good(rule: Exploit, key: str, lineages: Lineages, most: int) -> bool:
    """Whether a member that was replaced will be replaced again, whatever is completed meanwhile.

    Parameters
    ----------
    rule:
        The exploit rule.
    key:
        The member.
    lineages:
        All members.
    most:
        How many members of its generation may be completed in the end.
    """
    decide = _RULES.get(type(rule))
    return decide is not None and decide(rule, key, lineages, most)


def _truncation(rule: Exploit, key: str, lineages: Lineages, most: int) -> bool:
    assert isinstance(rule, TruncateExploit)
    ranked = sorted(lineages.completed_at(lineages[key].generation), key=rank)
    if len(ranked) < rule.min_forking_population:  # it may wait in vain, and go on alone
        return False
    places = [place for place, member in enumerate(ranked) if member.key == key]
    # Whoever is still to come can only push it further down, but there are more who go on then.
    going_on = count_share(rule.truncation_quantile, most)
    pool = count_share(rule.candidate_pool_ratio, most)
    return is_rankable(ranked[0]) and bool(places) and places[0] >= max(going_on, pool)


_RULES: Mapping[type[Exploit], Callable[[Exploit, str, Lineages, int], bool]] = {
    TruncateExploit: _truncation
}
"""The rules of which that can be told; a rule that is missing here may let anyone go on."""
