import { expect } from "chai";

import { isOverForWorkers, type WorkersChains } from "../../../workers/isOverForWorkers.ts";

const START = 1_000;
const HELD_UNTIL = 5_000;
const DAY = 86_400;
const CHAINS = [3n, 4n];
const FINAL = { main: "0x10", subchain: "0x20" };

describe("A task that is over for workers", () => {
  let status: string;
  let refunded: boolean;
  let subchains: bigint[];
  let times: { main: number; subchain: number } | undefined;
  /** Index of each that has enrolled, by address; claims, as `chain/index`. */
  let enrolled: Map<string, number>;
  let claimed: Set<string>;

  beforeEach(() => {
    [status, refunded, subchains] = ["Completed", false, [...CHAINS]];
    times = { main: 4_000, subchain: START };
    [enrolled, claimed] = [new Map(), new Set()];
  });

  /** Whether it is, for workers a and b on the first subchain and c on the second. */
  function isOver(): Promise<boolean> {
    const final = (number: string, timestamp: number | undefined) =>
      timestamp === undefined ? undefined : { number, timestamp };
    const chains = {
      main: {
        finalBlock: async () => final(FINAL.main, times?.main),
        taskOf: async (_: bigint, block: string) => {
          expect(block).to.equal(FINAL.main);
          return { status, refunded };
        },
        termsOf: async () => ({ subchains, schedule: { startTime: START } }),
        isClaimed: async (_: bigint, chainId: bigint, index: number, block: string) => {
          expect(block).to.equal(FINAL.main);
          return claimed.has(`${chainId}/${index}`);
        },
        heldUntil: async () => HELD_UNTIL,
      },
      places: CHAINS.map((chainId, i) => ({
        subchain: {
          client: { chainId },
          finalBlock: async () => final(FINAL.subchain, times?.subchain),
          workerOf: async (_: bigint, address: string, block: string) => {
            expect(block).to.equal(FINAL.subchain);
            return { enrolled: enrolled.has(address), index: enrolled.get(address) ?? 0 };
          },
        },
        own: i === 0 ? ["a", "b"] : ["c"],
      })),
    };
    return isOverForWorkers(1n, chains as unknown as WorkersChains);
  }

  it("takes none of them any more, by the final time of each subchain", async () => {
    expect(await isOver()).to.equal(true);
    times!.subchain = START - 1;
    expect(await isOver()).to.equal(false);
    subchains = [9n];
    expect(await isOver(), "one on other subchains").to.equal(true);
  });

  it("has paid each that has enrolled", async () => {
    enrolled.set("b", 7).set("c", 0);
    expect(await isOver()).to.equal(false);
    claimed.add("3/7");
    expect(await isOver()).to.equal(false);
    claimed.add("4/0");
    expect(await isOver()).to.equal(true);
  });

  it("was refused, or is paid back, whoever has enrolled", async () => {
    enrolled.set("b", 7);
    refunded = true;
    expect(await isOver()).to.equal(true);
    [refunded, status, enrolled] = [false, "Rejected", new Map()];
    times!.subchain = 0;
    expect(await isOver()).to.equal(true);
  });

  it("had its time for claims over for 30 days, and has ended", async () => {
    enrolled.set("b", 7);
    times!.main = HELD_UNTIL + 30 * DAY - 1;
    expect(await isOver()).to.equal(false);
    times!.main++;
    expect(await isOver()).to.equal(true);
    status = "Open";
    expect(await isOver()).to.equal(false);
  });

  it("is known to final blocks", async () => {
    status = "None";
    expect(await isOver()).to.equal(false);
    times = undefined;
    expect(await isOver()).to.equal(false);
  });
});
