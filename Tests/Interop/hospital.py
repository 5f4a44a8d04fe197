"""What a hospital has behind a gateway, small: a STOW-RS archive, a FHIR server, a webhook's receiver and an HL7 engine.

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

import pydicom


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
                body = self.rfile.read(int(self.headers["content-length"]))
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


def server_context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
