import { Command, CommanderError } from "commander";

import { loopbackDirectly } from "../chains/networks/loopbackDirectly.ts";
import packageJson from "../package.json" with { type: "json" };
import { BaseError } from "../protocol/BaseError.ts";
import { Terminal } from "./Terminal.ts";

/** What the commands are for, and where they are: only the one that is asked for is loaded, which saves a second. */
const COMMANDS: Readonly<Record<string, { about: string; load: () => Promise<Command> }>> = {
  demo: {
    about: "run the main job end to end on four local chains, audit it, and stop everything",
    load: async () => (await import("./commands/demo.ts")).demoCommand,
  },
  up: {
    about: "start the local chains, storage, relay and aggregators, and keep them running until Ctrl-C",
    load: async () => (await import("./commands/up.ts")).upCommand,
  },
  deploy: {
    about: "deploy a network to chains that exist; can be stopped at any moment and begun again",
    load: async () => (await import("./commands/deploy.ts")).deployCommand,
  },
  join: {
    about: "print what a network's registrars need to admit keys of this node",
    load: async () => (await import("./commands/join.ts")).joinCommand,
  },
  admit: {
    about: "check what others' `join` printed, and register their workers",
    load: async () => (await import("./commands/admit.ts")).admitCommand,
  },
  validators: {
    about: "look at the validators that the chains believe, and change them",
    load: async () => (await import("./commands/validators.ts")).validatorsCommand,
  },
  registrars: {
    about: "look at who registers workers, and change it",
    load: async () => (await import("./commands/registrars.ts")).registrarsCommand,
  },
  task: {
    about: "publish tasks and look at them",
    load: async () => (await import("./commands/task.ts")).taskCommand,
  },
  model: {
    about: "take a trained model away, and have it predict",
    load: async () => (await import("./commands/model.ts")).modelCommand,
  },
  worker: {
    about: "run workers",
    load: async () => (await import("./commands/worker.ts")).workerCommand,
  },
  market: {
    about: "be a party of a market in which nothing is trained",
    load: async () => (await import("./commands/market.ts")).marketCommand,
  },
  aggregator: {
    about: "run an aggregator on its own",
    load: async () => (await import("./commands/aggregator.ts")).aggregatorCommand,
  },
  relay: {
    about: "run the relay on its own, see what it does, and do its work by hand",
    load: async () => (await import("./commands/relay.ts")).relayCommand,
  },
  page: {
    about: "show a network on a page for browsers: tasks, freshness, messages, money, audits; reads only",
    load: async () => (await import("./commands/page.ts")).pageCommand,
  },
  storage: {
    about: "serve an organisation's files to others, and take theirs",
    load: async () => (await import("./commands/storage.ts")).storageCommand,
  },
  audit: {
    about:
      "re-derive everything about a task from the chains and storage; exits 0 when everything holds, 1 when something does not, 3 when something asked for cannot be examined",
    load: async () => (await import("./commands/audit.ts")).auditCommand,
  },
  "verify-update": {
    about:
      "repeat the training of a virtual worker's update and compare; exits 0 when the same bytes come out, 1 when others do, 3 when it cannot be examined, 2 after an error",
    load: async () => (await import("./commands/verifyUpdate.ts")).verifyUpdateCommand,
  },
  lab: {
    about: "compare settings and mechanisms over seeds in the laboratory, without chains",
    load: async () => (await import("./commands/lab.ts")).labCommand,
  },
  bench: {
    about: "measure against named peers",
    load: async () => (await import("./commands/bench.ts")).benchCommand,
  },
  experiment: {
    about: "compute the papers' figures anew, beside what they printed, and tables of what learning reaches",
    load: async () => (await import("./commands/experiment.ts")).experimentCommand,
  },
  simulate: {
    about: "run parts of Freshet in virtual time, with faults",
    load: async () => (await import("./commands/simulate.ts")).simulateCommand,
  },
  keys: {
    about: "make keys of your own and look at them",
    load: async () => (await import("./commands/keys.ts")).keysCommand,
  },
  node: {
    about: "make what runs an organisation's node all the time: systemd units, or a compose file",
    load: async () => (await import("./commands/node.ts")).nodeCommand,
  },
  doctor: {
    about: "check that this machine, the local network, or an organisation's node (--node) is fit",
    load: async () => (await import("./commands/doctor.ts")).doctorCommand,
  },
  test: {
    about:
      "run the tests: Solidity, TypeScript unit and property, the relay's fault simulation, the kernels rebuilt, integration, end to end",
    load: async () => (await import("./commands/test.ts")).testCommand,
  },
  lint: {
    about: "check types, style and the directions of imports",
    load: async () => (await import("./commands/lint.ts")).lintCommand,
  },
};

loopbackDirectly(["localhost", "127.0.0.1", "[::1]"]);

const program = new Command("freshet")
  .description(
    "Federated learning between organisations that trust no common server, paid on chain for how fresh and useful their work was.",
  )
  .version(packageJson.version)
  .showHelpAfterError();
const [asked] = process.argv.slice(2).filter((word) => word !== "help");
for (const [name, { about, load }] of Object.entries(COMMANDS)) {
  program.addCommand((name === asked ? await load() : new Command(name)).description(about));
}

if (asked === undefined || COMMANDS[asked] === undefined) {
  // What mechanisms bring: loaded when it is asked for, or told of.
  const { paperCommands } = await import("../mechanisms/paperCommands.ts");
  const { solverCommand } = await import("./commands/solver.ts");
  for (const { commands } of paperCommands()) {
    if (commands.solver !== undefined) program.addCommand(solverCommand(commands.solver, commands.actions));
  }
}

// A wrong use ends as any other error does, not by commander's own exit.
for (const commands: Command[] = [program]; commands.length > 0; ) {
  for (const inner of commands.pop()!.exitOverride().commands) commands.push(inner);
}
// Nobody means nothing by an option: a script's variable was not set, and paths would mean the working directory.
program.hook("preAction", (_, command) => {
  for (const option of command.options) {
    if (![command.opts()[option.attributeName()]].flat().includes("")) continue;
    throw new BaseError("OPTION_INVALID", `${option.flags} was given nothing.`, {
      details: "Perhaps a variable on the command line was not set.",
      next: "Say what it is, or leave the option out.",
    });
  }
});
const terminal = new Terminal({ json: process.argv.includes("--json") });
// Whoever reads the output may stop reading, as `head` does: the command ends as by SIGPIPE, and has not done its work.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 141 : 1));
// What people read is not needed for the result.
process.stderr.on("error", () => undefined);

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
