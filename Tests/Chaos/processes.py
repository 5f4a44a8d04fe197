"""Programs that are killed and come again."""

import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

PG = pathlib.Path("/usr/lib/postgresql/15/bin")
AS_POSTGRES = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Kept:
    """A program that is started again whenever it ends, until `stop`."""

    def __init__(self, name, command, log, prefix=()):
        self.name, self.command, self.log = name, [*prefix, *map(str, command)], log
        self.kills = self.starts = 0
        self.stopping = threading.Event()
        self.process = None
        self.keeper = threading.Thread(target=self.keep, daemon=True)
        self.keeper.start()

    def keep(self):
        while not self.stopping.is_set():
            with open(self.log, "ab") as log:
                self.process = subprocess.Popen(self.command, stdout=log, stderr=log, cwd="/")
            self.starts += 1
            self.process.wait()
            self.stopping.wait(0.1)

    def pid(self):
        """The program's own number: that of the child where it runs behind `runuser`."""
        if self.process is None:
            return None
        number = self.process.pid
        try:
            children = pathlib.Path(f"/proc/{number}/task/{number}/children").read_text().split()
            name = pathlib.Path(f"/proc/{number}/comm").read_text().strip()
        except OSError:
            return None
        return int(children[0]) if name == "runuser" and children else number

    def kill(self):
        """Ends it at once, wherever it is; false where it is not running."""
        if self.process is None or self.process.poll() is not None or (number := self.pid()) is None:
            return False
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            return False
        self.kills += 1
        return True

    def stop(self, number=signal.SIGTERM):
        """Ends it for good; its exit status."""
        self.stopping.set()
        if self.process and self.process.poll() is None:
            os.kill(self.pid() or self.process.pid, number)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.keeper.join(5)
        return self.process and self.process.returncode


def postgres(folder, log, host=None):
    """A PostgreSQL server of our own: the program, and its connection string. Reached over a socket in `folder`, or, where
    it is on a host of its own (Tests/Network), over that host's network."""
    folder.mkdir()
    if AS_POSTGRES:
        subprocess.run(["chown", "postgres", folder], check=True)
    subprocess.run(
        [*AS_POSTGRES, PG / "initdb", "-D", folder / "data", "-U", "hilum", "-A", "trust", "--no-sync"],
        check=True, stdout=subprocess.DEVNULL, cwd="/",
    )  # fmt: skip
    command = [PG / "postgres", "-D", folder / "data", "-k", folder, "-c", f"listen_addresses={host.address if host else ''}",
               "-c", "max_wal_size=128MB", "-c", "restart_after_crash=on"]  # fmt: skip
    if host:
        with open(folder / "data/pg_hba.conf", "a") as rules:
            rules.write("host all all samenet trust\n")
    server = Kept("postgresql", command, log, [*(host.prefix if host else []), *AS_POSTGRES])
    string = f"host={host.address if host else folder} dbname=postgres user=hilum"
    end = time.monotonic() + 30
    while subprocess.run(["psql", string, "-Atc", "SELECT 1"], capture_output=True).returncode:
        assert time.monotonic() < end, "PostgreSQL does not start"
        time.sleep(0.1)
    return server, string
