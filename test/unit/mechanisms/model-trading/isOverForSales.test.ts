import { expect } from "chai";
import { parseEther } from "ethers";

import { encodeTerms } from "../../../../mechanisms/model-trading/encodings.ts";
import { rewardSchema } from "../../../../mechanisms/model-trading/rewardSchema.ts";
import {
  isOverForSales,
  type SalesChain,
} from "../../../../mechanisms/model-trading/sales/isOverForSales.ts";
import { tradingTerms } from "../../../../mechanisms/model-trading/tradingTerms.ts";
import { BOND } from "../../../../mechanisms/model-trading/workers/bond.ts";

const FINAL = "0x10";
const HELD_UNTIL = 5_000;
const DAY = 86_400;
const CHAINS = [3n, 4n];
const OWN = `0x${"0a".repeat(20)}`;
const OTHER = `0x${"0b".repeat(20)}`;
const WORKERS = [`0x${"01".repeat(20)}`, `0x${"02".repeat(20)}`];

describe("A task that is over for a publisher's service", () => {
  let status: string;
  let now: number | undefined;
  let publisher: string;
  let bond: bigint;
  /** How bonds stand, as `chain/worker`; none is there unless said. */
  let bonds: Map<string, number>;

  beforeEach(() => {
    [status, now, publisher, bond, bonds] = ["Completed", HELD_UNTIL, OWN, parseEther("1"), new Map()];
  });

  function isOver(): Promise<boolean> {
    const reward = rewardSchema.parse({
      policy: "model-trading",
      cap: String(parseEther("100")),
      bond: String(bond),
      scale: 1,
      dataWeight: 0.01,
      prices: { offers: WORKERS.map((worker) => ({ worker, price: String(parseEther("1")) })) },
    });
    const terms = tradingTerms(reward, { epochSeconds: 60, rounds: 2, publisher: OWN });
    const whenFinal =
      <T>(value: T) =>
      async (_: unknown, block: string) => {
        expect(block).to.equal(FINAL);
        return value;
      };
    const main = {
      finalBlock: async () => (now === undefined ? undefined : { number: FINAL, timestamp: now }),
      taskOf: whenFinal({ status }),
      termsOf: whenFinal({ subchains: CHAINS }),
      heldUntil: whenFinal(HELD_UNTIL),
    };
    return isOverForSales(1n, { publisher, mechanismTerms: encodeTerms(terms) }, {
      main,
      bondOf: async ({ chainId, worker }: { chainId: bigint; worker: string }, block: string) => {
        expect(block).to.equal(FINAL);
        return bonds.get(`${chainId}/${worker}`) ?? BOND.none;
      },
      own: OWN,
    } as unknown as SalesChain);
  }

  it("has ended, by final blocks", async () => {
    for (const [is, over] of [
      ["None", false],
      ["Open", false],
      ["Rejected", true],
      ["Expired", true],
      ["Completed", true],
    ] as const) {
      status = is;
      expect(await isOver(), is).to.equal(over);
    }
    now = undefined;
    expect(await isOver(), "nothing is final").to.equal(false);
  });

  it("leaves no bond undecided that could fall to the publisher, on any subchain", async () => {
    bonds.set(`3/${WORKERS[0]}`, BOND.returned).set(`4/${WORKERS[1]}`, BOND.locked);
    expect(await isOver()).to.equal(false);
    bonds.set(`4/${WORKERS[1]}`, BOND.forfeited);
    expect(await isOver()).to.equal(true);
  });

  it("is not waited for by whom no bond falls to, nor when its worker leaves one for a month", async () => {
    bonds.set(`3/${WORKERS[0]}`, BOND.locked);
    publisher = OTHER;
    expect(await isOver(), "another's").to.equal(true);
    [publisher, bond] = [OWN, 0n];
    expect(await isOver(), "without bonds").to.equal(true);
    [bond, status] = [parseEther("1"), "Expired"];
    expect(await isOver(), "one that expired").to.equal(true);
    [status, now] = ["Completed", HELD_UNTIL + 30 * DAY - 1];
    expect(await isOver(), "before a month is over").to.equal(false);
    now++;
    expect(await isOver(), "after it").to.equal(true);
  });
});
