import type { ChainAccount } from "../../../chains/clients/ChainAccount.ts";
import { localKey } from "../../../chains/networks/localKeys.ts";
import { NetworkClients } from "../../../chains/networks/NetworkClients.ts";
import type { NetworkConfig } from "../../../chains/networks/networkConfig.ts";
import { chainsOf, type NetworkFile } from "../../../chains/networks/networkFile.ts";
import { scoreName } from "../../../learning/models/scoreName.ts";
import type { ComputePool } from "../../../learning/training/ComputePool.ts";
import { knownMechanism, mechanismNamed } from "../../../mechanisms/mechanismOf.ts";
import { systemClock } from "../../../protocol/Clock.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { counted } from "../../../reports/counted.ts";
import { plainEvent } from "../../../reports/eventLogger.ts";
import { formatTokens } from "../../../reports/formatTokens.ts";
import { publishTask } from "../../../tasks/publishTask.ts";
import { refundWhenDue } from "../../../tasks/refundWhenDue.ts";
import type { TaskData } from "../../../tasks/TaskData.ts";
import type { TaskSpec } from "../../../tasks/taskSpec.ts";
import { LiveTask } from "../../../tasks/view/LiveTask.ts";
import { type TaskView, unheardTask } from "../../../tasks/view/TaskView.ts";
import { taskOutcome } from "../../../tasks/view/taskOutcome.ts";
import { type TaskSummary, taskSummary } from "../../../tasks/view/taskSummary.ts";
import type { WorkersConfig } from "../../../workers/workerConfig.ts";
import { earlierInWords } from "../../earlierNetworks.ts";
import { LocalNetwork } from "../../LocalNetwork.ts";
import { Narrator } from "../../Narrator.ts";
import { serviceDirectory } from "../../serviceDirectory.ts";
import type { ServiceEvent, ServiceLog } from "../../serviceLog.ts";
import type { Terminal } from "../../Terminal.ts";
import { type Endings, startServices } from "./demoParts.ts";
import { messageCounts } from "./messageCounts.ts";
import { isTold } from "./runDemo.ts";

/** What everybody who sells begins with, wei: some mechanisms ask for deposits. */
const STARTING_BALANCE = 100n * 10n ** 18n;

/** A task of a market, once it has ended. */
export interface MarketTask {
  spec: TaskSpec;
  view: TaskView;
  summary: TaskSummary;
  /** Whether something was learned, over all rounds or to the target. */
  ok: boolean;
}

/** A market that has run and whose network is still up. */
export interface FinishedMarket {
  tasks: readonly MarketTask[];
  messages: { sent: number; delivered: number };
  events: (Record<string, unknown> & { type: string })[];
  network: LocalNetwork;
  pool: ComputePool;
  stop(): Promise<void>;
}

/** Several tasks at once, each of a publisher of its own with the services that its mechanism has it run. */
export async function runMarket(
  inputs: {
    config: NetworkConfig;
    specs: readonly TaskSpec[];
    workers: WorkersConfig;
    data: TaskData;
    fresh: boolean;
    log?: ServiceLog | undefined;
    /** Told once the chains are up. */
    onUp?: (network: LocalNetwork) => Promise<void>;
  },
  terminal: Terminal,
): Promise<FinishedMarket> {
  const { config, specs, workers, data, fresh, log } = inputs;
  const clock = systemClock;
  const endings: Endings = [];
  const stop = async () => {
    for (const end of endings.reverse()) await end();
    endings.length = 0;
  };
  const narrator = new Narrator(terminal, { clock: clock.now, ...(log === undefined ? {} : { log }) });
  const events: FinishedMarket["events"] = [];
  const note = (event: ServiceEvent) => {
    if (event.type !== "trained" && event.type !== "refreshed") events.push(plainEvent(event));
  };
  const onError = (error: unknown) => terminal.warn(error instanceof Error ? error.message : String(error));
  try {
    terminal.status("starting the chains and deploying the contracts …");
    const network = await LocalNetwork.start(config, {
      fresh,
      onSetAside: (earlier) => terminal.line(earlierInWords(earlier)),
      onChainDied: (error) => terminal.warn(error.message),
    });
    endings.push(() => network.stop());
    await network.startRelay(narrator.onRelay);
    const places = chainsOf(network.file);
    terminal.done(
      `${places.length} chains are up and linked: ${places.map(({ name, chainId }) => `${name} ${chainId}`).join(", ")}`,
    );
    await inputs.onUp?.(network);
    // Before any time counts.
    for (const { dataset } of specs) await data.load(dataset);
    const pool = await startServices({ network, config, workers, data, narrator, note, endings });
    const clients = await NetworkClients.connect(network.file);
    endings.push(() => clients.close());
    const { main, subchains } = clients;
    endings.push(() => clients.stop());
    const followers = await Promise.all(
      [main, ...subchains].map((chain) => clients.follow(chain, chain.place.finality, onError)),
    );
    await fund(clients, specs.length, workers.devices.length);
    for (const [index, { reward }] of specs.entries()) {
      const { service } = mechanismNamed(reward.policy);
      if (service === undefined) continue;
      const directory = serviceDirectory(config.directory, reward.policy, index);
      const { url, stop } = await service.start(
        { network: network.file, index, directory },
        { clock, onDone: () => undefined, onError },
      );
      endings.push(stop);
      terminal.done(`publisher ${index + 1} serves ${url}: ${service.about}`);
    }

    const published: { spec: TaskSpec; task: bigint; live: LiveTask; publisher: ChainAccount }[] = [];
    for (const [index, spec] of specs.entries()) {
      const publisher = await clients.account(main.client.name, "publisher", index);
      const modules = { network: network.file, main, publisher, storage: network.storage };
      const { task, terms, mechanismTerms, budget } = await publishTask(spec, modules);
      const offer = knownMechanism(terms.mechanism)?.view?.offer(mechanismTerms) ?? "terms of its own";
      terminal.done(
        `publisher ${index + 1} published task ${task}: ${offer}, ${formatTokens(budget)} tokens in escrow, ${counted(spec.rounds, "round")} in ${spec.schedule.epochSeconds} s`,
      );
      const unheard = unheardTask(task, terms, main.place.contracts.applications.tasks);
      const live = new LiveTask({ ...unheard, mechanismTerms }, { followers, onError, clock });
      endings.push(() => live.stop());
      published.push({ spec, task, live, publisher });
    }
    const tasks = await Promise.all(
      published.map(async ({ spec, task, live, publisher }): Promise<MarketTask> => {
        const outcome = taskOutcome(await live.until((view) => view.endedAt !== undefined))!;
        if (!outcome.ok) terminal.failed(`task ${task}: ${outcome.text}`, outcome.next);
        await refundWhenDue(main, publisher, task, onError);
        const view = await live.until(isTold);
        const summary = taskSummary(view, {
          network: network.file,
          now: Math.floor(clock.now() / 1000),
          measure: scoreName(spec.model),
        });
        const { paid, refunded } = summary.escrow;
        terminal.done(
          `task ${task} settled: ${formatTokens(BigInt(paid))} paid to ${summary.payments.length} workers, ${formatTokens(BigInt(refunded))} refunded`,
        );
        return { spec, view, summary, ok: outcome.ok };
      }),
    );
    narrator.stop();
    return { tasks, messages: await messageCounts(network.file, clients), events, network, pool, stop };
  } catch (cause) {
    narrator.stop();
    await stop();
    throw cause;
  }
}

/** Gives the other publishers what they put up, and the workers what they begin with, from the first publisher's tokens. */
async function fund(clients: NetworkClients, publishers: number, devices: number): Promise<void> {
  const { main, network } = clients;
  const first = await clients.account(main.client.name, "publisher");
  const token = { contract: contracts.LocalToken, address: tokenOf(network) };
  const give = (address: string, amount: bigint) => first.send(token, "transfer", [address, amount]);
  await Promise.all([
    ...Array.from({ length: publishers - 1 }, (_, i) =>
      give(localKey("publisher", i + 1).address, 100n * STARTING_BALANCE),
    ),
    ...(["device", "twin"] as const).flatMap((role) =>
      Array.from({ length: devices }, (_, i) => give(localKey(role, i).address, STARTING_BALANCE)),
    ),
  ]);
}

function tokenOf({ main }: NetworkFile): string {
  return main.contracts.token;
}
