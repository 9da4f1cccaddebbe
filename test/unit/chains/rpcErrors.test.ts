import { expect } from "chai";

import { RpcRefusal, RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import {
  isAlreadyKnown,
  isNonceUsed,
  isRangeTooLarge,
  meaningOf,
  type RpcErrorMeaning,
  RpcMissing,
  RpcThrottled,
  revertDataOf,
  toRpcError,
} from "../../../chains/rpc/rpcErrors.ts";

describe("rpcErrors", () => {
  // Method, code and text as nodes send them, and what they mean.
  const CASES: readonly [RpcErrorMeaning, string, number, string][] = [
    ["throttled", "eth_call", -32005, "limit exceeded"],
    ["throttled", "eth_getLogs", -32005, "daily request count exceeded, request rate limited"],
    ["throttled", "eth_call", 429, "Your app has exceeded its compute units per second capacity."],
    ["throttled", "eth_blockNumber", -32016, "over rate limit"],
    ["throttled", "eth_call", -32000, "Too Many Requests"],
    ["missing", "eth_call", -32000, "header not found"],
    ["missing", "eth_call", -32000, "missing trie node 0123 (path ) state 0x12 is not available"],
    ["missing", "eth_getLogs", -32000, "unknown block"],
    ["missing", "eth_call", -32000, "Received invalid block tag 32. Latest block number is 0"],
    ["missing", "eth_call", -32602, "BlockOutOfRangeError: block height is 0 but requested was 32"],
    ["missing", "eth_getLogs", -32000, "block range extends beyond current head block"],
    ["missing", "eth_call", -32000, "historical state 12ab is not available"],
    ["unavailable", "eth_call", -32603, "Internal error"],
    ["unavailable", "eth_call", -32603, "Internal JSON-RPC error."],
    ["unavailable", "eth_call", -32000, "execution aborted (timeout = 5s)"],
    ["unavailable", "eth_call", -32000, "no backends available for method"],
    ["unavailable", "eth_sendRawTransaction", -32000, "txpool is full"],
    ["unsupported", "eth_getProof", -32601, "the method eth_getProof does not exist/is not available"],
    ["unsupported", "nope", -32004, "Method nope is not supported"],
    ["refused", "eth_call", 3, "execution reverted: timeout"],
    [
      "refused",
      "eth_call",
      -32603,
      "VM Exception while processing transaction: reverted with panic code 0x11",
    ],
    ["refused", "eth_call", -32602, "invalid argument 0: hex string of odd length"],
    ["refused", "eth_sendRawTransaction", -32000, "already known"],
    ["refused", "eth_sendRawTransaction", -32000, "nonce too low: next nonce 5, tx nonce 4"],
    ["refused", "eth_sendRawTransaction", -32000, "insufficient funds for gas * price + value"],
    ["refused", "eth_sendRawTransaction", -32000, "replacement transaction underpriced"],
    ["refused", "eth_sendRawTransaction", -32000, "exceeds block gas limit"],
    ["refused", "eth_getLogs", -32005, "query returned more than 10000 results"],
  ];
  for (const [meaning, method, code, message] of CASES) {
    it(`takes "${message}" (${code}) of ${method} as ${meaning}`, () => {
      expect(meaningOf(method, { code, message })).to.equal(meaning);
    });
  }

  const LAGGING: readonly [number, string][] = [
    [-32602, "block is out of range"],
    [-32000, "cannot query unfinalized data"],
    [-32000, "requested from block 5 to block 9 after last accepted block 7"],
    [-32602, "toBlock 0x9 is greater than latest block 0x7"],
  ];
  for (const [code, message] of LAGGING) {
    it(`takes "${message}" as that of a node which is behind, of whatever it is asked`, () => {
      for (const [method, params] of [
        ["eth_getLogs", [{ fromBlock: "0x5", toBlock: "0x9" }]],
        ["eth_getLogs", [{ fromBlock: "0x9", toBlock: "0x9" }]],
        ["eth_call", [{}, "0x9"]],
      ] as const) {
        expect(meaningOf(method, { code, message }, params), method).to.equal("missing");
      }
    });
  }

  describe("of logs of several blocks", () => {
    const several = [{ fromBlock: "0x1", toBlock: "0x2" }];
    const one = [{ fromBlock: "0x2", toBlock: "0x2" }];
    const ofLogs = (code: number, message: string, params: readonly unknown[]) =>
      meaningOf("eth_getLogs", { code, message }, params);

    it("takes -32005 for what it is of one block, unless it speaks of requests", () => {
      const limited = "Maximum allowed number of requested blocks is 3500";
      expect(ofLogs(-32005, limited, several)).to.equal("refused");
      expect(ofLogs(-32005, "limit exceeded", several)).to.equal("refused");
      expect(ofLogs(-32005, "limit exceeded", one)).to.equal("throttled");
      expect(ofLogs(-32005, "limit exceeded", [{ blockHash: "0xab" }])).to.equal("throttled");
      for (const params of [several, one]) {
        expect(ofLogs(-32005, "daily request count exceeded, request rate limited", params)).to.equal(
          "throttled",
        );
      }
    });

    it("takes an error without a reason for one that fewer blocks may not meet", () => {
      expect(ofLogs(-32603, "Internal error", several)).to.equal("refused");
      expect(ofLogs(-32603, "Internal error", one)).to.equal("unavailable");
      expect(ofLogs(-32000, "bad gateway", several)).to.equal("unavailable");
    });

    it("tells the reason that is in the data alone", () => {
      const error = { code: -32602, message: "invalid params", data: "block range is limited to 100" };
      const refusal = toRpcError("http://node", "eth_getLogs", error, several);
      expect(refusal).to.be.instanceOf(RpcRefusal);
      expect(refusal.message).to.equal(
        "eth_getLogs was refused: invalid params: block range is limited to 100",
      );
    });
  });

  const TOO_LARGE = [
    "query returned more than 10000 results. Try with this block range [0x1, 0x2].",
    "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range and no limit",
    "query exceeds max results 20000, retry with the range 1-2",
    "requested too many blocks from 0 to 5000, maximum is set to 2048",
    "eth_getLogs and eth_newFilter are limited to a 10,000 blocks range",
    "block range is too wide",
    "exceed maximum block range: 5000",
    "logs matched by query exceeds limit of 10000",
    "query timeout exceeded",
    "Block range too large: maximum allowed is 500",
    "eth_getLogs is limited to a 10,000 range",
    "response size exceeds 1000 bytes",
  ];
  for (const message of TOO_LARGE) {
    it(`takes "${message}" as a range too large, whatever its code`, () => {
      for (const code of [-32005, -32000, -32602, -32600]) {
        const error = toRpcError("http://node", "eth_getLogs", { code, message });
        expect(error).to.be.instanceOf(RpcRefusal);
        expect(isRangeTooLarge(error as RpcRefusal)).to.equal(true);
      }
    });
  }

  it("takes no other refusal for a range too large", () => {
    for (const message of [
      "invalid argument 0: hex string of odd length",
      "execution reverted",
      "filter not found",
    ]) {
      expect(isRangeTooLarge(new RpcRefusal("eth_getLogs", { code: -32000, message }))).to.equal(false);
    }
  });

  it("makes the error that fits", () => {
    const body = (message: string) => ({ code: -32000, message });
    expect(toRpcError("http://node", "eth_call", body("rate limit"))).to.be.instanceOf(RpcThrottled);
    expect(toRpcError("http://node", "eth_call", body("header not found"))).to.be.instanceOf(RpcMissing);
    const error = toRpcError("http://node", "eth_call", body("bad gateway"));
    expect(error).to.be.instanceOf(RpcUnavailable);
    expect(error.message).to.equal("http://node could not answer eth_call.\nWhy: bad gateway (code -32000)");
  });

  it("finds revert data wherever nodes put them", () => {
    const data = "0x08c379a0";
    expect(revertDataOf(data)).to.equal(data);
    expect(revertDataOf(`Reverted ${data}`)).to.equal(data);
    expect(revertDataOf({ message: "reverted", data })).to.equal(data);
    expect(revertDataOf({ originalError: { code: 3, data: { data } } })).to.equal(data);
    for (const none of [undefined, null, "no data", "0x123", { message: "x" }, 5]) {
      expect(revertDataOf(none)).to.equal(undefined);
    }
    const wrapped = { code: -32603, message: "Error: VM Exception", data: { message: "reverted", data } };
    expect((toRpcError("http://node", "eth_call", wrapped) as RpcRefusal).data).to.equal(data);
  });

  it("knows a transaction that a node has", () => {
    const refusal = (message: string) => new RpcRefusal("eth_sendRawTransaction", { code: -32000, message });
    for (const message of ["already known", "Known transaction: 0x12", "transaction already imported"]) {
      expect(isAlreadyKnown(refusal(message))).to.equal(true);
    }
    expect(isAlreadyKnown(refusal("nonce too low"))).to.equal(false);
    expect(isNonceUsed(refusal("Nonce too low. Expected nonce to be 5 but got 4."))).to.equal(true);
    expect(isNonceUsed(refusal("nonce too high"))).to.equal(false);
  });
});
