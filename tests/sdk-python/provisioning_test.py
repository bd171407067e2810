# SPDX-License-Identifier: Apache-2.0
"""azure-iot-device: devices register with DPS, over MQTT and over MQTT in WebSocket."""
from azure.iot.device import IoTHubDeviceClient, ProvisioningDeviceClient, X509
from azure.iot.device.exceptions import CredentialError

from emulator import EmulatorTest, self_signed, signed

BY_SYMMETRIC_KEY = {"type": "symmetricKey"}


class ProvisioningTest(EmulatorTest):
    # The class below does the same over the other transport.
    websockets = False

    def options(self):
        return {"server_verification_cert": self.emulator.ca, "websockets": self.websockets}

    def enroll(self, registration_id, attestation, **members):
        body = {"registrationId": registration_id, "attestation": attestation, **members}
        self.emulator.dps_service("PUT", f"/enrollments/{registration_id}", body)

    def key_of(self, path):
        return self.emulator.dps_service("POST", f"{path}/attestationmechanism")["symmetricKey"]["primaryKey"]

    def by_symmetric_key(self, registration_id, key):
        return ProvisioningDeviceClient.create_from_symmetric_key(
            self.emulator.dps, registration_id, self.emulator.info["idScope"], key, **self.options())

    def by_certificate(self, registration_id, x509):
        return ProvisioningDeviceClient.create_from_x509_certificate(
            self.emulator.dps, registration_id, self.emulator.info["idScope"], x509, **self.options())

    def assert_assigned(self, result, device_id):
        self.assertEqual(result.status, "assigned")
        self.assertEqual(result.registration_state.assigned_hub, self.emulator.hub)
        self.assertEqual(result.registration_state.device_id, device_id)

    def assert_let_in(self, create, *arguments):
        """The hub knows the device as DPS has just made it."""
        client = create(*arguments, **self.options())
        self.addCleanup(client.shutdown)
        client.connect()
        self.assertTrue(client.connected)

    def test_by_its_own_symmetric_key(self):
        self.enroll("own-key", BY_SYMMETRIC_KEY, deviceId="press-7")
        key = self.key_of("/enrollments/own-key")
        self.assert_assigned(self.by_symmetric_key("own-key", key).register(), "press-7")
        self.assert_let_in(IoTHubDeviceClient.create_from_symmetric_key, key, self.emulator.hub, "press-7")

    def test_by_a_key_derived_from_its_groups(self):
        group = {"enrollmentGroupId": "fleet", "attestation": BY_SYMMETRIC_KEY}
        self.emulator.dps_service("PUT", "/enrollmentGroups/fleet", group)
        key = signed(self.key_of("/enrollmentGroups/fleet"), "press-8")
        self.assert_assigned(self.by_symmetric_key("press-8", key).register(), "press-8")
        self.assert_let_in(IoTHubDeviceClient.create_from_symmetric_key, key, self.emulator.hub, "press-8")

    def test_by_its_certificate(self):
        certificate, key = self_signed(self.emulator.folder, "press-9")
        primary = {"certificate": certificate.read_text()}
        self.enroll("press-9", {"type": "x509", "x509": {"clientCertificates": {"primary": primary}}})
        x509 = X509(cert_file=str(certificate), key_file=str(key))
        self.assert_assigned(self.by_certificate("press-9", x509).register(), "press-9")
        self.assert_let_in(IoTHubDeviceClient.create_from_x509_certificate, x509, self.emulator.hub, "press-9")

    def test_again(self):
        self.enroll("again", BY_SYMMETRIC_KEY)
        key = self.key_of("/enrollments/again")
        for _ in range(2):
            self.assert_assigned(self.by_symmetric_key("again", key).register(), "again")

    def test_a_wrong_key_is_refused(self):
        self.enroll("forged", BY_SYMMETRIC_KEY)
        with self.assertRaises(CredentialError):
            self.by_symmetric_key("forged", signed("AAAA", "another key")).register()

    def test_who_is_not_enrolled_is_refused(self):
        with self.assertRaises(CredentialError):
            self.by_symmetric_key("stranger", signed("AAAA", "stranger")).register()

    def test_another_certificate_is_refused(self):
        certificate, _ = self_signed(self.emulator.folder, "certified")
        primary = {"certificate": certificate.read_text()}
        self.enroll("certified", {"type": "x509", "x509": {"clientCertificates": {"primary": primary}}})
        other, key = self_signed(self.emulator.folder, "certified")
        with self.assertRaises(CredentialError):
            self.by_certificate("certified", X509(cert_file=str(other), key_file=str(key))).register()


class ProvisioningOverWebSocketTest(ProvisioningTest):
    websockets = True
