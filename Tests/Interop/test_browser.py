"""Chromium calls by `fetch`, from pages of the server and of another origin: Connect, its streams and gRPC-Web."""

import http.server
import threading

import pytest

from conftest import ConformanceServer

SERVICE = "/hilum.conformance.v1.ConformanceService"

# What every script has: envelopes of bytes, and the messages in an answer.
TOOLS = """
const done = arguments[arguments.length - 1];
const envelope = text => {
  const message = new TextEncoder().encode(text);
  const bytes = new Uint8Array(5 + message.length);
  new DataView(bytes.buffer).setUint32(1, message.length);
  bytes.set(message, 5);
  return bytes;
};
const envelopes = buffer => {
  const view = new DataView(buffer), found = [];
  for (let at = 0; at < buffer.byteLength; at += 5 + view.getUint32(at + 1)) {
    const message = new Uint8Array(buffer, at + 5, view.getUint32(at + 1));
    found.push([view.getUint8(at), new TextDecoder().decode(message)]);
  }
  return found;
};
const post = (method, type, body) => fetch(arguments[0] + "%s/" + method, {
  method: "POST", headers: {"content-type": type, "x-a": "b"}, body: body});
const fail = error => done("error: " + error);
""" % SERVICE


class Page(http.server.BaseHTTPRequestHandler):
    """An empty page of another origin."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module", params=["same origin", "other origin"])
def place(request, tmp_path_factory):
    """A server, and the address of a page that calls it."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        origin = f"http://127.0.0.1:{pages.server_port}"
        server = ConformanceServer(tmp_path_factory.mktemp("browser"), "--cors-origins", origin)
        yield server, server.url + "/page" if request.param == "same origin" else origin
        assert server.stop() == 0
        pages.shutdown()


@pytest.fixture
def run(browser, place):
    """Runs a script in the page; gives what it hands to `done`."""
    server, page = place
    browser.get(page)
    return lambda script: browser.execute_async_script(TOOLS + script, server.url)


def test_a_page_of_an_origin_that_is_not_named_may_not_call(browser, new_conformance):
    server = new_conformance("--cors-origins", "http://elsewhere.example")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        browser.get(f"http://127.0.0.1:{pages.server_port}")
        call = """post("Unary", "application/json", "{}").then(answer => done(answer.status)).catch(fail);"""
        assert "Failed to fetch" in browser.execute_async_script(TOOLS + call, server.url)
        pages.shutdown()


def test_connect(run):
    assert run("""
      post("Unary", "application/json", '{"payload":"aGVsbG8"}')
        .then(async answer => done([answer.status, answer.headers.get("x-a"), await answer.json()])).catch(fail);
    """) == [200, "b", {"payload": "aGVsbG8=", "receivedBytes": "5"}]


def test_connect_by_get(run):
    assert run("""
      fetch(arguments[0] + "%s/Look?connect=v1&encoding=json&message=" + encodeURIComponent('{"payload":"aGVsbG8"}'))
        .then(async answer => done([answer.status, (await answer.json()).payload])).catch(fail);
    """ % SERVICE) == [200, "aGVsbG8="]


def test_connect_tells_an_error(run):
    status, error = run("""
      post("Unary", "application/json", '{"failure":{"code":5,"message":"none"}}')
        .then(async answer => done([answer.status, await answer.json()])).catch(fail);
    """)
    assert (status, error["code"], error["message"]) == (404, "not_found", "none")


def test_a_stream_of_connect_comes_piece_by_piece(run):
    """The first message is there long before the last is made."""
    first, total = run("""
      const begin = performance.now();
      post("ServerStream", "application/connect+json", envelope('{"answers":4,"delayMs":300}')).then(async answer => {
        const reader = answer.body.getReader();
        await reader.read();
        const first = performance.now() - begin;
        while (!(await reader.read()).done) {}
        done([first, performance.now() - begin]);
      }).catch(fail);
    """)
    assert total > 1100 and first < total - 600


@pytest.mark.parametrize("form", ["+json", "-text+json"])
def test_grpc_web(run, form):
    body = "envelope(message)" if form == "+json" else "btoa(String.fromCharCode(...envelope(message)))"
    read = (
        "await answer.arrayBuffer()" if form == "+json"
        else "Uint8Array.from((await answer.text()).match(/.{4}/g).map(atob).join(''), c => c.charCodeAt(0)).buffer"
    )  # fmt: skip
    parts = run(f"""
      const message = '{{"payload":"aGVsbG8","answers":2}}';
      post("ServerStream", "application/grpc-web{form}", {body})
        .then(async answer => done(envelopes({read}))).catch(fail);
    """)
    assert [flags for flags, _ in parts] == [0, 0, 128]
    assert '"payload":"aGVsbG8="' in parts[0][1] and "grpc-status: 0" in parts[2][1]


def test_aborting_a_fetch_cancels_the_handler(browser, new_conformance):
    server = new_conformance()
    browser.get(server.url + "/page")
    browser.execute_script(f"""
      window.controller = new AbortController();
      fetch("{SERVICE}/Unary", {{method: "POST", headers: {{"content-type": "application/json"}},
        body: '{{"delayMs":60000}}', signal: controller.signal}}).catch(() => {{}});
    """)
    server.eventually("hilum_queue_running_requests", 1)
    browser.execute_script("controller.abort()")
    server.eventually("hilum_conformance_cancelled_total", 1)
