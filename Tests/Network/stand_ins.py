"""Stand-ins for replicas of both services, all in one process: each works on one call at a time, for a fixed time that
costs no processor.

    stand_ins.py STUBS SECONDS HOST:PORT…

Like the services, they say by their health check that they drain on SIGTERM, go on for a second, finish, and exit 0.
"""

import asyncio
import signal
import sys

stubs, seconds, places = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
sys.path.insert(0, stubs)
from hilum.v1 import classifier_pb2, planning_pb2  # noqa: E402

GRACE = 1
SERVING, NOT_SERVING = b"\x08\x01", b"\x08\x02"
QUALITY = classifier_pb2.ImageQuality(grade=classifier_pb2.ImageQuality.GRADABLE)
ANSWERS = {
    b"/hilum.v1.ClassifierService/Classify": classifier_pb2.ClassifyResponse(quality=QUALITY).SerializeToString(),
    b"/hilum.v1.PlanningService/PlanViews": planning_pb2.PlanViewsResponse().SerializeToString(),
}


class Replica:
    def __init__(self):
        self.turn, self.health, self.calls = asyncio.Lock(), SERVING, 0

    async def answer(self, path):
        if path == b"/grpc.health.v1.Health/Check":
            return self.health
        self.calls += 1
        async with self.turn:
            await asyncio.sleep(seconds)
        self.calls -= 1
        return ANSWERS[path]

    async def serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.split(b"\r\n")
                fields = dict(line.lower().split(b": ", 1) for line in lines[1:] if line)
                if fields.get(b"expect"):
                    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                await reader.readexactly(int(fields.get(b"content-length", 0)))
                body = await self.answer(lines[0].split(b" ")[1])
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n%s"
                    % (fields[b"content-type"], len(body), body)
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def main():
    replicas, servers = [Replica() for _ in places], []
    for replica, place in zip(replicas, places):
        host, port = place.split(":")
        servers.append(await asyncio.start_server(replica.serve, host, port, limit=1 << 22, backlog=512))
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    await told.wait()
    for replica in replicas:
        replica.health = NOT_SERVING
    await asyncio.sleep(GRACE)
    for server in servers:
        server.close()
    while any(replica.calls for replica in replicas):
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.02)


asyncio.run(main())
