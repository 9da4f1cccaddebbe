import { existsSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import type { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import { chainsOf } from "../../chains/networks/networkFile.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { checkpointSigner } from "../../protocol/checkpoint.ts";
import { contracts } from "../../protocol/contracts.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import { MerkleTree } from "../../protocol/MerkleTree.ts";
import { decodeMessage, type MessageKind } from "../../protocol/messages.ts";
import { RelayerStore } from "../../relay/store/RelayerStore.ts";
import { relayerDatabase } from "../../relay/store/relayerDatabase.ts";
import { ValidatorStore } from "../../relay/store/ValidatorStore.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { parseTaskSpec } from "../../tasks/taskSpec.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { followed } from "./followed.ts";
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
      const { gateway } = network.place(name).contracts;
      const follower = await followed(network.client(name), [
        { contract: contracts.Gateway, address: gateway },
      ]);
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
  const directory = () => join(network.config.directory, "relay");
  /** How many messages the relayer's database takes for undelivered. */
  function openInDatabase(): number {
    const store = new RelayerStore(relayerDatabase(directory(), 0));
    try {
      return store.routes.counts().reduce((sum, { open }) => sum + open, 0);
    } finally {
      store.close();
    }
  }

  const startRelay = () => new Program("relay", "start", "--network", network.path, "--any-recipient");

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
        commitSeconds: 2,
        revealSeconds: 2,
        reportSeconds: 2,
        deadlineSeconds: 9,
        claimSeconds: 10,
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
    const address = network.place("physical").contracts.gateway;
    const say = () => account.send({ contract: contracts.Gateway, address }, "sendMessage", [to, "0x", []]);

    for (let kill = 0; kill < KILLS; kill++) {
      const before = deliveries();
      relay = startRelay();
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
      // A power cut may take the last moments of a relayer's database; of a validator's it takes nothing.
      const log = `${relayerDatabase(directory(), 0)}-wal`;
      if (existsSync(log)) truncateSync(log, Math.floor(statSync(log).size * random.uniform()));
    }
    relay = startRelay();
    await until(
      () => lifecycleIsOver() && [...counts().values()].every(({ sent, delivered }) => sent === delivered),
    );
    // The relayer hears of the last delivery at its next look at the chain.
    while (openInDatabase() > 0) await delay(50);
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

  it("has signed what the gateways show, up to the last message", () => {
    const places = chainsOf(network.file);
    const lastSigned = places.map(() => [] as number[]);
    for (const { address } of [0, 1, 2].map((i) => localKey("validator", i))) {
      const store = new ValidatorStore(join(directory(), `validator-${address}.sqlite`));
      for (const [i, place] of places.entries()) {
        const tree = new MerkleTree(leavesOf(followers[i]!));
        const domain = { chainId: BigInt(place.chainId), gateway: place.contracts.gateway };
        const signed = store.vouchers.from({ kind: "checkpoint", ...domain }, 0, {
          limit: 9999,
          newestFirst: true,
        });
        expect(signed).to.have.length.above(0);
        for (const { place: index, hash: root, signature } of signed) {
          expect(root).to.equal(tree.root(index + 1));
          expect(checkpointSigner(domain, { root, index }, signature)).to.equal(address);
        }
        lastSigned[i]!.push(signed[0]!.place);
      }
      store.close();
    }
    // All is delivered, so two of the three have signed for all of it.
    for (const [i, follower] of followers.entries()) {
      const last = leavesOf(follower).length - 1;
      expect(lastSigned[i]!.filter((index) => index === last)).to.have.length.of.at.least(2);
    }
  });

  it("has a database that knows of every message, and that it was delivered", () => {
    const store = new RelayerStore(relayerDatabase(directory(), 0));
    for (const [i, { chainId }] of chainsOf(network.file).entries()) {
      expect(store.ids(BigInt(chainId))).to.deep.equal(leavesOf(followers[i]!));
    }
    store.close();
    expect(openInDatabase()).to.equal(0);
  });
});

/** Ids of the messages that a gateway sent, in order. */
function leavesOf({ events }: ChainFollower): string[] {
  return events.filter((event) => event.name === "MessageInserted").map(({ args }) => args.messageId);
}
