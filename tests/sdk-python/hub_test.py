# SPDX-License-Identifier: Apache-2.0
"""azure-iot-device: devices and modules at a hub, over MQTT and over MQTT in WebSocket."""
import base64
import hashlib
import queue
import ssl

from azure.iot.device import IoTHubDeviceClient, IoTHubModuleClient, Message, MethodResponse, X509
from azure.iot.device.exceptions import CredentialError

from emulator import EmulatorTest, self_signed, signed

WAIT_SECONDS = 30


class HubTest(EmulatorTest):
    # The class below does the same over the other transport.
    websockets = False

    def options(self):
        return {"server_verification_cert": self.emulator.ca, "websockets": self.websockets, "connection_retry": False}

    def connected(self, kind, connection_string):
        client = kind.create_from_connection_string(connection_string, **self.options())
        self.addCleanup(client.shutdown)
        client.connect()
        return client

    def device(self, device_id):
        return self.connected(IoTHubDeviceClient, self.emulator.add_device(device_id))

    def module(self, device_id):
        self.emulator.add_device(device_id)
        return self.connected(IoTHubModuleClient, self.emulator.add_module(device_id, "AppB"))

    def sends_telemetry(self, client, device_id, module_id):
        message = Message('{"temperature": 21}', "m 1", content_encoding="utf-8", content_type="application/json")
        message.custom_properties["alarm"] = "too hot & loud"
        client.send_message(message)
        (received,) = self.emulator.telemetry_of(device_id)
        self.assertEqual((received["deviceId"], received.get("moduleId") or None), (device_id, module_id))
        self.assertEqual(base64.b64decode(received["body"]), b'{"temperature": 21}')
        self.assertEqual(received["properties"], {"alarm": "too hot & loud"})
        self.assertEqual(received["systemProperties"]["contentType"], "application/json")
        self.assertEqual(received["systemProperties"]["messageId"], "m 1")

    def lives_by_its_twin(self, client, path):
        changes = queue.Queue()
        client.on_twin_desired_properties_patch_received = changes.put
        self.emulator.hub_service("PATCH", path, {"properties": {"desired": {"interval": 5}}})
        self.assertEqual(changes.get(timeout=WAIT_SECONDS), {"interval": 5, "$version": 2})
        client.patch_twin_reported_properties({"interval": 5, "fan": {"speed": 3}})
        client.patch_twin_reported_properties({"fan": None})
        twin = client.get_twin()
        self.assertEqual(twin["desired"], {"interval": 5, "$version": 2})
        self.assertEqual(twin["reported"], {"interval": 5, "$version": 3})
        seen = self.emulator.hub_service("GET", path)
        self.assertEqual(seen["properties"]["reported"]["interval"], 5)
        self.assertEqual(seen["connectionState"], "Connected")

    def answers_methods(self, client, path):
        def answer(request):
            client.send_method_response(MethodResponse(request.request_id, 201, {"mirrored": request.payload}))

        client.on_method_request_received = answer
        call = {"methodName": "mirror", "payload": {"blink": 3}, "responseTimeoutInSeconds": WAIT_SECONDS}
        result = self.emulator.hub_service("POST", f"{path}/methods", call)
        self.assertEqual(result, {"status": 201, "payload": {"mirrored": {"blink": 3}}})

    def test_a_device_sends_telemetry(self):
        self.sends_telemetry(self.device("telemetry"), "telemetry", None)

    def test_a_module_sends_telemetry(self):
        self.sends_telemetry(self.module("telemetry-of-module"), "telemetry-of-module", "AppB")

    def test_a_device_lives_by_its_twin(self):
        self.lives_by_its_twin(self.device("twin"), "/twins/twin")

    def test_a_module_lives_by_its_twin(self):
        self.lives_by_its_twin(self.module("twin-of-module"), "/twins/twin-of-module/modules/AppB")

    def test_a_device_answers_methods(self):
        self.answers_methods(self.device("method"), "/twins/method")

    def test_a_module_answers_methods(self):
        self.answers_methods(self.module("method-of-module"), "/twins/method-of-module/modules/AppB")

    def test_a_device_receives_messages(self):
        client = self.device("messages")
        messages = queue.Queue()
        client.on_message_received = messages.put
        self.emulator.hub_service("POST", "/devices/messages/messages/devicebound", b"hello")
        self.assertEqual(messages.get(timeout=WAIT_SECONDS).data, b"hello")

    def test_a_message_waits_for_its_device(self):
        connection_string = self.emulator.add_device("late")
        self.emulator.hub_service("POST", "/devices/late/messages/devicebound", b"hello")
        client = self.connected(IoTHubDeviceClient, connection_string)
        messages = queue.Queue()
        client.on_message_received = messages.put
        self.assertEqual(messages.get(timeout=WAIT_SECONDS).data, b"hello")

    def test_a_device_comes_back(self):
        client = self.device("again")
        client.disconnect()
        self.assertFalse(client.connected)
        client.connect()
        client.send_message("here again")
        self.assertEqual(len(self.emulator.telemetry_of("again")), 1)

    def test_a_device_connects_by_its_certificate(self):
        certificate, key = self_signed(self.emulator.folder, "certified")
        thumbprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.read_text())).hexdigest()
        authentication = {"type": "selfSigned", "x509Thumbprint": {"primaryThumbprint": thumbprint}}
        self.emulator.hub_service("PUT", "/devices/certified", {"deviceId": "certified", "authentication": authentication})
        client = IoTHubDeviceClient.create_from_x509_certificate(
            X509(cert_file=str(certificate), key_file=str(key)), self.emulator.hub, "certified", **self.options())
        self.addCleanup(client.shutdown)
        client.connect()
        client.send_message("certified")
        self.assertEqual(len(self.emulator.telemetry_of("certified")), 1)

    def test_a_wrong_key_is_refused(self):
        genuine = self.emulator.add_device("forged")
        forged = genuine.rsplit("SharedAccessKey=", 1)[0] + "SharedAccessKey=" + signed("AAAA", "another key")
        client = IoTHubDeviceClient.create_from_connection_string(forged, **self.options())
        self.addCleanup(client.shutdown)
        with self.assertRaises(CredentialError):
            client.connect()

    def test_a_disabled_device_is_refused(self):
        connection_string = self.emulator.add_device("disabled", status="disabled")
        client = IoTHubDeviceClient.create_from_connection_string(connection_string, **self.options())
        self.addCleanup(client.shutdown)
        with self.assertRaises(CredentialError):
            client.connect()


class HubOverWebSocketTest(HubTest):
    websockets = True
