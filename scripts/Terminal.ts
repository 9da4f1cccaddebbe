import pc from "picocolors";

import { BaseError } from "../protocol/BaseError.ts";
import { fitted } from "./fitted.ts";
import { RepeatedLines } from "./RepeatedLines.ts";
import { toldError } from "./toldError.ts";

/** How a command prints. */
export interface TerminalOptions {
  /** Machines read standard output: everything for people goes to standard error. */
  json: boolean;
}

/** How wide a terminal is that does not say it, characters. */
const UNTOLD_COLUMNS = 80;

/** How long nothing is told, where the changing line is not seen, until what is under way is, milliseconds. */
const QUIET_MILLISECONDS = 15_000;

/** Where a terminal's lines go. */
export interface TerminalStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** What a command prints: a line at a time, and on a terminal one more line that changes. */
export class Terminal {
  readonly json: boolean;
  readonly colours: ReturnType<typeof pc.createColors>;
  readonly #stream: TerminalStream;
  readonly #warnings: RepeatedLines;
  #status: readonly string[] = [];
  #ended = false;
  /** What was last told of what is under way, and how often it was due to be told again. */
  #told = { text: "", times: 0 };
  /** Tells what is under way where the changing line is not seen. */
  #quiet: NodeJS.Timeout | undefined;

  /** @param modules - `stream`: where people read; standard output unless given, or standard error beside JSON. */
  constructor({ json }: TerminalOptions, modules: { stream?: TerminalStream } = {}) {
    this.json = json;
    this.#stream = modules.stream ?? (json ? process.stderr : process.stdout);
    this.colours = pc.createColors(pc.isColorSupported && this.#stream.isTTY === true);
    this.#warnings = new RepeatedLines((text) => this.line(`${this.colours.yellow("!")} ${text}`));
  }

  /** Whether the changing line is seen. */
  get isLive(): boolean {
    return this.#stream.isTTY === true;
  }

  /** A line that stays. */
  line(text = ""): void {
    this.#quiet?.refresh();
    this.#clear();
    this.#stream.write(`${text}\n`);
    this.#draw();
  }

  /** A finished step: it is not under way any more. */
  done(text: string): void {
    this.status();
    this.line(`${this.colours.green("✓")} ${text}`);
  }

  /** An error that is dealt with: what happened and why, in a line. */
  readonly trouble = (doing: string, error: unknown): void => {
    const { shortMessage, details } = toldError(error);
    const why = details === undefined || !(error instanceof BaseError) ? "" : ` ${details}`;
    this.warn(`${doing}: ${`${shortMessage}${why}`.replaceAll(/\s*\n\s*/g, " ")}`);
  };

  /** What was to be done and was not. */
  failed(text: string, next?: string): void {
    this.status();
    this.line(`${this.colours.red("✗")} ${text}`);
    if (next !== undefined) this.line(`  ${this.colours.dim("next:")} ${next}`);
  }

  /** Something that went wrong and is dealt with. Of equal ones that come again and again it is told how many. */
  warn(text: string): void {
    this.#warnings.add(text);
  }

  /**
   * What is under way, in parts, the most important first: the changing line. Where that is not seen, a line when nothing
   * else was told for a while.
   */
  status(...parts: readonly string[]): void {
    this.idle(...parts);
    if (this.isLive) return;
    if (this.#status.length > 0) this.#quiet ??= setInterval(() => this.#tell(), QUIET_MILLISECONDS).unref();
    else {
      clearInterval(this.#quiet);
      this.#quiet = undefined;
    }
  }

  /** That nothing is under way, and what is waited for: the changing line, and nothing where that is not seen. */
  idle(...parts: readonly string[]): void {
    this.#clear();
    this.#status = this.#ended ? [] : parts.filter((part) => part !== "");
    this.#draw();
  }

  /** A line after which nothing changes any more: the user ended the command, or something that ends it happened. */
  end(text: string): void {
    this.status();
    this.#ended = true;
    this.#warnings.flush();
    this.line(text);
  }

  /** The result, for machines: one line of JSON on standard output. */
  result(value: unknown): void {
    this.status();
    if (this.json)
      process.stdout.write(`${JSON.stringify(value, (_, v) => (typeof v === "bigint" ? String(v) : v))}\n`);
  }

  /** An error: what happened, why, what to do next. */
  error(error: unknown): void {
    this.status();
    this.#warnings.flush();
    const { colours } = this;
    const { code, shortMessage, details, next } = toldError(error);
    this.#stream.write(`${colours.red("✗")} ${shortMessage}\n`);
    if (details !== undefined) this.#stream.write(`  ${colours.dim("why:")}  ${indent(details)}\n`);
    if (next !== undefined) this.#stream.write(`  ${colours.dim("next:")} ${indent(next)}\n`);
    if (!this.json) return;
    process.stdout.write(
      `${JSON.stringify({ ok: false, error: code, message: shortMessage, details, next })}\n`,
    );
  }

  /** Tells what is under way; while that stays the same, ever more rarely: at the first time, the second, the fourth … */
  #tell(): void {
    const text = fitted(this.#status, UNTOLD_COLUMNS);
    const times = text === this.#told.text ? this.#told.times + 1 : 1;
    this.#told = { text, times };
    if ((times & (times - 1)) === 0) this.line(`… ${text}`);
  }

  #clear(): void {
    if (this.#status.length > 0 && this.isLive) this.#stream.write("\r\x1b[2K");
  }

  #draw(): void {
    if (this.#status.length === 0 || !this.isLive) return;
    const width = (this.#stream.columns ?? UNTOLD_COLUMNS) - 1;
    this.#stream.write(this.colours.dim(fitted(this.#status, width)));
  }
}

function indent(text: string): string {
  return text.replaceAll("\n", "\n        ");
}
