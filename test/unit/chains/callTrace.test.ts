import { expect } from "chai";

import { callTrace } from "../../../chains/rpc/callTrace.ts";
import { rejected } from "../thrown.ts";

const [A, B, C] = ["aa", "bb", "cc"].map((byte) => `0x${byte.repeat(20)}`) as [string, string, string];

/** What a trace makes of a node's answer. */
const trace = (answer: unknown) => {
  const asked: unknown[] = [];
  const rpc = {
    request: async (method: string, params: readonly unknown[]) => {
      asked.push(method, ...params);
      return answer;
    },
  };
  return { asked, calls: callTrace(rpc, "0x01") };
};

describe("callTrace", () => {
  it("lists the calls that took effect, outermost first, in their order", async () => {
    const frame = {
      type: "CALL",
      from: A,
      to: B.toUpperCase().replace("0X", "0x"),
      input: "0x01",
      calls: [
        { type: "STATICCALL", from: B, to: C, input: "0x02", calls: [] },
        { type: "CALL", from: B, to: C, input: "0x03", value: "0x0" },
        {
          type: "DELEGATECALL",
          from: B,
          to: C,
          input: "0x04",
          calls: [{ type: "CALL", from: B, to: A, input: "0x05" }],
        },
      ],
    };
    const { asked, calls } = trace(frame);
    expect(await calls).to.deep.equal([
      { from: A, to: B, data: "0x01" },
      { from: B, to: C, data: "0x03" },
      { from: B, to: A, data: "0x05" },
    ]);
    expect(asked).to.deep.equal(["debug_traceTransaction", "0x01", { tracer: "callTracer" }]);
  });

  it("leaves out what was undone, with all that it called", async () => {
    const undone = {
      type: "CALL",
      from: A,
      to: B,
      input: "0x02",
      error: "execution reverted",
      calls: [{ type: "CALL", from: B, to: C, input: "0x03" }],
    };
    const { calls } = trace({ type: "CALL", from: A, to: B, input: "0x01", calls: [undone] });
    expect(await calls).to.deep.equal([{ from: A, to: B, data: "0x01" }]);
  });

  it("goes as deep and as far as there are calls", async () => {
    let deep: object = { type: "CALL", from: A, to: B, input: "0xdd" };
    for (let i = 0; i < 1024; i++) deep = { type: "CALL", from: A, to: B, input: "0x", calls: [deep] };
    expect((await trace(deep).calls).at(-1)).to.include({ data: "0xdd" });
    const many = Array.from({ length: 200_000 }, () => ({ type: "CALL", from: A, to: C, input: "0x" }));
    expect(await trace({ type: "CALL", from: A, to: B, input: "0x", calls: many }).calls).to.have.length(
      200_001,
    );
  });

  it("refuses an answer that is no trace", async () => {
    const answers = [
      null,
      "0x",
      { structLogs: [] },
      { type: "CALL", from: A, input: "0x" },
      { type: "CALL", from: A, to: B, input: "0x", calls: {} },
      { type: "CALL", from: A, to: B, input: "0x", calls: [7] },
    ];
    for (const answer of answers) {
      expect(await rejected(trace(answer).calls)).to.include({ code: "RPC_UNAVAILABLE" });
    }
  });
});
