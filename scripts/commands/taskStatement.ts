import { Command } from "commander";
import { getAddress, ZeroAddress } from "ethers";

import { ADDRESS, isWhole, oneMeant } from "../../protocol/abbreviated.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { absence } from "../../tasks/statement/absence.ts";
import type { TaskStatement } from "../../tasks/statement/Statement.ts";
import { statementRows } from "../../tasks/statement/statementRows.ts";
import { tellAbsence, tellStatement } from "../../tasks/statement/tellStatement.ts";
import { knownTask } from "../knownTask.ts";
import { DEFAULT_NETWORK_FILE, type OpenNetwork } from "../openNetwork.ts";
import { ownNode, READING_NODE_OPTION } from "../ownNode.ts";
import { printReport } from "../printReport.ts";
import { type FormOptions, formsTerminal, tellForms } from "../resultForms.ts";
import { statementOf } from "../statementOf.ts";
import type { Terminal } from "../Terminal.ts";
import { usingNetwork } from "../usingNetwork.ts";

interface StatementOptions extends FormOptions {
  network: string;
  node?: string;
  full?: boolean;
}

/** `freshet task statement`. */
export const statementCommand = new Command("statement")
  .description("tell what each worker earned and what it did not, and why, to the wei")
  .argument("<id>", "task")
  .argument(
    "[worker]",
    "its address, or as much of it as tells it from the task's others; all workers unless given",
  )
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...READING_NODE_OPTION)
  .option("--full", "all digits of addresses and transactions")
  .option("--json", "print JSON")
  .option("--csv", "print CSV, a row for each thing that is taken off")
  .option("--out <file>", "write it to a file: JSON, or CSV with --csv")
  .action(async (id: string, worker: string | undefined, options: StatementOptions) => {
    const terminal = formsTerminal(options);
    // What is no address is refused before any chain is asked.
    if (worker !== undefined) isWhole(worker, ADDRESS);
    await usingNetwork(options.network, await ownNode(options, []), async (network) => {
      const view = await network.history.task(await knownTask(network, id));
      const statement = await statementOf(terminal, network, view);
      const address = worker === undefined ? undefined : meantWorker(worker, statement);
      const workers = statement.workers.filter((one) => address === undefined || one.worker === address);
      if (address !== undefined && workers.length === 0) {
        const told = absence(view, address, {
          network: network.file,
          registeredOn: await registeredOn(network, address),
        });
        printReport(terminal, tellAbsence(told));
        if (options.csv !== true) terminal.result(told);
        process.exitCode = 1;
        return;
      }
      await tell(terminal, { ...statement, workers }, options);
    });
  });

async function tell(terminal: Terminal, statement: TaskStatement, options: StatementOptions): Promise<void> {
  await tellForms(
    terminal,
    {
      what: "the statement",
      report: tellStatement(statement, { full: options.full === true }),
      result: statement,
      rows: () => statementRows(statement),
    },
    options,
  );
}

/** On which of a network's subchains an address may take part, by chain id. */
async function registeredOn({ clients }: OpenNetwork, address: string): Promise<Set<bigint>> {
  const devices = await Promise.all(
    clients.subchains.map(async (subchain) => ({
      chainId: subchain.client.chainId,
      device: await subchain.deviceOf(address),
    })),
  );
  return new Set(devices.filter(({ device }) => device !== ZeroAddress).map(({ chainId }) => chainId));
}

/** Whom a person meant: one of a task's workers, or, with all its digits, anybody. */
function meantWorker(written: string, { taskId, workers }: TaskStatement): string {
  const enrolled = workers.map(({ worker }) => worker);
  const meant = oneMeant(written, ADDRESS, enrolled);
  if (meant !== undefined) return meant;
  if (isWhole(written, ADDRESS)) return getAddress(written.toLowerCase());
  throw new BaseError("NOT_ENROLLED", `No worker of task ${taskId} is ${written}.`, {
    next: `See who is: ./freshet task show ${taskId} --full. Why somebody else is not is told of an address with all its digits.`,
  });
}
