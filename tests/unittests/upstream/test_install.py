"""Corrections go into the one version that they were written for."""

from __future__ import annotations

import logging
from importlib import metadata

import pytest

from orion_pbt import upstream


def test_another_version_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Untouchable:
        @staticmethod
        def install() -> None:
            raise AssertionError("corrected another version")

    monkeypatch.setattr(upstream, "_installed", False)
    monkeypatch.setattr(upstream, "CORRECTIONS", (Untouchable,))
    monkeypatch.setattr(metadata, "version", lambda name: "0.2.8")
    upstream.install()
    assert "Oríon 0.2.8 is installed" in caplog.text


def test_each_correction_says_what_it_corrects(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Correction:
        """A thing is corrected."""

        @staticmethod
        def install() -> None:
            pass

    monkeypatch.setattr(upstream, "_installed", False)
    monkeypatch.setattr(upstream, "CORRECTIONS", (Correction,))
    with caplog.at_level(logging.DEBUG):
        upstream.install()
    assert "Corrected Oríon: A thing is corrected." in caplog.text
