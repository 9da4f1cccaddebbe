import { readFileSync } from "node:fs";

import { expect } from "chai";
import { keccak256, Wallet } from "ethers";

import type { AuditedTask, CheckTally } from "../../../../mechanisms/MechanismAudit.ts";
import { checkOffers } from "../../../../mechanisms/model-trading/audit/checkOffers.ts";
import { encodeTerms } from "../../../../mechanisms/model-trading/encodings.ts";
import { offersTree } from "../../../../mechanisms/model-trading/offers.ts";
import { rewardSchema } from "../../../../mechanisms/model-trading/rewardSchema.ts";
import { tradingTerms } from "../../../../mechanisms/model-trading/tradingTerms.ts";
import { TERMS } from "../../tasks/view/taskStory.ts";

const { reward } = JSON.parse(
  readFileSync(new URL("../../../../examples/model-trading.json", import.meta.url), "utf8"),
) as { reward: { prices: { game: Record<string, unknown> } } & Record<string, unknown> };
const publisher = Wallet.createRandom().address;
const MANAGER = `0x${"aa".repeat(20)}`;

/** What the check finds where a specification says `asked` and the chains have the example's terms. */
async function failureOf(asked: Record<string, unknown>): Promise<string | undefined> {
  class Found extends Error {}
  const { epochSeconds } = TERMS.schedule;
  const terms = tradingTerms(rewardSchema.parse(reward), { epochSeconds, rounds: TERMS.rounds, publisher });
  const mechanismTerms = encodeTerms(terms);
  const worstCase = terms.cap * BigInt(TERMS.maxWorkers) * BigInt(TERMS.subchains.length);
  const tally: CheckTally = {
    count: () => undefined,
    note: () => undefined,
    require(holds, sentence) {
      if (!holds) throw new Found(sentence);
    },
  };
  const opened = { task: 1n, manager: MANAGER, termsHash: keccak256(mechanismTerms) };
  const { periodMs, cosigner, offers } = terms;
  const held = { periodMs, cosigner, offers: offers.length, offersRoot: offersTree(terms).root() };
  const task = {
    ...{ task: 1n, terms: TERMS, mechanismTerms, reward: asked, publisher, worstCase, budget: worstCase },
    policy: { application: MANAGER, events: () => [opened] },
    meters: async () => [{ chain: "physical", application: MANAGER, read: async () => held }],
  } as unknown as AuditedTask;
  try {
    await checkOffers(task, tally);
    return undefined;
  } catch (error) {
    if (error instanceof Found) return error.message;
    throw error;
  }
}

describe("the audit of offers", () => {
  it("holds for what the specification asks for", async () => {
    expect(await failureOf(reward)).to.equal(undefined);
  });

  it("fails, and does not break off, where the specification asks for nothing that can be offered", async () => {
    expect(await failureOf({ ...reward, cap: "1" })).to.contain("asks for other terms");
    const { prices } = reward;
    const games = { ...reward, prices: { ...prices, game: { ...prices.game, tau: "never" } } };
    expect(await failureOf(games)).to.contain("no equilibrium");
    expect(await failureOf({ ...reward, cap: "-1" })).to.contain("amounts are whole numbers");
    expect(await failureOf({})).to.contain("asks for no offers");
  });
});
