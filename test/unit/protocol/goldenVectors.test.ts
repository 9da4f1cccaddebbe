import { readFileSync } from "node:fs";

import { expect } from "chai";
import { keccak256, Wallet } from "ethers";

import { coverageOf } from "../../../mechanisms/aoi-contract/audit/coverageOf.ts";
import { payOf } from "../../../mechanisms/aoi-contract/audit/payOf.ts";
import { encodeChoice, encodeTotals, encodeWork } from "../../../mechanisms/aoi-contract/encodings.ts";
import {
  type MenuVerdict,
  verifyIntegerMenu,
} from "../../../mechanisms/aoi-contract/mathematics/integerMenu.ts";
import { settleCoverage } from "../../../mechanisms/aoi-contract/mathematics/settlement.ts";
import { enums } from "../../../protocol/abi/enums.ts";
import {
  CHECKPOINT_TYPES,
  checkpointDigest,
  checkpointDomain,
  checkpointSigner,
  decodeCheckpointProof,
  encodeCheckpointProof,
  encodeContradiction,
} from "../../../protocol/checkpoint.ts";
import { decodeEngineId, encodeEngineId, engineText } from "../../../protocol/engineId.ts";
import { formatInteroperable, parseInteroperable } from "../../../protocol/interoperableAddress.ts";
import { recordLeaf, updateCommitment, updateLeaf } from "../../../protocol/leaves.ts";
import { branchRoot, depthOf, MerkleTree, multiProofRoot } from "../../../protocol/MerkleTree.ts";
import {
  decodeMessage,
  encodeMessage,
  type Message,
  type MessageKind,
  messageId,
} from "../../../protocol/messages.ts";
import {
  areEnough,
  isReceipt,
  packReceipts,
  receiptDigest,
  signReceipt,
} from "../../../protocol/receipts.ts";
import { decodeScores, encodeScores, scoresTree } from "../../../protocol/scores.ts";

// The contracts are checked against the same files: test/solidity/GoldenVectors.t.sol.
const vectors = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), "utf8")) as T;

/** Integers are decimal strings in the files. */
type Numbers = Record<string, string>;

describe("golden vectors", () => {
  describe("coverage", () => {
    interface Case {
      name: string;
      start: string;
      epochSeconds: string;
      period: string;
      reward: string;
      bonus: string;
      refreshes: string[];
      acceptedRounds: string;
      rounds: string;
      coveredSeconds: string;
      ageSquares: string;
      pay: string;
    }
    for (const given of vectors<{ cases: Case[] }>("coverage").cases) {
      it(given.name, () => {
        const epochSeconds = BigInt(given.epochSeconds);
        const coveredSeconds = BigInt(given.coveredSeconds);
        const [reward, bonus] = [BigInt(given.reward), BigInt(given.bonus)];
        const settled = settleCoverage(
          {
            startSeconds: BigInt(given.start),
            epochSeconds,
            periodSeconds: BigInt(given.period),
            commitSeconds: given.refreshes.map(BigInt),
          },
          { reward, bonus },
        );
        expect(settled.covered).to.equal(coveredSeconds);
        const meanAge = Number(given.ageSquares) / (2 * Number(epochSeconds));
        expect(settled.meanAgeSeconds).to.be.closeTo(meanAge, 1e-9 * meanAge);
        if (given.acceptedRounds === given.rounds && given.rounds !== "0") {
          expect(settled.pay).to.equal(BigInt(given.pay));
        }
        const measured = coverageOf({
          from: Number(given.start),
          until: Number(given.start) + Number(epochSeconds),
          periodSeconds: Number(given.period),
          refreshes: given.refreshes.map(Number),
        });
        expect(measured).to.deep.equal({ coveredSeconds, ageSquares: BigInt(given.ageSquares) });
        const paid = payOf({
          reward,
          bonus,
          coveredSeconds,
          epochSeconds,
          acceptedRounds: BigInt(given.acceptedRounds),
          rounds: BigInt(given.rounds),
        });
        expect(paid).to.equal(BigInt(given.pay));
      });
    }
  });

  describe("menus", () => {
    interface Case {
      name: string;
      epochSeconds: string;
      bonus: string;
      periods: string[];
      rewards: string[];
      costs: string[];
      worstCase?: string;
      error?: string;
      item?: string;
    }
    const ERRORS: Record<Exclude<MenuVerdict, { ok: true }>["condition"], string> = {
      LENGTH: "InvalidMenuSize",
      PERIOD: "InvalidPeriod",
      COST_ORDER: "CostNotMonotone",
      PERIOD_ORDER: "NotMonotone",
      REWARD_ORDER: "NotMonotone",
      IR: "IndividualRationalityViolated",
      LDIC: "DownwardIncentiveViolated",
      LUIC: "UpwardIncentiveViolated",
    };
    // What the contract asks besides Lemma 1: a bonus, and periods within the epoch.
    const beside = ({ bonus, periods, epochSeconds }: Case) =>
      bonus === "0" || Math.max(...periods.map(Number)) > Number(epochSeconds);
    for (const given of vectors<{ cases: Case[] }>("menus").cases.filter((each) => !beside(each))) {
      it(given.name, () => {
        const verdict = verifyIntegerMenu(
          given.periods.map((period, n) => ({
            periodSeconds: BigInt(period),
            reward: BigInt(given.rewards[n]!),
          })),
          given.costs.map(BigInt),
          BigInt(given.epochSeconds),
        );
        const found = verdict.ok ? {} : { error: ERRORS[verdict.condition], item: String(verdict.item) };
        const expected = given.error === undefined ? {} : { error: given.error, item: given.item };
        expect(found).to.deep.equal(expected);
        if (!verdict.ok) return;
        const most = BigInt(given.rewards.at(-1)!) + BigInt(given.bonus);
        expect(given.worstCase).to.equal(String(most));
      });
    }
  });

  describe("Merkle trees", () => {
    interface Case {
      leaves: string[];
      depth: string;
      index: string;
      root: string;
      branch: string[];
    }
    interface MultiProof {
      count: string;
      depth: string;
      places: string[];
      leaves: string[];
      siblings: string[];
      root: string;
    }
    const file = vectors<{ cases: Case[]; multiProofs: MultiProof[] }>("trees");

    it("have the same roots and branches", () => {
      for (const { leaves, depth, index, root, branch } of file.cases) {
        const tree = new MerkleTree(leaves);
        expect(depthOf(leaves.length)).to.equal(Number(depth));
        expect(tree.root()).to.equal(root);
        if (leaves.length === 0) continue;
        expect(tree.branch(Number(index))).to.deep.equal(branch);
        expect(branchRoot(leaves[Number(index)]!, branch, Number(index))).to.equal(root);
      }
    });

    it("have the same proofs of many leaves", () => {
      const all = file.cases.at(-1)!.leaves;
      for (const { count, depth, leaves, siblings, root, ...given } of file.multiProofs) {
        const places = given.places.map(Number);
        expect(multiProofRoot(leaves, places, siblings, Number(depth))).to.equal(root);
        if (Number(count) > all.length) continue;
        expect(new MerkleTree(all).multiProof(places, Number(count))).to.deep.equal(siblings);
      }
    });
  });

  describe("messages", () => {
    interface Proof {
      nonces: string[];
      index: string;
      siblings: string[];
      signatures: string[];
      proof: string;
    }
    interface Signed {
      root: string;
      index: string;
      signatures: string[];
    }
    interface Contradiction {
      a: Signed;
      b: Signed;
      nonce?: string;
      leafA?: string;
      branchA?: string[];
      leafB?: string;
      branchB?: string[];
      evidence: string;
    }
    const file = vectors<{
      originChainId: string;
      destinationChainId: string;
      originGateway: string;
      recipient: string;
      threshold: string;
      validators: { privateKey: string; address: string }[];
      proofs: Proof[];
      batch: Proof;
      contradictions: Contradiction[];
      interoperable: { chainId: string; address: string; bytes: string }[];
      messages: {
        nonce: string;
        sender: string;
        senderBytes: string;
        recipientBytes: string;
        payload: string;
        id: string;
        outboxRoot: string;
        checkpointDigest: string;
      }[];
    }>("messages");
    const domain = { chainId: BigInt(file.originChainId), gateway: file.originGateway };
    const last = { root: file.messages.at(-1)!.outboxRoot, index: file.messages.length - 1 };
    const set = {
      threshold: Number(file.threshold),
      validators: file.validators.map(({ address }) => address),
    };

    it("have the same ids, roots and checkpoints", () => {
      const tree = new MerkleTree();
      for (const message of file.messages) {
        const { sender, senderBytes, recipientBytes, payload, outboxRoot } = message;
        const nonce = Number(message.nonce);
        expect(formatInteroperable({ chainId: domain.chainId, address: sender })).to.equal(senderBytes);
        const recipient = { chainId: BigInt(file.destinationChainId), address: file.recipient };
        expect(formatInteroperable(recipient)).to.equal(recipientBytes);
        const id = messageId({ nonce, sender: senderBytes, recipient: recipientBytes, payload });
        expect(id).to.equal(message.id);
        tree.append(id);
        expect(tree.root()).to.equal(outboxRoot);
        expect(checkpointDigest(domain, { root: outboxRoot, index: nonce })).to.equal(
          message.checkpointDigest,
        );
      }
    });

    it("have the same proofs, which are read back", () => {
      const tree = new MerkleTree(file.messages.map(({ id }) => id));
      for (const { nonces, index, siblings, signatures, proof } of [...file.proofs, file.batch]) {
        expect(tree.multiProof(nonces.map(Number), Number(index) + 1)).to.deep.equal(siblings);
        const parts = { index: Number(index), ...set, signatures, siblings };
        expect(encodeCheckpointProof(parts)).to.equal(proof);
        expect(decodeCheckpointProof(proof)).to.deep.equal(parts);
      }
    });

    it("have the same evidence of contradictions", () => {
      for (const { evidence, nonce, a, b, ...leaves } of file.contradictions) {
        const signed = ({ root, index, signatures }: Signed) => ({
          root,
          index: Number(index),
          signatures,
          ...set,
        });
        const shown = { a: signed(a), b: signed(b), ...leaves };
        expect(
          encodeContradiction(nonce === undefined ? shown : { ...shown, nonce: Number(nonce) }),
        ).to.equal(evidence);
      }
    });

    it("have checkpoints with the same signatures", async () => {
      const { signatures } = file.proofs[0]!;
      for (const [i, { privateKey, address }] of [file.validators[0]!, file.validators[2]!].entries()) {
        const signed = await new Wallet(privateKey).signTypedData(
          checkpointDomain(domain),
          CHECKPOINT_TYPES,
          last,
        );
        expect(signed).to.equal(signatures[i]);
        expect(checkpointSigner(domain, last, signed)).to.equal(address);
      }
    });

    it("have the same ERC-7930 addresses", () => {
      for (const { chainId, address, bytes } of file.interoperable) {
        expect(formatInteroperable({ chainId: BigInt(chainId), address })).to.equal(bytes);
        expect(parseInteroperable(bytes)).to.deep.equal({ chainId: BigInt(chainId), address });
      }
    });
  });

  it("leaves and commitments", () => {
    const { records, scores, updates } =
      vectors<Record<"records" | "scores" | "updates", Numbers[]>>("leaves");
    for (const given of records) {
      const item = Number(given.item);
      const [coveredSeconds, ageSquares] = [BigInt(given.coveredSeconds!), BigInt(given.ageSquares!)];
      expect(encodeChoice({ item })).to.equal(given.choice);
      expect(encodeWork({ item, coveredSeconds, ageSquares })).to.equal(given.work);
      expect(keccak256(given.work!)).to.equal(given.workHash);
      const leaf = recordLeaf({
        chainId: BigInt(given.chainId!),
        task: BigInt(given.task!),
        index: Number(given.index),
        worker: given.worker!,
        workHash: given.workHash!,
      });
      expect(leaf).to.equal(given.leaf);
    }
    const scored = scores.map(({ chainId, task, index, score }) => ({
      chainId: BigInt(chainId!),
      task: BigInt(task!),
      index: Number(index),
      score: score!,
    }));
    const leaves = scores.map(({ leaf }) => leaf!);
    expect(scoresTree(scored).root()).to.equal(new MerkleTree(leaves).root());
    for (const [place, record] of scored.entries()) {
      expect(scoresTree([record]).root()).to.equal(leaves[place]);
    }
    expect(decodeScores(encodeScores(scored))).to.deep.equal(scored);
    for (const given of updates) {
      const update = {
        chainId: BigInt(given.chainId!),
        task: BigInt(given.task!),
        round: Number(given.round),
        index: Number(given.index),
        worker: given.worker!,
        update: given.update!,
        samples: Number(given.samples),
        engine: given.engine!,
      };
      const engine = decodeEngineId(update.engine);
      expect(engineText(engine)).to.equal(given.engineText);
      expect(encodeEngineId(engine)).to.equal(given.engine);
      expect(updateLeaf(update)).to.equal(given.leaf);
      expect(updateCommitment(given.subchain!, update, given.salt!)).to.equal(given.commitment);
    }
  });

  describe("payloads", () => {
    const BIG = new Set(["task", "chainId", "subchains"]);
    /** A vector's fields with the types that messages have. */
    const typed = (key: string, value: unknown): unknown => {
      if (key === "status") return enums.TaskStatus[Number(value)];
      if (key === "sampling") return enums.Sampling[Number(value)];
      if (Array.isArray(value)) return value.map((each) => typed(key, each));
      if (typeof value === "object")
        return Object.fromEntries(Object.entries(value as object).map(([k, v]) => [k, typed(k, v)]));
      if (typeof value !== "string" || !/^\d+$/.test(value)) return value;
      return BIG.has(key) ? BigInt(value) : Number(value);
    };
    const kinds: Record<string, MessageKind> = {
      taskOpened: "TaskOpened",
      roundOpened: "RoundOpened",
      taskEnded: "TaskEnded",
      roundReported: "RoundReported",
      epochSettled: "EpochSettled",
      taskRejected: "TaskRejected",
      commitsClosed: "CommitsClosed",
      revealsOpened: "RevealsOpened",
    };
    const file =
      vectors<
        Record<string, { payload: string; totals?: string; coveredSeconds?: string; ageSquares?: string }>
      >("payloads");
    for (const [name, kind] of Object.entries(kinds)) {
      it(`of ${kind}`, () => {
        const { payload, coveredSeconds, ageSquares, ...fields } = file[name]!;
        const message = { kind, body: typed("", fields) } as Message;
        expect(encodeMessage(message)).to.equal(payload);
        expect(decodeMessage(payload)).to.deep.equal(message);
        if (coveredSeconds === undefined) return;
        const sums = { coveredSeconds: BigInt(coveredSeconds), ageSquares: BigInt(ageSquares!) };
        expect(encodeTotals(sums)).to.equal(fields.totals);
      });
    }
  });

  describe("receipts", () => {
    interface Receipts {
      chainId: string;
      taskManager: string;
      aggregators: string[];
      leaf: string;
      digest: string;
      signatures: string[];
      cases: { name: string; packed: string; needed: string; enough: string }[];
    }
    const { chainId, taskManager, aggregators, leaf, digest, signatures, cases } =
      vectors<Receipts>("receipts");
    const domain = { chainId: BigInt(chainId), taskManager };

    it("are signed by an aggregator, for one task manager", async () => {
      expect(receiptDigest(domain, leaf)).to.equal(digest);
      const key = new Wallet(keccak256(Buffer.from("aggregator 2")));
      expect(await signReceipt(key, domain, leaf)).to.equal(signatures[2]);
      const rule = { domain, aggregators, attestations: 2 };
      const receipts = signatures.map((signature, place) => ({ place, signature }));
      expect(receipts.every((receipt) => isReceipt(receipt, leaf, rule))).to.equal(true);
      expect(isReceipt({ place: 1, signature: signatures[2]! }, leaf, rule)).to.equal(false);
      expect(isReceipt({ place: 4, signature: signatures[2]! }, leaf, rule)).to.equal(false);
      expect(isReceipt({ place: 1, signature: "0x1234" }, leaf, rule)).to.equal(false);
      expect(packReceipts([receipts[3]!, receipts[1]!])).to.equal(
        cases.find(({ name }) => name === "two of two")!.packed,
      );
    });

    for (const { name, packed, needed, enough } of cases) {
      it(`are${enough === "1" ? "" : " not"} enough: ${name}`, () => {
        const rule = { domain, aggregators, attestations: Number(needed) };
        expect(areEnough(packed, leaf, rule)).to.equal(enough === "1");
      });
    }
  });
});
