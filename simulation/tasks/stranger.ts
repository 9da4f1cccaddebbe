import type { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import type { RandomSource } from "../../numerics/RandomSource.ts";
import { contracts } from "../../protocol/contracts.ts";
import type { FaultTally } from "../FaultTally.ts";
import type { Surroundings } from "../SimulatedProcess.ts";
import { bytesOf } from "./rogueWorker.ts";
import type { TaskNetwork } from "./TaskNetwork.ts";
import type { Witness } from "./Witness.ts";

/** How often a stranger calls something on each chain, milliseconds. */
const CALL_MILLISECONDS = 4000;
/** Gas that it gives every call, whether the call will succeed or not. */
const EXACTLY = 1_500_000n;
/** Longest that it looks after a call, milliseconds; then it goes on. */
const PATIENCE_MILLISECONDS = 8000;

/** Somebody without any part in the task: calls every function that anyone may call, with rubbish or with others' data. */
export async function runStranger(
  {
    network,
    witness,
    random,
    tally,
    isDrawn,
  }: {
    network: TaskNetwork;
    witness: Witness;
    random: RandomSource;
    tally: FaultTally;
    /** Whether the task's rounds have workers drawn for them. */
    isDrawn: boolean;
  },
  { clock, rpcs }: Surroundings,
): Promise<void> {
  const { main, subchains, account: accountOn } = network.connect(rpcs, clock);
  const key = network.accounts.stranger;
  const accounts = [main, ...subchains].map(({ client }) => accountOn(client, key));
  const pick = <T>(values: readonly T[]): T => values[random.integer(values.length)]!;
  for (;;) {
    await clock.sleep(CALL_MILLISECONDS);
    const chain = random.integer(3);
    const call = chain === 0 ? onMain() : onSubchain(chain + 1);
    if (call === undefined) continue;
    tally.count(`stranger: ${call.method}`);
    const account = accounts[chain]!;
    await Promise.race([call.send(account).catch(() => undefined), clock.sleep(PATIENCE_MILLISECONDS)]);
  }

  function onMain() {
    const task = witness.all("TaskPublished")[0]?.args.task ?? 1n;
    const round = random.integer(2);
    const place = { contract: contracts.TaskManager, address: network.application(0) };
    const hash = () => bytesOf(random, 32);
    const seen = witness.all("AttestationCommitted").at(-1);
    return pick([
      {
        method: "expire",
        send: (by: ChainAccount) => by.send(place, "expire", [task], { exactly: EXACTLY }),
      },
      {
        method: "refund",
        send: (by: ChainAccount) => by.send(place, "refund", [task], { exactly: EXACTLY }),
      },
      {
        method: "commitAttestation",
        send: (by: ChainAccount) =>
          by.send(place, "commitAttestation", [task, round, seen?.args.commitment ?? hash()], {
            exactly: EXACTLY,
          }),
      },
      { method: "claim", send: (by: ChainAccount) => claim(by, task) },
    ]);
  }

  /** For another worker, with a work of its own making. */
  async function claim(by: ChainAccount, task: bigint) {
    const recorded = witness.all("WorkRecorded")[0];
    if (recorded === undefined) return;
    const place = { contract: contracts.TaskManager, address: network.application(0) };
    const { index, worker, work } = recorded.args;
    const record = {
      chainId: network.chains[recorded.chain]!.chainId,
      task,
      index,
      worker: random.uniform() < 0.5 ? worker : by.address,
      workHash: bytesOf(random, 32),
    };
    const score = { value: "0x", position: 0, branch: [] };
    await by.send(place, "claim", [record, [], work, score], { exactly: EXACTLY });
  }

  function onSubchain(chain: number) {
    const place = { contract: contracts.LearningSubchain, address: network.application(chain) };
    const task = witness.all("TaskArrived").find((seen) => seen.chain === chain)?.args.task;
    if (task === undefined) return undefined;
    const round = random.integer(2);
    const committed = witness.all("UpdateCommitted").at(-1);
    const revealed = witness.all("UpdateRevealed").at(-1);
    const enrolled = witness.all("WorkerEnrolled").filter((seen) => seen.chain === chain);
    const exactly = { exactly: EXACTLY };
    return pick([
      {
        method: "enrol",
        send: (by: ChainAccount) => by.send(place, "enrol", [task, bytesOf(random, 32)], exactly),
      },
      {
        method: "commit",
        send: (by: ChainAccount) =>
          by.send(place, "commit", [task, round, committed?.args.commitment ?? bytesOf(random, 32)], exactly),
      },
      ...(isDrawn
        ? [
            {
              method: "drawBeacon",
              send: (by: ChainAccount) => by.send(place, "drawBeacon", [task], exactly),
            },
          ]
        : []),
      { method: "closeCommits", send: (by: ChainAccount) => by.send(place, "closeCommits", [task], exactly) },
      { method: "closeRound", send: (by: ChainAccount) => by.send(place, "closeRound", [task], exactly) },
      {
        method: "settle",
        send: (by: ChainAccount) =>
          by.send(place, "settle", [task, [enrolled[0]?.args.worker ?? by.address]], exactly),
      },
      {
        method: "reveal",
        send: async (by: ChainAccount) => {
          if (revealed === undefined) return;
          const { update, samples, engine, receipts } = revealed.args;
          const opening = { update, samples, engine, salt: bytesOf(random, 32) };
          await by.send(place, "reveal", [task, round, opening, "0x", receipts], exactly);
        },
      },
    ]);
  }
}
