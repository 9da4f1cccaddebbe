import { Aggregator } from "../../aggregators/Aggregator.ts";
import type { HeldUpdatesModules } from "../../aggregators/HeldUpdates.ts";
import { ReceiptIssuer } from "../../aggregators/ReceiptIssuer.ts";
import type { MainChain } from "../../chains/clients/MainChain.ts";
import { updateLeaf } from "../../protocol/leaves.ts";
import type { ReceiptRequest } from "../../protocol/receiptRequest.ts";
import { type StorageReceipt, signReceipt } from "../../protocol/receipts.ts";
import { tryAgain } from "../../protocol/tryAgain.ts";
import type { ContentStore } from "../../storage/ContentStore.ts";
import type { Surroundings } from "../SimulatedProcess.ts";
import { follow } from "./follow.ts";
import { InlinePool } from "./InlinePool.ts";
import { lifeStore } from "./lifeStore.ts";
import type { TaskNetwork } from "./TaskNetwork.ts";
import { samplesOf } from "./taskData.ts";

/** What an aggregator's process works with. */
export interface AggregatorPartyModules {
  network: TaskNetwork;
  /** The network's storage as this aggregator sees it. */
  storage: ContentStore;
  /** Its own, which outlives its lives. */
  held: ContentStore;
  /** What the others serve. */
  others: Pick<ContentStore, "get">;
  /** How it reaches the main chain and updates: as programs do unless a bug is planted. */
  change: {
    main: (main: MainChain) => MainChain;
    updates: (modules: HeldUpdatesModules) => Pick<ContentStore, "get">;
  };
  /** Whether it signs receipts for anything, without holding it. */
  signsAnything: boolean;
  listener: (event: unknown) => void;
}

/** One life of a real aggregator, with its giving of receipts. */
export class AggregatorParty {
  readonly #index: number;
  readonly #modules: AggregatorPartyModules;
  readonly #surroundings: Surroundings;
  #main: MainChain | undefined;
  #issuer: ReceiptIssuer | undefined;

  constructor(index: number, modules: AggregatorPartyModules, surroundings: Surroundings) {
    this.#index = index;
    this.#modules = modules;
    this.#surroundings = surroundings;
  }

  /** Attests the first task that is published. */
  async run(): Promise<void> {
    const { network, change, listener, ...modules } = this.#modules;
    const { life, clock, rpcs } = this.#surroundings;
    const { main: seen, subchains, account } = network.connect(rpcs, clock);
    const main = change.main(seen);
    const signer = network.accounts.aggregators[this.#index]!;
    const storage = lifeStore(life, modules.storage);
    const held = lifeStore(life, modules.held);
    this.#main = main;
    this.#issuer = new ReceiptIssuer({
      signer,
      main,
      subchains,
      storage,
      held: { of: () => held },
      clock,
    });
    const onError = (error: unknown) => listener({ type: "trouble", doing: "reading events", error });
    const [mainFollower, ...followers] = await Promise.all(
      [main, ...subchains].map((chain) => follow(chain, onError)),
    );
    const aggregator = new Aggregator(`aggregator ${this.#index}`, {
      account: account(main.client, signer),
      tokens: [network.file.main.contracts.token],
      signer,
      main,
      mainFollower: mainFollower!,
      subchains: subchains.map((subchain, i) => ({ subchain, follower: followers[i]! })),
      storage,
      updates: change.updates({ storage, held, others: modules.others }),
      receipts: this.#issuer,
      pool: new InlinePool(),
      heldOutData: async () => samplesOf(0),
      listener,
      clock,
    });
    const { args } = await mainFollower!.first({ name: "TaskPublished" });
    const { signal } = new AbortController();
    await tryAgain(
      () => aggregator.run(args.task, signal),
      { signal },
      { clock, onFailure: (error) => listener({ type: "trouble", error }) },
    );
  }

  /** A receipt. @throws as `ReceiptIssuer.issue`. */
  async issue(request: ReceiptRequest): Promise<StorageReceipt> {
    const { network, signsAnything } = this.#modules;
    if (!signsAnything) {
      if (this.#issuer === undefined) throw new TypeError("fetch failed");
      return this.#issuer.issue(request);
    }
    const signer = network.accounts.aggregators[this.#index]!;
    const leaf = updateLeaf(request.update);
    return { place: this.#index, signature: await signReceipt(signer, this.#main!.receiptDomain, leaf) };
  }
}
