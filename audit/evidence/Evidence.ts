import { keccak256 } from "ethers";
import { eventsFrom } from "../../chains/clients/ChainEvent.ts";
import type { TaskState } from "../../chains/clients/MainChain.ts";
import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import { type AoITerms, decodeAoITerms } from "../../mechanisms/aoi-contract/aoiTerms.ts";
import { policyContract } from "../../mechanisms/aoi-contract/policyContract.ts";
import { contracts } from "../../protocol/contracts.ts";
import type { TaskTerms } from "../../protocol/taskTerms.ts";
import type { ContentStore, Digest } from "../../storage/ContentStore.ts";
import { decodeTaskSpec, type TaskSpec } from "../../tasks/taskSpec.ts";
import { AuditFailure } from "../AuditFailure.ts";
import { errorSentence } from "../errorSentence.ts";
import type { ChainEvidence } from "./ChainEvidence.ts";
import { StoredUpdates } from "./StoredUpdates.ts";
import { ofKind, type TaskMessage, taskMessages } from "./taskMessages.ts";

/** What evidence is made of. */
export interface EvidenceParts {
  task: bigint;
  network: NetworkFile;
  storage: ContentStore;
  /** The chains that could be read, by chain id. */
  chains: ReadonlyMap<bigint, ChainEvidence>;
  /** Why the others could not. */
  unreadable: ReadonlyMap<bigint, unknown>;
}

/** All that an audit goes by: chains, storage, and what follows from them at once. */
export class Evidence {
  readonly task: bigint;
  readonly network: NetworkFile;
  readonly storage: ContentStore;
  /** Models and updates in storage. */
  readonly updates: StoredUpdates;
  readonly chains: ReadonlyMap<bigint, ChainEvidence>;
  readonly unreadable: ReadonlyMap<bigint, unknown>;
  #terms: Promise<TaskTerms> | undefined;
  #state: Promise<TaskState> | undefined;
  #spec: Promise<TaskSpec> | undefined;
  readonly #messages = new Map<ChainEvidence, TaskMessage[]>();

  constructor({ task, network, storage, chains, unreadable }: EvidenceParts) {
    this.task = task;
    this.network = network;
    this.storage = storage;
    this.updates = new StoredUpdates(storage);
    this.chains = chains;
    this.unreadable = unreadable;
  }

  /** A chain; throws AuditFailure when it could not be read. */
  chain(chainId: bigint | number): ChainEvidence {
    const chain = this.chains.get(BigInt(chainId));
    if (chain !== undefined) return chain;
    const why = this.unreadable.get(BigInt(chainId));
    if (why === undefined) {
      throw new AuditFailure(`The task needs chain ${chainId}, which the network file does not have.`);
    }
    throw new AuditFailure(`Not examined: ${errorSentence(why)}`, why);
  }

  get main(): ChainEvidence {
    return this.chain(this.network.main.chainId);
  }

  get relay(): ChainEvidence {
    return this.chain(this.network.relay.chainId);
  }

  /** The task's subchains, in the task's order. */
  async subchains(): Promise<ChainEvidence[]> {
    return (await this.terms()).subchains.map((chainId) => this.chain(chainId));
  }

  /** The terms that the main chain holds. */
  async terms(): Promise<TaskTerms> {
    const { manager } = this.network.main.contracts;
    this.#terms ??= this.main.state(contracts.TaskManager, manager, "termsOf", this.task);
    return this.#terms;
  }

  /** How the task stands on the main chain. */
  async state(): Promise<TaskState> {
    const { manager } = this.network.main.contracts;
    this.#state ??= this.main.state(contracts.TaskManager, manager, "taskOf", this.task);
    return this.#state;
  }

  /** The specification that the terms name; throws AuditFailure when storage does not have it. */
  async spec(): Promise<TaskSpec> {
    this.#spec ??= this.#readSpec();
    return this.#spec;
  }

  /** What a chain sent about the task. */
  messagesFrom(chain: ChainEvidence): TaskMessage[] {
    const known = this.#messages.get(chain);
    if (known !== undefined) return known;
    const messages = taskMessages(chain, this.task);
    this.#messages.set(chain, messages);
    return messages;
  }

  /** What the main chain first said of the task; throws AuditFailure when it sent no opening, or two. */
  opening(): Extract<TaskMessage, { kind: "TaskOpened" }> {
    const opened = ofKind(this.messagesFrom(this.main), "TaskOpened");
    if (opened.length === 1) return opened[0]!;
    throw new AuditFailure(
      `The main chain opened task ${this.task} ${opened.length} times towards the relay chain.`,
    );
  }

  /** Bonus and menu as they were published and pinned; throws AuditFailure when the policy pinned others. */
  menu(): AoITerms {
    const { policyTerms } = this.opening().body;
    const { manager } = this.network.main.contracts;
    const [pinned] = eventsFrom(policyContract, this.main.events).filter(
      ({ args }) => args.task === this.task && args.manager.toLowerCase() === manager.toLowerCase(),
    );
    if (pinned?.args.menuHash === keccak256(policyTerms)) return decodeAoITerms(policyTerms);
    throw new AuditFailure(
      `The reward policy pinned a menu with hash ${pinned?.args.menuHash ?? "none"}, but the task was opened with terms that hash to ${keccak256(policyTerms)}.`,
    );
  }

  async #readSpec(): Promise<TaskSpec> {
    const { specDigest } = await this.terms();
    try {
      return decodeTaskSpec(await this.storage.get(specDigest as Digest));
    } catch (cause) {
      throw new AuditFailure(
        `The task's specification ${specDigest} cannot be read: ${errorSentence(cause)}`,
        cause,
      );
    }
  }
}
