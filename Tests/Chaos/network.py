"""A network of its own for one backend, whose cable can be pulled."""

import os
import subprocess


def ip(*arguments, check=True):
    subprocess.run(["ip", *arguments], check=check, capture_output=True)


class Namespace:
    """A network namespace reached over a pair of virtual interfaces; needs root."""

    def __init__(self):
        self.name = f"hilum{os.getpid()}"
        self.near, self.far = f"hn{os.getpid()}"[:15], f"hf{os.getpid()}"[:15]
        third = os.getpid() % 250
        self.address = f"10.213.{third}.2"
        ip("netns", "add", self.name)
        ip("link", "add", self.near, "type", "veth", "peer", "name", self.far)
        ip("link", "set", self.far, "netns", self.name)
        ip("addr", "add", f"10.213.{third}.1/30", "dev", self.near)
        ip("link", "set", self.near, "up")
        ip("-n", self.name, "addr", "add", f"{self.address}/30", "dev", self.far)
        ip("-n", self.name, "link", "set", self.far, "up")
        self.prefix = ["ip", "netns", "exec", self.name]

    def cut(self):
        ip("link", "set", self.near, "down")

    def mend(self):
        ip("link", "set", self.near, "up")

    def remove(self):
        ip("link", "del", self.near, check=False)
        ip("netns", "del", self.name, check=False)
