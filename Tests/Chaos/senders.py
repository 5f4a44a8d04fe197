"""Hospital senders: each sends one instance after the other, and sends again what was not acknowledged."""

import collections
import contextlib
import io
import logging
import threading
import time

import grpc
import httpx
import pydicom
import pynetdicom
from pynetdicom.presentation import build_context

BOUNDARY = "hilum-chaos-boundary"
#: How the three ways say that the disk is full.
FULL = {"RESOURCE_EXHAUSTED", "C-STORE A700", "STOW 507"}
logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)


class Queue:
    """What is still to be sent, and what was acknowledged."""

    def __init__(self, instances):
        self.lock = threading.Lock()
        self.left = collections.deque(instances)
        self.acknowledged = set()
        self.refusals = collections.Counter()
        self.duplicates = 0
        self.ways = collections.Counter()
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

    def instances(self, done):
        """One after the other, as long as there may be more."""
        while not done.is_set():
            if instance := self.take():
                yield instance
            else:
                time.sleep(0.05)

    def put_back(self, instance, why):
        with self.lock:
            self.left.append(instance)
            self.refusals[why] += 1

    def refused_for_space(self):
        return sum(self.refusals[why] for why in FULL)

    def acknowledge(self, instance, way, was_duplicate=False):
        with self.lock:
            self.ways[way] += instance.uid not in self.acknowledged
            self.acknowledged.add(instance.uid)
            self.duplicates += was_duplicate


def by_store(queue, gateways, stubs, done):
    """Sends by C-STORE, over an association to the next gateway after each failure."""
    entity, turn, association = pynetdicom.AE("CHAOS"), 0, None
    entity.requested_contexts = [
        build_context(uid, "1.2.840.10008.1.2.1") for uid in ("1.2.840.10008.5.1.4.1.1.1.1", "1.2.840.10008.5.1.4.1.1.4")
    ]  # fmt: skip
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 30
    for instance in queue.instances(done):
        why = "C-STORE not connected"
        if association is None or not association.is_established:
            association = entity.associate("127.0.0.1", gateways[turn % len(gateways)].dicom, ae_title="HILUM")
        if association.is_established:
            try:
                status = association.send_c_store(pydicom.dcmread(io.BytesIO(instance.bytes))).get("Status")
                why = "C-STORE lost" if status is None else f"C-STORE {status:04X}"
            except (RuntimeError, ValueError):
                why = "C-STORE lost"
        if why == "C-STORE 0000":
            queue.acknowledge(instance, "C-STORE")
            continue
        queue.put_back(instance, why)
        association.abort()
        association, turn = None, turn + 1
        time.sleep(0.05)


def by_stow(queue, gateways, stubs, done):
    """Sends by STOW-RS, to the next gateway after each failure."""
    fields = {"content-type": f'multipart/related; type="application/dicom"; boundary={BOUNDARY}'}
    head, tail = f"--{BOUNDARY}\r\ncontent-type: application/dicom\r\n\r\n".encode(), f"\r\n--{BOUNDARY}--\r\n".encode()
    turn = 0
    with httpx.Client(timeout=30) as client:
        for instance in queue.instances(done):
            try:
                url = f"http://{gateways[turn % len(gateways)].address}/dicom-web/studies"
                why = f"STOW {client.post(url, content=head + instance.bytes + tail, headers=fields).status_code}"
            except httpx.HTTPError as error:
                why = f"STOW {type(error).__name__}"
            if why == "STOW 200":
                queue.acknowledge(instance, "STOW")
                continue
            queue.put_back(instance, why)
            turn += 1
            time.sleep(0.05)


def by_rpc(queue, gateways, stubs, done):
    """Sends over gRPC, to the next gateway after each failure."""
    pb, rpc, turn = stubs.triage_pb2, stubs.triage_pb2_grpc, 0
    addresses = [gateway.address for gateway in gateways]
    channel = None
    for instance in queue.instances(done):
        try:
            if channel is None:
                channel = grpc.insecure_channel(addresses[turn % len(addresses)], options=[
                    ("grpc.use_local_subchannel_pool", 1), ("grpc.initial_reconnect_backoff_ms", 100),
                    ("grpc.max_reconnect_backoff_ms", 300),
                ])  # fmt: skip
            request = pb.SubmitRequest(instances=[instance.bytes], expected_instances=instance.expected)
            result = rpc.TriageServiceStub(channel).Submit(request, timeout=30).results[0]
            if result.accepted:
                queue.acknowledge(instance, "RPC", result.duplicate)
            else:
                queue.put_back(instance, result.error.reason)
        except grpc.RpcError as error:
            queue.put_back(instance, error.code().name)
            channel.close()
            channel, turn = None, turn + 1
            time.sleep(0.05)
