import { expect } from "chai";

import {
  anchorHeader,
  describeFinality,
  finalHeader,
  finalityRuleSchema,
} from "../../../chains/clients/finality.ts";
import { RpcRefusal } from "../../../chains/rpc/Rpc.ts";
import { RpcMissing } from "../../../chains/rpc/rpcErrors.ts";
import { rejected } from "../thrown.ts";

describe("finality", () => {
  it("is told in words", () => {
    expect(describeFinality({ confirmations: 0 })).to.equal("final at once");
    expect(describeFinality({ confirmations: 1 })).to.equal("final under 1 more block");
    expect(describeFinality({ confirmations: 64 })).to.equal("final under 64 more blocks");
    expect(describeFinality("finalized")).to.equal("finalized by its chain");
  });

  it("is a number of confirmations or the finalized tag, nothing else", () => {
    for (const policy of ["finalized", { confirmations: 0 }, { confirmations: 100 }]) {
      expect(finalityRuleSchema.parse(policy)).to.deep.equal(policy);
    }
    for (const policy of ["latest", {}, { confirmations: 1.5 }, { confirmations: 1, safe: true }, 3, null]) {
      expect(finalityRuleSchema.safeParse(policy).success, JSON.stringify(policy)).to.equal(false);
    }
  });
});

/** A chain of so many blocks; `finalized` answers, or throws. */
function chain(head: number, finalized: () => number | null = () => null) {
  const header = (number: number) => ({
    number: `0x${number.toString(16)}`,
    hash: `hash ${number}`,
    parentHash: `hash ${number - 1}`,
    timestamp: "0x1",
  });
  return {
    request: async (_: string, [tag]: readonly unknown[]) => {
      if (tag === "latest") return header(head);
      const number = tag === "finalized" ? finalized() : Number(tag);
      return number === null || number > head ? null : header(number);
    },
  };
}

describe("the newest final block", () => {
  it("is so many blocks below the newest, or none while there are not so many", async () => {
    expect((await finalHeader(chain(7), { confirmations: 3 }))?.number).to.equal(4);
    expect(await finalHeader(chain(2), { confirmations: 3 })).to.equal(undefined);
  });

  it("is what the chain says, and none yet whether its node answers null or with an error", async () => {
    expect(
      (
        await finalHeader(
          chain(7, () => 5),
          "finalized",
        )
      )?.number,
    ).to.equal(5);
    expect(await finalHeader(chain(7), "finalized")).to.equal(undefined);
    const lacking = chain(7, () => {
      throw new RpcMissing("It lacks what is asked for.");
    });
    expect(await finalHeader(lacking, "finalized")).to.equal(undefined);
  });

  it("is said to be none for good by a node that refuses the question, and of a chain that has grown for long", async () => {
    const refusing = chain(7, () => {
      throw new RpcRefusal("eth_getBlockByNumber", { code: -32602, message: "invalid block tag" });
    });
    for (const one of [refusing, chain(300)]) {
      const error = await rejected(finalHeader(one, "finalized"));
      expect(error).to.include({ code: "RPC_UNAVAILABLE", retryable: true });
      expect(error.next).to.contain("confirmations");
    }
  });
});

describe("the block that a refresh names", () => {
  it("is the newest final one, which no reorganization takes", async () => {
    expect((await anchorHeader(chain(500), { confirmations: 3 }))?.number).to.equal(497);
    expect(
      (
        await anchorHeader(
          chain(500, () => 450),
          "finalized",
        )
      )?.number,
    ).to.equal(450);
    expect((await anchorHeader(chain(500), { confirmations: 0 }))?.number).to.equal(500);
  });

  it("is none of which contracts have forgotten the hash, however long nothing becomes final", async () => {
    expect(
      (
        await anchorHeader(
          chain(500, () => 100),
          "finalized",
        )
      )?.number,
    ).to.equal(308);
    expect((await anchorHeader(chain(500), { confirmations: 400 }))?.number).to.equal(308);
    expect((await anchorHeader(chain(100), "finalized"))?.number).to.equal(0);
  });
});
