import { availableParallelism } from "node:os";

import { Command } from "commander";

import { gatherEvidence } from "../../audit/evidence/gatherEvidence.ts";
import { revealOf } from "../../audit/evidence/revealOf.ts";
import { reexecuteUpdate } from "../../audit/reexecution/reexecuteUpdate.ts";
import { trainerOn } from "../../audit/reexecution/trainerOn.ts";
import { EXIT_CODES as AUDIT } from "../../audit/report.ts";
import { ComputePool } from "../../learning/training/ComputePool.ts";
import { knownTask } from "../knownTask.ts";
import { DEFAULT_NETWORK_FILE, openNetwork } from "../openNetwork.ts";
import { ownNode, READING_NODE_OPTION } from "../ownNode.ts";
import { wholeNumber } from "../settings.ts";
import { Terminal } from "../Terminal.ts";

/** What the command ends with, by what repeating the training showed: as an audit does. */
const EXIT_CODES = { same: AUDIT.holds, differs: AUDIT.fails, unexamined: AUDIT.unexamined } as const;

/** `freshet verify-update`. */
export const verifyUpdateCommand = new Command("verify-update")
  .argument("<task>", "task")
  .argument("<round>", "round, from 1 as task show counts")
  .argument("<worker>", "address of the worker, or as task show prints it: 0xD937…cEb8")
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...READING_NODE_OPTION)
  .option("--json", "print JSON")
  .action(
    async (
      id: string,
      roundText: string,
      worker: string,
      options: { network: string; node?: string; json?: boolean },
    ) => {
      const terminal = new Terminal({ json: options.json === true });
      const round = wholeNumber(roundText, "<round>", 1, 65_536);
      const network = await openNetwork(options.network, await ownNode(options, []));
      const pool = new ComputePool({ threads: availableParallelism() });
      const listener = () => undefined;
      try {
        const task = await knownTask(network, id);
        terminal.status("reading the chains …");
        const { evidence, close } = await gatherEvidence(network.file, task, {
          storage: network.storage,
          listener,
        });
        try {
          const revealed = await revealOf(evidence, round - 1, worker);
          terminal.status("repeating the training …");
          const result = await reexecuteUpdate(evidence, revealed, trainerOn(pool));
          terminal.status("");
          const { chain, reveal } = revealed;
          const { update, engine } = reveal.update;
          const what = `Update ${update} of worker ${reveal.update.worker} (${chain.name})`;
          if (result.outcome === "same") terminal.done(`${what} is what its training gives, byte by byte.`);
          else if (result.outcome === "unexamined") {
            terminal.warn(`${what} cannot be examined: ${result.why}`);
            terminal.line(`  ${terminal.colours.dim(result.next)}`);
          } else terminal.warn(`${what} is not what its training gives: ${result.difference}. ${result.why}`);
          terminal.result({ task: String(task), round, worker, chain: chain.name, engine, ...result });
          process.exitCode = EXIT_CODES[result.outcome];
        } finally {
          close();
        }
      } finally {
        network.close();
        await pool.close();
      }
    },
  );
