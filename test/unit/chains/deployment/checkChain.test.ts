import { expect } from "chai";
import type { ChainClient } from "../../../../chains/clients/ChainClient.ts";
import { checkOpcodes, checkToken } from "../../../../chains/networks/deployment/checkChain.ts";
import { type Rpc, RpcRefusal, RpcUnavailable } from "../../../../chains/rpc/Rpc.ts";
import { rejected } from "../../thrown.ts";

const SOMEBODY = `0x${"11".repeat(20)}`;
const word = (value: bigint) => `0x${value.toString(16).padStart(64, "0")}`;

/** A chain whose machine knows only some opcodes, by their bytes. */
function machine(...known: readonly string[]): Pick<ChainClient, "name" | "rpc"> {
  const rpc: Rpc = {
    async request(method, [call]) {
      const { data } = call as { data: string };
      const strange = ["5f5f", "5e", "5d"].find((code) => data.includes(code) && !known.includes(code));
      if (strange === undefined) return "0x";
      throw new RpcRefusal(method, { code: -32000, message: "invalid opcode" });
    },
  };
  return { name: "old", rpc };
}

/** A chain with a contract that answers these words by selector, and refuses others. */
function holding(code: string, answers: Readonly<Record<string, string>>): ChainClient {
  const rpc: Rpc = {
    async request(method, [asked]) {
      if (method === "eth_getCode") return code;
      const answer = answers[(asked as { data: string }).data.slice(0, 10)];
      if (answer !== undefined) return answer;
      throw new RpcRefusal(method, { code: 3, message: "execution reverted", data: "0x" });
    },
  };
  return { name: "main", rpc } as ChainClient;
}

describe("checkOpcodes", () => {
  it("says which opcode a chain lacks, and since when there is one", async () => {
    await checkOpcodes(machine("5f5f", "5e", "5d"), SOMEBODY);
    const cases = [
      [machine("5e", "5d"), "PUSH0", "Shanghai"],
      [machine("5f5f", "5d"), "MCOPY", "Cancun"],
      [machine("5f5f", "5e"), "TSTORE", "Cancun"],
    ] as const;
    for (const [chain, opcode, fork] of cases) {
      const error = await rejected(checkOpcodes(chain, SOMEBODY));
      expect(error.code).to.equal("OPCODE_MISSING");
      expect(error.message).to.contain(opcode).and.contain(fork);
    }
  });

  it("takes a node's silence, and one that lets nobody try, for no missing opcode", async () => {
    const rpc: Rpc = { request: () => Promise.reject(new RpcUnavailable("silent")) };
    expect(await rejected(checkOpcodes({ name: "silent", rpc }, SOMEBODY))).to.have.property(
      "code",
      "RPC_UNAVAILABLE",
    );
    const refusing: Rpc = {
      request: (method) =>
        Promise.reject(new RpcRefusal(method, { code: -32000, message: "no calls without a recipient" })),
    };
    await checkOpcodes({ name: "strict", rpc: refusing }, SOMEBODY);
  });
});

describe("checkToken", () => {
  const SUPPLY = { "0x18160ddd": word(5n), "0x70a08231": word(0n) };
  const six = { ...SUPPLY, "0x313ce567": word(6n) };

  it("takes what answers as an ERC-20", async () => {
    await checkToken(holding("0x60", SUPPLY), SOMEBODY, new Map());
    await checkToken(holding("0x60", six), SOMEBODY, new Map([["counting", 6]]));
  });

  it("refuses an address without code, another contract, and decimals that an application does not count in", async () => {
    const cases = [
      [holding("0x", SUPPLY), new Map(), "There is no contract."],
      [holding("0x60", {}), new Map(), "It does not answer as an ERC-20."],
      [
        holding("0x60", six),
        new Map([["twins", 18]]),
        "twins counts in tokens of 18 decimals; this one has 6",
      ],
      [holding("0x60", SUPPLY), new Map([["twins", 18]]), "this one has none"],
    ] as const;
    for (const [client, decimals, why] of cases) {
      const error = await rejected(checkToken(client, SOMEBODY, decimals));
      expect(error.code).to.equal("NOT_A_TOKEN");
      expect(error.message).to.contain(why);
    }
  });
});
