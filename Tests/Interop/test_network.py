"""A short run of `make network`: replicas come and drain, gateways drain and are cut off, the load stays even."""

import os
import shutil
import sys

from conftest import PROGRAMS, ROOT, need

sys.path[:0] = [str(ROOT / "Tests/Network"), str(ROOT / "Tests/Chaos")]


def test_a_site_of_ten_hosts_loses_nothing_and_fails_nobody(programs, tmp_path):
    haproxy = shutil.which("haproxy", path="/usr/sbin:/usr/bin")
    need(os.geteuid() == 0 and haproxy and shutil.which("psql"), "needs root, HAProxy and PostgreSQL")
    import chaos
    import proof

    tmp_path.chmod(0o755)
    for folder in tmp_path.parents[:2]:
        folder.chmod(0o755)
    stubs = chaos.make_stubs(tmp_path / "stubs")
    assert proof.on_site(PROGRAMS.resolve(), tmp_path, stubs, 0.02, 2, proof.Proof.short) == []
