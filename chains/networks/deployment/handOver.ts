import { id, ZeroHash } from "ethers";

import { contracts as abis } from "../../../protocol/contracts.ts";
import type { ChainAccount } from "../../clients/ChainAccount.ts";
import { readContract } from "../../clients/readContract.ts";
import type { ChainPlace } from "../networkFile.ts";
import { verifiersOf } from "../verifiersOf.ts";
import { sameAddress } from "./deployedOtherwise.ts";
import type { Step } from "./Step.ts";
import { batchId, TIMELOCK_ROLES } from "./timelock.ts";

/** Role of the admin of OpenZeppelin's AccessControl. */
const ADMIN_ROLE = ZeroHash;
/** What the one batch of a hand-over is told apart from others by. */
const SALT = id("freshet: hand over");

/** What owns a network's contracts once they are handed over. */
export interface NewOwner {
  /** The chain's timelock, or the plain owner. */
  address: string;
  /** Of a timelock: the delay that it gets. */
  timelockSeconds?: number;
  /** Who registers workers on a subchain. */
  registrars: readonly string[];
}

/** Contracts of a chain that have an owner: all of them Ownable2Step. */
export function ownedBy(place: ChainPlace): string[] {
  const { gateway, applications } = place.contracts;
  return [gateway, ...verifiersOf(place).map(({ address }) => address), ...Object.values(applications)];
}

/**
 * What hands a chain's contracts over from who deployed them: groups of steps, each of which needs those before it. A
 * timelock accepts in a batch of its own, executed while it still has no delay; the delay comes with it. A plain owner
 * accepts by himself.
 */
export function handOverOf(deployer: ChainAccount, place: ChainPlace, owner: NewOwner): Step[][] {
  const { client } = deployer;
  const owned = ownedBy(place);
  const ownable = (address: string) => ({ contract: abis.Gateway, address });
  const ownerOf = (address: string, block: Parameters<Step["isDone"]>[0]) =>
    readContract(client, ownable(address), "owner", [], block);
  const transfers = owned.map(
    (address): Step => ({
      name: `hand ${address} over`,
      async isDone(block) {
        if (sameAddress(await ownerOf(address, block), owner.address)) return true;
        const next = await readContract(client, ownable(address), "pendingOwner", [], block);
        return sameAddress(next, owner.address);
      },
      take: () => deployer.send(ownable(address), "transferOwnership", [owner.address]),
    }),
  );
  const first = [...transfers, ...registrarSteps(deployer, place, owner)];
  const { timelockSeconds } = owner;
  return timelockSeconds === undefined
    ? [first]
    : [first, ...acceptanceOf(deployer, place, owner, timelockSeconds)];
}

/** What takes away from who deployed a chain's contracts all that he can do to them; last of all. */
export function renunciationOf(deployer: ChainAccount, place: ChainPlace, owner: NewOwner): Step[][] {
  const steps: Step[] = [];
  const renounce = (part: { contract: typeof abis.WorkerRegistry; address: string }, role: string): Step => ({
    name: `renounce a role at ${part.address}`,
    isDone: async (block) =>
      !(await readContract(deployer.client, part, "hasRole", [role, deployer.address], block)),
    take: () => deployer.send(part, "renounceRole", [role, deployer.address]),
  });
  // Both have the functions of AccessControl.
  if (owner.timelockSeconds !== undefined) {
    const timelock = { contract: abis.WorkerRegistry, address: owner.address };
    // The admin's last: with it the others could be had again.
    for (const role of [...Object.values(TIMELOCK_ROLES), ADMIN_ROLE]) steps.push(renounce(timelock, role));
  }
  if ("registry" in place.contracts && !sameAddress(owner.address, deployer.address)) {
    const registry = { contract: abis.WorkerRegistry, address: place.contracts.registry };
    const stays = owner.registrars.some((registrar) => sameAddress(registrar, deployer.address));
    if (!stays) steps.push(renounce(registry, REGISTRAR_ROLE));
    steps.push(renounce(registry, ADMIN_ROLE));
  }
  return [steps];
}

/** Contracts of a chain that its new owner has still to accept. */
export async function unacceptedBy(
  deployer: Pick<ChainAccount, "client">,
  place: ChainPlace,
  owner: string,
): Promise<string[]> {
  const owned = ownedBy(place);
  const owners = await Promise.all(
    owned.map((address) => readContract(deployer.client, { contract: abis.Gateway, address }, "owner", [])),
  );
  return owned.filter((_, i) => !sameAddress(owners[i]!, owner));
}

/** Role that registers workers; see WorkerRegistry.sol. */
export const REGISTRAR_ROLE = id("REGISTRAR_ROLE");

function registrarSteps(deployer: ChainAccount, place: ChainPlace, owner: NewOwner): Step[] {
  if (!("registry" in place.contracts)) return [];
  const registry = { contract: abis.WorkerRegistry, address: place.contracts.registry };
  const grant = (role: string, account: string, what: string): Step => ({
    name: `make ${account} ${what}`,
    isDone: (block) => readContract(deployer.client, registry, "hasRole", [role, account], block),
    take: () => deployer.send(registry, "grantRole", [role, account]),
  });
  return [
    ...owner.registrars.map((registrar) => grant(REGISTRAR_ROLE, registrar, "a registrar")),
    grant(ADMIN_ROLE, owner.address, "the registry's admin"),
  ];
}

function acceptanceOf(
  deployer: ChainAccount,
  place: ChainPlace,
  { address }: NewOwner,
  delaySeconds: number,
): Step[][] {
  const { client } = deployer;
  const timelock = { contract: abis.TimelockController, address };
  const owned = ownedBy(place);
  const targets = [...owned, address];
  const values = targets.map(() => 0n);
  const payloads = [
    ...owned.map(() => abis.Gateway.encodeCall("acceptOwnership", [])),
    abis.TimelockController.encodeCall("updateDelay", [BigInt(delaySeconds)]),
  ];
  const batch = { targets, values, payloads, predecessor: ZeroHash, salt: SALT };
  const operation = batchId(batch);
  // 0 while nobody knows it, 1 once it was executed; see TimelockController.sol.
  const timeOf = (block: Parameters<Step["isDone"]>[0]) =>
    readContract(client, timelock, "getTimestamp", [operation], block);
  const schedule: Step = {
    name: "propose to the timelock that it accepts",
    isDone: async (block) => (await timeOf(block)) !== 0n,
    take: () => deployer.send(timelock, "scheduleBatch", [targets, values, payloads, ZeroHash, SALT, 0n]),
  };
  const execute: Step = {
    name: "have the timelock accept",
    isDone: async (block) => (await timeOf(block)) === 1n,
    take: () => deployer.send(timelock, "executeBatch", [targets, values, payloads, ZeroHash, SALT]),
  };
  return [[schedule], [execute]];
}
