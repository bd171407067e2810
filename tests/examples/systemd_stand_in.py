#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plays systemd for one unit where there is none: loads its credentials, runs its program, and starts it again.

usage: systemd_stand_in.py UNIT_FILE PROGRAM CREDENTIAL_SOCKET

The unit file says which credentials, and how long to wait between two starts. PROGRAM stands for ExecStart=, and
CREDENTIAL_SOCKET for the path of LoadCredential=, since neither is installed. As systemd does, it connects as root from
an abstract address that holds the unit's name and the credential's: systemd.exec(5), LoadCredential=.
"""
import configparser
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def load_credential(unit, name, path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.bind(f"\0{secrets.token_hex(8)}/unit/{unit}/{name}")
        peer.connect(path)
        content = b""
        while chunk := peer.recv(4096):
            content += chunk
    return content


def start(unit, credentials, program, path):
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, CREDENTIALS_DIRECTORY=folder, RUNTIME_DIRECTORY=folder)
        for name in credentials:
            content = load_credential(unit, name, path)
            if not content:
                raise OSError(f"credential {name} is empty")
            Path(folder, name).write_bytes(content)
        with subprocess.Popen([program], env=environment, start_new_session=True) as child:
            try:
                child.wait()
            finally:
                with contextlib.suppress(ProcessLookupError):  # the whole group may have ended
                    os.killpg(child.pid, signal.SIGTERM)


def main():
    file, program, path = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(file)
    service = parser["Service"]
    credentials = [service["LoadCredential"].split(":")[0]]
    while True:
        try:
            start(Path(file).name, credentials, program, path)
        except OSError as error:
            print(f"{Path(file).name}: {error}", file=sys.stderr)
        time.sleep(float(service["RestartSec"]))


if __name__ == "__main__":
    main()
