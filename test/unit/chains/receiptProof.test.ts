import { readFileSync } from "node:fs";

import { expect } from "chai";
import { decodeRlp, getBytes } from "ethers";

import { decodeHeader, readBlockHeader } from "../../../chains/proofs/blockHeader.ts";
import { proveReceipts } from "../../../chains/proofs/receiptProof.ts";
import { type Rpc, RpcRefusal, RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import { encodeHeaderProof } from "../../../protocol/header.ts";
import { rejected, thrown } from "../thrown.ts";

type Answer = Record<string, unknown>;
interface Receipt extends Answer {
  logs: Answer[];
}

// A block of a real chain and what its node said of it; the proofs in the file are computed from the definitions.
const vectors = JSON.parse(readFileSync(new URL("../../vectors/headers.json", import.meta.url), "utf8")) as {
  originGateway: string;
  block: { hash: string; number: string; header: string; signers: string };
  messages: { name: string; id: string; proof: string }[];
  forged: { name: string; id: string }[];
  batch: string;
  recorded: { block: Answer & { transactions: string[] }; receipts: Receipt[] };
};
const { block, messages, recorded, originGateway: gateway } = vectors;
const blockHash = block.hash;

/** What a node answers, by method; a function is asked. */
type Answers = Record<string, unknown>;

const together: Answers = {
  eth_getBlockByHash: recorded.block,
  eth_getBlockReceipts: recorded.receipts,
};
const oneByOne: Answers = {
  eth_getBlockByHash: recorded.block,
  eth_getTransactionReceipt: (hash: string) => recorded.receipts[recorded.block.transactions.indexOf(hash)],
};

function node(answers: Answers): Rpc & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    request: async (method, params) => {
      asked.push(method);
      if (!(method in answers)) throw new RpcRefusal(method, { code: -32_601, message: "no such method" });
      const answer = answers[method];
      return typeof answer === "function" ? answer(...params) : answer;
    },
  };
}

const prove = (answers: Answers, messageIds = messages.map(({ id }) => id), from = gateway) =>
  proveReceipts(node(answers), { blockHash, gateway: from, messageIds });

describe("decodeHeader", () => {
  it("gives back what was encoded, as JSON-RPC has it", () => {
    const { hash, ...decoded } = decodeHeader(getBytes(block.header));
    expect(hash).to.equal(blockHash);
    for (const [name, value] of Object.entries(decoded)) expect(value, name).to.equal(recorded.block[name]);
  });

  it("refuses what is no header", () => {
    for (const bytes of ["0x", "0x80", "0xc0", `${block.header}00`, block.header.slice(0, -2)]) {
      expect(thrown(() => decodeHeader(getBytes(bytes))).code).to.equal("HEADER_MALFORMED");
    }
  });
});

describe("readBlockHeader", () => {
  it("encodes the header that the hash is of", async () => {
    const header = await readBlockHeader(node(together), blockHash.toUpperCase().replace("0X", "0x"));
    expect(header).to.deep.equal({
      hash: blockHash,
      number: BigInt(block.number),
      parentHash: recorded.block.parentHash,
      receiptsRoot: recorded.block.receiptsRoot,
      transactionsRoot: (decodeRlp(block.header) as string[])[4],
      encoded: block.header,
      transactions: recorded.block.transactions,
    });
  });

  it("says when a node does not know the block", async () => {
    const error = await rejected(readBlockHeader(node({ eth_getBlockByHash: null }), blockHash));
    expect(error.code).to.equal("BLOCK_NOT_FOUND");
    expect(error.retryable).to.equal(true);
  });

  const FIELDS =
    `parentHash sha3Uncles miner stateRoot transactionsRoot receiptsRoot logsBloom difficulty number
    gasLimit gasUsed timestamp extraData mixHash nonce baseFeePerGas withdrawalsRoot blobGasUsed excessBlobGas
    parentBeaconBlockRoot requestsHash`.split(/\s+/);
  const mismatches: Record<string, Answer> = Object.fromEntries(
    FIELDS.flatMap((name) => {
      const value = recorded.block[name] as string;
      const other = `${value.slice(0, -1)}${value.endsWith("7") ? "8" : "7"}`;
      return [
        [`another ${name}`, { ...recorded.block, [name]: name === "extraData" ? "0x07" : other }],
        [`no ${name}`, { ...recorded.block, [name]: undefined }],
        [`${name} that is no hexadecimal`, { ...recorded.block, [name]: "what?" }],
      ];
    }),
  );
  mismatches["a field of a later upgrade"] = { ...recorded.block, blockAccessListHash: blockHash };
  for (const [what, answer] of Object.entries(mismatches)) {
    it(`refuses ${what}`, async () => {
      const error = await rejected(readBlockHeader(node({ eth_getBlockByHash: answer }), blockHash));
      expect(error.code).to.equal("HEADER_MISMATCH");
      expect(error.retryable).to.equal(false);
    });
  }
});

describe("proveReceipts", () => {
  for (const [how, answers] of Object.entries({ together, "one by one": oneByOne })) {
    it(`proves what the definitions prove, receipts read ${how}`, async () => {
      const { block: proven, ...proof } = await prove(answers);
      expect(proven.hash).to.equal(blockHash);
      expect(proven.number).to.equal(BigInt(block.number));
      expect(encodeHeaderProof(proof, block.signers)).to.equal(vectors.batch);
      for (const { name, id, proof: expected } of messages) {
        expect(encodeHeaderProof(await prove(answers, [id]), block.signers), name).to.equal(expected);
      }
    });
  }

  it("asks for all receipts at once where the node can", async () => {
    const rpc = node({ ...oneByOne, ...together });
    await proveReceipts(rpc, { blockHash, gateway, messageIds: [] });
    expect(rpc.asked).to.deep.equal(["eth_getBlockByHash", "eth_getBlockReceipts"]);
    const answersNothing = await prove({ ...oneByOne, eth_getBlockReceipts: null });
    expect(encodeHeaderProof(answersNothing, block.signers)).to.equal(vectors.batch);
  });

  it("does not take an unreachable node for one without the method", async () => {
    const unreachable = () => {
      throw new RpcUnavailable("No answer.");
    };
    const error = await rejected(prove({ ...oneByOne, eth_getBlockReceipts: unreachable }));
    expect(error.code).to.equal("RPC_UNAVAILABLE");
  });

  const first = recorded.receipts[1]!;
  const replaced = (receipt: unknown) => recorded.receipts.map((each, i) => (i === 1 ? receipt : each));
  const mismatches: Record<string, unknown[]> = {
    "one receipt less": recorded.receipts.slice(0, -1),
    "none at all": [],
    "two in the wrong order": replaced(recorded.receipts[2]),
    "another status": replaced({ ...first, status: "0x0" }),
    "another type": replaced({ ...first, type: "0x1" }),
    "another sum of gas": replaced({ ...first, cumulativeGasUsed: "0x1" }),
    "another log": replaced({ ...first, logs: [{ ...first.logs[0], data: "0x" }] }),
    "no log": replaced({ ...first, logs: [] }),
    "logs that are no list": replaced({ ...first, logs: undefined }),
    "no status": replaced({ ...first, status: undefined }),
    "a receipt that is null": replaced(null),
  };
  for (const [what, receipts] of Object.entries(mismatches)) {
    it(`refuses ${what}`, async () => {
      const error = await rejected(prove({ ...together, eth_getBlockReceipts: receipts }));
      expect(error.code).to.equal("RECEIPTS_MISMATCH");
      expect(error.retryable).to.equal(true);
    });
  }

  it("refuses a node that lacks a receipt, or says that the block has no transactions", async () => {
    const lacking = await rejected(prove({ ...oneByOne, eth_getTransactionReceipt: null }));
    expect(lacking.code).to.equal("RECEIPTS_MISMATCH");
    for (const transactions of [[], undefined]) {
      const withoutList = { ...recorded.block, transactions };
      const error = await rejected(prove({ ...oneByOne, eth_getBlockByHash: withoutList }));
      expect(error.code).to.equal("RECEIPTS_MISMATCH");
    }
  });

  it("says when the gateway did not send a message in that block", async () => {
    for (const [ids, from] of [
      [[vectors.forged[0]!.id], gateway],
      [[messages[0]!.id], `0x${"01".repeat(20)}`],
    ] as const) {
      expect((await rejected(prove(together, [...ids], from))).code).to.equal("MESSAGE_NOT_FOUND");
    }
  });
});
