"""Hosts in network namespaces on one switch: each has its own address, and a cable that can be pulled. Needs root."""

import os
import pathlib
import subprocess

NAMES = pathlib.Path("/etc/netns")  # `ip netns exec` puts the files of a namespace over those in /etc


def ip(*arguments, check=True):
    subprocess.run(["ip", *map(str, arguments)], check=check, capture_output=True)


class Network:
    """The switch, at whose port `address` the test itself is, and its hosts."""

    def __init__(self):
        self.number = os.getpid()
        self.net = f"10.214.{self.number % 250}"
        self.switch, self.address = f"hb{self.number}", f"{self.net}.1"
        self.hosts, self.names = [], {}
        ip("link", "add", self.switch, "type", "bridge")
        ip("addr", "add", f"{self.address}/24", "dev", self.switch)
        ip("link", "set", self.switch, "up")

    def add(self, name):
        self.hosts.append(Host(self, name, len(self.hosts) + 2))
        self.publish()
        return self.hosts[-1]

    def name(self, name, addresses):
        """What the hosts find under a name from now on."""
        self.names[name] = list(addresses)
        self.publish()

    def publish(self):
        lines = ["127.0.0.1 localhost"]
        lines += [f"{address} {name}" for name, addresses in self.names.items() for address in addresses]
        for host in self.hosts:
            host.names.write_text("\n".join(lines) + "\n")

    def remove(self):
        for host in self.hosts:
            host.remove()
        ip("link", "del", self.switch, check=False)


class Host:
    """One machine: `prefix` before a command runs it there."""

    def __init__(self, network, name, number):
        self.space, self.address = f"hilum{network.number}-{name}", f"{network.net}.{number}"
        self.cable, far = f"h{network.number}n{number}", f"h{network.number}f{number}"
        self.prefix = ["ip", "netns", "exec", self.space]
        self.names = NAMES / self.space / "hosts"
        self.names.parent.mkdir(parents=True)
        ip("netns", "add", self.space)
        ip("link", "add", self.cable, "type", "veth", "peer", "name", far)
        ip("link", "set", far, "netns", self.space)
        ip("link", "set", self.cable, "master", network.switch, "up")
        ip("-n", self.space, "addr", "add", f"{self.address}/24", "dev", far)
        ip("-n", self.space, "link", "set", far, "up")
        ip("-n", self.space, "link", "set", "lo", "up")

    def cut(self):
        ip("link", "set", self.cable, "down")

    def mend(self):
        ip("link", "set", self.cable, "up")

    def remove(self):
        ip("link", "del", self.cable, check=False)
        ip("netns", "del", self.space, check=False)
        self.names.unlink(missing_ok=True)
        self.names.parent.rmdir()
