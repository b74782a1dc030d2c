"""HTTP/1.1 on asyncio's bare protocols: a server that can also misbehave as real ones do (no answer, two, a closed connection),
and is quick enough to be measured against; and a client for receipts."""
import asyncio
import collections
import json
import urllib.parse

REASONS = {200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 400: "Bad Request", 401: "Unauthorized",
           403: "Forbidden", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error",
           503: "Service Unavailable"}
MAX_HEAD, MAX_BODY = 65536, 4 << 20


class Request:
    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.method, target, _ = lines[0].split(" ", 2)
        self.path, _, self.query = target.partition("?")
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()
        self.body = body

    @property
    def params(self):
        """Of the query; the last one of a name counts."""
        return dict(urllib.parse.parse_qsl(self.query, keep_blank_values=True))

    @property
    def form(self):
        return dict(urllib.parse.parse_qsl(self.body.decode("utf-8"), keep_blank_values=True))

    @property
    def json(self):
        return json.loads(self.body)


class Answer:
    def __init__(self, status, body=b"", content_type="application/json", headers=()):
        self.status, self.body, self.content_type, self.headers = status, body, content_type, headers

    @classmethod
    def of(cls, value, status=200, headers=()):
        return cls(status, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), headers=headers)

    def bytes(self):
        lines = ["HTTP/1.1 %d %s" % (self.status, REASONS.get(self.status, "Status"))]
        if self.status != 204:
            lines += ["Content-Type: " + self.content_type, "Content-Length: %d" % len(self.body)]
        lines += ["%s: %s" % header for header in self.headers]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.body


class ServerConnection(asyncio.Protocol):
    """Calls handle(request, self); which ends with answer(), answer_twice(), hang() or close()."""

    def __init__(self, handle):
        self.handle, self.buffer, self.busy, self.transport = handle, b"", False, None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        self.go_on()

    def go_on(self):
        while not self.busy and (request := self.next_request()):
            self.busy = True
            self.handle(request, self)

    def next_request(self):
        """None: not all of it is here."""
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self.buffer) > MAX_HEAD:
                self.close()
            return None
        request = Request(self.buffer[:end], b"")
        if request.headers.get("expect", "").lower() == "100-continue" and len(self.buffer) == end + 4:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = int(request.headers.get("content-length", 0))
        if length > MAX_BODY or "transfer-encoding" in request.headers:
            self.close()
            return None
        if len(self.buffer) < end + 4 + length:
            return None
        request.body, self.buffer = self.buffer[end + 4:end + 4 + length], self.buffer[end + 4 + length:]
        return request

    def answer(self, answer):
        if self.transport.is_closing():
            return
        self.transport.write(answer.bytes())
        self.busy = False
        if self.buffer:
            asyncio.get_running_loop().call_soon(self.go_on)

    def answer_twice(self, answer):
        """What comes second belongs to no request."""
        self.transport.write(answer.bytes() * 2)
        self.busy = False

    def hang(self):
        """Never answers; the connection stays until the other side gives up."""

    def close(self):
        self.transport.abort()


async def listen(handle, port=0):
    """Returns the server and its port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: ServerConnection(handle), "127.0.0.1", port, backlog=1024)
    return server, server.sockets[0].getsockname()[1]


class Pool:
    """Connections for sending receipts, kept open and given back."""

    def __init__(self, limit=32, timeout=10):
        self.idle, self.slots, self.timeout = collections.defaultdict(list), asyncio.Semaphore(limit), timeout

    async def send(self, method, url, body=b"", headers=()):
        """Status of the answer and its body; 0 where there was none."""
        async with self.slots:
            try:
                return await asyncio.wait_for(self.exchange(method, url, body, headers), self.timeout)
            except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, ValueError):
                return 0, b""

    def kept(self, place):
        """One that is open still; None where there is none: servers close what is idle."""
        while self.idle[place]:
            reader, writer = self.idle[place].pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return None

    async def exchange(self, method, url, body, headers):
        parts = urllib.parse.urlsplit(url)
        place = (parts.hostname, parts.port or 80)
        reader, writer = self.kept(place) or await asyncio.open_connection(*place)
        try:
            target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
            lines = ["%s %s HTTP/1.1" % (method, target), "Host: " + parts.netloc, "Content-Length: %d" % len(body)]
            writer.write("\r\n".join(lines + ["%s: %s" % header for header in headers]).encode() + b"\r\n\r\n" + body)
            status, answer, keep = await read_answer(reader)
        except BaseException:
            writer.close()
            raise
        if keep:
            self.idle[place].append((reader, writer))
        else:
            writer.close()
        return status, answer


async def read_answer(reader):
    """(status, body, whether the connection may be used again)"""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    fields = dict((name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:] if line))
    body = await reader.readexactly(int(fields.get("content-length", 0)))
    return int(lines[0].split(" ")[1]), body, fields.get("connection", "").lower() != "close"
