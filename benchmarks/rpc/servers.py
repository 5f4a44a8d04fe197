"""The servers that are compared: ours, grpcio's and nginx, each held to one core."""
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OUT = ROOT / "benchmarks/out"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int, process: subprocess.Popen) -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise RuntimeError(f"{process.args[0]} does not listen")


class Server:
    """A process that listens on 127.0.0.1 and runs on one core."""

    def __init__(self, arguments: list, port: int, core: int):
        self.port = port
        self.process = subprocess.Popen(
            [str(a) for a in arguments], stdout=subprocess.DEVNULL,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}))
        wait_for(port, self.process)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)


def hilum(core: int) -> Server:
    """Our server: one event loop."""
    port = free_port()
    return Server([ROOT / ".build/release/EchoServer", port], port, core)


def grpcio(core: int) -> Server:
    """grpcio's asyncio server; it hands the bytes through without decoding them."""
    port = free_port()
    return Server([sys.executable, HERE / "grpcio_echo.py", port], port, core)


class Nginx(Server):
    """nginx with one worker: HTTP/2 in clear text on `port`, HTTP/1.1 on `http1_port`."""

    CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    sendfile on;
    keepalive_requests 1000000000;
    open_file_cache max=16;
    client_max_body_size 0;
    client_body_buffer_size 80m;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{
        listen 127.0.0.1:{port} http2;
        root {folder};
        # nginx ends an HTTP/2 request unread where nobody wants the body: this reads it whole, then drops it.
        location = /upload {{
            proxy_pass http://127.0.0.1:{http1_port}/;
            proxy_method GET; proxy_pass_request_body off; proxy_set_header Content-Length "";
        }}
    }}
    server {{
        listen 127.0.0.1:{http1_port};
        location / {{ return 200 "hello\\n"; }}
    }}
}}
"""

    def __init__(self, core: int):
        port, self.http1_port = free_port(), free_port()
        folder = OUT / "nginx"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "1KiB").write_bytes(b"x" * 1024)
        configuration = folder / "nginx.conf"
        configuration.write_text(self.CONFIGURATION.format(folder=folder, port=port, http1_port=self.http1_port))
        super().__init__([self.binary(), "-c", configuration, "-e", folder / "error.log"], port, core)

    @staticmethod
    def binary() -> str:
        """The installed program, or that of Debian's package, unpacked: installing it would start a service."""
        if installed := shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin"):
            return installed
        unpacked = OUT / "nginx-package"
        if not (unpacked / "usr/sbin/nginx").exists():
            unpacked.mkdir(parents=True, exist_ok=True)
            subprocess.run(["apt-get", "download", "-qq", "nginx"], cwd=unpacked, check=True)
            subprocess.run(["dpkg-deb", "-x", next(unpacked.glob("nginx_*.deb")), unpacked], check=True)
        return str(unpacked / "usr/sbin/nginx")
