import { dirname, join } from "node:path";

import { KeyElsewhere } from "../chains/keys/KeyElsewhere.ts";
import type { KeyRole, KeySource } from "../chains/keys/KeySource.ts";
import { type AskPassword, passwordOf } from "../chains/keys/passwordOf.ts";
import { isLoopback } from "../chains/networks/isLoopback.ts";
import { type NetworkFile, storageUrls } from "../chains/networks/networkFile.ts";
import type { NodeFile } from "../chains/networks/nodeFile.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { systemClock } from "../protocol/Clock.ts";
import { shownUrl } from "../protocol/shownUrl.ts";
import type { AuthorizeWrite } from "../storage/BlockClient.ts";
import type { ContentStore } from "../storage/ContentStore.ts";
import { Holdings } from "../storage/Holdings.ts";
import { KuboStore } from "../storage/KuboStore.ts";
import { RemoteStore } from "../storage/RemoteStore.ts";
import { signWrites } from "../storage/writeSignature.ts";

/** Whose keys sign writes, the first that is here. */
const SIGNERS: readonly KeyRole[] = ["aggregator", "publisher", "device", "twin", "party"];

/** Where an organisation's list of what it pinned is. */
function pinsPath(networkFile: string): string {
  return join(dirname(networkFile), "pins.sqlite");
}

/** Files as whoever has only public files reads them. */
export function publicStorage(network: Pick<NetworkFile, "storage">): ContentStore {
  return new RemoteStore({ servers: storageUrls(network) });
}

/**
 * The storage of an organisation, as its node file says.
 *
 * @param own - `networkFile`: its path; the list of pins is beside it. `keys`: what its process signs with.
 * @throws `NODE_FILE_INVALID` for a token that would be sent in the clear; those of `passwordOf`, `Holdings.open`.
 */
export async function ownStorage(
  network: Pick<NetworkFile, "storage">,
  node: Pick<NodeFile, "storage"> | undefined,
  own: { networkFile: string; keys?: KeySource; ask?: AskPassword | undefined },
): Promise<ContentStore> {
  const place = node?.storage;
  if (place !== undefined && "kubo" in place) return kuboStorage(network, place, own);
  const first = place?.url;
  const servers = [...new Set([...(first === undefined ? [] : [first]), ...storageUrls(network)])];
  const writesTo = servers[0]!;
  const token =
    place?.token === undefined
      ? undefined
      : await passwordOf(place.token, `the token for ${new URL(writesTo).host}`, own.ask);
  if (token !== undefined) requireSecret(writesTo);
  // The public development keys sign nothing: servers on this machine need no leave, and no other believes them.
  const signer = node === undefined ? undefined : signerOf(own.keys);
  const signs = signer && signWrites(signer, systemClock);
  const bearer: AuthorizeWrite | undefined = token === undefined ? undefined : async () => `Bearer ${token}`;
  return new RemoteStore(
    { servers },
    { authorize: (server) => (server === writesTo ? (bearer ?? signs) : signs) },
  );
}

/** The Kubo store of an organisation; with it, what was pinned by it is on a list beside the network file. */
async function kuboStorage(
  network: Pick<NetworkFile, "storage">,
  place: Extract<NonNullable<NodeFile["storage"]>, { kubo: string }>,
  { networkFile, ask }: { networkFile: string; ask?: AskPassword | undefined },
): Promise<KuboStore> {
  const { kubo, authorization, gateways } = place;
  return new KuboStore(
    {
      url: kubo,
      gateways: [...new Set([...gateways, ...storageUrls(network)])],
      ...(authorization && { authorization: await passwordOf(authorization, `the Kubo node ${kubo}`, ask) }),
    },
    { pins: Holdings.open(pinsPath(networkFile)) },
  );
}

function signerOf(keys: KeySource | undefined) {
  if (keys === undefined) return undefined;
  for (const role of SIGNERS) {
    for (let index = 0; ; index++) {
      try {
        const key = keys.key(role, index);
        if (!(key instanceof KeyElsewhere)) return key;
      } catch (error) {
        if (error instanceof BaseError && error.code === "KEY_MISSING") break;
        throw error;
      }
    }
  }
  return undefined;
}

function requireSecret(url: string): void {
  const { protocol, hostname } = new URL(url);
  if (protocol === "https:" || isLoopback(hostname)) return;
  throw new BaseError("NODE_FILE_INVALID", `The token for ${shownUrl(url)} would be sent in the clear.`, {
    details: "Whoever reads it on its way can write in this organisation's name.",
    next: "Give the server's https URL, or leave out storage.token: writes are signed then.",
  });
}
