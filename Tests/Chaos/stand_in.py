"""A stand-in for both services: answers Classify and PlanViews after a while, over Connect on HTTP/1.1.

    stand_in.py HOST PORT STUBS SECONDS

It is a process of its own, so that it can be killed and cut off; real services would need hours for so many images.
"""

import http.server
import sys
import time

host, port, stubs, seconds = sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
sys.path.insert(0, stubs)
from hilum.v1 import classifier_pb2, common_pb2, planning_pb2  # noqa: E402


def classify(body):
    request = classifier_pb2.ClassifyRequest.FromString(body)
    quality = classifier_pb2.ImageQuality(grade=classifier_pb2.ImageQuality.GRADABLE)
    finding = classifier_pb2.Finding(code="scoliosis", probability=0.9, flagged=len(request.image) % 3 == 0)
    return classifier_pb2.ClassifyResponse(quality=quality, findings=[finding], request_id=request.request_id)


def plan(body):
    request = planning_pb2.PlanViewsRequest.FromString(body)
    return planning_pb2.PlanViewsResponse(request_id=request.request_id)


METHODS = {
    "/hilum.v1.ClassifierService/Classify": classify,
    "/hilum.v1.PlanningService/PlanViews": plan,
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"] or 0))
        if self.path == "/grpc.health.v1.Health/Check":
            answer = b"\x08\x01"  # SERVING
        else:
            time.sleep(seconds)
            answer = METHODS[self.path](body).SerializeToString()
        self.send_response(200)
        self.send_header("content-type", self.headers["content-type"])
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


Server((host, port), Handler).serve_forever()
