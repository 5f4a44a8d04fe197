"""Load from a thread of its own: studies that are sent until they are acknowledged, and calls that are answered at once."""

import asyncio
import dataclasses
import threading
import time

FIELDS = "POST %s HTTP/1.1\r\nhost: hilum\r\ncontent-type: application/proto\r\ncontent-length: %d\r\nconnect-timeout-ms: %d\r\n\r\n"
SUBMIT, CLASSIFY, PLAN = (
    "/hilum.v1.TriageService/Submit",
    "/hilum.v1.ClassifierService/Classify",
    "/hilum.v1.PlanningService/PlanViews",
)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """One request: when it ended, by the monotonic clock, how long it took, and what went wrong, if anything did."""

    at: float
    path: str
    seconds: float
    fault: str


class Connection:
    """One request after the other over HTTP/1.1, connected anew after a fault."""

    def __init__(self, host, port, timeout):
        self.host, self.port, self.timeout, self.streams = host, port, timeout, None

    async def post(self, path, body):
        """The fault, or an empty text."""
        try:
            return await asyncio.wait_for(self.exchange(path, body), self.timeout + 1)
        except (OSError, EOFError, asyncio.TimeoutError) as error:
            self.close()
            return type(error).__name__

    async def exchange(self, path, body):
        if self.streams is None:
            self.streams = await asyncio.open_connection(self.host, self.port, limit=1 << 22)
        reader, writer = self.streams
        writer.write((FIELDS % (path, len(body), self.timeout * 1000)).encode())
        writer.write(body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = head.split(" ", 2)[1]
        length = next(line for line in head.split("\r\n") if line.startswith("content-length:")).split(":")[1]
        answer = await reader.readexactly(int(length))
        if "connection: close" in head:
            self.close()
        if status != "200":
            return f"{status} {answer[:100].decode(errors='replace')}"
        return ""

    def close(self):
        if self.streams:
            self.streams[1].close()
        self.streams = None


class Load:
    """Workers, each with a connection and one request at a time, until `stop`."""

    def __init__(self, host, port, timeout=8):
        self.place = host, port, timeout
        self.outcomes, self.acknowledged, self.loop = [], {}, asyncio.new_event_loop()
        self.going, self.workers = threading.Event(), []
        self.going.set()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def call(self, path, bodies, workers, pause=0.0):
        """`workers` that call with bodies of this endless iterator."""
        for _ in range(workers):
            self.start(self.calling(path, bodies, pause))

    def submit(self, studies, encode, workers, pause=0.0):
        """`workers` that send studies, each until it is acknowledged."""
        for _ in range(workers):
            self.start(self.submitting(studies, encode, pause))

    def start(self, worker):
        self.workers.append(asyncio.run_coroutine_threadsafe(worker, self.loop))

    async def calling(self, path, bodies, pause):
        connection = Connection(*self.place)
        while self.going.is_set():
            await self.request(connection, path, next(bodies))
            await asyncio.sleep(pause)
        connection.close()

    async def submitting(self, studies, encode, pause):
        connection = Connection(*self.place)
        while self.going.is_set() and (study := next(studies, None)):
            body = encode(study)
            while await self.request(connection, SUBMIT, body):
                await asyncio.sleep(0.1)
            self.acknowledged[study.uid] = len(study.instances)
            await asyncio.sleep(pause)
        connection.close()

    async def request(self, connection, path, body):
        begun = time.monotonic()
        fault = await connection.post(path, body)
        now = time.monotonic()
        self.outcomes.append(Outcome(now, path, now - begun, fault))
        return fault

    def between(self, begin, end):
        return [one for one in self.outcomes if begin <= one.at <= end]

    def stop(self):
        """Ends once the requests that are out are answered."""
        self.going.clear()
        for worker in self.workers:
            worker.result(60)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
