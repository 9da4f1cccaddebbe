import { expect } from "chai";
import { getAddress } from "ethers";
import fc from "fast-check";

import { enums } from "../../../protocol/abi/enums.ts";
import { decodeMessage, encodeMessage, type Message } from "../../../protocol/messages.ts";
import type { TaskTerms } from "../../../protocol/taskTerms.ts";

const hex = (length: number) =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`);
const uint = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });
const small = (bits: number) => uint(bits).map(Number);
const bytes = fc.uint8Array({ maxLength: 80 }).map((value) => `0x${Buffer.from(value).toString("hex")}`);
const time = small(48);

const terms: fc.Arbitrary<TaskTerms> = fc.record({
  specDigest: hex(32),
  initialModel: hex(32),
  mechanism: hex(4),
  rounds: small(16),
  targetScorePpb: small(32),
  quorumPpb: small(32),
  minUpdates: small(16),
  attestations: small(16),
  maxWorkers: small(32),
  maxSamples: small(32),
  workersPerRound: small(16),
  sampling: fc.constantFrom(...enums.Sampling),
  schedule: fc.record({
    startTime: time,
    deadline: time,
    epochSeconds: small(32),
    commitSeconds: small(32),
    revealSeconds: small(32),
    reportSeconds: small(32),
    claimSeconds: small(32),
  }),
  subchains: fc.array(uint(64), { maxLength: 4 }),
  aggregators: fc.array(hex(20).map(getAddress), { maxLength: 4 }),
});

const message: { [K in Message["kind"]]: fc.Arbitrary<Extract<Message, { kind: K }>["body"]> } = {
  TaskOpened: fc.record({ task: uint(256), terms, mechanismTerms: bytes }),
  RoundOpened: fc.record({ task: uint(256), round: small(16), globalModel: hex(32), openedAt: time }),
  TaskEnded: fc.record({
    task: uint(256),
    status: fc.constantFrom(...enums.TaskStatus),
    globalModel: hex(32),
  }),
  RoundReported: fc.record({
    chainId: uint(64),
    task: uint(256),
    round: small(16),
    enrolled: small(32),
    committed: small(32),
    revealed: small(32),
    updatesRoot: hex(32),
    totals: bytes,
  }),
  EpochSettled: fc.record({
    chainId: uint(64),
    task: uint(256),
    workers: small(32),
    recordsRoot: hex(32),
    beacon: hex(32),
    totals: bytes,
  }),
  TaskRejected: fc.record({ task: uint(256), reason: bytes }),
  CommitsClosed: fc.record({ chainId: uint(64), task: uint(256), round: small(16), committed: small(32) }),
  RevealsOpened: fc.record({ task: uint(256), round: small(16) }),
};

describe("messages (property)", () => {
  for (const kind of enums.MessageKind) {
    it(`reads back ${kind} as it was written`, () => {
      fc.assert(
        fc.property(message[kind] as fc.Arbitrary<Message["body"]>, (body) => {
          const written = { kind, body } as Message;
          expect(decodeMessage(encodeMessage(written))).to.deep.equal(written);
        }),
      );
    });
  }
});
