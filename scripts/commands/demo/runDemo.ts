import { localKey } from "../../../chains/networks/localKeys.ts";
import { NetworkClients } from "../../../chains/networks/NetworkClients.ts";
import type { NetworkConfig } from "../../../chains/networks/networkConfig.ts";
import { chainsOf, type NetworkFile } from "../../../chains/networks/networkFile.ts";
import { scoreName } from "../../../learning/models/scoreName.ts";
import type { ComputePool } from "../../../learning/training/ComputePool.ts";
import { knownMechanism } from "../../../mechanisms/mechanismOf.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { systemClock } from "../../../protocol/Clock.ts";
import { counted } from "../../../reports/counted.ts";
import { plainEvent } from "../../../reports/eventLogger.ts";
import { formatTokens } from "../../../reports/formatTokens.ts";
import { publishTask } from "../../../tasks/publishTask.ts";
import { refundWhenDue } from "../../../tasks/refundWhenDue.ts";
import type { TaskData } from "../../../tasks/TaskData.ts";
import type { Shortfall } from "../../../tasks/taskLoad.ts";
import type { TaskSpec } from "../../../tasks/taskSpec.ts";
import { LiveTask } from "../../../tasks/view/LiveTask.ts";
import { type TaskView, unheardTask } from "../../../tasks/view/TaskView.ts";
import { taskOutcome } from "../../../tasks/view/taskOutcome.ts";
import { type TaskSummary, taskSummary } from "../../../tasks/view/taskSummary.ts";
import { workerHistories } from "../../../tasks/view/workerHistories.ts";
import type { WorkersConfig } from "../../../workers/workerConfig.ts";
import { weighTask } from "../../capacity/weighTask.ts";
import { earlierInWords } from "../../earlierNetworks.ts";
import { LocalNetwork } from "../../LocalNetwork.ts";
import { Narrator } from "../../Narrator.ts";
import type { ServiceEvent, ServiceLog } from "../../serviceLog.ts";
import type { Terminal } from "../../Terminal.ts";
import { type Endings, startServices } from "./demoParts.ts";
import { KilledRelay } from "./KilledRelay.ts";
import { messageCounts } from "./messageCounts.ts";

/** How often the chains are asked whether everything was delivered, milliseconds. */
const ASK_MILLISECONDS = 200;

/** Events that people are told, of which the terminal counts most when there are many. */
const NOTED: ReadonlySet<ServiceEvent["type"]> = new Set<ServiceEvent["type"]>([
  "abstained",
  "round-missed",
  "left-out",
  "differed",
  "trouble",
  "claimed",
]);

/** What the demo prints last, for machines. */
export interface DemoResult extends TaskSummary {
  /** Whether something was learned, over all rounds or to the target. */
  ok: boolean;
  chains: { role: string; chainId: number }[];
  messages: { sent: number; delivered: number };
  /** How often the relay was killed, with `--kill-relay`. */
  relayKills?: number;
  seconds: { total: number; training: number; chains: number };
  /** What workers and aggregators told of themselves, as it happened: `type` and fields. */
  events: (Record<string, unknown> & { type: string })[];
}

/** A demo that has run and whose network is still up. */
export interface FinishedDemo {
  result: DemoResult;
  view: TaskView;
  network: LocalNetwork;
  pool: ComputePool;
  stop(): Promise<void>;
}

/** The main job, end to end, on a local network of its own. */
export async function runDemo(
  inputs: {
    config: NetworkConfig;
    spec: TaskSpec;
    workers: WorkersConfig;
    /** Where data sets come from. */
    data: TaskData;
    /** Remove what earlier networks left in the directory. */
    fresh?: boolean;
    /** Run the relay in a process of its own, kill that at random moments and start it again. */
    killRelay?: boolean;
    /** Publish the task even if this machine cannot carry it. */
    anyway?: boolean;
    /** Where all is written that workers and aggregators tell. */
    log?: ServiceLog | undefined;
    /** Told once the chains are up. */
    onUp?: (network: LocalNetwork) => Promise<void>;
  },
  terminal: Terminal,
): Promise<FinishedDemo> {
  const { config, spec, workers, data, fresh = false, killRelay = false, anyway = false, log } = inputs;
  const clock = systemClock;
  const began = clock.now();
  const seconds = (from: number, to = clock.now()) => Math.round((to - from) / 100) / 10;
  const endings: Endings = [];
  const stop = async () => {
    for (const end of endings.reverse()) await end();
    endings.length = 0;
  };
  const narrator = new Narrator(terminal, {
    clock: clock.now,
    ...(log === undefined ? {} : { log }),
  });
  const events: DemoResult["events"] = [];
  const note = (event: ServiceEvent) => {
    if (NOTED.has(event.type)) events.push(plainEvent(event));
  };
  try {
    terminal.status("starting the chains and deploying the contracts …");
    const network = await LocalNetwork.start(config, {
      fresh,
      onSetAside: (earlier) => terminal.line(earlierInWords(earlier)),
      onChainDied: (error) => terminal.warn(error.message),
    });
    endings.push(() => network.stop());
    const killed = killRelay ? killedRelay(network, spec.seed, terminal) : undefined;
    if (killed === undefined) await network.startRelay(narrator.onRelay);
    else endings.push(() => killed.stop());
    killed?.start();
    const chainSeconds = seconds(began);
    const places = chainsOf(network.file);
    terminal.done(
      `${places.length} chains are up and linked: ${places.map(({ name, chainId }) => `${name} ${chainId}`).join(", ")} (${chainSeconds} s)`,
    );
    await inputs.onUp?.(network);

    const { storage } = network;
    const pool = await startServices({ network, config, workers, data, narrator, note, endings });

    const clients = await NetworkClients.connect(network.file);
    endings.push(() => clients.close());
    const { main, subchains } = clients;
    const onError = (error: unknown) => terminal.warn(error instanceof Error ? error.message : String(error));
    endings.push(() => clients.stop());
    const followers = await Promise.all(
      // What the view has heard cannot be taken back.
      [main, ...subchains].map((chain) => clients.follow(chain, chain.place.finality, onError)),
    );
    const publisher = await clients.account(main.client.name, "publisher");
    terminal.status("measuring what this machine carries …");
    const weighed = await weighTask(
      spec,
      {
        physical: workers.devices.map(({ cost }) => cost),
        virtual: workers.devices.map(({ twinCost }) => twinCost),
        samples: (await data.trainingData(spec.dataset)).labels.length,
      },
      { clients, pool, clock },
    );
    for (const { text, isGrave } of weighed) if (!isGrave || anyway) terminal.warn(text);
    if (!anyway && weighed.some(({ isGrave }) => isGrave)) throw tooMuch(weighed);
    const { task, mechanismTerms, terms, budget } = await publishTask(spec, {
      network: network.file,
      main,
      publisher,
      storage,
    });
    const offer = knownMechanism(terms.mechanism)?.view?.offer(mechanismTerms) ?? "terms of its own";
    terminal.done(
      `task ${task} published: ${offer}, ${formatTokens(budget)} tokens in escrow, ${counted(spec.rounds, "round")} in ${spec.schedule.epochSeconds} s`,
    );
    const live = new LiveTask(
      { ...unheardTask(task, terms, main.place.contracts.applications.tasks), mechanismTerms },
      { followers, onError, clock },
    );
    endings.push(() => live.stop());
    narrator.follow(live, network.file, scoreName(spec.model));

    const ended = await live.until((view) => view.endedAt !== undefined);
    const { endedAt } = ended;
    const outcome = taskOutcome(ended)!;
    if (outcome.ok) terminal.done(`${outcome.text}; the epoch is being settled`);
    else terminal.failed(`${outcome.text}; what is left is being returned`, outcome.next);
    await refundWhenDue(main, publisher, task, onError);
    const view = await live.until(isTold);
    narrator.stop();
    if (killed !== undefined) {
      killed.spare();
      await untilAllDelivered(network.file, clients);
      terminal.done(`the relay was killed ${killed.kills} times and started again`);
    }

    const costs = new Map(
      workers.devices.flatMap(({ cost, twinCost }, i) => [
        [localKey("device", i).address, cost] as const,
        [localKey("twin", i).address, twinCost] as const,
      ]),
    );
    const summary = taskSummary(view, {
      network: network.file,
      now: Math.floor(clock.now() / 1000),
      costOf: (worker) => costs.get(worker),
      measure: scoreName(spec.model),
    });
    const { escrow } = summary;
    const lost = narrator.lostIn(task);
    terminal.done(
      `settled: ${formatTokens(BigInt(escrow.paid))} paid to ${summary.payments.length} workers, ${formatTokens(BigInt(escrow.refunded))} refunded${lost === 0n ? "" : `; what came late or was missed cost them ${formatTokens(lost)}`}`,
    );
    const training = Math.round(10 * (endedAt! - terms.schedule.startTime)) / 10;
    const result: DemoResult = {
      ...summary,
      ok: outcome.ok,
      chains: places.map(({ role, chainId }) => ({ role, chainId })),
      messages: await messageCounts(network.file, clients),
      ...(killed === undefined ? {} : { relayKills: killed.kills }),
      seconds: { total: seconds(began), training, chains: chainSeconds },
      events,
    };
    return { result, view, network, pool, stop };
  } catch (cause) {
    narrator.stop();
    await stop();
    throw cause;
  }
}

/** Whether the chains have told all that there is to tell of a task whose escrow is empty. */
export function isTold(view: TaskView): boolean {
  const { escrow, payments } = view;
  const works = new Map(
    workerHistories(view).map(({ chainId, worker, work }) => [`${chainId}/${worker}`, work]),
  );
  return (
    escrow.funded === escrow.paid + escrow.refunded &&
    payments.every(({ chainId, worker }) => works.get(`${chainId}/${worker}`) !== undefined)
  );
}

function tooMuch(found: readonly Shortfall[]): BaseError {
  const grave = found.filter(({ isGrave }) => isGrave);
  return new BaseError("TOO_MUCH_FOR_MACHINE", "This machine cannot carry the task with these workers.", {
    details: grave.map(({ text }) => text).join("\n"),
    next: "Have fewer workers or samples, or longer times; --anyway publishes it all the same.",
  });
}

/** A relay that is killed at moments which the task's seed chooses. */
function killedRelay(network: LocalNetwork, seed: number, terminal: Terminal): KilledRelay {
  return new KilledRelay(["relay", "start", "--network", network.path], {
    random: new SeededRandom(seed, "kill-relay"),
    onTrouble: (error) => terminal.warn(error.message),
  });
}

/** Waits until every message that was sent has been delivered. */
async function untilAllDelivered(file: NetworkFile, clients: NetworkClients): Promise<void> {
  for (;;) {
    const { sent, delivered } = await messageCounts(file, clients);
    if (sent === delivered) return;
    await systemClock.sleep(ASK_MILLISECONDS);
  }
}
