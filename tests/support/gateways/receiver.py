"""Takes the receipts of gateways in a test of the gateways themselves, where Redress is not there to take them.

    with Receiver() as receiver:
        receiver.url                     # "http://127.0.0.1:PORT"
        receiver.wait(2)                 # [Received], in the order in which they came
        receiver.answer = (503, b"")     # from the next one on
"""
import http.server
import threading
import time

from gateways.process import until


class Received:
    def __init__(self, method, path, headers, body):
        self.method, self.headers, self.body, self.at = method, headers, body, time.monotonic()
        self.path, _, self.query = path.partition("?")


class Receiver:
    def __init__(self, answer=(200, b"")):
        self.answer, self.requests = answer, []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def take(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver.requests.append(Received(self.command, self.path, self.headers, body))
                status, said = receiver.answer
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)
            do_GET = do_POST = take

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def wait(self, count, seconds=10):
        until(lambda: len(self.requests) >= count, "%d receipts" % count, seconds)
        return self.requests
