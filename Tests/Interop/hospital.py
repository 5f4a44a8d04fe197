"""What a hospital has behind a gateway, small: archives (STOW-RS, DICOM), a FHIR server, a webhook's receiver and an HL7
engine.

Each takes what comes, counts it, and can be told to be away or to refuse.
"""

import email
import email.policy
import http.server
import io
import json
import socketserver
import ssl
import threading
import time

import pydicom
import pynetdicom
from pynetdicom import evt
from pynetdicom.sop_class import (
    Comprehensive3DSRStorage,
    MRImageStorage,
    SecondaryCaptureImageStorage,
    StorageCommitmentPushModel,
    StorageCommitmentPushModelInstance,
)

CLASSES = (Comprehensive3DSRStorage, SecondaryCaptureImageStorage, MRImageStorage)


class HTTPPeers:
    """Archive at /studies, FHIR at /fhir, webhook at /hook, on one port."""

    def __init__(self, port=0):
        self.instances = {}  # SOP Instance UID → the bytes of each time it came
        self.bundles = []
        self.notices = []  # (fields, body)
        self.lock = threading.Lock()
        self.refuses = 0  # status given in place of taking anything
        self.port = port
        self.server = None
        self.start()

    def start(self):
        peers = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers["content-length"])
                body = self.rfile.read(length)
                if len(body) < length:  # its sender was killed: a part of it is nothing that came
                    self.close_connection = True
                    return
                status = peers.refuses or peers.take(self.path, self.headers, body)
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def take(self, path, fields, body):
        if path == "/studies":
            head = f"content-type: {fields['content-type']}\r\n\r\n".encode()
            for part in email.message_from_bytes(head + body, policy=email.policy.HTTP).iter_parts():
                assert part.get_content_type() == "application/dicom"
                data = part.get_payload(decode=True)
                uid = pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True).SOPInstanceUID
                with self.lock:  # who looks finds all times it came, or none
                    self.instances[str(uid)] = [*self.instances.get(str(uid), []), data]
        elif path == "/fhir":
            self.bundles.append(json.loads(body))
        elif path == "/hook":
            self.notices.append((dict(fields.items()), body))
        else:
            return 404
        return 200


class HL7Engine:
    """An MLLP receiver; `answers` holds the codes of the next acknowledgements, AA when it is empty."""

    def __init__(self, tls=None):
        self.messages = []
        self.answers = []
        engine = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                connection = tls.wrap_socket(self.request, server_side=True) if tls else self.request
                data = b""
                while not data.endswith(b"\x1c\r"):
                    more = connection.recv(3)  # in small pieces
                    if not more:
                        return
                    data += more
                message = data[1:-2]
                engine.messages.append(message)
                control_id = message.split(b"\r")[0].split(b"|")[9]
                code = engine.answers.pop(0) if engine.answers else "AA"
                answer = b"MSH|^~\\&|RIS||HILUM||20260101||ACK^R01|1|P|2.5.1\rMSA|" + code.encode() + b"|" + control_id
                for byte in b"\x0b" + answer + b"\r\x1c\r":
                    connection.sendall(bytes([byte]))
                connection.close()

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Archive:
    """A DICOM archive that commits itself: pynetdicom. `statuses` holds those of the next instances, 0 when empty."""

    def __init__(self, tls=None, port=0, failing=False, classes=CLASSES):
        self.received = []  # (SOP Instance UID, the data set's bytes)
        self.asked = []  # SOP Instance UIDs of requests for commitment
        self.callers = set()
        self.statuses = []
        ae = pynetdicom.AE(ae_title="PACS")
        ae.require_called_aet = True
        for one in classes:
            ae.add_supported_context(one, pydicom.uid.ExplicitVRLittleEndian)
        ae.add_supported_context(StorageCommitmentPushModel)
        handlers = [(evt.EVT_C_STORE, self.store), commitment_provider(lambda uid: failing, self.asked)]
        self.server = ae.start_server(("127.0.0.1", port), block=False, evt_handlers=handlers, ssl_context=tls)
        self.port = self.server.socket.getsockname()[1]

    def store(self, event):
        self.callers.add(event.assoc.requestor.ae_title)
        status = self.statuses.pop(0) if self.statuses else 0
        if status == 0:
            self.received.append((event.request.AffectedSOPInstanceUID, event.request.DataSet.getvalue()))
        return status

    def stop(self):
        self.server.shutdown()


def commitment_provider(is_failing=lambda uid: False, asked=None):
    """pynetdicom that commits, and reports on the same association."""

    def act(event):
        information = event.action_information

        def report():
            time.sleep(0.1)
            answer = pydicom.Dataset()
            answer.TransactionUID = information.TransactionUID
            items = list(information.ReferencedSOPSequence)
            lost = [one for one in items if is_failing(one.ReferencedSOPInstanceUID)]
            answer.ReferencedSOPSequence = [one for one in items if one not in lost]
            for one in lost:
                one.FailureReason = 0x0112
            if lost:
                answer.FailedSOPSequence = lost
            event.assoc.send_n_event_report(
                answer, 2 if lost else 1, StorageCommitmentPushModel, StorageCommitmentPushModelInstance
            )

        if asked is not None:
            asked.extend(one.ReferencedSOPInstanceUID for one in information.ReferencedSOPSequence)
        threading.Thread(target=report).start()
        return 0, None

    return (evt.EVT_N_ACTION, act)


def server_context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
