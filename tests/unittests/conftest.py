"""What all unit tests share."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no failure; pytest's own timeout ends what hangs.
settings.register_profile("unittests", deadline=None)
settings.load_profile("unittests")
