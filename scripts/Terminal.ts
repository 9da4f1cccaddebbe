import pc from "picocolors";

import { BaseError } from "../protocol/BaseError.ts";

/** How a command prints. */
export interface TerminalOptions {
  /** Machines read standard output: everything for people goes to standard error. */
  json: boolean;
}

/** What a command prints: a line at a time, and on a terminal one more line that changes. */
export class Terminal {
  readonly json: boolean;
  readonly colours: ReturnType<typeof pc.createColors>;
  readonly #stream: NodeJS.WriteStream;
  #status = "";

  constructor({ json }: TerminalOptions) {
    this.json = json;
    this.#stream = json ? process.stderr : process.stdout;
    this.colours = pc.createColors(pc.isColorSupported && this.#stream.isTTY === true);
  }

  /** Whether the changing line is seen. */
  get isLive(): boolean {
    return this.#stream.isTTY === true;
  }

  /** A line that stays. */
  line(text = ""): void {
    this.#clear();
    this.#stream.write(`${text}\n`);
    this.#draw();
  }

  /** A finished step. */
  done(text: string): void {
    this.line(`${this.colours.green("✓")} ${text}`);
  }

  /** Something that went wrong and is dealt with. */
  warn(text: string): void {
    this.line(`${this.colours.yellow("!")} ${text}`);
  }

  /** The changing line; nothing when output is not a terminal. */
  status(text: string): void {
    this.#clear();
    this.#status = text;
    this.#draw();
  }

  /** The result, for machines: one line of JSON on standard output. */
  result(value: unknown): void {
    this.status("");
    if (this.json)
      process.stdout.write(`${JSON.stringify(value, (_, v) => (typeof v === "bigint" ? String(v) : v))}\n`);
  }

  /** An error: what happened, why, what to do next. */
  error(error: unknown): void {
    this.status("");
    const { colours } = this;
    if (error instanceof BaseError) {
      this.#stream.write(`${colours.red("✗")} ${error.shortMessage}\n`);
      if (error.details !== undefined)
        this.#stream.write(`  ${colours.dim("why:")}  ${indent(error.details)}\n`);
      if (error.next !== undefined) this.#stream.write(`  ${colours.dim("next:")} ${indent(error.next)}\n`);
    } else {
      this.#stream.write(
        `${colours.red("✗")} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
    }
    if (!this.json) return;
    const { code, shortMessage, details, next } =
      error instanceof BaseError
        ? error
        : { code: "UNEXPECTED", shortMessage: String(error), details: undefined, next: undefined };
    process.stdout.write(
      `${JSON.stringify({ ok: false, error: code, message: shortMessage, details, next })}\n`,
    );
  }

  #clear(): void {
    if (this.#status !== "" && this.#stream.isTTY) this.#stream.write("\r\x1b[2K");
  }

  #draw(): void {
    if (this.#status !== "" && this.#stream.isTTY)
      this.#stream.write(this.#status.slice(0, this.#stream.columns - 1));
  }
}

function indent(text: string): string {
  return text.replaceAll("\n", "\n        ");
}
