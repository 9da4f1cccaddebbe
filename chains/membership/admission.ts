import { BaseError } from "../../protocol/BaseError.ts";
import { contracts } from "../../protocol/contracts.ts";
import type { ChainAccount } from "../clients/ChainAccount.ts";
import type { ChainClient } from "../clients/ChainClient.ts";
import { readContract } from "../clients/readContract.ts";
import { REGISTRAR_ROLE } from "../networks/deployment/handOver.ts";
import type { NetworkFile, SubchainPlace } from "../networks/networkFile.ts";
import type { JoinFile, JoinRequest } from "./joinRequest.ts";

/** A worker to register on a subchain. */
export interface Registration {
  chain: string;
  worker: string;
  device: string;
}

/** Who is admitted, who is not, and why. */
export interface Admission {
  registrations: Registration[];
  /** Others than workers, who need no registration. */
  others: JoinRequest[];
  /** Devices and twins of which the other has not said the same. */
  waiting: { chain: string; member: string; counterpart: string; lacks: "device" | "twin" }[];
}

/**
 * What follows from what many organisations' keys say. A twin is registered once it and its device have named each
 * other: whoever names another's device gets nothing by it.
 *
 * @throws `JOIN_OTHER_NETWORK` for what was signed for other contracts; `JOIN_CONFLICT` where one worker has two devices.
 */
export function admissionOf(network: NetworkFile, files: readonly JoinFile[]): Admission {
  const requests = files.flatMap((file) => file.requests);
  for (const request of requests) requireOf(network, request);
  const admission: Admission = { registrations: [], others: [], waiting: [] };
  const registered = new Map<string, string>();
  const add = (registration: Registration) => {
    const { chain, worker, device } = registration;
    const before = registered.get(`${chain} ${worker}`);
    if (before === device) return;
    if (before !== undefined) throw conflict(chain, worker, before, device);
    registered.set(`${chain} ${worker}`, device);
    admission.registrations.push(registration);
  };
  const key = (chain: string, device: string, twin: string) => `${chain} ${device} ${twin}`;
  const pairs = (role: "device" | "twin") =>
    requests.flatMap((request) => {
      const { chain, member, counterpart } = request;
      if (request.role !== role || counterpart === undefined) return [];
      return [role === "device" ? key(chain, member, counterpart) : key(chain, counterpart, member)];
    });
  const byDevices = new Set(pairs("device"));
  const byTwins = new Set(pairs("twin"));
  for (const request of requests) {
    const { role, chain, member, counterpart } = request;
    if (role !== "device" && role !== "twin") admission.others.push(request);
    else if (counterpart === undefined) add({ chain, worker: member, device: member });
    else if (role === "twin") {
      if (byDevices.has(key(chain, counterpart, member))) add({ chain, worker: member, device: counterpart });
      else admission.waiting.push({ chain, member, counterpart, lacks: "device" });
    } else if (!byTwins.has(key(chain, member, counterpart))) {
      admission.waiting.push({ chain, member, counterpart, lacks: "twin" });
    }
  }
  return admission;
}

/** What came of registering workers. */
export interface Registered {
  /** Now. */
  registered: Registration[];
  /** Before, with the same device. */
  already: Registration[];
  refused: (Registration & { error: BaseError })[];
}

/**
 * Registers workers on a subchain, as many at a time as the chain takes; those that are registered already are left
 * alone.
 *
 * @param onProgress - Told how many of all are done.
 * @throws `NOT_REGISTRAR` when the account may not; the errors of `readContract`.
 */
export async function register(
  account: ChainAccount,
  place: SubchainPlace,
  registrations: readonly Registration[],
  onProgress: (done: number, all: number) => void = () => undefined,
): Promise<Registered> {
  const registry = { contract: contracts.WorkerRegistry, address: place.contracts.registry };
  await requireRegistrar(account.client, place, account.address);
  const result: Registered = { registered: [], already: [], refused: [] };
  let done = 0;
  await Promise.all(
    registrations.map(async (registration) => {
      const { worker, device } = registration;
      try {
        const found = await readContract(account.client, registry, "deviceOf", [worker]);
        if (found === device) result.already.push(registration);
        else if (found !== NOBODY) throw conflict(place.name, worker, found, device);
        else {
          await account.send(registry, "register", [worker, device]);
          result.registered.push(registration);
        }
      } catch (error) {
        if (!(error instanceof BaseError)) throw error;
        result.refused.push({ ...registration, error });
      }
      onProgress(++done, registrations.length);
    }),
  );
  return result;
}

const NOBODY = `0x${"0".repeat(40)}`;

async function requireRegistrar(client: ChainClient, place: SubchainPlace, account: string): Promise<void> {
  const registry = { contract: contracts.WorkerRegistry, address: place.contracts.registry };
  if (await readContract(client, registry, "hasRole", [REGISTRAR_ROLE, account])) return;
  throw new BaseError("NOT_REGISTRAR", `${account} is no registrar of ${place.name}.`, {
    details: "The owner of the registry names who registers workers.",
    next: "Use a registrar's key (keys.registrar in the node file), or have the owner grant it REGISTRAR_ROLE.",
  });
}

function requireOf({ main, subchains }: NetworkFile, request: JoinRequest): void {
  const { chain, chainId, contract, role, member } = request;
  const isWorker = role === "device" || role === "twin";
  const place = isWorker
    ? subchains.find(({ name }) => name === chain)
    : main.name === chain
      ? main
      : undefined;
  const refused = (details: string) =>
    new BaseError("JOIN_OTHER_NETWORK", `What ${member} signed as a ${role} is not for this network.`, {
      details,
      next: "Have whoever wants to join make it again with this network's file.",
    });
  if (place === undefined) throw refused(`This network has no such chain ${chain}.`);
  const wanted = place.role === "main" ? place.contracts.gateway : place.contracts.registry;
  if (place.chainId !== chainId || wanted !== contract) {
    throw refused(
      `It is for ${contract} on chain ${chainId}; ${chain} has ${wanted} on chain ${place.chainId}.`,
    );
  }
  if (!isWorker) return;
  // On a physical subchain devices work themselves; on a virtual one twins do, each with a device.
  const isPair = request.counterpart !== undefined;
  if (place.role === "physical" ? role === "device" && !isPair : isPair) return;
  throw refused(`On ${chain}, a ${place.role} subchain, no ${role} says that.`);
}

function conflict(chain: string, worker: string, one: string, other: string): BaseError {
  return new BaseError("JOIN_CONFLICT", `${worker} cannot have two devices on ${chain}.`, {
    details: `It has ${one}, and is to have ${other}.`,
    next: "Ask whose it is; a registrar may revoke the first.",
  });
}
