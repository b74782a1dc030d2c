"""Somebody's HTTP, in the test's own process.

    provider = Provider()
    provider.url("/sms")
    provider.say = lambda path, body: (200, {"code": "0"})     # (status, body) of the next answers; waits before it, if it wants
    provider.heard                                             # [(path, body)] in the order in which they came
    provider.most                                              # calls under way at a time, at most so far
    provider.close()
"""
import http.server
import json
import threading
import uuid


class Server(http.server.ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 128


class Provider:
    def __init__(self):
        self.heard, self.running, self.most, self.lock = [], 0, 0, threading.Lock()
        self.say = lambda path, body: (200, {"code": "0", "sid": uuid.uuid4().hex})
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version, disable_nagle_algorithm = "HTTP/1.1", True

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status, said = provider.answer(self.path, body)
                said = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path, body):
        with self.lock:
            self.heard.append((path, body))
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            return self.say(path, body)
        finally:
            with self.lock:
                self.running -= 1

    def url(self, path):
        return "http://127.0.0.1:%d%s" % (self.server.server_port, path)

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def times(self, message, path=""):
        return sum(message in body and heard.startswith(path) for heard, body in self.heard)
