import { Command, CommanderError } from "commander";
import { MECHANISMS } from "../mechanisms/mechanisms.ts";
import { aggregatorCommand } from "./commands/aggregator.ts";
import { auditCommand } from "./commands/audit.ts";
import { benchCommand } from "./commands/bench.ts";
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { experimentCommand } from "./commands/experiment.ts";
import { lintCommand } from "./commands/lint.ts";
import { relayCommand } from "./commands/relay.ts";
import { simulateCommand } from "./commands/simulate.ts";
import { solverCommand } from "./commands/solver.ts";
import { taskCommand } from "./commands/task.ts";
import { testCommand } from "./commands/test.ts";
import { upCommand } from "./commands/up.ts";
import { verifyUpdateCommand } from "./commands/verifyUpdate.ts";
import { workerCommand } from "./commands/worker.ts";
import { Terminal } from "./Terminal.ts";

const program = new Command("freshet")
  .description(
    "Federated learning between organisations that trust no common server, paid on chain for how fresh and useful their work was.",
  )
  .showHelpAfterError()
  .addCommand(demoCommand)
  .addCommand(upCommand)
  .addCommand(taskCommand)
  .addCommand(workerCommand)
  .addCommand(aggregatorCommand)
  .addCommand(relayCommand)
  .addCommand(auditCommand)
  .addCommand(verifyUpdateCommand)
  .addCommand(benchCommand)
  .addCommand(experimentCommand)
  .addCommand(simulateCommand)
  .addCommand(doctorCommand)
  .addCommand(testCommand)
  .addCommand(lintCommand);

for (const { commands } of MECHANISMS) {
  if (commands.solver !== undefined) program.addCommand(solverCommand(commands.solver));
}

// A wrong use ends as any other error does, not by commander's own exit.
for (const commands: Command[] = [program]; commands.length > 0; ) {
  commands.push(...commands.pop()!.exitOverride().commands);
}
const terminal = new Terminal({ json: process.argv.includes("--json") });
// Whoever reads the output may stop reading, as `head` does: that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) {
    terminal.error(error);
    process.exitCode = 2;
  } else if (error.exitCode !== 0) {
    // What is wrong, commander has told people already.
    terminal.result({ ok: false, error: "USAGE", message: error.message.replace(/^error: /, "") });
    process.exitCode = 2;
  }
}
