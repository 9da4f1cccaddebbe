import type { KeySigner } from "../chains/keys/KeySigner.ts";

import type { RandomSource } from "../numerics/RandomSource.ts";
import type { Clock } from "../protocol/Clock.ts";
import { Announcer } from "./delivery/Announcer.ts";
import { AttemptBudget } from "./delivery/AttemptBudget.ts";
import { Destination } from "./delivery/Destination.ts";
import { Lane, STRANGERS } from "./delivery/Lane.ts";
import { StandBack } from "./delivery/StandBack.ts";
import { SubmissionChannel } from "./delivery/SubmissionChannel.ts";
import { anyOf, type HintSource, Hints } from "./Hints.ts";
import { PROOF_SCHEMES } from "./proofs/proofSchemes.ts";
import type { VoucherSource } from "./proofs/VoucherSource.ts";
import type { RelayListener } from "./RelayEvent.ts";
import type { RelayedChain } from "./RelayedChain.ts";
import { OriginReader } from "./reading/OriginReader.ts";
import { repeat } from "./repeat.ts";
import type { LaneName } from "./store/lanes.ts";
import type { RelayerStore } from "./store/RelayerStore.ts";

/** How often strangers' messages are looked at at most, milliseconds. */
const STRANGERS_POLL_MILLISECONDS = 1000;

/** What a relayer works with. */
export interface RelayerModules {
  wallet: KeySigner;
  sources: readonly VoucherSource[];
  store: RelayerStore;
  clock: Clock;
  random: RandomSource;
  listener: RelayListener;
  /** How long it waits for validators that it just asked, milliseconds; `GRACE_MILLISECONDS` unless given. */
  graceMilliseconds?: number;
}

/**
 * Proves and delivers messages. It is untrusted, and loses nothing: what it found,
 * proved and sent is on the disk before it acts on it, and whatever its disk does
 * not know the chains do. A message that fails is tried again for ever and holds
 * up no other.
 */
export class Relayer {
  readonly #origins: readonly OriginReader[];
  readonly #destinations: readonly { destination: Destination; onHead: HintSource | undefined }[];
  /** Of something to deliver. */
  readonly #found = new Hints();
  readonly #clock: Clock;
  readonly #listener: RelayListener;
  readonly #pollMilliseconds: number;
  readonly #stop = new AbortController();
  #running: Promise<unknown> | undefined;

  constructor(
    options: {
      chains: readonly RelayedChain[];
      pollMilliseconds: number;
      /** Whether it pays also for messages to others than the network's applications. Default: false. */
      anyRecipient?: boolean;
    },
    modules: RelayerModules,
  ) {
    const { chains, pollMilliseconds, anyRecipient } = options;
    const listener: RelayListener = (event) => {
      if (event.type === "message-sent") this.#found.give();
      modules.listener(event);
    };
    this.#pollMilliseconds = pollMilliseconds;
    this.#clock = modules.clock;
    this.#listener = modules.listener;
    const provers = new Map(Object.values(PROOF_SCHEMES).map(({ kind, prover }) => [kind, prover(modules)]));
    const nameOf = (chainId: bigint) =>
      chains.find(({ gateway }) => gateway.chainId === chainId)?.gateway.name ?? String(chainId);
    this.#origins = chains.map((chain) => new OriginReader(chain, { ...modules, listener, nameOf }));
    const isOpen = chains.some(({ applications }) => applications === undefined);
    const applications = chains.flatMap((chain) => chain.applications ?? []);
    modules.store.messages.knowApplications(isOpen ? undefined : applications);
    this.#destinations = chains.map((to, i) => {
      const { gateway, finality } = to;
      const channel = new SubmissionChannel({ finality }, { ...modules, gateway });
      const budget = new AttemptBudget(STRANGERS, modules);
      const lanesOf = (lane: LaneName) =>
        this.#origins
          .filter((from) => from.gateway !== gateway)
          .map((from) => {
            const shared = { ...modules, channel, provers };
            const limited = lane === "network" ? shared : { ...shared, budget };
            return new Lane({ from, to, lane, pollMilliseconds }, limited);
          });
      const destination = new Destination({
        channel,
        announcer: new Announcer({ from: this.#origins[i]!, finality }, { ...modules, channel }),
        lanes: lanesOf("network"),
        strangers: [...lanesOf("refused"), ...(anyRecipient === true ? lanesOf("others") : [])],
        standBack: new StandBack({ pollMilliseconds }, modules),
      });
      return { destination, onHead: to.onHead };
    });
  }

  /** Begins to read and deliver; a chain that does not answer holds up no other. */
  start(): void {
    const { signal } = this.#stop;
    const pollMilliseconds = this.#pollMilliseconds;
    const loop = (
      chain: string,
      doing: string,
      work: () => Promise<boolean>,
      { every = pollMilliseconds, hints }: { every?: number; hints?: HintSource | undefined } = {},
    ) =>
      repeat(
        work,
        { signal, pollMilliseconds: every, hints },
        {
          clock: this.#clock,
          onError: (error) => this.#listener({ type: "trouble", chain, doing, error }),
        },
      );
    this.#running = Promise.all([
      ...this.#origins.map((origin) =>
        loop(origin.gateway.name, "reading its gateway", () => origin.read(), { hints: origin.onHead }),
      ),
      ...this.#destinations.map(({ destination, onHead }) =>
        loop(destination.name, "delivering to it", () => destination.deliver(signal), {
          hints: anyOf(onHead, this.#found.source),
        }),
      ),
      ...this.#destinations.map(({ destination }) => {
        const every = Math.max(pollMilliseconds, STRANGERS_POLL_MILLISECONDS);
        const doing = "delivering what strangers sent";
        return loop(destination.name, doing, () => destination.deliverStrangers(signal), { every });
      }),
    ]);
  }

  /** Looks now what can be delivered, as when validators have just signed something. */
  look(): void {
    this.#found.give();
  }

  /** Ends once the steps under way are over. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}
