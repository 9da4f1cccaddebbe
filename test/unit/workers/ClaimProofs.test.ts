import { expect } from "chai";
import { Wallet } from "ethers";

import type { ChainFollower } from "../../../chains/clients/ChainFollower.ts";
import type { MainChain } from "../../../chains/clients/MainChain.ts";
import { type RevealedUpdate, updateLeaf } from "../../../protocol/leaves.ts";
import { MerkleTree } from "../../../protocol/MerkleTree.ts";
import { packReceipts, signReceipt } from "../../../protocol/receipts.ts";
import type { ContentStore } from "../../../storage/ContentStore.ts";
import { ClaimProofs } from "../../../workers/ClaimProofs.ts";

const TASK = 3n;
const CHAIN = 31_403n;
const MANAGER = `0x${"ab".repeat(20)}`;
const DOMAIN = { chainId: 31_401n, taskManager: MANAGER };
const AGGREGATORS = [1, 2, 3].map((n) => new Wallet(`0x${String(n).padStart(64, "0")}`));
const ROUND = 1;

function update(index: number, round = ROUND): RevealedUpdate {
  const worker = new Wallet(`0x${String(100 + index).padStart(64, "0")}`).address;
  const digest = `0x${String(round).repeat(32)}${String(index).repeat(32)}`;
  return {
    chainId: CHAIN,
    task: TASK,
    round,
    index,
    worker,
    update: digest,
    samples: 5,
    engine: `0x${"11".repeat(32)}`,
  };
}

/** Receipts of the aggregators at these places. */
async function receipts(revealed: RevealedUpdate, places: readonly number[]): Promise<string> {
  const leaf = updateLeaf(revealed);
  return packReceipts(
    await Promise.all(
      places.map(async (place) => ({
        place,
        signature: await signReceipt(AGGREGATORS[place]!, DOMAIN, leaf),
      })),
    ),
  );
}

/** Proofs on a subchain that shows these reveals, in their order. */
function proofsOf(reveals: readonly { revealed: RevealedUpdate; receipts: string }[]): ClaimProofs {
  const events = reveals.map(({ revealed, receipts }) => ({ args: { ...revealed, receipts } }));
  const reports = [0, ROUND].map((round) => ({
    args: { chainId: CHAIN, round, revealed: events.filter(({ args }) => args.round === round).length },
  }));
  const mainFollower = {
    first: async ({ where }: { where: (event: unknown) => boolean }) => reports.find(where),
  };
  const follower = {
    client: { chainId: CHAIN },
    // The task does not end on the subchain.
    first: () => new Promise(() => undefined),
    past: ({ name, where }: { name: string; where: (event: unknown) => boolean }) =>
      name === "UpdateRevealed" ? events.filter(where) : [],
    collect: async (
      { where }: { where: (event: unknown) => boolean },
      areEnough: (some: readonly unknown[]) => boolean,
    ) => {
      const fitting = events.filter(where);
      if (!areEnough(fitting)) throw new Error("there are no more");
      return fitting;
    },
  };
  const main = {
    client: { chainId: DOMAIN.chainId },
    place: { contracts: { applications: { tasks: MANAGER } } },
    termsOf: async () => ({ aggregators: AGGREGATORS.map(({ address }) => address), attestations: 2 }),
  };
  return new ClaimProofs({
    main: main as unknown as MainChain,
    mainFollower: mainFollower as unknown as ChainFollower,
    follower: follower as unknown as ChainFollower,
    storage: {} as ContentStore,
  });
}

describe("ClaimProofs.creditOf", () => {
  const { signal } = new AbortController();

  it("proves the update among those of its round, in the order of the reveals", async () => {
    // Another round's come before, and workers reveal in another order than they enrolled in.
    const order = [update(0, 0), update(2), update(0), update(1)];
    const reveals = await Promise.all(
      order.map(async (revealed) => ({ revealed, receipts: await receipts(revealed, [0, 2]) })),
    );
    const leaves = order.slice(1).map(updateLeaf);
    const credit = await proofsOf(reveals).creditOf(TASK, ROUND, 0, signal);
    expect({ ...credit!.revealed, receipts: undefined }).to.deep.equal({ ...update(0), receipts: undefined });
    expect(credit).to.include({ position: 1, receipts: reveals[2]!.receipts });
    expect(credit!.branch).to.deep.equal(new MerkleTree(leaves).branch(1));
  });

  it("is nothing for who revealed nothing, or with receipts of too few aggregators", async () => {
    const reveals = [{ revealed: update(0), receipts: await receipts(update(0), [1]) }];
    expect(await proofsOf(reveals).creditOf(TASK, ROUND, 1, signal)).to.equal(undefined);
    expect(await proofsOf(reveals).creditOf(TASK, ROUND, 0, signal)).to.equal(undefined);
    expect(await proofsOf(reveals).creditOf(TASK, 0, 0, signal)).to.equal(undefined);
  });
});
