import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { Command, Option } from "commander";

import { readNetworkFile } from "../../chains/networks/networkFile.ts";
import { networkOf, readNodeFile } from "../../chains/networks/nodeFile.ts";
import { writeNew } from "../../files/writeWhole.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { composeFile } from "../install/composeFile.ts";
import { nodeParts } from "../install/nodeParts.ts";
import { systemdUnits } from "../install/systemdUnits.ts";
import { DEFAULT_NETWORK_FILE } from "../openNetwork.ts";
import { wholeNumber } from "../settings.ts";
import { Terminal } from "../Terminal.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
/** The last port for which there is room for as many parts as a node may have. */
const LAST_FIRST_PORT = 65_000;
/** Who may read what is written: everybody, as nothing in it is secret. */
const READABLE = 0o644;

interface InstallOptions {
  node: string;
  network: string;
  format: "systemd" | "compose";
  workers?: string;
  user?: string;
  metricsPort: string;
  print?: boolean;
  to?: string;
  json?: boolean;
}

/** `freshet node`. */
export const nodeCommand = new Command("node").addCommand(
  new Command("install")
    .description(
      "make systemd units, or a compose file, for the parts that a node file has keys for; nothing is installed or started",
    )
    .requiredOption("--node <file>", "node file")
    .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
    .addOption(new Option("--format <format>", "for whom").choices(["systemd", "compose"]).default("systemd"))
    .option("--workers <file>", "the workers file (default: workers.json beside the node file)")
    .option("--user <user>", "who runs the parts (default: freshet, or 1000:1000 in containers)")
    .option(
      "--metrics-port <port>",
      "first of consecutive ports, on this machine, for health and metrics",
      "9300",
    )
    .option("--print", "print them")
    .option("--to <dir>", "write them into a directory, over no file")
    .option("--json", "print JSON: the files by name, and what is to be seen to")
    .action(async (options: InstallOptions) => {
      const terminal = new Terminal({ json: options.json === true });
      if (options.print !== true && options.to === undefined && options.json !== true) {
        throw new BaseError("OPTION_INVALID", "Say what is to become of them: --print, or --to DIR.");
      }
      const nodePath = resolve(options.node);
      const networkPath = resolve(options.network);
      const node = await readNodeFile(nodePath);
      const network = networkOf(await readNetworkFile(networkPath), node, nodePath);
      const { parts, remarks: found } = await nodeParts({
        node,
        network,
        nodePath,
        networkPath,
        workersPath: resolve(options.workers ?? join(dirname(nodePath), "workers.json")),
        metricsPort: wholeNumber(options.metricsPort, "--metrics-port", 1, LAST_FIRST_PORT),
      });
      let remarks = found;
      const script = join(ROOT, "scripts", "freshet.ts");
      const files = new Map<string, string>();
      if (options.format === "compose") {
        const made = composeFile(parts, {
          node,
          nodeVersion: process.versions.node,
          user: options.user ?? "1000:1000",
          program: { script, root: ROOT },
          nodePath,
          networkPath,
        });
        remarks = [...remarks, ...made.remarks];
        files.set("compose.yaml", made.text);
      } else {
        const units = systemdUnits(parts, {
          user: options.user ?? "freshet",
          organization: node.organization,
          program: { node: process.execPath, script, root: ROOT },
          nodePath,
          networkPath,
        });
        for (const [name, text] of units) files.set(name, text);
      }
      for (const part of parts) {
        const missing = part.secretFiles.filter((one) => !existsSync(one));
        if (missing.length > 0) remarks.push(`${part.name}: there is no ${missing.join(", ")} yet.`);
      }
      if (options.print === true && !terminal.json) {
        for (const [name, text] of files) process.stdout.write(`# ${name}\n${text}\n`);
      }
      if (options.to !== undefined) {
        for (const [name, text] of files) await writeInto(options.to, name, text);
      }
      for (const remark of remarks) process.stderr.write(`! ${remark}\n`);
      terminal.result({ ok: true, files: Object.fromEntries(files), remarks });
    }),
);

async function writeInto(directory: string, name: string, text: string): Promise<void> {
  try {
    await writeNew(join(directory, name), text, READABLE);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw new BaseError("FILE_EXISTS", `There is a ${name} in ${directory} already.`, {
      next: "Name another directory: nothing is written over.",
      cause,
    });
  }
}
