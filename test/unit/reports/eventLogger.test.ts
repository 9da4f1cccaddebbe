import { expect } from "chai";

import { BaseError } from "../../../protocol/BaseError.ts";
import { relayLogger } from "../../../relay/relayLogger.ts";
import { serviceLogger } from "../../../scripts/serviceLog.ts";
import { faultsOfLine, type LogLine } from "./eventFields.ts";

const WORKER = `0x${"11".repeat(20)}`;
const MESSAGE = `0x${"05".repeat(32)}`;

describe("logs", () => {
  const lines: LogLine[] = [];
  const to = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const tell = serviceLogger(to);
  const tellRelay = relayLogger(to);
  beforeEach(() => lines.splice(0));

  it("say who tells, of what, and about which task, round, worker and message", () => {
    const about = { worker: WORKER, chain: "virtual", task: 3n, round: 0 };
    const error = new BaseError("TRAINING_LATE", "Too late.", { details: "By 2 s." });
    tell({ type: "trained", ...about, samples: 10, loss: 0.5, milliseconds: 20 });
    tell({ type: "round-missed", ...about, error });
    tell({ type: "attested", aggregator: WORKER, task: 3n, round: 0, attempt: 0 });
    tellRelay({ type: "round-closed", chain: "virtual", task: 3n, round: 0 });
    tellRelay({ type: "message-sent", chain: "main", messageId: MESSAGE, nonce: 1, destination: 2n });
    tellRelay({
      type: "submission-sent",
      chain: "main",
      hash: MESSAGE,
      nonce: 1,
      messageIds: [MESSAGE],
      attempt: 1,
    });
    tellRelay({ type: "trouble", chain: "main", task: 3n, doing: "keeping task 3", error });
    expect(lines.map(({ part }) => part)).to.deep.equal([
      ...["worker", "worker", "aggregator"],
      ...["relay", "relay", "relay", "relay"],
    ]);
    for (const line of lines) expect(faultsOfLine(line)).to.deep.equal([]);
    expect(lines[1]).to.deep.include({
      ...{ level: 40, event: "round-missed", task: "3", round: 0, worker: WORKER, chain: "virtual" },
      error: { code: "TRAINING_LATE", message: "Too late.", details: "By 2 s." },
    });
    expect(lines.at(-1)).to.include({ event: "trouble", task: "3", chain: "main" });
  });

  it("are seen to lack what they lack", () => {
    const line = {
      level: 30,
      time: 1,
      part: "worker",
      event: "trained",
      task: "3",
      worker: WORKER,
      taskId: "3",
    };
    expect(faultsOfLine(line)).to.deep.equal([
      "trained lacks chain",
      "trained lacks round",
      "trained has taskId",
    ]);
    const words = {
      level: 40,
      time: 1,
      part: "relay",
      event: "trouble",
      chain: "main",
      doing: "keeping task 3",
    };
    expect(faultsOfLine(words)).to.deep.equal(["trouble names a task in words only: keeping task 3"]);
  });
});
