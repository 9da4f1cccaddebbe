import { BaseError } from "../../protocol/BaseError.ts";
import { KeyElsewhere } from "../keys/KeyElsewhere.ts";
import type { KeySource } from "../keys/KeySource.ts";
import type { NetworkFile } from "../networks/networkFile.ts";
import { type JoinFile, type JoinRequest, type JoinRole, signJoin } from "./joinRequest.ts";

/** Who joins. */
export interface Joining {
  organization: string;
  role: JoinRole;
  /** How many keys of the role there are. */
  count: number;
  /** Of devices their twins' addresses, of twins their devices', in the keys' order; undefined for one without. */
  counterparts: readonly (string | undefined)[];
  /** Where each aggregator or validator is asked. */
  urls: readonly string[];
}

/**
 * What the registrars of a network need of those keys of one role that are here, signed by each.
 *
 * @throws `JOIN_INCOMPLETE` where an address or a URL lacks, and those of the keys.
 */
export async function joinRequests(
  network: NetworkFile,
  keys: KeySource,
  joining: Joining,
): Promise<JoinFile> {
  const { organization, role, count, counterparts, urls } = joining;
  const requests: JoinRequest[] = [];
  for (let i = 0; i < count; i++) {
    const key = keys.key(role, i);
    // Somebody else's, whose place among the numbers it keeps.
    if (key instanceof KeyElsewhere) continue;
    for (const said of saidBy(network, role, { i, counterpart: counterparts[i], url: urls[i] })) {
      requests.push(await signJoin(key, organization, { role, ...said }));
    }
  }
  if (requests.length === 0) {
    throw incomplete(
      `No key of a ${role} is here.`,
      `The node file has only addresses under keys.${role}: join where a key is.`,
    );
  }
  return { version: 1, organization, requests };
}

type Said = Pick<JoinRequest, "chain" | "chainId" | "contract" | "counterpart" | "url">;

/** What a key says, and where. */
function saidBy(
  { main, subchains }: NetworkFile,
  role: JoinRole,
  { i, counterpart, url }: { i: number; counterpart: string | undefined; url: string | undefined },
): Said[] {
  const on = (place: NetworkFile["subchains"][number]) => ({
    ...{ chain: place.name, chainId: place.chainId, contract: place.contracts.registry },
  });
  const virtual = subchains.filter((place) => place.role === "virtual");
  switch (role) {
    case "device": {
      const physical = subchains.filter((place) => place.role === "physical");
      const said = physical.map(on);
      return counterpart === undefined
        ? said
        : [...said, ...virtual.map((place) => ({ ...on(place), counterpart }))];
    }
    case "twin":
      if (counterpart === undefined) {
        throw incomplete(`Twin ${i + 1} has no device.`, "Name its address in the node file (keys.device).");
      }
      return virtual.map((place) => ({ ...on(place), counterpart }));
    case "relayer":
      return [{ chain: main.name, chainId: main.chainId, contract: main.contracts.gateway }];
    default:
      if (url === undefined) {
        throw incomplete(`Nobody knows where ${role} ${i + 1} is asked.`, "Give --url, once for each key.");
      }
      return [{ chain: main.name, chainId: main.chainId, contract: main.contracts.gateway, url }];
  }
}

function incomplete(what: string, next: string): BaseError {
  return new BaseError("JOIN_INCOMPLETE", what, { next });
}
