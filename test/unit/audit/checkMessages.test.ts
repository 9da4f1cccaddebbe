import { expect } from "chai";
import { Wallet, ZeroHash } from "ethers";

import { checkMessages } from "../../../audit/messages/checkMessages.ts";
import { Tally } from "../../../audit/Tally.ts";
import { encodeTotals } from "../../../mechanisms/aoi-contract/encodings.ts";
import type { NamedArguments } from "../../../protocol/abiTypes.ts";
import {
  type CheckpointProof,
  decodeCheckpointProof,
  encodeCheckpointProof,
} from "../../../protocol/checkpoint.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { failureOf } from "./failureOf.ts";
import { VALIDATORS } from "./fakeNetwork.ts";
import { type HonestTask, honestTask, TASK } from "./honestTask.ts";
import { missesOf } from "./missesOf.ts";

const HASH = `0x${"44".repeat(32)}`;
const { Gateway } = contracts;
type Delivery = NamedArguments<typeof Gateway.abi, "deliver">;

/** Re-encodes the calldata with which physical's settlement was delivered to main. */
function redeliver({ main }: HonestTask, change: (delivery: Delivery) => Partial<Delivery>): void {
  const event = main.all("MessageDelivered").at(-1)!;
  const transaction = main.transactions.get(event.transactionHash)!;
  const honest = Gateway.decodeArguments("deliver", `0x${transaction.data.slice(10)}`);
  const { origin, message, proof } = { ...honest, ...change(honest) };
  transaction.data = Gateway.encodeCall("deliver", [origin, message, proof]);
}

/** The same with another proof. */
function reprove(task: HonestTask, change: (proof: CheckpointProof) => Partial<CheckpointProof>): void {
  redeliver(task, ({ proof: packed }) => {
    const proof = decodeCheckpointProof(packed);
    return { proof: encodeCheckpointProof({ ...proof, ...change(proof) }) };
  });
}

describe("audit: messages", () => {
  const cases: [string, (task: HonestTask) => void, RegExp][] = [
    [
      "a message whose content was changed",
      ({ relay, physical }) => {
        physical.sent[0]!.payload = relay.sent[0]!.payload;
      },
      /^Message 0 of physical states the id 0x\w+, but its content hashes to 0x/,
    ],
    [
      "a message hidden from the outbox",
      ({ physical }) => physical.sent.pop(),
      /^The outbox of physical has 3 messages under root 0x\w+; its events show 2 that lead to 0x/,
    ],
    [
      "a proof that leads elsewhere",
      (task) => reprove(task, ({ siblings }) => ({ siblings: [HASH, ...siblings.slice(1)] })),
      /^Message 4 of relay \(EpochSettled, 0x\w+\) was delivered to main by transaction 0x\w+ with a proof that leads to root 0x\w+ at index 4, where the outbox of relay has root 0x/,
    ],
    [
      "a proof with a sibling too many",
      (task) => reprove(task, ({ siblings }) => ({ siblings: [...siblings, HASH] })),
      /with a proof that leads to root none at index 4, where the outbox of relay has root 0x/,
    ],
    [
      "a proof that is none",
      (task) => redeliver(task, () => ({ proof: "0x1234" })),
      /was delivered to main by transaction 0x\w+, whose proof cannot be read/,
    ],
    [
      "a checkpoint of another outbox",
      (task) =>
        reprove(task, ({ siblings }) => ({ index: 77, siblings: [...siblings, ...Array(4).fill(HASH)] })),
      /with a proof that leads to root 0x\w+ at index 77, where the outbox of relay has root none/,
    ],
    [
      "a message that is not in its delivery",
      (task) => {
        redeliver(task, ({ message }) => ({ message: { ...message, nonce: 9 } }));
        task.main.traces.set(task.main.all("MessageDelivered").at(-1)!.transactionHash, []);
      },
      /^The delivery of Message 4 of relay \(EpochSettled, 0x\w+\) to main by transaction 0x\w+ was made in no call/,
    ],
    [
      "one validator's signature twice",
      (task) => reprove(task, ({ signatures: [first] }) => ({ signatures: [first!, first!] })),
      /with signatures of 1 validators of relay; 2 were needed/,
    ],
    [
      "a signature of something else",
      (task) =>
        reprove(task, ({ signatures: [first] }) => ({
          signatures: [first!, VALIDATORS[1]!.signingKey.sign(HASH).serialized],
        })),
      /with signatures of 1 validators of relay; 2 were needed/,
    ],
    [
      "validators that were no longer in force",
      ({ main }) => {
        const set = main.all("ValidatorsChanged")[0]!;
        set.args.validators = [Wallet.createRandom().address, VALIDATORS[0]!.address];
      },
      /with signatures of 1 validators of relay; 2 were needed/,
    ],
    [
      "a verifier that the network file does not have",
      ({ main }) => {
        main.all("RouteOpened")[0]!.args.verifier = VALIDATORS[0]!.address;
      },
      /but main then asked verifier 0x\w+ about relay, not 0x/,
    ],
    [
      "a gateway that the network file does not have",
      ({ main }) => {
        main.all("RouteOpened")[0]!.args.gateway = VALIDATORS[0]!.address;
      },
      /but main then took messages of relay from gateway 0x\w+, not 0x/,
    ],
    [
      "a message delivered twice",
      ({ main }) => {
        const delivered = main.all("MessageDelivered")[0]!;
        main.mine(1220);
        main.emit("MessageDelivered", { ...delivered.args }, delivered.address);
      },
      /was delivered 2 times to main, in transactions 0x\w+, 0x/,
    ],
    [
      "a delivery of what was never sent",
      ({ main }) => {
        main.mine(1220);
        main.emit("MessageDelivered", { messageId: HASH, originChainId: 2n, recipient: main.application });
      },
      /^main took message 0x4{64} in transaction 0x\w+, which relay never sent/,
    ],
    [
      "a settlement on main that no message brought",
      ({ main }) => {
        main.mine(1220);
        main.emit("EpochSettled", { task: TASK, chainId: 4n, recordsRoot: HASH, workers: 2 });
      },
      /^main shows EpochSettled in transaction 0x\w+, but no message delivered there says that/,
    ],
    [
      "a report that main took in with other numbers",
      ({ main }) => {
        main.all("RoundReported")[0]!.args.revealed = 3;
      },
      /^main shows RoundReported of round 1 in transaction 0x\w+, but no message/,
    ],
    [
      "a delivery without effect",
      ({ physical }) => {
        const place = physical.events.findIndex(({ name }) => name === "TaskFinished");
        physical.events.splice(place, 1);
      },
      /^Message 3 of relay \(TaskEnded, 0x\w+\) was delivered to physical in transaction 0x\w+ without the effect/,
    ],
    [
      "something the relay chain made up",
      ({ relay, physical }) => {
        relay.mine(1220);
        relay.send(physical, {
          kind: "RoundOpened",
          body: { task: TASK, round: 1, globalModel: HASH, openedAt: 1115 },
        });
      },
      /^Message 5 of relay \(RoundOpened, 0x\w+\) was not forwarded from anything that the relay chain received/,
    ],
    [
      "reveals that the relay chain opened while a subchain took commits",
      ({ relay, physical }) => {
        relay.mine(1220);
        relay.send(physical, { kind: "RevealsOpened", body: { task: TASK, round: 1 } });
      },
      /^Message 5 of relay \(RevealsOpened, 0x\w+\) was not forwarded from anything that the relay chain received/,
    ],
    [
      "reveals that the relay chain opened though not all subchains had closed their commits",
      ({ relay }) => {
        relay.all("MessageRecorded").find(({ args }) => args.kind === "CommitsClosed")!.args.kind =
          "RoundReported";
      },
      /^Message 1 of relay \(RevealsOpened, 0x\w+\) was not forwarded from anything that the relay chain received/,
    ],
    [
      "a ledger with another hash",
      ({ relay }) => relay.answers.set("CrossChainManager.recordOf", () => HASH),
      /hashes to 0x\w+, but the relay chain's ledger has 0x4{64}/,
    ],
    [
      "a chain that contradicted itself",
      ({ relay }) => {
        const args = { chainId: 4n, task: TASK, recorded: HASH, contradicting: HASH };
        const recorded = relay.all("MessageRecorded")[0]!;
        Object.assign(recorded.args, args, { chainId: 1n });
        Object.assign(recorded, { name: "ChainFrozen" });
      },
      /^main said two different things to the relay chain, with hashes 0x4{64} and 0x4{64}/,
    ],
  ];
  for (const [what, tamper, sentence] of cases) {
    it(`names ${what}`, async () => {
      const task = await honestTask();
      tamper(task);
      expect(await failureOf(checkMessages, task.evidence)).to.match(sentence);
    });
  }

  it("notes what is under way, and cannot examine it once the task is over and its time has passed", async () => {
    const { evidence, physical, relay, main } = await honestTask();
    main.answers.set("TaskManager.taskOf", () => ({ status: "Open", globalModel: HASH }));
    const report = {
      task: TASK,
      chainId: 4n,
      workers: 0,
      recordsRoot: HASH,
      beacon: ZeroHash,
      totals: encodeTotals({ coveredSeconds: 0n, ageSquares: 0n }),
    };
    physical.mine(1200);
    physical.send(relay, { kind: "EpochSettled", body: report });
    const tally = new Tally();
    expect(await failureOf(checkMessages, evidence, tally)).to.equal("");
    expect(tally.notes.join()).to.match(/^1 sent and not delivered yet; the first: Message 3 of physical/);

    const over = await honestTask();
    over.physical.mine(1200);
    over.physical.send(over.relay, { kind: "EpochSettled", body: report });
    expect(await failureOf(checkMessages, over.evidence)).to.equal("");
    over.main.mine(1221);
    expect((await missesOf(checkMessages, over.evidence))[0]).to.match(
      /^Message 3 of physical \(EpochSettled, 0x\w+\) was sent 21 s ago and not delivered to chain 2, though the task is over/,
    );
  });

  it("finds a delivery inside a batch", async () => {
    const task = await honestTask();
    for (const transaction of task.main.transactions.values()) {
      if (transaction.data !== "0x")
        transaction.data = `0xac9650d8${"00".repeat(63)}20${transaction.data.slice(2)}`;
    }
    expect(await failureOf(checkMessages, task.evidence)).to.equal("");
  });
});
