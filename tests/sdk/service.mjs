// SPDX-License-Identifier: Apache-2.0
// The service side of an emulator, by the SDKs that back ends use.
import { sdk } from './sdk.mjs';

const { Client, Registry } = sdk('azure-iothub');
const { ProvisioningServiceClient } = sdk('azure-iot-provisioning-service');

export const registryOf = (emulator) => Registry.fromConnectionString(emulator.info.hubServiceConnectionStrings[emulator.hub]);

/// Calls methods; messages, which this class sends by AMQP, are not served.
export const methodsOf = (emulator) => Client.fromConnectionString(emulator.info.hubServiceConnectionStrings[emulator.hub]);

export const enrollmentsOf = (emulator) => ProvisioningServiceClient.fromConnectionString(emulator.info.dpsServiceConnectionString);

/// All pages of a query, each asked for with the token of the one before: without it, the SDK asks for the first one again.
export async function pages(query) {
  const found = [];
  do {
    const answer = await query.next(query.continuationToken);
    found.push(answer.result ?? answer.responseBody);
  } while (query.hasMoreResults);
  return found;
}
