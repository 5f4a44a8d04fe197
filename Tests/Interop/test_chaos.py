"""A small run of `make chaos` on either ledger: kills, a full disk, a backend that is cut off."""

import os
import pathlib
import sys

import pytest
from conftest import PROGRAMS, ROOT, need

sys.path.insert(0, str(ROOT / "Tests/Chaos"))


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_what_is_acknowledged_is_answered_once(store, programs):
    need(os.geteuid() == 0 and pathlib.Path("/usr/lib/postgresql/15/bin/initdb").exists(), "needs root and PostgreSQL")
    import chaos

    assert chaos.run(store, PROGRAMS, count=400, kills=8, seconds=120, seed=20261127)
