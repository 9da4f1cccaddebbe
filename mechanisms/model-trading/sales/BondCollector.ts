import type { ChainAccount } from "../../../chains/clients/ChainAccount.ts";
import type { ChainFollower } from "../../../chains/clients/ChainFollower.ts";
import type { MainChain } from "../../../chains/clients/MainChain.ts";
import { readContract } from "../../../chains/clients/readContract.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { Clock } from "../../../protocol/Clock.ts";
import { ContractRevert } from "../../../protocol/ContractRevert.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { tryAgain } from "../../../protocol/tryAgain.ts";
import { tradingContracts } from "../contracts.ts";
import { BOND, bondOf } from "../workers/bond.ts";
import { forfeitedBonds } from "./forfeitedBonds.ts";

/** What a collector works with. */
export interface BondCollectorModules {
  main: MainChain;
  mainFollower: ChainFollower;
  /** A subchain's events. */
  followerOf: (chainId: bigint) => Promise<ChainFollower>;
  /** The publisher's, on the main chain. */
  account: () => Promise<ChainAccount>;
  policy: string;
  clock: Clock;
  onDone: (sentence: string) => void;
  onError: (error: unknown) => void;
}

/** Brings the records by which bonds fall to a publisher: a worker that has lost its own does not. */
export class BondCollector {
  readonly #modules: BondCollectorModules;

  constructor(modules: BondCollectorModules) {
    this.#modules = modules;
  }

  /** Waits for a task's end and settlements; resolves when nothing is left to collect. */
  async collect(task: bigint, signal: AbortSignal): Promise<void> {
    const { main, mainFollower, clock, onError } = this.#modules;
    try {
      const closed = await mainFollower.first({ name: "TaskClosed", task }, signal);
      if (closed.args.status !== "Completed") return;
      const again = <T>(work: () => Promise<T>) => tryAgain(work, { signal }, { clock, onFailure: onError });
      const terms = await again(() => main.termsOf(task));
      await Promise.all(
        (terms?.subchains ?? []).map(async (chainId) => {
          const where = ({ args }: { args: { chainId: bigint } }) => args.chainId === chainId;
          await mainFollower.first({ name: "EpochSettled", task, where }, signal);
          await again(() => this.#ofSubchain(task, chainId, signal));
        }),
      );
    } catch (error) {
      if (!signal.aborted && !(error instanceof BaseError && error.code === "ABORTED")) onError(error);
    }
  }

  async #ofSubchain(task: bigint, chainId: bigint, signal: AbortSignal): Promise<void> {
    const { main, followerOf, account, policy, onDone } = this.#modules;
    const manager = main.place.contracts.applications.tasks;
    const [follower, { workers }, { round: counted }] = await Promise.all([
      followerOf(chainId),
      main.settlementOf(task, chainId),
      main.taskOf(task),
    ]);
    const recorded = await follower.collect(
      { name: "WorkRecorded", task },
      ({ length }) => length >= workers,
      signal,
    );
    const tasks = { contract: contracts.TaskManager, address: manager };
    const bonds = { contract: tradingContracts.TradingPolicy, address: policy };
    const lost = await forfeitedBonds({ task, chainId }, recorded, {
      counted,
      attendanceOf: async (index, rounds, least) => {
        const asked = [task, chainId, index, BigInt(rounds), BigInt(least)] as const;
        const { taken, missed } = await readContract(main.client, tasks, "attendanceOf", asked);
        return { taken: Number(taken), missed: Number(missed) };
      },
    });
    for (const { record, branch, work } of lost) {
      const { worker } = record;
      if ((await bondOf({ task, chainId, worker }, { main, policy })) !== BOND.locked) continue;
      try {
        await (await account()).send(bonds, "settleBond", [manager, record, branch, work]);
      } catch (error) {
        // Anybody may have done it meanwhile, as the worker itself does: the others' are still to be had.
        if (error instanceof ContractRevert && error.code === "BondNotLocked") continue;
        throw error;
      }
      onDone(`has the bond of ${worker} in task ${task}: it missed more than half of its rounds`);
    }
  }
}
