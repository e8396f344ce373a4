"""Models compute on one thread, and leave the others as they were."""

from __future__ import annotations

import threadpoolctl

from orion_pbt.models import one_thread


def threads():
    pools = threadpoolctl.threadpool_info()
    return [pool["num_threads"] for pool in pools if pool["user_api"] == "blas"]


def test_one_thread_while_the_block_lasts():
    before = threads()
    with one_thread():
        assert set(threads()) <= {1}
    assert threads() == before
