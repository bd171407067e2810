# SPDX-License-Identifier: Apache-2.0
"""An emulator of its own for a test class, and the services' side of it over HTTPS."""
import base64
import hashlib
import hmac
import json
import os
import ssl
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

HUB_API = "2021-04-12"
DPS_API = "2021-10-01"
TOKEN_LIFE_SECONDS = 3600


def signed(key, text):
    """HMAC-SHA256 of a text by a base64 key, in base64: how tokens are signed, and a group's device derives its key."""
    return base64.b64encode(hmac.digest(base64.b64decode(key), text.encode(), hashlib.sha256)).decode()


def parsed(connection_string):
    return dict(part.split("=", 1) for part in connection_string.split(";"))


def policy_token(connection_string):
    policy = parsed(connection_string)
    resource = urllib.parse.quote(policy["HostName"], safe="")
    expiry = int(time.time()) + TOKEN_LIFE_SECONDS
    signature = urllib.parse.quote(signed(policy["SharedAccessKey"], f"{resource}\n{expiry}"), safe="")
    return f"SharedAccessSignature sr={resource}&sig={signature}&se={expiry}&skn={policy['SharedAccessKeyName']}"


class Emulator:
    """A running emulator on the standard ports, which a network namespace has free. Its data is gone when it stops."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="da-")
        self.folder = Path(self._folder.name)
        program = Path(os.environ["DEVICE_AGENT_BIN"], "iot-emulator")
        command = [program, "run", "--data", self.folder, "--memory"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        if not any(line.startswith("READY") for line in self._process.stdout):
            raise RuntimeError(f"{program} ended with {self._process.wait()} before it was ready")
        self.info = json.loads((self.folder / "emulator.json").read_text())
        self.hub = self.info["hubs"][0]
        self.dps = parsed(self.info["dpsServiceConnectionString"])["HostName"]
        self.ca = Path(self.info["caFile"]).read_text()
        self._tls = ssl.create_default_context(cadata=self.ca)

    def stop(self):
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()
        self._folder.cleanup()

    def hub_service(self, method, path, body=None):
        """A request by the hub's policy iothubowner. Bytes are sent as they are, anything else as JSON."""
        return self._ask(method, f"https://{self.hub}{path}?api-version={HUB_API}", body,
                         policy_token(self.info["hubServiceConnectionStrings"][self.hub]))

    def dps_service(self, method, path, body=None):
        """The same for DPS, by its policy provisioningserviceowner."""
        return self._ask(method, f"https://{self.dps}{path}?api-version={DPS_API}", body,
                         policy_token(self.info["dpsServiceConnectionString"]))

    def telemetry_of(self, device_id):
        """What a device and its modules sent so far, oldest first."""
        query = urllib.parse.urlencode({"deviceId": device_id})
        return self._ask("GET", f"{self.info['controlUrl']}/telemetry?{query}", None,
                         f"Bearer {self.info['controlToken']}")["telemetry"]

    def add_device(self, device_id, **members):
        """Creates a device, with a key that the hub makes; returns its connection string."""
        device = self.hub_service("PUT", f"/devices/{device_id}", {"deviceId": device_id, **members})
        return f"HostName={self.hub};DeviceId={device_id};SharedAccessKey={primary_key(device)}"

    def add_module(self, device_id, module_id):
        path = f"/devices/{device_id}/modules/{module_id}"
        module = self.hub_service("PUT", path, {"deviceId": device_id, "moduleId": module_id})
        return f"HostName={self.hub};DeviceId={device_id};ModuleId={module_id};SharedAccessKey={primary_key(module)}"

    def _ask(self, method, url, body, authorization):
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": authorization, "Content-Type": "application/json"}
        request = urllib.request.Request(url, content, headers, method=method)
        try:
            with urllib.request.urlopen(request, context=self._tls) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {url}: {error.code} {error.read().decode()}") from error
        return json.loads(text) if text else None


def primary_key(identity):
    return identity["authentication"]["symmetricKey"]["primaryKey"]


def self_signed(folder, common_name):
    """A certificate that vouches for itself, and its key: the paths of two PEM files."""
    certificate, key = folder / f"{common_name}.pem", folder / f"{common_name}.key"
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key]
    subprocess.run(["openssl", "req", "-x509", *new_key, "-out", certificate, "-subj", f"/CN={common_name}", "-days", "5"],
                   check=True, capture_output=True)
    return certificate, key


class EmulatorTest(unittest.TestCase):
    """Test cases that share one emulator; each has devices of its own."""

    @classmethod
    def setUpClass(cls):
        cls.emulator = Emulator()
        cls.addClassCleanup(cls.emulator.stop)
