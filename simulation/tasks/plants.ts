import { id } from "ethers";

import { HeldUpdates } from "../../aggregators/HeldUpdates.ts";
import type { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import { MainChain } from "../../chains/clients/MainChain.ts";
import { Subchain, type SubchainBeacon } from "../../chains/clients/Subchain.ts";
import type { Receipt } from "../../chains/rpc/readReceipt.ts";
import { acceptedCount } from "../../protocol/acceptance.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Aggregate } from "../../protocol/leaves.ts";
import type { ContentStore } from "../../storage/ContentStore.ts";
import type { AggregatorPartyModules } from "./AggregatorParty.ts";
import type { TaskContracts } from "./TaskNetwork.ts";

/** Bugs that the simulation must find, each of which lets somebody stop or cheat the others now and then. */
export const TASK_PLANTS = {
  "hasty-refund": "a refund holds nothing for subchains that have not settled",
  "own-reveals": "a subchain lets reveals begin when its own commits have closed, whatever the others take",
  "leave-out-missing": "aggregators leave out updates that their storage lacks, although they have receipts",
  "one-attempt": "aggregators do not commit again when an attempt to agree has failed",
  "no-short-rounds": "aggregators do not attest rounds with fewer updates than the task asks for",
  "half-beacon": "the keeper takes a beacon for drawn once its block is named",
} as const;
export type TaskPlant = keyof typeof TASK_PLANTS;

/** The contracts to deploy. */
export function contractsWith(plant: TaskPlant | undefined): TaskContracts {
  return {
    manager: plant === "hasty-refund" ? "HastyManager" : "TaskManager",
    subchain: plant === "own-reveals" ? "EagerSubchain" : "LearningSubchain",
  };
}

/** What aggregators see. */
export function aggregatorsWith(plant: TaskPlant | undefined): AggregatorPartyModules["change"] {
  return {
    main: ({ client, place }) => {
      if (plant === "one-attempt") return new OneAttempt(client, place);
      if (plant === "no-short-rounds") return new NoShortRounds(client, place);
      return new MainChain(client, place);
    },
    updates: (modules) =>
      plant === "leave-out-missing" ? leavingOut(modules.storage) : new HeldUpdates(modules),
  };
}

/** What the keeper sees of a subchain. */
export function keeperSees(subchain: Subchain, plant: TaskPlant | undefined): Subchain {
  return plant === "half-beacon" ? new HalfBeacon(subchain.client, subchain.place) : subchain;
}

/** Never takes the hash of the block that it named. */
class HalfBeacon extends Subchain {
  override async beaconOf(task: bigint): Promise<SubchainBeacon> {
    const beacon = await super.beaconOf(task);
    return beacon.blockNumber === 0 ? beacon : { ...beacon, value: id("a beacon to come") };
  }
}

/** Commits once a round. */
class OneAttempt extends MainChain {
  readonly #committed = new Set<string>();

  override async commitAttestation(
    account: ChainAccount,
    task: bigint,
    round: number,
    commitment: string,
  ): Promise<Receipt> {
    const key = `${task}/${round}`;
    if (this.#committed.has(key) || (await this.attemptOf(task, round, account.address)).attempt.number > 0) {
      return new Promise(() => undefined);
    }
    this.#committed.add(key);
    return super.commitAttestation(account, task, round, commitment);
  }
}

/** Never opens what a short round produced. */
class NoShortRounds extends MainChain {
  override async attest(
    account: ChainAccount,
    task: bigint,
    round: number,
    aggregate: Aggregate,
    salt: string,
  ): Promise<Receipt> {
    const { minUpdates } = await this.termsOf(task);
    const accepted = aggregate.accepted.reduce((sum, words) => sum + acceptedCount(words), 0);
    if (accepted < minUpdates) return new Promise(() => undefined);
    return super.attest(account, task, round, aggregate, salt);
  }
}

/** Takes what cannot be had now for an update that is no good. */
function leavingOut(storage: Pick<ContentStore, "get">): Pick<ContentStore, "get"> {
  return {
    async get(digest, mostBytes) {
      try {
        return await storage.get(digest, mostBytes);
      } catch (error) {
        if (error instanceof BaseError && error.retryable) return new Uint8Array();
        throw error;
      }
    },
  };
}
