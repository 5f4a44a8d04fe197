"""The commands in docs/protocols.md do what stands there."""

import re
import subprocess

import pytest

from conftest import ROOT

BLOCKS = re.findall(r"^```console\n(.*?)^```", (ROOT / "docs/protocols.md").read_text(), re.S | re.M)
DATE = re.compile(r"^date: .*$", re.M)


def test_there_is_a_command_for_each_protocol():
    commands = "\n".join(block.split("\n")[0] for block in BLOCKS)
    for text in ["--json", "-G", "application/grpc+json", "grpc-web+json", "grpc-web-text+json", "connect+json"]:
        assert text in commands


@pytest.mark.parametrize("block", BLOCKS)
def test_a_command_does_what_stands_there(system, tmp_path, block):
    command, expected = block.removeprefix("$ ").split("\n", 1)
    command = command.replace("127.0.0.1:8081", f"127.0.0.1:{system.port('classifier')}")
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    found = done.stdout.replace("\r", "")
    assert DATE.sub("date:", found).rstrip("\n") == DATE.sub("date:", expected).rstrip("\n")
