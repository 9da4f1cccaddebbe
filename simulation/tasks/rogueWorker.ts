import { hexlify } from "ethers";

import type { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import type { Subchain } from "../../chains/clients/Subchain.ts";
import { NUMERIC_CLASSES } from "../../learning/engine/NumericClass.ts";
import { mechanismOf } from "../../mechanisms/mechanismOf.ts";
import type { RandomSource } from "../../numerics/RandomSource.ts";
import { encodeEngineId, FRESHET_VERSION } from "../../protocol/engineId.ts";
import { type RevealedUpdate, updateCommitment } from "../../protocol/leaves.ts";
import { collectReceipts } from "../../workers/collectReceipts.ts";
import { offerOf } from "../../workers/openOffers.ts";
import type { FaultTally } from "../FaultTally.ts";
import type { Surroundings } from "../SimulatedProcess.ts";
import { follow, POLL_MILLISECONDS } from "./follow.ts";
import type { RogueWorkerKind } from "./TaskSchedule.ts";
import { REFRESH_COST } from "./taskData.ts";
import type { Witness } from "./Witness.ts";
import type { WorkerPartyModules, WorkerPartyOptions } from "./workerParty.ts";

const SAMPLES = 1;
const ENGINE = encodeEngineId({
  numericClass: NUMERIC_CLASSES.strict,
  kind: "wasm",
  version: FRESHET_VERSION,
});
/** Bytes of two made-up storage receipts. */
const RECEIPTS_BYTES = 130;

/** A worker that means harm: enrols in the first task and does its kind's worst in every round. */
export async function runRogueWorker(
  kind: RogueWorkerKind,
  { subchain: place, device }: WorkerPartyOptions,
  modules: WorkerPartyModules & { witness: Witness; random: RandomSource; tally: FaultTally },
  { clock, rpcs }: Surroundings,
): Promise<void> {
  const { network, witness, random, tally, fetch } = modules;
  const { main, subchains, account: accountOn } = network.connect(rpcs, clock);
  const subchain = subchains[place];
  const key = (place === 0 ? network.accounts.twins : network.accounts.devices)[device]!;
  const account = accountOn(subchain.client, key);
  const { signal } = new AbortController();
  const ignore = () => undefined;
  const [mainFollower, follower] = await Promise.all([follow(main, ignore), follow(subchain, ignore)]);
  const { task } = (await follower.first({ name: "TaskArrived" })).args;
  const offer = await offerOf({ main, mainFollower, follower }, task, account.address, signal);
  const decision = mechanismOf(offer.terms.mechanism).worker.choose([offer], { refresh: REFRESH_COST })[0]!;
  if ("abstain" in decision) return;
  // The task may have come too late to enrol.
  if (!(await succeeds(subchain.enrol(account, task, decision.choice)))) return;
  tally.count(`rogue worker: ${kind}`);
  if (kind === "silent") return;
  const { index } = await subchain.workerOf(task, account.address);

  for (let round = 0; ; round++) {
    await follower.first({ name: "RoundStarted", task, where: ({ args }) => args.round === round });
    const updateOf = (update: string): RevealedUpdate => ({
      chainId: subchain.client.chainId,
      task,
      round,
      index,
      worker: account.address,
      update,
      samples: SAMPLES,
      engine: ENGINE,
    });
    const salt = bytesOf(random, 32);
    if (kind !== "copier") {
      const update = updateOf(bytesOf(random, 32));
      if (!(await commits(subchain, account, update, salt)) || kind === "no-reveal") continue;
      await until(async () => reveals(subchain, account, update, salt, bytesOf(random, RECEIPTS_BYTES)));
      continue;
    }
    await until(async () => {
      const victim = witness
        .all("UpdateRevealed")
        .find(({ args }) => args.round === round && args.worker !== account.address);
      if (victim === undefined) return false;
      const update = updateOf(victim.args.update);
      if (!(await commits(subchain, account, update, salt))) return true;
      tally.count("rogue worker: commitment to a copy");
      const rule = main.receiptRule(await main.termsOf(task));
      const urls = new Map(network.file.aggregators.map(({ address, url }) => [address, url]));
      const wanted = { request: { update, salt }, rule, urls, until: clock.now() + 10_000 };
      const { packed } = await collectReceipts(wanted, { clock, fetch }, signal);
      await until(async () => reveals(subchain, account, update, salt, packed));
      return true;
    });

    /** Tries again and again, as long as the round is open. */
    async function until(done: () => Promise<boolean>): Promise<void> {
      while (!(await done())) {
        const now = await subchain.taskOf(task);
        if (now.status !== "Open" || now.round > round) return;
        if ((await subchain.roundOf(task, round)).closed) return;
        await clock.sleep(2 * POLL_MILLISECONDS);
      }
    }
  }
}

async function commits(
  subchain: Subchain,
  account: ChainAccount,
  update: RevealedUpdate,
  salt: string,
): Promise<boolean> {
  const commitment = updateCommitment(subchain.place.contracts.applications.tasks, update, salt);
  return succeeds(subchain.commit(account, update.task, update.round, commitment));
}

async function reveals(
  subchain: Subchain,
  account: ChainAccount,
  { task, round, update, samples, engine }: RevealedUpdate,
  salt: string,
  receipts: string,
): Promise<boolean> {
  return succeeds(subchain.reveal(account, task, round, { update, samples, engine, salt }, "0x", receipts));
}

async function succeeds(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => true,
    () => false,
  );
}

/** Random bytes, hex. */
export function bytesOf(random: RandomSource, length: number): string {
  return hexlify(Uint8Array.from({ length }, () => random.integer(256)));
}
