import type { FinalityRule } from "../../chains/clients/finality.ts";
import { GatewayClient } from "../../chains/clients/GatewayClient.ts";
import type { Rpc } from "../../chains/rpc/Rpc.ts";
import { greatest } from "../../numerics/extremes.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import type { RelayListener } from "../../relay/RelayEvent.ts";
import { Relayer } from "../../relay/Relayer.ts";
import type { RelayerStore } from "../../relay/store/RelayerStore.ts";
import { ValidatorStore } from "../../relay/store/ValidatorStore.ts";
import { Validator } from "../../relay/Validator.ts";
import { NO_FAULTS } from "../chains/FaultyRpc.ts";
import type { SimulatedBlock } from "../chains/SimulatedBlock.ts";
import type { FaultTally } from "../FaultTally.ts";
import type { Life } from "../Life.ts";
import { type ProcessModules, SimulatedProcess } from "../SimulatedProcess.ts";
import type { Trace } from "../Trace.ts";
import { VirtualClock } from "../VirtualClock.ts";
import { BlockProducer } from "./BlockProducer.ts";
import { History } from "./History.ts";
import { floodTransactions, plannedTransaction } from "./plannedTransaction.ts";
import { type Plant, relayerStore } from "./plants.ts";
import { RemoteSource } from "./RemoteSource.ts";
import { FAULTS_MILLISECONDS, type Schedule, WRITES } from "./Schedule.ts";
import type { SimulatedNetwork, SimulatedPlace } from "./SimulatedNetwork.ts";

/** How often services look for news, milliseconds. */
const POLL_MILLISECONDS = 3000;

/** A relayer with what outlives its lives. */
export interface RelayerProcess {
  process: SimulatedProcess<Relayer>;
  address: string;
  store: RelayerStore;
}

/** A validator with what outlives its lives. */
export interface ValidatorProcess {
  process: SimulatedProcess<Validator>;
  address: string;
  store: ValidatorStore;
  isLiar: boolean;
}

/** Chains, services and applications of one schedule, and all that befalls them. */
export class RelayWorld {
  readonly clock: VirtualClock;
  readonly histories: readonly [History, History];
  readonly relayers: readonly RelayerProcess[];
  readonly validators: readonly ValidatorProcess[];
  readonly #schedule: Schedule;
  readonly #network: SimulatedNetwork;
  readonly #tally: FaultTally;
  readonly #trace: Trace | undefined;
  readonly #sources: RemoteSource[] = [];
  readonly #start: number;
  readonly #onBlock: () => void;
  readonly #signed = new Map<string, string>();
  readonly #signedTwice = new Set<string>();

  /** @param modules - `onBlock` is told after every block and reorganization. */
  constructor(
    schedule: Schedule,
    modules: {
      network: SimulatedNetwork;
      tally: FaultTally;
      plant: Plant | undefined;
      trace: Trace | undefined;
      onBlock: () => void;
    },
  ) {
    const { network, tally, trace, plant } = modules;
    this.#schedule = schedule;
    this.#network = network;
    this.#tally = tally;
    this.#trace = trace;
    this.#onBlock = modules.onBlock;
    this.#start = network.places[0].chain.head.timestamp * 1000;
    this.clock = new VirtualClock(this.#start);
    this.histories = [new History(network.places[0]), new History(network.places[1])];
    const shared: ProcessModules = {
      chains: network.places.map(({ chain }) => chain),
      clock: this.clock,
      tally,
      trace,
    };
    this.validators = schedule.validators.map((_, i) => this.#validator(i, shared));
    this.relayers = schedule.relayers.map((_, i) => this.#relayer(i, plant, shared));
  }

  /** Validator, chain and place for which an honest validator gave out two signatures that contradict each other. */
  get signedTwice(): readonly string[] {
    return [...this.#signedTwice];
  }

  /** Plans everything and starts the services. */
  begin(): void {
    const { seed, chains, messages, late, floods, confirmations, byTag } = this.#schedule;
    const { clock } = this;
    for (const [i, place] of this.#network.places.entries()) {
      place.chain.finalityDepth = byTag ? confirmations : 0;
      const modules = {
        random: new SeededRandom(seed, "chain", i),
        clock,
        tally: this.#tally,
        trace: this.#trace,
        read: () => this.histories[i]!.read(),
        onBlock: this.#onBlock,
      };
      new BlockProducer(place.chain, { plan: chains[i]!, confirmations }, modules).begin();
    }
    for (const [number, flood] of floods.entries()) {
      clock.in(flood.at, async () => {
        this.#tally.count(flood.isHidden ? "flood in large receipts" : "flood of a stranger");
        for (const raw of await floodTransactions(this.#network, flood, number))
          await this.#network.places[flood.from].chain.send(raw);
      });
    }
    for (const [number, message] of [...messages, ...late].entries()) {
      clock.in(message.at, async () => {
        if (message.isHidden) this.#tally.count("message hidden in a large receipt");
        const raw = await plannedTransaction(this.#network, message, { number, start: this.#start });
        await this.#network.places[message.from].chain.send(raw);
      });
    }
    if (this.relayers.length > 1) this.#tally.count("concurrent relayers");
    for (const { process } of [...this.validators, ...this.relayers]) process.start();
    this.clock.at(this.#start + FAULTS_MILLISECONDS, () => this.#heal());
  }

  /** Whether the time of faults is over, and all was sent. */
  get isHealed(): boolean {
    const last = Math.max(FAULTS_MILLISECONDS, greatest(this.#schedule.late.map(({ at }) => at + 1)));
    return this.clock.now() >= this.#start + last;
  }

  /** Of a chain, whether what is sent in a block must be delivered in a stated time. */
  isPunctual(chain: number, { timestamp }: SimulatedBlock): boolean {
    const from = this.#schedule.late.find((message) => message.from === chain)?.at;
    return from !== undefined && !this.isBeyondPolicy(chain) && timestamp * 1000 >= this.#start + from;
  }

  /** Whether a block of a chain is final. */
  isFinal({ chain }: SimulatedPlace, block: number): boolean {
    return chain.head.number >= block + this.#schedule.confirmations;
  }

  /** Whether every process that was not lost is up. */
  get isUp(): boolean {
    const { validators } = this.#schedule;
    return (
      this.relayers.every(({ process }) => process.life !== undefined) &&
      this.validators.every(({ process }, i) => validators[i]!.isLost || process.life !== undefined)
    );
  }

  /** Whether a chain is reorganized deeper than its finality rule allows. */
  isBeyondPolicy(chain: number): boolean {
    return this.#schedule.chains[chain as 0 | 1].reorganizations.some(({ reach }) => reach > 1);
  }

  /** Whether the schedule reorganizes a chain, so that a number may have been another message's. */
  reorganizes(chain: number): boolean {
    return this.#schedule.chains[chain as 0 | 1].reorganizations.length > 0;
  }

  #noteSigned(what: string, hash: string): void {
    if ((this.#signed.get(what) ?? hash) !== hash) this.#signedTwice.add(what);
    this.#signed.set(what, hash);
  }

  #heal(): void {
    this.#trace?.add(`${this.clock.now()} the faults are over`);
    for (const { process } of [...this.validators, ...this.relayers]) process.heal(NO_FAULTS);
    for (const source of this.#sources) source.silence = 0;
  }

  #validator(i: number, shared: ProcessModules): ValidatorProcess {
    const { seed, liar, rpc, confirmations, validators } = this.#schedule;
    const wallet = this.#network.accounts.validators[i]!;
    const isLiar = liar === i;
    const name = `validator ${i}`;
    const store = new ValidatorStore(":memory:");
    const finality: FinalityRule = isLiar ? { confirmations: 0 } : this.#finality(confirmations);
    const process: SimulatedProcess<Validator> = new SimulatedProcess(
      name,
      validators[i]!,
      {
        faults: rpc,
        random: (stream) => new SeededRandom(seed, name, stream),
        start: ({ life, clock, rpcs }) => {
          const chains = this.#gateways(rpcs).map((gateway, of) => {
            const { proofs } = this.#network.places[of]!;
            return { gateway, fromBlock: 0, finality, proofs };
          });
          // A liar forgets what it signed.
          const kept = isLiar ? new ValidatorStore(":memory:") : store;
          const validator = new Validator(
            { chains, pollMilliseconds: POLL_MILLISECONDS },
            {
              wallet,
              store: life.store(kept, "validator", isWriteOf("validator")),
              clock,
              listener: this.#listener(life),
            },
          );
          validator.start();
          return validator;
        },
      },
      shared,
    );
    return { process, store, isLiar, address: wallet.address };
  }

  #relayer(i: number, plant: Plant | undefined, shared: ProcessModules): RelayerProcess {
    const { seed, rpc, confirmations, relayers, silence, slow } = this.#schedule;
    const wallet = this.#network.accounts.relayers[i]!;
    const name = `relayer ${i}`;
    const finality = this.#finality(confirmations);
    const store = relayerStore(plant, () => process.life?.step("between relayer.advance"));
    const sources = this.validators.map(({ process: validator, isLiar }, of) => {
      const random = new SeededRandom(seed, name, "source", of);
      const slowMilliseconds = slow?.validator === of ? slow.milliseconds : 0;
      const options = { wallet: this.#network.accounts.validators[of]!, isLiar, silence, slowMilliseconds };
      return new RemoteSource(options, {
        process: validator,
        clock: this.clock,
        random,
        tally: this.#tally,
        onSigned: (place, hash) => this.#noteSigned(place, hash),
      });
    });
    for (const source of sources) this.#sources.push(source);
    const process: SimulatedProcess<Relayer> = new SimulatedProcess(
      name,
      relayers[i]!,
      {
        faults: rpc,
        random: (stream) => new SeededRandom(seed, name, stream),
        start: ({ life, clock, rpcs }) => {
          const chains = this.#gateways(rpcs).map((gateway, of) => ({
            gateway,
            fromBlock: 0,
            finality,
            applications: this.#applicationsOf(this.#network.places[of]!),
          }));
          const relayer = new Relayer(
            { chains, pollMilliseconds: POLL_MILLISECONDS },
            {
              wallet,
              sources: sources.map((source) => ({
                validator: source.validator,
                vouchers: (...values) => life.call(() => source.vouchers(...values)),
              })),
              store: life.store(store, "relayer", isWriteOf("relayer")),
              clock,
              random: new SeededRandom(seed, name, "service"),
              listener: this.#listener(life),
              ...(plant === "wait-for-all" ? { graceMilliseconds: Number.POSITIVE_INFINITY } : {}),
            },
          );
          relayer.start();
          return relayer;
        },
      },
      shared,
    );
    return { process, store, address: wallet.address };
  }

  #gateways(rpcs: readonly Rpc[]): GatewayClient[] {
    return this.#network.places.map(
      ({ chain: { name, chainId }, gateway }, i) =>
        new GatewayClient(rpcs[i]!, { name, chainId, contracts: { gateway } }),
    );
  }

  #listener(life: Life): RelayListener {
    return life.listener((event) =>
      this.#trace?.add(`${this.clock.now()} ${life.process} tells ${JSON.stringify(event, bigintAsText)}`),
    );
  }

  /** Who sends and receives on a chain for the network: nobody else's messages are its own. */
  #applicationsOf({ chain, recipient, openSender }: SimulatedPlace): string[] {
    const senders = this.#network.accounts.senders.map(({ address }) => address);
    return [recipient, openSender, ...senders].map((address) =>
      formatInteroperable({ chainId: chain.chainId, address }),
    );
  }

  #finality(confirmations: number): FinalityRule {
    return this.#schedule.byTag ? "finalized" : { confirmations };
  }
}

function isWriteOf(kind: keyof typeof WRITES): (method: string) => boolean {
  const writes: readonly string[] = WRITES[kind];
  return (method) => writes.includes(method);
}

function bigintAsText(_: string, value: unknown): unknown {
  if (value instanceof Error) return value.message;
  return typeof value === "bigint" ? String(value) : value;
}
