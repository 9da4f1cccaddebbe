import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Files larger than that are looked into in their first bytes. */
const MOST_FILE_BYTES = 64 * 2 ** 20;
const PROCESSES = "/proc";

/** What must never be told, looked for in all that a test can see of programs. */
export class SecretHunt {
  /** What each form is of. */
  readonly #forms = new Map<string, string>();
  /** Where secrets were found: of what, where. */
  readonly #found = new Set<string>();
  /** How many texts and files were looked through. */
  searched = 0;
  /** How many secrets are looked for. */
  get secrets(): number {
    return new Set(this.#forms.values()).size;
  }

  /** @param secrets - By what they are, for messages, which never have them. */
  constructor(secrets: Readonly<Record<string, string>>) {
    for (const [name, secret] of Object.entries(secrets)) this.add(name, secret);
  }

  /** Looks for a secret from now on, as it is and as programs write it otherwise. */
  add(name: string, secret: string): void {
    const bytes = Buffer.from(secret);
    for (const form of [
      secret,
      encodeURIComponent(secret),
      decodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
      bytes.toString("base64"),
      bytes.toString("base64url"),
      bytes.toString("hex"),
    ]) {
      this.#forms.set(form, name);
    }
  }

  /** Looks through what a program said. */
  text(where: string, text: string): void {
    this.searched++;
    for (const [form, name] of this.#forms) if (text.includes(form)) this.#found.add(`${name} in ${where}`);
  }

  /** Looks through all files under a directory, but for those that are to have secrets. */
  files(directory: string, isOwn: (path: string) => boolean): void {
    for (const entry of readdirSync(directory, { recursive: true })) {
      const path = join(directory, String(entry));
      if (isOwn(path) || !existsSync(path) || !statSync(path).isFile()) continue;
      this.text(path, readFileSync(path).subarray(0, MOST_FILE_BYTES).toString("latin1"));
    }
  }

  /** Looks through the command lines of all processes, where the system shows them. */
  processes(): void {
    if (!existsSync(PROCESSES)) return;
    for (const id of readdirSync(PROCESSES).filter((name) => /^\d+$/.test(name))) {
      try {
        this.text("a process's command line", readFileSync(join(PROCESSES, id, "cmdline"), "latin1"));
      } catch {
        // It has ended.
      }
    }
  }

  /** @throws an error that says where which secret was found, without it. */
  requireNone(): void {
    if (this.#found.size > 0) throw new Error(`Secrets were told: ${[...this.#found].join("; ")}`);
  }
}
