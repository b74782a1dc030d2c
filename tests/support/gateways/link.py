"""A bad line between Redress and a server on this machine: late, in slices, broken off.

    with Link(cloud.port("http")) as link:        # link.port instead of the server's
        link.delay = (0.01, 0.05)                 # seconds, before each piece
        link.slice = 1                            # bytes of a piece
        link.broken = 0.2                         # chance that a connection is reset in the middle
        link.silent = True                        # takes connections and passes nothing on: half-open
"""
import random
import socket
import struct
import threading
import time

LINGER_RESET = struct.pack("ii", 1, 0)  # close() sends a reset
CHUNK = 65536


class Link:
    def __init__(self, port, seed=1):
        self.target, self.random = port, random.Random(seed)
        self.delay, self.slice, self.broken, self.silent = (0, 0), CHUNK, 0, False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sockets, self.resets = [], 0

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        for s in self.sockets:
            s.close()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            self.sockets.append(near)
            if self.silent:
                continue
            far = socket.create_connection(("127.0.0.1", self.target))
            self.sockets.append(far)
            breaks = self.random.random() < self.broken
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self.carry, args=(source, sink, breaks), daemon=True).start()

    def carry(self, source, sink, breaks):
        try:
            while data := source.recv(min(CHUNK, self.slice * 64)):
                for at in range(0, len(data), self.slice):
                    time.sleep(self.random.uniform(*self.delay))
                    if breaks and self.random.random() < 0.1:
                        self.reset(source, sink)
                        return
                    sink.sendall(data[at:at + self.slice])
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def reset(self, *sockets):
        self.resets += 1
        for s in sockets:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
            s.close()
