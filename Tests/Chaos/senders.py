"""Hospital senders: each sends one instance after the other, and sends again what was not acknowledged."""

import collections
import contextlib
import threading
import time

import grpc


class Queue:
    """What is still to be sent, and what was acknowledged."""

    def __init__(self, instances):
        self.lock = threading.Lock()
        self.left = collections.deque(instances)
        self.acknowledged = set()
        self.refusals = collections.Counter()
        self.duplicates = 0
        self.is_paused = False

    @contextlib.contextmanager
    def paused(self):
        """Nothing is given out meanwhile."""
        self.is_paused = True
        try:
            yield
        finally:
            self.is_paused = False

    def take(self):
        with self.lock:
            return self.left.popleft() if self.left and not self.is_paused else None

    def put_back(self, instance, why):
        with self.lock:
            self.left.append(instance)
            self.refusals[why] += 1

    def acknowledge(self, instance, was_duplicate):
        with self.lock:
            self.acknowledged.add(instance.uid)
            self.duplicates += was_duplicate


def by_rpc(queue, addresses, stubs, done):
    """Sends over gRPC, to the next gateway after each failure."""
    pb, rpc, turn = stubs.triage_pb2, stubs.triage_pb2_grpc, 0
    channel = None
    while not done.is_set():
        instance = queue.take()
        if instance is None:
            time.sleep(0.05)
            continue
        try:
            if channel is None:
                channel = grpc.insecure_channel(addresses[turn % len(addresses)], options=[
                    ("grpc.use_local_subchannel_pool", 1), ("grpc.initial_reconnect_backoff_ms", 100),
                    ("grpc.max_reconnect_backoff_ms", 300),
                ])  # fmt: skip
            request = pb.SubmitRequest(instances=[instance.bytes], expected_instances=instance.expected)
            result = rpc.TriageServiceStub(channel).Submit(request, timeout=30).results[0]
            if result.accepted:
                queue.acknowledge(instance, result.duplicate)
            else:
                queue.put_back(instance, result.error.reason)
        except grpc.RpcError as error:
            queue.put_back(instance, error.code().name)
            channel.close()
            channel, turn = None, turn + 1
            time.sleep(0.05)
