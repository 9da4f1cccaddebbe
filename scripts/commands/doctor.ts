import { existsSync, rmdirSync, statfsSync } from "node:fs";
import { availableParallelism, freemem } from "node:os";
import { dirname, join } from "node:path";

import { Command } from "commander";

import type { NetworkConfig } from "../../chains/networks/networkConfig.ts";
import { networkFilePath } from "../../chains/networks/networkFile.ts";
import { requireFreePort } from "../../chains/networks/requireFreePort.ts";
import { Lock } from "../../files/Lock.ts";
import { makeDirectory } from "../../files/makeDirectory.ts";
import { engineState, startEngine } from "../../learning/engine/startEngine.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { TaskData } from "../../tasks/TaskData.ts";
import { askPassword } from "../askPassword.ts";
import { Examination } from "../diagnosis/Examination.ts";
import { examineNode } from "../diagnosis/examineNode.ts";
import { DEFAULT_NETWORK_FILE, openNetwork } from "../openNetwork.ts";
import { type NetworkOptions, networkSettings } from "../settings.ts";
import { Terminal } from "../Terminal.ts";

/** A network's directory needs that much at the least, bytes: packages are elsewhere. */
const LEAST_FREE_BYTES = 100e6;

interface DoctorOptions extends NetworkOptions {
  network?: string;
  node?: string;
  storageWrite?: boolean;
  json?: boolean;
}

/** `freshet doctor`. */
export const doctorCommand = new Command("doctor")
  .option("--config <file>", "network configuration")
  .option("--base-port <port>", "first of consecutive ports to check")
  .option("--directory <dir>", "where a network is kept, or is to be")
  .option("--network <file>", "network file (default: that of the directory)")
  .option("--json", "print JSON")
  .option("--node <file>", "node file of an organisation, which is checked against the network")
  .option("--storage-write", "with --node: put a small file into the network's storage and read it again")
  .action(async (options: DoctorOptions) => {
    const networkPath =
      options.network ??
      (options.directory === undefined ? DEFAULT_NETWORK_FILE : networkFilePath(options.directory));
    const terminal = new Terminal({ json: options.json === true });
    const examination = new Examination(terminal);
    const look = examination.look.bind(examination);

    await look("Node.js", () => `${process.version} on ${process.platform} ${process.arch}`);
    await look("machine", () => {
      const threads = availableParallelism();
      return `${threads} threads, ${Math.round(freemem() / 2 ** 20)} MiB free`;
    });
    if (options.node !== undefined) {
      await look("directory", () => usableDirectory(options.directory ?? dirname(networkPath)));
      const { node, storageWrite = false } = options;
      const ask = askPassword();
      await examineNode(
        examination,
        { node, network: networkPath, storageWrite },
        { clock: systemClock, ...(ask === undefined ? {} : { ask }) },
      );
      return end(terminal, examination);
    }
    let settings: NetworkConfig | undefined;
    await look("configuration", async () => {
      settings = await networkSettings(options);
      return settings.chains.map(({ name, port }) => `${name} on port ${port}`).join(", ");
    });
    // What a configuration says that is refused is told once.
    const configured = settings as NetworkConfig | undefined;
    if (configured !== undefined) await look("directory", () => usableDirectory(configured.directory));
    await look("learning engine", async () => {
      await startEngine();
      const { numericClass, level } = engineState()!;
      return `TensorFlow.js with the kernel pack, ${numericClass}, ${level ?? "WebAssembly"}`;
    });
    await look("MNIST", async () => {
      const { labels } = await new TaskData("").heldOutData({ kind: "mnist", writers: false });
      return `${labels.length} test images`;
    });
    if (existsSync(networkPath)) {
      await look("network", async () => {
        const network = await openNetwork(networkPath);
        try {
          const blocks = await Promise.all(
            network.clients.all.map(
              async ({ name, provider }) => `${name} at block ${await provider.getBlockNumber()}`,
            ),
          );
          return blocks.join(", ");
        } finally {
          network.close();
        }
      });
    } else if (configured !== undefined) {
      await look("ports", async () => {
        const { chains, host, storagePort, relayPort, aggregatorPort, aggregators } = configured;
        for (const { name, port } of chains) await requireFreePort(host, port, `the ${name} chain`);
        await requireFreePort(host, storagePort, "the block server");
        await requireFreePort(host, relayPort, "the relay");
        for (let i = 0; i < aggregators; i++) {
          await requireFreePort(host, aggregatorPort + i, `aggregator ${i + 1}`);
        }
        return "free; no network is up";
      });
    }
    end(terminal, examination);
  });

/** Says what was found to machines, and ends with 1 when something failed. */
function end(terminal: Terminal, { ok, diagnoses }: Examination): void {
  terminal.result({ ok, diagnoses });
  if (!ok) process.exitCode = 1;
}

/**
 * What there is to say of a network's directory; one that is not there is made and removed again.
 *
 * @throws `DIRECTORY_UNUSABLE`, `DISK_FULL`.
 */
function usableDirectory(directory: string): string {
  const holder = Lock.holderOf(join(directory, ".lock"));
  const made = makeDirectory(directory);
  const { bavail, bsize } = statfsSync(directory);
  for (const one of made.toReversed()) rmdirSync(one);
  const free = bavail * bsize;
  const space = `${Math.floor(free / 1e6)} MB free`;
  if (free < LEAST_FREE_BYTES) {
    throw new BaseError("DISK_FULL", `There is too little room in ${directory}: ${space}.`, {
      next: "Make room, or name another directory with --directory.",
    });
  }
  const use = holder === undefined ? (made.length > 0 ? "not there yet" : "not in use") : `in use: ${holder}`;
  return `${directory} can be written, ${space}, ${use}`;
}
