# SPDX-License-Identifier: Apache-2.0
"""An agent as an application sees it (docs/socket-api.md, text form), for tests that need no more."""
import socketserver
import threading
import time
from pathlib import Path


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        target = self.rfile.readline().decode().split(" ")[1]
        length = 0
        while (line := self.rfile.readline().strip()):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        self.rfile.read(length)
        if target == "/v1/identity/events":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\nprovisioned AppB hub.example/press-7/AppB\n")
            self.rfile.read()  # until the application hangs up
        elif target == "/v1/identity/connection-string":
            self.answer("HostName=hub.example;DeviceId=press-7;ModuleId=AppB;SharedAccessSignature="
                        f"SharedAccessSignature sr=r&sig=s&se={int(time.time()) + 3600}")
        else:
            self.answer("hub.example/press-7/AppB")

    def answer(self, text):
        self.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode())


class StandInAgent(socketserver.ThreadingUnixStreamServer):
    """Listens at the socket in a thread of its own while it is entered."""

    daemon_threads = True

    def __init__(self, socket):
        super().__init__(str(socket), _Handler)

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
        Path(self.server_address).unlink()
