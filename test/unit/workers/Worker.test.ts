import { expect } from "chai";
import { Interface, Wallet } from "ethers";

import type { FinalityRule } from "../../../chains/clients/finality.ts";
import { RpcRefusal, RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import {
  encodeChoice as aoiChoice,
  encodeTerms as aoiTerms,
} from "../../../mechanisms/aoi-contract/encodings.ts";
import { mechanismId } from "../../../mechanisms/mechanismId.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { ContractRevert } from "../../../protocol/ContractRevert.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { Choices } from "../../../workers/Choices.ts";
import { Worker } from "../../../workers/Worker.ts";
import type { WorkerEvent } from "../../../workers/WorkerEvent.ts";
import { smallSpec } from "../tasks/smallSpec.ts";

const START = 1_000_000;
const HELD_SECONDS = 60;

const unreachable = () =>
  new BaseError("STORAGE_UNREACHABLE", "The block server does not work.", { retryable: true });
const reverted = (name: string, values: unknown[]) =>
  new ContractRevert(
    "TaskManager.claim",
    new Interface(contracts.TaskManager.abi).encodeErrorResult(name, values),
  );

describe("a worker whose task has ended", () => {
  let clock: VirtualClock;
  let heard: WorkerEvent[];
  /** What fails, one after the other, before it succeeds. */
  let readings: Error[];
  let proofs: Error[];
  let claims: Error[];
  let claimedAt: number[];
  let finality: FinalityRule;
  let isClaimed: () => boolean;

  beforeEach(() => {
    clock = new VirtualClock(START);
    heard = [];
    readings = [];
    proofs = [];
    claims = [];
    claimedAt = [];
    finality = { confirmations: 0 };
    isClaimed = () => false;
  });

  /** Has a worker that enrolled before take part in a task that is over, and claim. */
  function run(): Promise<bigint> {
    const { address } = Wallet.createRandom();
    const schedule = { startTime: 900, epochSeconds: 50, claimSeconds: HELD_SECONDS };
    const mechanismTerms = aoiTerms({ bonus: 0n, menu: [{ period: 20, reward: 1n, cost: 1n }] });
    const choice = aoiChoice({ item: 0 });
    const events: Record<string, object> = {
      TaskPublished: { token: address, mechanismTerms },
      TaskClosed: { status: "Completed" },
      EpochSettled: { chainId: 3n },
    };
    const failing = async (errors: Error[]) => {
      const error = errors.shift();
      if (error !== undefined) throw error;
    };
    const modules = {
      main: {
        termsOf: async () => ({
          ...{ mechanism: mechanismId("aoi-contract"), schedule, rounds: 2, maxSamples: 400 },
          ...{ maxWorkers: 9, subchains: [3n], aggregators: [], attestations: 1 },
        }),
        receiptRule: () => ({}),
        heldUntil: async () => START / 1000 + HELD_SECONDS,
        // A block every 2 s.
        client: {
          pollMilliseconds: 250,
          rpc: {
            request: async (_: string, [tag]: readonly unknown[]) => ({
              number: tag === "latest" ? Math.floor((clock.now() - START) / 2000) : Number(tag),
            }),
          },
        },
        place: { finality },
        isClaimed: async () => isClaimed(),
        claim: async () => {
          claimedAt.push(clock.now() - START);
          await failing(claims);
          return { block: { number: Math.floor((clock.now() - START) / 2000) + 1 } };
        },
        claimedIn: () => 7n,
      },
      mainFollower: { first: async ({ name }: { name: string }) => ({ name, args: events[name] }) },
      follower: { past: () => [{ args: { worker: address, choice } }] },
      subchain: {
        place: { finality: { confirmations: 0 } },
        client: { name: "physical", chainId: 3n, blockSeconds: 0 },
        taskOf: async () => ({ status: "Completed", ...schedule, rounds: 2 }),
        workerOf: async () => ({ enrolled: true, index: 0 }),
      },
      files: {
        spec: async () => {
          await failing(readings);
          return parseTaskSpec(smallSpec());
        },
      },
      proofs: {
        claimOf: async () => {
          await failing(proofs);
          return {};
        },
      },
      data: { keepFresh: async () => undefined },
      listener: (event: WorkerEvent) => heard.push(event),
      clock,
    };
    const options = {
      ...{ name: "device", choices: new Choices(), account: { address }, mainAccount: { address } },
      demands: { tokens: [address], trainingSeconds: 60 },
    };
    return clock.until(
      new Worker(options as never, modules as never).run(1n, "0x", new AbortController().signal),
    );
  }

  const troubles = () =>
    heard.flatMap((event) =>
      event.type === "trouble" ? [[event.doing, (event.error as BaseError).code]] : [],
    );

  it("claims again whatever passed: a store that did not work, a lost and a refused transaction, no gas money", async () => {
    proofs = [unreachable(), unreachable()];
    claims = [
      new BaseError("TRANSACTION_LOST", "It was lost.", { retryable: true }),
      new BaseError("TRANSACTION_FAILED", "It could not be sent.", {
        retryable: true,
        cause: new RpcRefusal("eth_sendRawTransaction", { code: -32000, message: "txpool is full" }),
      }),
      new BaseError("INSUFFICIENT_FUNDS", "It cannot pay.", { retryable: true }),
      reverted("NotSettled", [1, 3]),
    ];
    expect(await run()).to.equal(7n);
    expect(claimedAt).to.have.length(5);
    expect(troubles()).to.deep.equal([
      ["claiming its pay", "STORAGE_UNREACHABLE"],
      ["claiming its pay", "TRANSACTION_LOST"],
      ["claiming its pay", "TRANSACTION_FAILED"],
      ["claiming its pay", "INSUFFICIENT_FUNDS"],
      ["claiming its pay", "NotSettled"],
    ]);
    expect(heard.at(-1)).to.include({ type: "claimed", amount: 7n });
  });

  it("is paid once its claim is final, and claims again what a reorganization took before", async () => {
    finality = { confirmations: 3 };
    isClaimed = () => claimedAt.length > 1;
    expect(await run()).to.equal(7n);
    expect(claimedAt).to.have.length(2);
    expect(claimedAt[1]).to.be.within(8000, 9000);
    expect(clock.now() - START).to.equal(16_000);
    expect(troubles()).to.deep.equal([["claiming its pay", "CLAIM_UNDONE"]]);
    expect(heard.filter(({ type }) => type === "claimed")).to.have.length(1);
  });

  it("claims once only what the chain refuses for good", async () => {
    claims = [reverted("AlreadyRefunded", [1])];
    expect(await run()).to.equal(0n);
    expect(claimedAt).to.have.length(1);
    expect(troubles()).to.deep.equal([]);
    expect(heard.at(-1)).to.include({ type: "unpaid" });
  });

  it("claims for as long as its pay is held, and longer only of a chain that does not answer", async () => {
    proofs = Array.from({ length: 10_000 }, unreachable);
    expect(await run()).to.equal(0n);
    expect(troubles()).to.have.length(2);
    expect(clock.now() - START).to.be.within(HELD_SECONDS * 1000, HELD_SECONDS * 1000 + 5000);
    proofs = Array.from({ length: 20 }, () => new RpcUnavailable("It does not answer."));
    expect(await run()).to.equal(7n);
  });

  it("reads its specification again when the store did not work", async () => {
    readings = [unreachable(), unreachable(), unreachable()];
    expect(await run()).to.equal(7n);
    expect(troubles()).to.deep.equal([["reading its specification", "STORAGE_UNREACHABLE"]]);
  });
});
