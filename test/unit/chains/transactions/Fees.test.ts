import { expect } from "chai";

import { type Rpc, RpcRefusal } from "../../../../chains/rpc/Rpc.ts";
import { feesOf, raisedFees, readFees } from "../../../../chains/transactions/Fees.ts";

/** A chain with a base fee, if it has any, that suggests these prices. */
function chain(prices: { baseFee?: bigint; gasPrice: bigint; priority?: bigint }): Rpc {
  const hex = (value: bigint) => `0x${value.toString(16)}`;
  return {
    async request(method) {
      if (method === "eth_gasPrice") return hex(prices.gasPrice);
      if (method === "eth_getBlockByNumber") {
        const block = { number: "0x1", hash: "0x01", parentHash: "0x00", timestamp: "0x1" };
        return prices.baseFee === undefined ? block : { ...block, baseFeePerGas: hex(prices.baseFee) };
      }
      if (prices.priority !== undefined) return hex(prices.priority);
      throw new RpcRefusal(method, { code: -32601, message: "no such method" });
    },
  };
}

describe("fees", () => {
  it("are nothing where gas is free, whatever priority fee a node suggests", async () => {
    const nothing = { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n };
    expect(await readFees(chain({ baseFee: 0n, gasPrice: 0n, priority: 1_000_000_000n }))).to.deep.equal(
      nothing,
    );
    expect(await readFees(chain({ baseFee: 0n, gasPrice: 0n }))).to.deep.equal(nothing);
    expect(await readFees(chain({ gasPrice: 0n }))).to.deep.equal({
      ...{ maxFeePerGas: 0n, maxPriorityFeePerGas: undefined },
    });
  });

  it("are what is asked where only the base fee is nothing", async () => {
    expect(await readFees(chain({ baseFee: 0n, gasPrice: 5n, priority: 5n }))).to.deep.equal({
      ...{ maxFeePerGas: 5n, maxPriorityFeePerGas: 5n },
    });
  });

  it("are nothing for whoever has no coin where blocks cost nothing, as geth suggests a price all the same", async () => {
    const balances: Record<string, bigint> = { rich: 1n, poor: 0n };
    const free = chain({ baseFee: 0n, gasPrice: 1n, priority: 1n });
    const paid = chain({ baseFee: 7n, gasPrice: 8n, priority: 1n });
    const bidOn = async (asked: Rpc, account: string) => {
      const rpc: Rpc = {
        request: async (method, params) =>
          method === "eth_getBalance"
            ? `0x${balances[String(params[0])]!.toString(16)}`
            : asked.request(method, params),
      };
      return (await feesOf(rpc, account, await readFees(rpc))).maxFeePerGas;
    };
    expect(await bidOn(free, "poor")).to.equal(0n);
    expect(await bidOn(free, "rich")).to.equal(1n);
    expect(await bidOn(paid, "poor")).to.equal(15n);
  });

  it("stay nothing where nothing is asked: nobody there needs to have any coin", () => {
    const nothing = { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n };
    expect(raisedFees(nothing, nothing)).to.equal(undefined);
    const legacy = { maxFeePerGas: 0n, maxPriorityFeePerGas: undefined };
    expect(raisedFees(legacy, legacy)).to.equal(undefined);
    // It costs something now.
    expect(raisedFees(nothing, { maxFeePerGas: 40n, maxPriorityFeePerGas: 2n })).to.deep.equal({
      ...{ maxFeePerGas: 40n, maxPriorityFeePerGas: 2n },
    });
  });

  it("are raised by more than nodes want", () => {
    const asked = { maxFeePerGas: 1n, maxPriorityFeePerGas: 0n };
    expect(raisedFees({ maxFeePerGas: 100n, maxPriorityFeePerGas: 10n }, asked)).to.deep.equal({
      ...{ maxFeePerGas: 126n, maxPriorityFeePerGas: 13n },
    });
  });
});
