import type { TaskState } from "../../chains/clients/MainChain.ts";
import { applicationOf } from "../../chains/networks/applicationOf.ts";
import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import type { Mechanism } from "../../mechanisms/Mechanism.ts";
import type { AuditedParticipant, AuditedTask, EscrowAccount } from "../../mechanisms/MechanismAudit.ts";
import { knownMechanism } from "../../mechanisms/mechanismOf.ts";
import { contracts } from "../../protocol/contracts.ts";
import { roundSeconds, roundTime } from "../../protocol/roundTimes.ts";
import type { TaskTerms } from "../../protocol/taskTerms.ts";
import type { ContentStore } from "../../storage/ContentStore.ts";
import { storedTaskSpec } from "../../tasks/storedTaskSpec.ts";
import type { TaskSpec } from "../../tasks/taskSpec.ts";
import { AuditFailure } from "../AuditFailure.ts";
import { errorSentence } from "../errorSentence.ts";
import { accountKey, type EscrowTransfers, escrowTransfers } from "../escrow/escrowTransfers.ts";
import { NotExamined } from "../NotExamined.ts";
import { type ChainEvidence, eventsOf } from "./ChainEvidence.ts";
import { enrolmentsOf } from "./enrolmentsOf.ts";
import { acceptedRounds, finalizedRounds, isAccepted } from "./finalizedRounds.ts";
import { mechanismContract } from "./mechanismContract.ts";
import { StoredUpdates } from "./StoredUpdates.ts";
import { ofKind, type TaskMessage, taskMessages } from "./taskMessages.ts";
import { unreadable } from "./unreadable.ts";

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
  #transfers: Promise<EscrowTransfers> | undefined;
  readonly #reported = new Map<bigint, Promise<(number | undefined)[]>>();
  readonly #messages = new Map<ChainEvidence, TaskMessage[]>();

  constructor({ task, network, storage, chains, unreadable }: EvidenceParts) {
    this.task = task;
    this.network = network;
    this.storage = storage;
    this.updates = new StoredUpdates(storage);
    this.chains = chains;
    this.unreadable = unreadable;
  }

  /** A chain; throws `NotExamined` when it could not be read. */
  chain(chainId: bigint | number): ChainEvidence {
    const chain = this.chains.get(BigInt(chainId));
    if (chain !== undefined) return chain;
    const why = this.unreadable.get(BigInt(chainId));
    if (why === undefined) {
      throw new NotExamined(
        `The task needs chain ${chainId}, which the network file does not have.`,
        "Audit with a network file that has it.",
      );
    }
    throw new NotExamined(
      `Chain ${chainId} cannot be read: ${errorSentence(why)}`,
      "Audit again when it answers, or name another of its nodes in the network file.",
      why,
    );
  }

  get main(): ChainEvidence {
    return this.chain(this.network.main.chainId);
  }

  /** The task manager: with the task's number, it names the task's account in the escrow. */
  get manager(): string {
    return applicationOf(this.network.main);
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
    this.#terms ??= this.main.state(contracts.TaskManager, this.manager, "termsOf", this.task);
    return this.#terms;
  }

  /** How the task stands on the main chain. */
  async state(): Promise<TaskState> {
    this.#state ??= this.main.state(contracts.TaskManager, this.manager, "taskOf", this.task);
    return this.#state;
  }

  /** The specification that the terms name; throws AuditFailure when it is none, `NotExamined` when storage does not give it. */
  async spec(): Promise<TaskSpec> {
    this.#spec ??= this.#readSpec();
    return this.#spec;
  }

  /** What a chain sent about the task. */
  messagesFrom(chain: ChainEvidence): TaskMessage[] {
    const known = this.#messages.get(chain);
    if (known !== undefined) return known;
    const messages = taskMessages(chain);
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

  /** The mechanism that the terms name; throws `NotExamined` when it is not known here. */
  async mechanism(): Promise<Mechanism> {
    const { mechanism } = await this.terms();
    const known = knownMechanism(mechanism);
    if (known !== undefined) return known;
    throw new NotExamined(
      `The task's mechanism ${mechanism} is not known here.`,
      "Audit with a Freshet to which it was added.",
    );
  }

  /** The task as its mechanism's own checks are asked about it; throws AuditFailure when that cannot be read. */
  async audited(): Promise<AuditedTask> {
    const [terms, spec, mechanism] = await Promise.all([this.terms(), this.spec(), this.mechanism()]);
    const { main, task } = this;
    const [published] = eventsOf(main, task, "TaskPublished");
    if (published === undefined)
      throw new AuditFailure(`The main chain shows no publication of task ${task}.`);
    const policy = mechanismContract(main, mechanism);
    return {
      task,
      terms,
      mechanismTerms: this.opening().body.mechanismTerms,
      reward: spec.reward,
      budget: published.args.budget,
      worstCase: published.args.worstCase,
      publisher: published.args.publisher,
      token: published.args.token,
      standing: async () => ({
        status: (await this.state()).status,
        finalizedRounds: finalizedRounds(main, task).length,
      }),
      participants: () => this.#participants(),
      revealsReportedBy: async (chainId) => {
        const known = this.#reported.get(chainId) ?? this.#revealsReportedBy(chainId);
        this.#reported.set(chainId, known);
        return known;
      },
      policyAccount: (id) => this.#account(policy.address, id, published.args.token),
      policy,
      meters: async () => {
        const chains = await this.subchains();
        const arrived = chains.filter((chain) => eventsOf(chain, task, "TaskArrived").length > 0);
        return arrived.map((chain) => mechanismContract(chain, mechanism));
      },
    };
  }

  async #participants(): Promise<AuditedParticipant[]> {
    const { main, task } = this;
    const [terms, chains] = await Promise.all([this.terms(), this.subchains()]);
    const rounds = finalizedRounds(main, task);
    return chains.flatMap((chain) =>
      enrolmentsOf(chain, task).map(({ worker, index }) => ({
        worker,
        chainId: chain.chainId,
        work: eventsOf(chain, task, "WorkRecorded").find(({ args }) => args.index === index)?.args.work,
        acceptedRounds: acceptedRounds(rounds, terms, chain.chainId, index),
        isTakenIn: (round) =>
          rounds[round] !== undefined &&
          isAccepted(rounds[round], terms.subchains.indexOf(chain.chainId), index),
      })),
    );
  }

  async #revealsReportedBy(chainId: bigint): Promise<(number | undefined)[]> {
    const { main, task } = this;
    const { schedule, rounds } = await this.terms();
    const reports = new Map(
      eventsOf(main, task, "RoundReported")
        .filter(({ args }) => args.chainId === chainId)
        .map((report) => [report.args.round, report]),
    );
    const finalized = finalizedRounds(main, task);
    return Promise.all(
      finalized.map(async ({ round }, i) => {
        const report = reports.get(round);
        if (report === undefined) return undefined;
        const before = finalized[i - 1];
        const planned = roundTime({ ...schedule, rounds }, round);
        const opened =
          before === undefined ? planned : Math.max(planned, await main.blockTime(before.event.blockNumber));
        const time = await main.blockTime(report.blockNumber);
        return time < opened + roundSeconds(schedule) ? report.args.revealed : undefined;
      }),
    );
  }

  async #account(application: string, id: bigint, token: string): Promise<EscrowAccount> {
    const { escrow } = this.network.main.contracts;
    this.#transfers ??= escrowTransfers(this.main, escrow, token);
    const { stated, unmoved } = await this.#transfers;
    const own = stated.get(accountKey({ application, id })) ?? [];
    return {
      movements: own.map(({ event }) => ({
        name: event.name,
        who: event.name === "Paid" ? event.args.payee : event.args.payer,
        amount: event.args.amount,
        unmoved: unmoved.get(event),
      })),
      held: await this.main.state(contracts.RewardEscrow, escrow, "heldBy", application, id),
    };
  }

  async #readSpec(): Promise<TaskSpec> {
    const { specDigest } = await this.terms();
    try {
      return await storedTaskSpec(this.storage, specDigest);
    } catch (cause) {
      throw unreadable(`The task's specification ${specDigest}`, cause);
    }
  }
}
