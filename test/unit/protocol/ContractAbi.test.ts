import { expect } from "chai";
import { Interface, type InterfaceAbi } from "ethers";

import { ContractAbi } from "../../../protocol/ContractAbi.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { thrown } from "../thrown.ts";

const ADDRESS = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const WORD = `0x${"ab".repeat(32)}`;
const { Gateway, TaskManager, CrossChainManager, LearningSubchain } = contracts;

/** The log that an event leaves. */
function logOf({ abi }: { abi: InterfaceAbi }, event: string, values: unknown[]) {
  return new Interface(abi).encodeEventLog(event, values);
}

describe("ContractAbi", () => {
  it("has the selectors and topics that ethers has, of every contract", () => {
    for (const contract of Object.values(contracts)) {
      const reference = new Interface(contract.abi);
      const own = contract as { selectorOf(name: string): string; topicOf(name: string): string };
      reference.forEachFunction(({ name, selector }) => {
        expect(own.selectorOf(name)).to.equal(selector);
      });
      reference.forEachEvent(({ name, topicHash }) => {
        expect(own.topicOf(name)).to.equal(topicHash);
      });
    }
  });

  it("encodes calls", () => {
    const message = { nonce: 3, sender: ADDRESS, recipient: ADDRESS, payload: "0x1234" };
    const data = Gateway.encodeCall("deliver", [7n, message, "0x56"]);
    expect(data).to.equal(new Interface(Gateway.abi).encodeFunctionData("deliver", [7n, message, "0x56"]));
    expect(Gateway.functionOf(data)).to.equal("deliver");
    expect(Gateway.functionOf("0x12345678")).to.equal(undefined);
    expect(Gateway.decodeArguments("deliver", `0x${data.slice(10)}`)).to.deep.equal({
      origin: 7n,
      message,
      proof: "0x56",
    });
  });

  it("reads arrays of a fixed number of elements as ethers writes them", () => {
    const stamp = {
      type: "tuple[2]",
      name: "stamps",
      components: [
        { type: "uint64", name: "endMs" },
        { type: "bytes32", name: "r" },
      ],
    } as const;
    const fixed = new ContractAbi({
      name: "Fixed",
      abi: [
        {
          type: "function",
          name: "f",
          stateMutability: "view",
          inputs: [stamp, { type: "string[2]", name: "texts" }, { type: "uint8[3][]", name: "rows" }],
          outputs: [],
        },
        {
          type: "event",
          name: "E",
          inputs: [
            { type: "uint64[3]", name: "ends" },
            { type: "bool", name: "last" },
          ],
        },
      ],
      errors: {},
    });
    const values = [
      [
        { endMs: 1n, r: WORD },
        { endMs: 2n, r: WORD },
      ],
      ["one", "two"],
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ] as const;
    const data = fixed.encodeCall("f", values as never);
    expect(data).to.equal(
      new Interface(fixed.abi as unknown as InterfaceAbi).encodeFunctionData("f", values),
    );
    expect(fixed.decodeArguments("f", `0x${data.slice(10)}`)).to.deep.equal({
      stamps: values[0],
      texts: values[1],
      rows: values[2],
    });
    const { topics, data: told } = logOf({ abi: fixed.abi as unknown as InterfaceAbi }, "E", [
      [7n, 8n, 9n],
      true,
    ]);
    const event = fixed.decodeEvent({ topics, data: told } as never) as { args: unknown } | undefined;
    expect(event?.args).to.deep.equal({ ends: [7n, 8n, 9n], last: true });
  });

  it("answers with small whole numbers, large ones as bigints, and names of enumerations", () => {
    const answer = new Interface(TaskManager.abi).encodeFunctionResult("taskOf", [
      [2, true, 5, 4, 3, ADDRESS, 1_800_000_000, 0, WORD],
    ]);
    expect(TaskManager.decodeResult("taskOf", answer)).to.deep.equal({
      status: "Completed",
      refunded: true,
      round: 5,
      workers: 4,
      claims: 3,
      policy: ADDRESS,
      roundOpenedAt: 1_800_000_000,
      endedAt: 0,
      globalModel: WORD,
    });
    const many = new Interface(Gateway.abi).encodeFunctionResult("outbox", [WORD, 9]);
    expect(Gateway.decodeResult("outbox", many)).to.deep.equal({ root: WORD, count: 9 });
    const one = new Interface(TaskManager.abi).encodeFunctionResult("taskCount", [2n ** 70n]);
    expect(TaskManager.decodeResult("taskCount", one)).to.equal(2n ** 70n);
  });

  it("takes names of enumerations in calls", () => {
    const data = CrossChainManager.encodeCall("registerChain", [5n, "Physical"]);
    const reference = new Interface(CrossChainManager.abi);
    expect(data).to.equal(reference.encodeFunctionData("registerChain", [5n, 4]));
  });

  it("reads events", () => {
    const args = {
      task: 3n,
      round: 2,
      globalModel: WORD,
      scorePpb: 900_000_000,
      accepted: [[1n, 2n ** 255n], []],
      scores: { root: WORD, digest: WORD },
    };
    const log = logOf(TaskManager, "RoundFinalized", Object.values(args));
    expect(TaskManager.decodeEvent(log)).to.deep.equal({
      contract: "TaskManager",
      name: "RoundFinalized",
      args,
    });
  });

  it("takes for its own neither another contract's events nor those that are indexed otherwise", () => {
    const log = logOf(TaskManager, "TaskRefused", [3n, "0x12"]);
    expect(LearningSubchain.decodeEvent(log)).to.equal(undefined);
    const { topics, data } = log;
    expect(TaskManager.decodeEvent({ topics: [...topics, WORD], data })).to.equal(undefined);
    expect(TaskManager.decodeEvent({ topics: [], data })).to.equal(undefined);
  });

  const malformed: [string, string][] = [
    ["cut short", "0x00"],
    ["no hex", `0x${"zz".repeat(32)}`],
    ["a number that is too large", `0x${"00".repeat(27)}01${"00".repeat(4)}`],
  ];
  for (const [what, data] of malformed) {
    it(`says which event cannot be read: ${what}`, () => {
      const { topics } = logOf(Gateway, "MessageInserted", [WORD, 1]);
      const error = thrown(() => Gateway.decodeEvent({ topics, data }));
      expect(error.code).to.equal("MALFORMED_DATA");
      expect(error.shortMessage).to.contain("Gateway.MessageInserted");
    });
  }

  it("refuses a value that an enumeration does not have", () => {
    const { topics } = logOf(TaskManager, "TaskClosed", [1n, 1, 0, WORD]);
    const data = `0x${[5, 0, 0].map((word) => word.toString(16).padStart(64, "0")).join("")}`;
    expect(thrown(() => TaskManager.decodeEvent({ topics, data })).code).to.equal("MALFORMED_DATA");
  });

  it("refuses arrays that share their content to seem huge", () => {
    const huge = new ContractAbi({
      name: "Huge",
      abi: [
        {
          type: "function",
          name: "take",
          stateMutability: "nonpayable",
          inputs: [{ name: "values", type: "uint8[][][]" }],
          outputs: [],
        },
      ],
      errors: {},
    });
    // Each array has 100 times the same next one.
    const word = (value: number) => value.toString(16).padStart(64, "0");
    const level = (next: number) => word(100) + word(next).repeat(100);
    const data = `0x${word(32)}${level(32 * 100)}${level(32 * 100)}${word(100)}${word(1).repeat(100)}`;
    const error = thrown(() => huge.decodeArguments("take", data));
    expect(error.code).to.equal("MALFORMED_DATA");
    expect(error.details).to.contain("announced");
  });
});
