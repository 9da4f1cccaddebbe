import { Command } from "commander";

import { aggregatorCommand } from "./commands/aggregator.ts";
import { auditCommand } from "./commands/audit.ts";
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { relayCommand } from "./commands/relay.ts";
import { taskCommand } from "./commands/task.ts";
import { testCommand } from "./commands/test.ts";
import { upCommand } from "./commands/up.ts";
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
  .addCommand(doctorCommand)
  .addCommand(testCommand);

try {
  await program.parseAsync();
} catch (error) {
  new Terminal({ json: process.argv.includes("--json") }).error(error);
  process.exitCode = 2;
}
