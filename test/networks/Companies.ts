import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { ManagedProcess } from "./ManagedProcess.ts";
import type { PageStep } from "./page.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/freshet.ts", import.meta.url));
/** Where a company keeps passwords, from the companies' directory. */
const SECRET_FILE = /^[^/]+\/secrets\/[^/]+$/;
/** How long a command of a page may take, milliseconds: one may compile all contracts, on a busy machine. */
const COMMAND_MILLISECONDS = 1_800_000;
/** How long what keeps running may take until it says what is waited for, milliseconds: a vehicle drives first. */
const READY_MILLISECONDS = 600_000;

/**
 * Companies, each with a directory of its own in which its commands run. What a page calls by example names, addresses
 * of keys and places on the network, is put in before a file is written or a command is run.
 */
export class Companies {
  readonly #directory: string;
  /** By the place as the page has it, such as http://acme.example:8545. */
  readonly #places: ReadonlyMap<string, string>;
  readonly #services: { step: PageStep & { kind: "service" }; process: ManagedProcess }[] = [];
  /** All that any command has printed. */
  #printed = "";

  private constructor(directory: string, places: ReadonlyMap<string, string>) {
    this.#directory = directory;
    this.#places = places;
  }

  /** @param places - What stands for the page's example URLs here. */
  static async at(directory: string, places: ReadonlyMap<string, string>): Promise<Companies> {
    const bin = join(directory, "bin");
    await mkdir(bin, { recursive: true });
    const command = `#!/bin/sh\nexec "${process.execPath}" --disable-warning=ExperimentalWarning "${SCRIPT}" "$@"\n`;
    await writeFile(join(bin, "freshet"), command, { mode: 0o755 });
    return new Companies(directory, places);
  }

  path(...parts: readonly string[]): string {
    return join(this.#directory, ...parts);
  }

  /** All that their programs have printed so far. */
  get printed(): string {
    return this.#printed + this.#services.map(({ process: { printed } }) => printed).join("");
  }

  /** Does one thing of the page; what it printed. */
  async do(step: PageStep): Promise<string> {
    switch (step.kind) {
      case "file":
        await this.write(step.path, step.content);
        return "";
      case "command":
        return this.run(step.who, step.line);
      case "service":
        return this.serve(step);
    }
  }

  /** Writes a file with what its placeholders stand for. */
  async write(path: string, content: string): Promise<void> {
    const file = this.path(path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, await this.#filledIn(content));
  }

  /** Runs a command in a company's directory; what it printed. */
  async run(who: string, line: string, withinMs = COMMAND_MILLISECONDS): Promise<string> {
    const started = await this.begin(who, line);
    try {
      return await started.ended(withinMs);
    } finally {
      this.#printed += started.printed;
    }
  }

  /** Runs a command that prints JSON; what it says. */
  async ask<T>(who: string, line: string, withinMs = COMMAND_MILLISECONDS): Promise<T> {
    const started = await this.begin(who, `${line} --json`);
    try {
      await started.ended(withinMs);
      return JSON.parse(started.stdout) as T;
    } finally {
      this.#printed += started.printed;
    }
  }

  /** Starts a command in a company's directory. */
  async begin(who: string, line: string): Promise<ManagedProcess> {
    const cwd = this.path(who);
    await mkdir(cwd, { recursive: true });
    const words = ["-e", "-c", `cd "$FRESHET_COMPANY" && exec ${await this.#filledIn(line)}`];
    // A line of several commands is the shell's.
    if (/[;&|]/.test(line)) words[2] = words[2]!.replace("exec ", "");
    return new ManagedProcess("/bin/sh", words, {
      name: `${who}: ${line}`,
      log: this.path(`${who}.log`),
      env: { FRESHET_COMPANY: cwd, PATH: `${this.path("bin")}:${process.env.PATH}` },
    });
  }

  /** Starts what keeps running; resolves when it says that it is ready. */
  async serve(step: PageStep & { kind: "service" }): Promise<string> {
    const started = await this.begin(step.who, step.line);
    this.#services.push({ step, process: started });
    await started.said(step.ready, READY_MILLISECONDS);
    return started.printed;
  }

  /** What keeps running of a company, as far as it is asked for by a part of its command. */
  running(who: string, part = ""): ManagedProcess[] {
    return this.#services
      .filter(({ step, process: { lives } }) => step.who === who && step.line.includes(part) && lives)
      .map(({ process: one }) => one);
  }

  /** Kills all that runs of a company, as a power cut would; returns what starts it again. */
  async powerCut(who: string, part = ""): Promise<() => Promise<void>> {
    const gone = this.#services.filter(
      ({ step, process: { lives } }) => step.who === who && step.line.includes(part) && lives,
    );
    await Promise.all(gone.map(({ process: one }) => one.kill()));
    return async () => {
      for (const { step } of gone) await this.serve(step);
    };
  }

  /** Ends all that runs, what was started last first. */
  async stop(): Promise<void> {
    for (const { process: one } of this.#services.reverse()) if (one.lives) await one.stop();
  }

  /** Puts in what `<address of acme/keys/deployer.json>` and the example URLs stand for. */
  async #filledIn(text: string): Promise<string> {
    let filled = text;
    for (const [example, here] of this.#places) filled = filled.replaceAll(example, here);
    for (const [placeholder, file] of text.matchAll(/<address of ([^>]+)>/g)) {
      filled = filled.replaceAll(placeholder, await this.address(file!));
    }
    return filled;
  }

  /** Whose key a keystore of a company is. */
  async address(keystore: string): Promise<string> {
    const { address } = JSON.parse(await readFile(this.path(keystore), "utf8")) as { address: string };
    return address.startsWith("0x") ? address : `0x${address}`;
  }

  /** What may never be told, by its file: every company's passwords. */
  async secrets(): Promise<[string, string][]> {
    const files = await readdir(this.#directory, { recursive: true });
    const secret = files.filter((file) => SECRET_FILE.test(file));
    return Promise.all(
      secret.map(
        async (file) => [file, (await readFile(this.path(file), "utf8")).trim()] as [string, string],
      ),
    );
  }

  /** Whether a file is where a secret is to be. */
  isSecret(path: string): boolean {
    return SECRET_FILE.test(relative(this.#directory, path));
  }

  /** Of all keystores of all companies. */
  async addresses(): Promise<string[]> {
    const files = await readdir(this.#directory, { recursive: true });
    const keystores = files.filter((file) => /^[^/]+\/keys\/[^/]+\.json$/.test(file));
    return Promise.all(keystores.map((file) => this.address(file)));
  }
}
