import { existsSync, readdirSync, readFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { expect } from "chai";

import { ChainFollower } from "../../chains/ChainFollower.ts";
import { localKey } from "../../chains/localKeys.ts";
import { chainsOf } from "../../chains/networkFile.ts";
import { parseTaskSpec } from "../../chains/taskSpec.ts";
import { checkpointSigner } from "../../protocol/checkpoint.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import { MerkleTree } from "../../protocol/MerkleTree.ts";
import { decodeMessage, type MessageKind } from "../../protocol/messages.ts";
import { SeededRandom } from "../../protocol/SeededRandom.ts";
import type { SignedCheckpoint } from "../../relay/CheckpointStore.ts";
import { publishTask } from "../../scripts/publishTask.ts";
import { smallSpec } from "../unit/chains/smallSpec.ts";
import { Program } from "./Program.ts";
import { willingRecipient } from "./recipients.ts";
import { TestNetwork } from "./TestNetwork.ts";

const KILLS = 4;
const TASKS = 3;
const seed = Number(process.env.FRESHET_SEED ?? Date.now() % 2 ** 32);

describe("relay, killed and started again", () => {
  let network: TestNetwork;
  let relay: Program | undefined;
  const followers: ChainFollower[] = [];
  const looking = new Set<() => void>();

  before(async () => {
    network = await TestNetwork.start({ basePort: 9310, subchains: ["virtual", "physical"] });
    for (const { name } of chainsOf(network.file)) {
      const { client, contracts } = network.gateway(name);
      const follower = new ChainFollower(client, contracts);
      await follower.start();
      follower.subscribe(() => {
        for (const look of [...looking]) look();
      });
      followers.push(follower);
    }
  });
  after(async () => {
    await relay?.kill();
    for (const follower of followers) await follower.stop();
    await network?.stop();
  });

  /** Messages by id: how often they were sent, and delivered, on all chains. */
  function counts(): Map<string, { sent: number; delivered: number }> {
    const known = new Map<string, { sent: number; delivered: number }>();
    for (const { name, args } of followers.flatMap(({ events }) => events)) {
      if (name !== "MessageInserted" && name !== "MessageDelivered") continue;
      const count = known.get(args.messageId) ?? { sent: 0, delivered: 0 };
      count[name === "MessageInserted" ? "sent" : "delivered"]++;
      known.set(args.messageId, count);
    }
    return known;
  }

  /** Waits for the chains until a condition holds. */
  function until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        looking.delete(look);
        resolve();
      };
      looking.add(look);
      look();
    });
  }

  /** Whether every task was opened, settled and ended on both subchains: then no further message will be sent. */
  function lifecycleIsOver(): boolean {
    const sent: Partial<Record<MessageKind, number>> = {};
    for (const { name, args } of followers.flatMap(({ events }) => events)) {
      if (name !== "MessageSent" || args.payload === "0x") continue;
      const { kind } = decodeMessage(args.payload);
      sent[kind] = (sent[kind] ?? 0) + 1;
    }
    const { TaskOpened, EpochSettled, TaskEnded } = sent;
    // From main to relay to both subchains, or from both to relay to main.
    return TaskOpened === TASKS * 3 && EpochSettled === TASKS * 4 && TaskEnded === TASKS * 3;
  }

  const deliveries = () => [...counts().values()].reduce((sum, { delivered }) => sum + delivered, 0);
  const checkpoints = () => join(network.config.directory, "relay", "checkpoints");
  const files = () => (existsSync(checkpoints()) ? readdirSync(checkpoints()) : []);
  /** Whole lines of a validator's file for a chain. */
  const linesOf = (file: string) => {
    const text = readFileSync(join(checkpoints(), file), "utf8");
    return text
      .slice(0, text.lastIndexOf("\n") + 1)
      .split("\n")
      .filter((line) => line !== "");
  };

  it(`delivers every message exactly once, and no validator signs two roots for one index (seed ${seed})`, async () => {
    const random = new SeededRandom(seed, "kills");
    const publisher = await network.account("main", "publisher");
    const spec = parseTaskSpec({
      ...smallSpec(),
      reward: { policy: "aoi-contract", menu: { items: [{ period: 1, reward: "10", cost: "5" }] } },
      rounds: 1,
      schedule: {
        enrolSeconds: 1,
        epochSeconds: 1,
        commitSeconds: 1,
        revealSeconds: 1,
        reportSeconds: 1,
        deadlineSeconds: 3,
        claimSeconds: 1,
      },
      aggregators: { attestations: 1, of: 1 },
    });
    // Nobody aggregates: the keeper expires the tasks.
    for (let i = 0; i < TASKS; i++) {
      await publishTask(spec, {
        network: network.file,
        main: network.main,
        publisher,
        storage: network.storage,
      });
    }
    const account = await network.account("physical", "publisher");
    const to = formatInteroperable({
      chainId: network.client("relay").chainId,
      address: await willingRecipient(network.client("relay")),
    });
    const say = () =>
      account.send("Gateway", network.place("physical").contracts.gateway, "sendMessage", [to, "0x", []]);

    for (let kill = 0; kill < KILLS; kill++) {
      const before = deliveries();
      relay = new Program("relay", "start", "--network", network.path);
      const messages = Array.from({ length: 5 }, say);
      // Once before it is ready, then in the midst of its work: after a few deliveries and a random moment.
      if (kill > 0) {
        await relay.said("the relay is running");
        const some = 1 + random.integer(4);
        await until(() => deliveries() >= before + some);
        await delay(random.uniform() * 150);
      } else {
        await delay(400 + random.uniform() * 800);
      }
      await relay.kill();
      await Promise.all(messages);
      // A power cut may leave half of the last line.
      const file = files().sort()[random.integer(Math.max(1, files().length))];
      if (file !== undefined && linesOf(file).length > 1) {
        const path = join(checkpoints(), file);
        truncateSync(path, statSync(path).size - 1 - random.integer(80));
      }
    }
    relay = new Program("relay", "start", "--network", network.path);
    await until(
      () => lifecycleIsOver() && [...counts().values()].every(({ sent, delivered }) => sent === delivered),
    );
    expect(await relay.stop()).to.equal(0);

    for (const follower of followers) await follower.poll();
    const all = [...counts().values()];
    expect(all).to.have.length.at.least(TASKS * 10 + KILLS * 5);
    expect(all.filter(({ sent, delivered }) => sent !== 1 || delivered !== 1)).to.deep.equal([]);
    for (let task = 1n; task <= TASKS; task++) {
      expect((await network.main.taskOf(task)).status).to.equal("Expired");
      await network.main.refund(publisher, task);
      const { funded, paid, refunded } = await network.main.escrowOf(task);
      expect({ paid, refunded }).to.deep.equal({ paid: 0n, refunded: funded });
    }
  });

  it("has signed what the gateways show, at every index", () => {
    const validators = [0, 1, 2].map((i) => localKey("validator", i).address);
    for (const [i, place] of chainsOf(network.file).entries()) {
      const leaves = followers[i]!.events.filter(({ name }) => name === "MessageInserted").map(
        ({ args }) => args.messageId as string,
      );
      const tree = new MerkleTree(leaves);
      const domain = { chainId: BigInt(place.chainId), gateway: place.contracts.gateway };
      for (const validator of validators) {
        const roots = new Map<number, string>();
        for (const line of linesOf(`${place.chainId}-${validator.toLowerCase()}.jsonl`)) {
          const { root, index, signature } = JSON.parse(line) as SignedCheckpoint;
          expect(checkpointSigner(domain, { root, index }, signature)).to.equal(validator);
          expect(roots.get(index) ?? root).to.equal(root);
          roots.set(index, root);
        }
        expect([...roots.keys()].sort((a, b) => a - b)).to.deep.equal(leaves.map((_, index) => index));
        for (const [index, root] of roots) expect(root).to.equal(tree.root(32, index + 1));
      }
    }
  });
});
