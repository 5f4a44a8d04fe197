"""Our server beside a grpcio asyncio server and nginx, in turns; ratios of medians are what counts.

    make bench-rpc                                # every case
    make bench-rpc BENCH_ARGS="--rounds 3 echo"   # fewer rounds, the cases whose name contains echo

Every server has one core for itself (one event loop, one worker), the load generator has the other one.
"""
import argparse
import json
import os
import statistics
from pathlib import Path

import grpc

import loads
import servers

OUT = servers.OUT
ECHO = "/bench.Echo/Unary"
UPLOAD = "/bench.Echo/Upload"
UPLOAD_BYTES = 64 << 20
UPLOADS = 8
IDLE = 1000
HILUM, GRPCIO, NGINX = "hilum", "grpcio", "nginx"


class Bench:
    """Servers that run, and one method a case that measures all of them once."""

    def __init__(self, server_core: int, seconds: float):
        self.seconds = seconds
        OUT.mkdir(parents=True, exist_ok=True)
        self.echo_body = OUT / "echo.grpc"
        self.echo_body.write_bytes(loads.grpc_frame(loads.bytes_message(1024)))
        self.upload_message = loads.bytes_message(UPLOAD_BYTES)
        self.upload_body = OUT / "upload.grpc"
        self.upload_body.write_bytes(loads.grpc_frame(self.upload_message))
        self.hilum = servers.hilum(server_core)
        self.grpcio = servers.grpcio(server_core)
        self.nginx = servers.Nginx(server_core)

    def close(self) -> None:
        for server in (self.hilum, self.grpcio, self.nginx):
            server.close()
        self.upload_body.unlink()

    def check(self) -> None:
        """Both echoes give back what a real client sends."""
        message = loads.bytes_message(1024)
        for server in (self.hilum, self.grpcio):
            with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
                if channel.unary_unary(ECHO)(message, timeout=5) != message:
                    raise RuntimeError("the echo is another message")

    def echo(self) -> dict:
        def call(server):
            return loads.h2load(server.url(ECHO), self.seconds, self.echo_body, loads.GRPC, least_bytes=1024)
        return {
            HILUM: call(self.hilum), GRPCIO: call(self.grpcio),
            NGINX: loads.h2load(self.nginx.url("/1KiB"), self.seconds, least_bytes=1024)}

    def http1(self) -> dict:
        return {
            HILUM: loads.wrk(self.hilum.url("/"), self.seconds),
            NGINX: loads.wrk(f"http://127.0.0.1:{self.nginx.http1_port}/", self.seconds)}

    def upload_http1(self) -> dict:
        def rate(port, path, content_type):
            return loads.upload_http1(port, path, self.upload_message, UPLOADS, content_type) / 1e6
        return {
            HILUM: rate(self.hilum.port, UPLOAD, "application/proto"),
            NGINX: rate(self.nginx.http1_port, "/", "application/octet-stream")}

    def upload_http2(self) -> dict:
        return {
            HILUM: loads.upload_http2(self.hilum.url(UPLOAD), self.upload_body, UPLOADS, loads.GRPC) / 1e6,
            NGINX: loads.upload_http2(self.nginx.url("/upload"), self.upload_body, UPLOADS) / 1e6}

    def idle(self) -> dict:
        def once():
            requests = max(10_000, int(20_000 * self.seconds))
            return loads.p99(self.hilum.url(ECHO), requests, self.echo_body, loads.GRPC, OUT / "h2load.log")
        alone = once()
        with loads.IdleConnections(self.hilum.port, IDLE):
            return {"with idle": once(), "alone": alone}


class Case:
    """What a measurement is called, in which unit, and which ratios it must reach."""

    def __init__(self, name: str, title: str, unit: str, first: str, bounds: dict, is_time: bool = False):
        self.name, self.title, self.unit, self.first, self.bounds, self.is_time = (
            name, title, unit, first, bounds, is_time)

    def result(self, rounds: list[dict]) -> dict:
        columns = {server: [r[server] for r in rounds] for server in rounds[0]}
        medians = {server: statistics.median(values) for server, values in columns.items()}
        ratios = {peer: medians[self.first] / medians[peer] for peer in self.bounds}
        return {
            "case": self.name, "title": self.title, "unit": self.unit, "median": medians,
            "spread": {server: [min(v), max(v)] for server, v in columns.items()}, "ratio": ratios,
            "target": {peer: f"{'≤' if self.is_time else '≥'} {bound}" for peer, bound in self.bounds.items()},
            "reached": all((ratios[p] <= b) if self.is_time else (ratios[p] >= b) for p, b in self.bounds.items())}


CASES = [
    Case("echo", "gRPC unary echo of 1 KiB, `h2load -c10 -m10` (nginx: a 1 KiB file)", "/s", HILUM,
         {GRPCIO: 5.0, NGINX: 1.0}),
    Case("http1", "HTTP/1.1 keep-alive, small answer, `wrk -t1 -c32`", "/s", HILUM, {NGINX: 0.6}),
    Case("upload_http1", "64 MiB unary upload, Connect over HTTP/1.1 (nginx: discarded)", "MB/s", HILUM, {NGINX: 0.6}),
    Case("upload_http2", "64 MiB unary upload, gRPC over HTTP/2 (nginx: read, then dropped)", "MB/s", HILUM,
         {NGINX: 0.6}),
    Case("idle", f"p99 of the echo with {IDLE} idle connections", "ms", "with idle", {"alone": 1.5}, is_time=True),
]


def table(results: list[dict]) -> str:
    lines = ["| case | measured (lowest–highest) | ratio | target |", "|---|---|---|---|"]
    for r in results:
        digits = 2 if r["unit"] == "ms" else 0
        measured = "<br>".join(
            f"{server} {r['median'][server]:,.{digits}f} {r['unit']} ({low:,.{digits}f}–{high:,.{digits}f})"
            for server, (low, high) in r["spread"].items())
        ratios = "<br>".join(f"{ratio:.2f} of {peer}" for peer, ratio in r["ratio"].items())
        lines.append(f"| {r['title']} | {measured} | {ratios} | {'<br>'.join(r['target'].values())} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", help="parts of case names; none: all cases")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2, help="of each rate measurement")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        parser.error("two cores are needed: one for the server, one for the load")
    server_core, load_core = cores[:2]
    os.sched_setaffinity(0, {load_core})

    cases = [c for c in CASES if not options.cases or any(part in c.name for part in options.cases)]
    rounds = {case.name: [] for case in cases}
    bench = Bench(server_core, options.seconds)
    try:
        bench.check()
        for number in range(options.rounds):
            for case in cases:
                rounds[case.name].append(getattr(bench, case.name)())
            print(f"round {number + 1} of {options.rounds}", flush=True)
    finally:
        bench.close()

    results = [case.result(rounds[case.name]) for case in cases]
    print(f"\nOne core for each server (one event loop, one worker), one for the load; medians of {options.rounds} "
          f"interleaved rounds\n\n{table(results)}")
    (OUT / "rpc.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
