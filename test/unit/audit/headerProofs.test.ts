import { expect } from "chai";
import { decodeRlp, encodeRlp, toBeHex } from "ethers";

import { checkChains } from "../../../audit/messages/checkChains.ts";
import { checkMessages } from "../../../audit/messages/checkMessages.ts";
import { signersPart } from "../../../protocol/checkpoint.ts";
import { contracts } from "../../../protocol/contracts.ts";
import {
  decodeHeaderProof,
  encodeHeaderProof,
  type HeaderProof,
  headerDigest,
} from "../../../protocol/header.ts";
import { failureOf } from "./failureOf.ts";
import { HEADER_NETWORK, VALIDATORS } from "./fakeNetwork.ts";
import { type HonestTask, honestTask } from "./honestTask.ts";

const HASH = `0x${"44".repeat(32)}`;
const { Gateway } = contracts;

/** Re-encodes the calldata with which physical's settlement was delivered to relay, with another proof. */
function reprove({ relay, physical }: HonestTask, change: (proof: string) => string): void {
  const event = relay.events.findLast(
    ({ name, args }) => name === "MessageDelivered" && args.originChainId === physical.chainId,
  )!;
  const transaction = relay.transactions.get(event.transactionHash)!;
  const { origin, message, proof } = Gateway.decodeArguments("deliver", `0x${transaction.data.slice(10)}`);
  transaction.data = Gateway.encodeCall("deliver", [origin, message, change(proof)]);
}

function rewrite(change: (proof: HeaderProof) => Partial<HeaderProof>): (task: HonestTask) => void {
  return (task) =>
    reprove(task, (packed) => {
      const proof = decodeHeaderProof(packed);
      const { signers, ...block } = { ...proof, ...change(proof) };
      return encodeHeaderProof(block, signersPart(signers));
    });
}

describe("audit: messages proven by headers", () => {
  it("holds when everything is as it should be", async () => {
    const { evidence } = await honestTask(HEADER_NETWORK);
    expect(await failureOf(checkMessages, evidence)).to.equal("");
    expect(await failureOf(checkChains, evidence)).to.equal("");
  });

  const cases: [string, (task: HonestTask) => void, RegExp][] = [
    [
      "an attestation of another block",
      rewrite(({ signers }) => {
        const digest = headerDigest(
          { chainId: 4n, gateway: HEADER_NETWORK.subchains[0]!.contracts.gateway },
          { blockHash: HASH, number: 1n },
        );
        const other = VALIDATORS[1]!.signingKey.sign(digest).serialized;
        return { signers: { ...signers, signatures: [signers.signatures[0]!, other] } };
      }),
      /^Message 2 of physical \(EpochSettled, 0x\w+\) was delivered to relay by transaction 0x\w+ with signatures of 1 validators of physical; 2 were needed/,
    ],
    [
      "one validator's attestation twice",
      rewrite(({ signers }) => {
        const [first] = signers.signatures;
        return { signers: { ...signers, signatures: [first!, first!] } };
      }),
      /with signatures of 1 validators of physical; 2 were needed/,
    ],
    [
      "a header of a block that its chain does not have",
      rewrite(({ header }) => {
        const fields = decodeRlp(header) as string[];
        fields[12] = HASH;
        return { header: encodeRlp(fields) };
      }),
      /under the header of block 0x\w+ with number \d+, where physical has block 0x/,
    ],
    [
      "a header of a block that is still to come",
      rewrite(({ header }) => {
        const fields = decodeRlp(header) as string[];
        fields[8] = toBeHex(99_999);
        return { header: encodeRlp(fields) };
      }),
      /under the header of block 0x\w+ with number 99999, where physical has block none/,
    ],
    [
      "receipts that are not under the header",
      rewrite(({ nodes }) => ({ nodes: nodes.map((node) => `${node.slice(0, -2)}77`) })),
      /with a proof that leads from the header of block 0x\w+ to no receipts with the logs that it names/,
    ],
    [
      "a log that there is not",
      rewrite(({ receipts }) => ({ receipts: receipts.map((receipt) => ({ ...receipt, logs: [7] })) })),
      /to no receipts with the logs that it names/,
    ],
    [
      "a proof without the message's log",
      rewrite(({ receipts }) => ({ receipts: receipts.map((receipt) => ({ ...receipt, logs: [] })) })),
      /with receipts of block \d+ of physical that do not show message 2 \(0x/,
    ],
    [
      "a log too many",
      rewrite(({ receipts }) => ({ receipts: [...receipts, ...receipts] })),
      /with a proof of 2 logs for 1 messages/,
    ],
    [
      "a proof that is none",
      (task) => reprove(task, (proof) => proof.slice(0, -2)),
      /^Message 2 of physical \(EpochSettled, 0x\w+\) was delivered to relay by transaction 0x\w+, whose proof cannot be read/,
    ],
    [
      "validators that were named to the other verifier only",
      ({ relay }) => {
        const { verifier, headerVerifier } = relay.place.contracts;
        for (const event of relay.events) if (event.address === headerVerifier) event.address = verifier;
      },
      /with signatures of 0 validators of physical; 1 were needed/,
    ],
    [
      "a message hidden from the gateway's logs",
      ({ physical }) => physical.sent.pop(),
      /^The outbox of physical has 3 messages under root 0x0+; its events show 2 that lead to 0x0+/,
    ],
  ];
  for (const [what, tamper, sentence] of cases) {
    it(`names ${what}`, async () => {
      const task = await honestTask(HEADER_NETWORK);
      tamper(task);
      expect(await failureOf(checkMessages, task.evidence)).to.match(sentence);
    });
  }
});
