import { expect } from "chai";
import { AbiCoder, keccak256 } from "ethers";

import type { SeenMessage } from "../../../../../mechanisms/MarketAudit.ts";
import { checkHandOvers } from "../../../../../mechanisms/twin-migration/audit/checkHandOvers.ts";
import { MemoryStore } from "../../../audit/MemoryStore.ts";
import {
  addressOf,
  findingOf,
  hashOf,
  joined,
  MAIN,
  marketEvidence,
  NOWHERE,
  RELAY,
  type Told,
  VIRTUAL,
} from "./marketEvidence.ts";

const ORDER =
  "tuple(uint256 migration, address vehicle, address source, uint64 sourceChain, address destination, uint64 destinationChain, uint48 until)";
const vehicle = addressOf("vehicle");
const destination = addressOf("edge 1");

describe("the audit of hand-overs", () => {
  const order = {
    ...{ migration: 5n, vehicle, source: NOWHERE, sourceChain: 0n },
    ...{ destination, destinationChain: VIRTUAL, until: 1000n },
  };
  const key = keccak256(AbiCoder.defaultAbiCoder().encode([ORDER], [order]));
  const changed = (migration: bigint, server: string, by: string): Told => ({
    ...{ name: "HostChanged", at: 12 },
    args: { vehicle, server, migration, order: by, stateHash: hashOf("x") },
  });
  /** What is found where the new host's subchain tells that, of one hand-over. */
  const found = async (...changes: readonly Told[]) => {
    const storage = new MemoryStore();
    const stateHash: string = await storage.put(new Uint8Array(10));
    const report = AbiCoder.defaultAbiCoder().encode(
      [`tuple(${ORDER} order, bytes32 stateHash, uint48 at)`],
      [{ order, stateHash, at: 12n }],
    );
    const payload = AbiCoder.defaultAbiCoder().encode(["uint8", "bytes"], [1, report]);
    const message = (id: string, origin: bigint, to: bigint): SeenMessage => ({
      ...{ id, origin, destination: to, payload, blockNumber: 12 },
      delivered: { transactionHash: hashOf("main 2"), blockNumber: 13 },
    });
    const evidence = marketEvidence({
      storage,
      main: [
        joined("edge 1", VIRTUAL),
        {
          ...{ name: "MigrationRequested", at: 10 },
          args: { migration: 5n, vehicle, destination, source: NOWHERE, epoch: 0, kilobytes: 1, lost: false },
        },
        {
          ...{ name: "TwinHandedOver", at: 13 },
          args: { migration: 5n, vehicle, destination, stateHash, takenOnAt: 12n, receiveId: "b" },
        },
      ],
      virtual: [
        {
          ...{ name: "TwinTakenOn", at: 11 },
          args: { order: key, migration: 5n, vehicle, destination, stateHash },
        },
        ...changes,
      ],
      messages: [message("a", VIRTUAL, RELAY), message("b", RELAY, MAIN)],
    });
    return findingOf(checkHandOvers, evidence);
  };

  it("holds where the subchain says who hosts, whatever else the vehicle orders later", async () => {
    const own = changed(5n, destination, key);
    expect((await found(own)).failure).to.equal("");
    const forged = changed(2n ** 200n, addressOf("accomplice"), hashOf("forged"));
    expect((await found(own, forged)).failure).to.equal("");
    // Before it, the subchain does not say the lower number any more.
    expect((await found(forged)).failure).to.equal("");
  });

  it("fails where the subchain does not say it, or another server by the same order", async () => {
    expect((await found()).failure).to.match(/which its subchain does not say/);
    expect((await found(changed(5n, addressOf("edge 2"), key))).failure).to.match(/does not say/);
    expect((await found(changed(4n, destination, hashOf("before")))).failure).to.match(/does not say/);
  });
});
