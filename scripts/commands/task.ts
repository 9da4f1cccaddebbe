import { Command } from "commander";
import { errorSentence } from "../../audit/errorSentence.ts";

import { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { localSigner } from "../../chains/networks/localKeys.ts";
import { printSettlement } from "../../mechanisms/aoi-contract/settlement/printSettlement.ts";
import { settlementReport } from "../../mechanisms/aoi-contract/settlement/settlementReport.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { ContractRevert } from "../../protocol/ContractRevert.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { readTaskSpec } from "../../tasks/taskSpec.ts";
import { taskSummary } from "../../tasks/taskSummary.ts";
import { DEFAULT_NETWORK_FILE, type OpenNetwork, openNetwork } from "../openNetwork.ts";
import { printSummary } from "../printSummary.ts";
import { refundWhenDue } from "../refundWhenDue.ts";
import { formatTokens, Terminal } from "../Terminal.ts";

interface TaskOptions {
  network: string;
  json?: boolean;
}

const submit = new Command("submit")
  .description("publish a task with its escrow")
  .argument("<spec>", "task specification (docs/task-spec.md)")
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option("--wait", "wait until the task has ended, then take the refund when it is due")
  .option("--json", "print JSON")
  .action(async (path: string, options: TaskOptions & { wait?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    const spec = await readTaskSpec(path);
    await using(options.network, async ({ file, main, storage, clients }) => {
      const { provider, url } = main.client;
      const publisher = new ChainAccount(main.client, await localSigner(provider, url, "publisher"));
      const { task, menu, budget } = await publishTask(spec, { network: file, main, publisher, storage });
      terminal.done(`task ${task} published: ${menu.length} items, ${formatTokens(budget)} tokens in escrow`);
      if (options.wait !== true)
        return terminal.result({ taskId: String(task), escrow: { funded: String(budget) } });
      const follower = new ChainFollower(
        main.client,
        main.contracts,
        { finality: file.main.finality },
        {
          onError: (error) => terminal.warn(`reading the ${main.client.name} chain: ${errorSentence(error)}`),
        },
      );
      await follower.start();
      follower.subscribe(({ name, args }) => {
        if (name !== "TaskRefused" || args.task !== task) return;
        terminal.warn(new ContractRevert("CrossChainManager.verifyTask", args.reason).message);
      });
      await follower.first({ name: "TaskClosed", task });
      await refundWhenDue(main, publisher, task);
      await follower.stop();
      const summary = await taskSummary(file, clients, task);
      printSummary(terminal, summary);
      terminal.result(summary);
    });
  });

const show = new Command("show")
  .description("tell a task's story: rounds, payments, escrow")
  .argument("<id>", "task")
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option("--json", "print JSON")
  .action(async (id: string, options: TaskOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    await using(options.network, async (network) => {
      const task = await knownTask(network, id);
      const summary = await taskSummary(network.file, network.clients, task);
      printSummary(terminal, summary);
      terminal.result(summary);
    });
  });

const report = new Command("report")
  .description("compare a settled task's freshness, utilities and budget with what the contract predicted")
  .argument("<id>", "task")
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option("--json", "print JSON")
  .action(async (id: string, options: TaskOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    await using(options.network, async (network) => {
      const task = await knownTask(network, id);
      const settlement = await settlementReport(network.file, network.clients, task);
      printSettlement(terminal, settlement);
      terminal.result(settlement);
    });
  });

const list = new Command("list")
  .description("list all tasks")
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option("--json", "print JSON")
  .action(async (options: TaskOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    await using(options.network, async ({ main }) => {
      const tasks = [];
      for (let task = 1n; task <= (await main.taskCount()); task++) {
        const [state, terms, escrow] = await Promise.all([
          main.taskOf(task),
          main.termsOf(task),
          main.escrowOf(task),
        ]);
        tasks.push({
          taskId: String(task),
          status: state.status,
          rounds: { finalized: state.round, most: terms.rounds },
          escrow: {
            funded: String(escrow.funded),
            paid: String(escrow.paid),
            refunded: String(escrow.refunded),
          },
        });
      }
      if (tasks.length === 0) terminal.line("No task has been published.");
      for (const { taskId, status, rounds, escrow } of tasks) {
        terminal.line(
          `${taskId.padStart(4)}  ${status.padEnd(9)}  round ${rounds.finalized}/${rounds.most}  escrow ${formatTokens(BigInt(escrow.funded))}, paid ${formatTokens(BigInt(escrow.paid))}`,
        );
      }
      terminal.result(tasks);
    });
  });

/** `freshet task`. */
export const taskCommand = new Command("task")
  .description("publish tasks and look at them")
  .addCommand(submit)
  .addCommand(show)
  .addCommand(report)
  .addCommand(list);

/** A task id of this network; throws `UNKNOWN_TASK`. */
export async function knownTask({ main }: OpenNetwork, id: string): Promise<bigint> {
  const count = await main.taskCount();
  if (/^\d{1,18}$/.test(id) && BigInt(id) >= 1n && BigInt(id) <= count) return BigInt(id);
  throw new BaseError("UNKNOWN_TASK", `There is no task ${id}.`, {
    details: count === 0n ? "No task has been published." : `Tasks are numbered from 1 to ${count}.`,
    next: "List them with: freshet task list.",
  });
}

async function using(path: string, work: (network: OpenNetwork) => Promise<void>): Promise<void> {
  const network = await openNetwork(path);
  try {
    await work(network);
  } finally {
    network.close();
  }
}
