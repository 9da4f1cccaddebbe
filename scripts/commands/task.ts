import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { Command } from "commander";
import { errorSentence } from "../../audit/errorSentence.ts";
import { chainPace } from "../../chains/clients/chainPace.ts";
import type { Subchain } from "../../chains/clients/Subchain.ts";
import { LOCAL_PUBLISHERS } from "../../chains/networks/localKeys.ts";
import type { NetworkClients } from "../../chains/networks/NetworkClients.ts";
import type { ChainPlace } from "../../chains/networks/networkFile.ts";
import { requireDirectoryFormat } from "../../files/directoryFormat.ts";
import { scoreName } from "../../learning/models/scoreName.ts";
import { ComputePool } from "../../learning/training/ComputePool.ts";
import { knownMechanism, mechanismNamed, mechanismOf } from "../../mechanisms/mechanismOf.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { formatTokens } from "../../reports/formatTokens.ts";
import type { Table } from "../../reports/Table.ts";
import { publicationWarnings, shortRewardTimes } from "../../tasks/buildTerms.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { refundNow, refundWhenDue } from "../../tasks/refundWhenDue.ts";
import { rewardTooTight, scheduleOnChains, scheduleTooTight } from "../../tasks/scheduleOnChains.ts";
import { settledTask } from "../../tasks/settledTask.ts";
import { taskNames } from "../../tasks/taskNames.ts";
import { readTaskSpec, type TaskSpec } from "../../tasks/taskSpec.ts";
import { LiveTask } from "../../tasks/view/LiveTask.ts";
import { type TaskView, unheardTask } from "../../tasks/view/TaskView.ts";
import { type TaskOutcome, taskOutcome } from "../../tasks/view/taskOutcome.ts";
import { openRound } from "../../tasks/view/taskPhase.ts";
import { type TaskSummary, taskSummary } from "../../tasks/view/taskSummary.ts";
import { taskWatch } from "../../tasks/view/taskWatch.ts";
import { weighTask } from "../capacity/weighTask.ts";
import { checkedData } from "../checkedData.ts";
import { giveTokens } from "../giveTokens.ts";
import { knownTask } from "../knownTask.ts";
import { Narrator } from "../Narrator.ts";
import { DEFAULT_NETWORK_FILE, type OpenNetwork } from "../openNetwork.ts";
import { HELD_OUT_OPTION } from "../ownData.ts";
import { NODE_OPTION, ownNode, READING_NODE_OPTION } from "../ownNode.ts";
import { METRICS_HOST_OPTION, METRICS_PORT_OPTION, PartStatus, type StatusOptions } from "../partStatus.ts";
import { printReport } from "../printReport.ts";
import { printTable } from "../printTable.ts";
import { printTask } from "../printTask.ts";
import { serviceDirectory } from "../serviceDirectory.ts";
import { DATA_OPTION, wholeNumber, wholeTokens } from "../settings.ts";
import { storedSpec } from "../storedSpec.ts";
import { Terminal } from "../Terminal.ts";
import { untilStopped } from "../untilStopped.ts";
import { usingNetwork } from "../usingNetwork.ts";
import { compareCommand } from "./taskCompare.ts";
import { heldOutCommand, statisticsCommand } from "./taskData.ts";
import { exportCommand } from "./taskExport.ts";
import { statementCommand } from "./taskStatement.ts";

/** A task as `task list --json` tells it. */
interface ListedTask extends Pick<TaskSummary, "taskId" | "status" | "escrow"> {
  /** Of its specification; null where that cannot be read. */
  name: string | null;
  rounds: { finalized: number; most: number };
}

interface TaskOptions {
  network: string;
  node?: string;
  json?: boolean;
}

const submit = new Command("submit")
  .description("publish a task with its escrow")
  .argument("<spec>", "task specification (docs/task-spec.md)")
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...NODE_OPTION)
  .option("--wait", "wait until the task has ended, then take the refund when it is due")
  .option("--data <dir>", DATA_OPTION)
  .option(...HELD_OUT_OPTION)
  .option(
    "--workers <file>",
    "devices that take part, for whom the data are looked at (default: TASK-workers.json beside a TASK.json, else examples/workers.json, and what does not fit is only said)",
  )
  .option("--anyway", "publish it even if its chains cannot keep its schedule")
  .option("--json", "print JSON")
  .action(
    async (
      path: string,
      options: TaskOptions & {
        wait?: boolean;
        data?: string;
        heldOut?: string;
        workers?: string;
        anyway?: boolean;
      },
    ) => {
      const terminal = new Terminal({ json: options.json === true });
      const spec = await readTaskSpec(path);
      const data = await checkedData(spec, { ...options, path }, terminal);
      for (const warning of publicationWarnings(spec)) terminal.warn(warning);
      const own = await ownNode(options, ["publisher"]);
      await usingNetwork(options.network, own, async (network) => {
        const { clients, file, main, storage } = network;
        await checkSchedule(terminal, spec, network, options.anyway === true);
        const publisher = await clients.account(main.client.name, "publisher");
        await warnOfLoad(terminal, spec, { clients, samples: data?.learnedFrom });
        const { task, terms, mechanismTerms, budget } = await publishTask(spec, {
          network: file,
          main,
          publisher,
          storage,
          subchains: clients.subchains.filter(({ place }) => spec.subchains.includes(place.name)),
        });
        const offer = knownMechanism(terms.mechanism)?.view?.offer(mechanismTerms) ?? "terms of its own";
        terminal.done(`task ${task} published: ${offer}, ${formatTokens(budget)} tokens in escrow`);
        const later = `./freshet task refund ${task} takes back what is left once it is over`;
        if (options.wait !== true) {
          terminal.line(`  ${later}`);
          return terminal.result({ taskId: String(task), escrow: { funded: String(budget) }, data });
        }
        process.once("SIGINT", () => {
          terminal.warn(`task ${task} goes on without this command; ${later}`);
          process.exit(130);
        });
        const unheard = unheardTask(task, terms, main.place.contracts.applications.tasks);
        const view = { ...unheard, mechanismTerms };
        const outcome = await watch(terminal, network, { view, measure: scoreName(spec.model) });
        terminal.status(`waiting until what is left of task ${task} may be taken back`);
        await refundWhenDue(main, publisher, task, (error) =>
          terminal.warn(`reaching the ${main.client.name} chain: ${errorSentence(error)}`),
        );
        terminal.status();
        await clients.stop();
        await tell(terminal, network, await network.history.task(task));
        if (outcome.ok) return;
        terminal.failed(outcome.text, outcome.next);
        process.exitCode = 1;
      });
    },
  );

/** Tells of a task as its chains do, until it has ended; of a chain that does not answer as well. `measure` names its score. */
async function watch(
  terminal: Terminal,
  { clients, file, main }: OpenNetwork,
  { view: unheard, measure }: { view: TaskView; measure: string },
): Promise<TaskOutcome> {
  const narrator = new Narrator(terminal, { clock: systemClock.now });
  const interest = taskWatch(unheard.task);
  const chains = clients.subchains.filter(({ client }) => unheard.terms.subchains.includes(client.chainId));
  const followers = [main, ...chains].map((chain) =>
    clients.follower(
      chain,
      chain.place.finality,
      (error) => terminal.warn(`reading the ${chain.client.name} chain: ${errorSentence(error)}`),
      chain === main ? interest.main : interest.subchain,
    ),
  );
  const onError = (error: unknown) => terminal.warn(errorSentence(error));
  // Hears everything as it is read.
  const live = new LiveTask(unheard, { followers, onError, clock: systemClock });
  try {
    narrator.follow(live, file, measure);
    await Promise.all(followers.map((follower) => follower.begin()));
    const ended = await live.until((view) => view.endedAt !== undefined);
    return taskOutcome(ended)!;
  } finally {
    live.stop();
    narrator.stop();
  }
}

const show = new Command("show")
  .description("tell a task's story: rounds, payments, escrow")
  .argument("<id>", "task")
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...READING_NODE_OPTION)
  .option("--full", "all rounds and workers, and all digits of addresses and digests")
  .option("--json", "print JSON")
  .action(async (id: string, options: TaskOptions & { full?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    await usingNetwork(options.network, await ownNode(options, []), async (network) => {
      const view = await network.history.task(await knownTask(network, id));
      await tell(terminal, network, view, { full: options.full === true });
    });
  });

const report = new Command("report")
  .description("compare a settled task with what its mechanism predicted")
  .argument("<id>", "task")
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...READING_NODE_OPTION)
  .option("--json", "print JSON")
  .action(async (id: string, options: TaskOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    await usingNetwork(options.network, await ownNode(options, []), async (network) => {
      const task = await knownTask(network, id);
      const view = await network.history.task(task);
      const settled = settledTask(
        view,
        network.file,
        await storedSpec(network.storage, view.terms.specDigest),
      );
      const { result, report } = mechanismOf(view.terms.mechanism).commands.report(settled);
      printReport(terminal, report);
      terminal.result(result);
    });
  });

const refund = new Command("refund")
  .description("take back what is left in an ended task's escrow, once nothing can be claimed of it any more")
  .argument("<id>", "task")
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...NODE_OPTION)
  .option("--wait", "wait until it may be taken")
  .option("--json", "print JSON")
  .action(async (id: string, options: TaskOptions & { wait?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    await usingNetwork(options.network, await ownNode(options, ["publisher"]), async (network) => {
      const { clients, main } = network;
      const task = await knownTask(network, id);
      const publisher = await clients.account(main.client.name, "publisher");
      if (options.wait === true) {
        terminal.status(`waiting until what is left of task ${task} may be taken back`);
        await refundWhenDue(main, publisher, task, (error) =>
          terminal.warn(`reaching the ${main.client.name} chain: ${errorSentence(error)}`),
        );
        terminal.status();
      } else await refundNow(main, publisher, task);
      const { escrow } = await network.history.task(task);
      terminal.done(
        `task ${task}: ${formatTokens(escrow.refunded)} of ${formatTokens(escrow.funded)} tokens were taken back`,
      );
      terminal.result({ taskId: String(task), refunded: String(escrow.refunded) });
    });
  });

const list = new Command("list")
  .description("list all tasks")
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...READING_NODE_OPTION)
  .option("--json", "print JSON")
  .action(async (options: TaskOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    await usingNetwork(options.network, await ownNode(options, []), async (network) => {
      const now = await network.main.client.time();
      const views = await network.history.tasks();
      const names = await taskNames(
        network.storage,
        views.map(({ terms }) => terms.specDigest),
      );
      const tasks = views.map((view): ListedTask => {
        const { taskId, status, escrow } = taskSummary(view, { network: network.file, now });
        const rounds = { finalized: openRound(view), most: view.terms.rounds };
        return { taskId, name: names.get(view.terms.specDigest) ?? null, status, rounds, escrow };
      });
      if (tasks.length === 0) terminal.line("No task has been published.");
      else printTable(terminal, tableOf(tasks));
      terminal.result(tasks);
    });
  });

const serve = new Command("serve")
  .description("run what a mechanism has publishers serve beside their tasks, until Ctrl-C")
  .argument("<mechanism>", "whose service")
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...NODE_OPTION)
  .option("--index <number>", "which of the network's services of that mechanism, from 0", "0")
  .option(...METRICS_PORT_OPTION)
  .option(...METRICS_HOST_OPTION)
  .action(
    async (name: string, options: StatusOptions & { network: string; node?: string; index: string }) => {
      const terminal = new Terminal({ json: false });
      const stopped = untilStopped(terminal);
      const { service } = mechanismNamed(name);
      if (service === undefined) {
        throw new BaseError("NO_SERVICE", `Publishers of ${name} have nothing to serve.`);
      }
      const { network, placeOf, keys } = await ownNode(options, ["publisher"]);
      const index = wholeNumber(options.index, "--index", 0, LOCAL_PUBLISHERS - 1);
      const directory = serviceDirectory(dirname(options.network), name, index);
      await requireDirectoryFormat(dirname(options.network));
      const status = new PartStatus("service", options);
      const { url, stop, health } = await service.start(
        { network, index, directory, placeOf: (at) => placeOf("service", at) },
        {
          clock: systemClock,
          ...(keys && { keys }),
          onDone: (sentence) => {
            status.hear({ type: "served" });
            terminal.done(sentence);
          },
          onError: (error) => {
            status.hear({ type: "trouble", error });
            terminal.warn(errorSentence(error));
          },
        },
      );
      try {
        await status.listen(health ?? (() => ({ ok: true })));
        terminal.done(`${name} is served at ${url} (${service.about}); Ctrl-C stops it`);
        await stopped;
      } finally {
        await status.close();
        await stop();
      }
    },
  );

const fund = new Command("fund")
  .description("give every registered worker tokens of the network's, which some mechanisms ask deposits in")
  .argument("<tokens>", "how many each, whole ones")
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...NODE_OPTION)
  .action(async (text: string, options: { network: string; node?: string }) => {
    const terminal = new Terminal({ json: false });
    const amount = wholeTokens(text);
    await usingNetwork(options.network, await ownNode(options, ["publisher"]), async ({ clients, main }) => {
      const publisher = await clients.account(main.client.name, "publisher");
      const workers = await Promise.all(clients.subchains.map((subchain) => registeredWorkers(subchain)));
      const all = new Set(workers.flatMap((some) => [...some]));
      await giveTokens(
        main,
        publisher,
        [...all].map((to) => ({ to, amount })),
      );
      terminal.done(`${all.size} workers have ${formatTokens(amount)} tokens more each`);
    });
  });

/** `freshet task`. */
export const taskCommand = new Command("task")
  .addCommand(submit)
  .addCommand(show)
  .addCommand(report)
  .addCommand(statementCommand)
  .addCommand(compareCommand)
  .addCommand(exportCommand)
  .addCommand(list)
  .addCommand(heldOutCommand)
  .addCommand(statisticsCommand)
  .addCommand(serve)
  .addCommand(fund)
  .addCommand(refund);

/**
 * Whether the chains keep a task's schedule, by their blocks and finality.
 *
 * @throws `SCHEDULE_TOO_TIGHT` with one that would hold, unless it is to be published anyway.
 */
async function checkSchedule(
  terminal: Terminal,
  spec: TaskSpec,
  { clients, file }: OpenNetwork,
  anyway: boolean,
): Promise<void> {
  const paceOf = (place: ChainPlace) => chainPace(clients.client(place.name), place);
  const [main, relay, ...subchains] = await Promise.all(
    [file.main, file.relay, ...file.subchains.filter(({ name }) => spec.subchains.includes(name))].map(
      paceOf,
    ),
  );
  const found = scheduleOnChains(spec, { main: main!, relay: relay!, subchains });
  const shortOfReward = shortRewardTimes(spec, found.heardSeconds);
  const errors = [
    ...(found.short.length > 0 ? [scheduleTooTight(spec, found)] : []),
    ...(shortOfReward.length > 0 ? [rewardTooTight(shortOfReward)] : []),
  ];
  if (errors.length > 0) {
    if (!anyway) throw errors[0]!;
    for (const error of errors) terminal.warn(errorSentence(error));
  } else if (found.roundSeconds > 0) {
    terminal.done(`schedule: a round takes some ${found.roundSeconds} s on these chains`);
  }
}

/** Says what this machine could not carry, were all workers that are registered here to run on it. */
async function warnOfLoad(
  terminal: Terminal,
  spec: TaskSpec,
  { clients, samples }: { clients: NetworkClients; samples: number | undefined },
): Promise<void> {
  terminal.status("measuring what this machine carries …");
  const pool = new ComputePool({ threads: availableParallelism() });
  try {
    // Whom refreshes cost nothing asks the most of the chains.
    const [physical, virtual] = await Promise.all(
      (["physical", "virtual"] as const).map(async (role) => {
        const places = clients.subchains.filter(({ place }) => place.role === role);
        const counts = await Promise.all(places.map((subchain) => registeredWorkers(subchain)));
        return new Array<bigint>(counts.reduce((sum, { size }) => sum + size, 0)).fill(0n);
      }),
    );
    const found = await weighTask(
      spec,
      { physical: physical!, virtual: virtual!, samples },
      { clients, pool, clock: systemClock },
    );
    terminal.status("");
    if (found.length > 0) terminal.warn("If all workers that are registered here run on this machine:");
    for (const { text } of found) terminal.warn(text);
  } catch (error) {
    // Chains that others run carry what they carry: nothing is tried out on them.
    if (!(error instanceof BaseError) || error.code !== "PUBLIC_KEY_REFUSED") throw error;
    terminal.status("");
  } finally {
    await pool.close();
  }
}

/** Who may take part in a subchain's tasks: addresses. */
async function registeredWorkers({ client, contracts, place }: Subchain): Promise<ReadonlySet<string>> {
  const workers = new Set<string>();
  const registry = contracts.filter(({ contract }) => contract.name === "WorkerRegistry");
  for (const event of await client.events(registry, place.fromBlock)) {
    if (event.name === "WorkerRegistered") workers.add(event.args.worker);
    if (event.name === "WorkerRevoked") workers.delete(event.args.worker);
  }
  return workers;
}

/** Tells a task's story. */
async function tell(
  terminal: Terminal,
  { file, main, storage }: OpenNetwork,
  view: TaskView,
  options: { full?: boolean } = {},
): Promise<void> {
  const [now, heldUntil, spec] = await Promise.all([
    main.client.time(),
    main.heldUntil(view.task),
    storedSpec(storage, view.terms.specDigest),
  ]);
  const measure = spec === undefined ? undefined : scoreName(spec.model);
  const summary = taskSummary(view, { network: file, now, heldUntil, measure });
  printTask(terminal, summary, view, options);
  terminal.result(summary);
}

function tableOf(tasks: readonly ListedTask[]): Table {
  return {
    columns: [
      { header: "task", align: "right" },
      { header: "name" },
      { header: "status" },
      { header: "rounds", align: "right" },
      { header: "escrow", align: "right" },
      { header: "paid", align: "right" },
    ],
    rows: tasks.map(({ taskId, name, status, rounds, escrow }) => [
      taskId,
      name ?? "–",
      status,
      `${rounds.finalized}/${rounds.most}`,
      formatTokens(BigInt(escrow.funded)),
      formatTokens(BigInt(escrow.paid)),
    ]),
  };
}
