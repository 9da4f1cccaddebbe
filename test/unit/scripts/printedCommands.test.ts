import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";
import type { Command } from "commander";

import { paperCommands } from "../../../mechanisms/paperCommands.ts";
import { admitCommand } from "../../../scripts/commands/admit.ts";
import { aggregatorCommand } from "../../../scripts/commands/aggregator.ts";
import { auditCommand } from "../../../scripts/commands/audit.ts";
import { benchCommand } from "../../../scripts/commands/bench.ts";
import { demoCommand } from "../../../scripts/commands/demo.ts";
import { deployCommand } from "../../../scripts/commands/deploy.ts";
import { doctorCommand } from "../../../scripts/commands/doctor.ts";
import { experimentCommand } from "../../../scripts/commands/experiment.ts";
import { joinCommand } from "../../../scripts/commands/join.ts";
import { keysCommand } from "../../../scripts/commands/keys.ts";
import { labCommand } from "../../../scripts/commands/lab.ts";
import { lintCommand } from "../../../scripts/commands/lint.ts";
import { marketCommand } from "../../../scripts/commands/market.ts";
import { modelCommand } from "../../../scripts/commands/model.ts";
import { nodeCommand } from "../../../scripts/commands/node.ts";
import { pageCommand } from "../../../scripts/commands/page.ts";
import { registrarsCommand } from "../../../scripts/commands/registrars.ts";
import { relayCommand } from "../../../scripts/commands/relay.ts";
import { simulateCommand } from "../../../scripts/commands/simulate.ts";
import { solverCommand } from "../../../scripts/commands/solver.ts";
import { storageCommand } from "../../../scripts/commands/storage.ts";
import { taskCommand } from "../../../scripts/commands/task.ts";
import { testCommand } from "../../../scripts/commands/test.ts";
import { upCommand } from "../../../scripts/commands/up.ts";
import { validatorsCommand } from "../../../scripts/commands/validators.ts";
import { verifyUpdateCommand } from "../../../scripts/commands/verifyUpdate.ts";
import { workerCommand } from "../../../scripts/commands/worker.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** The command line, as scripts/freshet.ts puts it together. */
const COMMANDS: readonly Command[] = [
  ...[
    aggregatorCommand,
    auditCommand,
    benchCommand,
    demoCommand,
    doctorCommand,
    experimentCommand,
    labCommand,
    lintCommand,
  ],
  ...[marketCommand, relayCommand, simulateCommand, taskCommand, testCommand, upCommand, verifyUpdateCommand],
  ...[keysCommand, modelCommand, nodeCommand, pageCommand, storageCommand, workerCommand],
  ...[deployCommand, joinCommand, admitCommand, validatorsCommand, registrarsCommand],
  ...paperCommands().flatMap(({ commands }) =>
    commands.solver === undefined ? [] : [solverCommand(commands.solver, commands.actions)],
  ),
];

/** Pages with what people are told to type. */
function pages(): string[] {
  const docs = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" });
  return ["README.md", ...docs.filter((name) => name.endsWith(".md")).map((name) => join("docs", name))];
}

/** Commands in a page, without comments and what follows a pipe. */
function printed(page: string): string[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return (
    [...text.matchAll(/\.\/freshet ([^\n`]*)/g)]
      .map(([, words]) => words!.split(/ #| \||;|&&|…|\)|, /)[0]!.trim())
      // Not what stands for any name.
      .filter((words) => words !== "" && !words.includes("<"))
  );
}

/** What is wrong with a command; undefined when nothing is. */
function fault(words: readonly string[]): string | undefined {
  let [name, ...rest] = words.filter((word) => word !== "--help" && word !== "--version");
  if (name === undefined) return undefined;
  let command = COMMANDS.find((one) => one.name() === name);
  if (command === undefined) return `there is no command ${name}`;
  while (command.commands.length > 0) {
    [name, ...rest] = rest;
    if (name === undefined) return undefined;
    const inner: Command | undefined = command.commands.find((one) => one.name() === name);
    if (inner === undefined) return `${command.name()} has no ${name}`;
    command = inner;
  }
  // A command's name alone, in the midst of a sentence.
  if (rest.length === 0) return undefined;
  const { options, registeredArguments } = command;
  const unknown = rest.find((word) => word.startsWith("--") && options.every(({ long }) => long !== word));
  if (unknown !== undefined) return `${command.name()} has no option ${unknown}`;
  const positional = rest.filter((word, i) => {
    const before = options.find(({ long }) => long === rest[i - 1]);
    return (
      (word === "-" || !word.startsWith("-")) &&
      (before === undefined || before.isBoolean() || !takesValue(before.flags))
    );
  });
  const required = registeredArguments.filter((argument) => argument.required).length;
  if (positional.length < required) return `${command.name()} needs ${required} arguments`;
  const takesMany =
    registeredArguments.some(({ variadic }) => variadic) || options.some(({ variadic }) => variadic);
  if (!takesMany && positional.length > registeredArguments.length) {
    return `${command.name()} takes no ${positional.at(-1)}`;
  }
  return undefined;
}

const takesValue = (flags: string) => /[<[]/.test(flags);

describe("commands that the documentation prints", () => {
  for (const page of pages()) {
    const commands = printed(page);
    if (commands.length === 0) continue;
    it(`are commands as they stand: ${page}`, () => {
      const faults = commands.flatMap((command) => {
        const found = fault(command.split(/\s+/));
        return found === undefined ? [] : [`./freshet ${command}: ${found}`];
      });
      expect(faults).to.deep.equal([]);
    });
  }

  it("name files that there are", () => {
    const named = pages().flatMap((page) =>
      [...readFileSync(join(ROOT, page), "utf8").matchAll(/\bnode ([\w/.-]+\.ts)\b/g)].map(
        ([, path]) => path!,
      ),
    );
    expect(named).to.not.have.length(0);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).to.deep.equal([]);
  });

  it("are told from others by this test", () => {
    expect(fault(["task", "shew", "1"])).to.equal("task has no shew");
    expect(fault(["audit", "1", "--reexecute", "5"])).to.equal("audit has no option --reexecute");
    expect(fault(["verify-update", "1", "2"])).to.equal("verify-update needs 3 arguments");
    expect(fault(["task", "show", "1", "2"])).to.equal("show takes no 2");
    expect(fault(["bogus"])).to.equal("there is no command bogus");
  });
});
