"""What a user may write into the environment."""

from __future__ import annotations

import pytest

from orion_pbt.checkpoints import Policy, Settings
from orion_pbt.errors import ConfigurationError

P = "ORION_PBT_CHECKPOINTS_"


def test_nothing_set():
    assert Settings.from_environment({"PATH": "/", P + "KEEP": ""}) == Settings()


def test_all_set():
    environment = {
        P + "TRANSFER": "Link",
        P + "KEEP": "all",
        P + "BEST": "3",
        P + "EACH_GENERATION": "yes",
        P + "QUOTA": "1.5 TB",
        P + "STORE": "s3://bucket/path",
        P + "FLUSH": "0",
    }
    found = Settings.from_environment(environment)
    assert found == Settings("link", "all", 3, True, 1500 * 10**9, "s3://bucket/path", False)
    assert found.policy == Policy(True, 3, True, 1500 * 10**9)


@pytest.mark.parametrize(
    ("text", "size"),
    [("10", 10), ("2k", 2000), ("2KiB", 2048), ("1.5GB", 1500000000), ("3 TiB", 3 * 2**40)],
)
def test_sizes(text, size):
    assert Settings.from_environment({P + "QUOTA": text}).quota == size


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("TRANSFER", "move"),
        ("KEEP", "some"),
        ("BEST", "two"),
        ("BEST", "0"),
        ("EACH_GENERATION", "maybe"),
        ("QUOTA", "much"),
        ("QUOTA", "0"),
        ("QOUTA", "1GB"),
    ],
)
def test_what_cannot_work_is_named(name, text):
    with pytest.raises(ConfigurationError, match=f"{P}{name} is '{text}'"):
        Settings.from_environment({P + name: text})
