import { expect } from "chai";
import { Interface } from "ethers";

import {
  type ChainEvent,
  decodeLog,
  eventsFrom,
  isAbout,
  isBefore,
  isOfTask,
} from "../../../chains/clients/ChainEvent.ts";
import { ContractAbi } from "../../../protocol/ContractAbi.ts";
import { contracts } from "../../../protocol/contracts.ts";

const WORD = `0x${"ab".repeat(32)}`;
/** A contract that the core knows nothing of. */
const market = new ContractAbi({
  name: "Market",
  abi: [
    {
      type: "event",
      name: "Sold",
      inputs: [
        { name: "task", type: "uint256", indexed: true },
        { name: "pieces", type: "uint16", indexed: false },
      ],
    },
  ],
  errors: {},
});

const place = { address: WORD.slice(0, 42), blockNumber: 7, transactionHash: WORD };
const sold = { ...new Interface(market.abi).encodeEventLog("Sold", [3n, 5]), ...place, index: 2 };
const refused = {
  ...new Interface(contracts.TaskManager.abi).encodeEventLog("TaskRefused", [3n, "0x12"]),
  ...place,
  index: 1,
};

describe("ChainEvent", () => {
  const events: ChainEvent[] = [
    decodeLog(contracts.TaskManager, refused)!,
    // A follower that is given the contract hands out its events as well.
    decodeLog(market, sold) as unknown as ChainEvent,
  ];

  it("is of the contract at its address, whatever contract that is, with its place", () => {
    expect(decodeLog(contracts.TaskManager, sold)).to.equal(undefined);
    expect(eventsFrom(market, events)).to.deep.equal([
      { contract: "Market", name: "Sold", args: { task: 3n, pieces: 5 }, logIndex: 2, ...place },
    ]);
    expect(eventsFrom(contracts.TaskManager, events)).to.deep.equal([events[0]]);
    const pieces: number = eventsFrom(market, events)[0]!.args.pieces;
    expect(pieces).to.equal(5);
  });

  it("is of a task and a name, or not", () => {
    const [event] = events as [ChainEvent];
    expect(isOfTask(event, 3n, "TaskClosed", "TaskRefused")).to.equal(true);
    expect(isOfTask(event, 3n, "TaskClosed")).to.equal(false);
    expect(isOfTask(event, 4n, "TaskRefused")).to.equal(false);
    expect(events.map((each) => isAbout(each, 3n))).to.deep.equal([true, true]);
  });

  it("comes before another in an earlier block, or earlier in the same", () => {
    const [first, second] = events as [ChainEvent, ChainEvent];
    expect(isBefore(first, second)).to.equal(true);
    expect(isBefore(second, first)).to.equal(false);
    expect(isBefore(second, { ...first, blockNumber: 8 })).to.equal(true);
  });
});
