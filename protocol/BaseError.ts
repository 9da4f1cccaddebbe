/** What every Freshet error tells its user. */
export interface BaseErrorParameters {
  /** Why it happened: the values involved, in one or two sentences. */
  details?: string;
  /** What the user can do next. */
  next?: string;
  /** Whether the same call may succeed later without any change by the user. */
  retryable?: boolean;
  /** The error this one explains. */
  cause?: unknown;
}

/**
 * The one error base of Freshet: says what happened (`shortMessage`), why
 * (`details`) and what to do next (`next`), and carries a stable `code`.
 *
 * @example
 * throw new BaseError("PORT_IN_USE", "Port 9201 is taken.", {
 *   details: "Another process listens on 127.0.0.1:9201.",
 *   next: "Stop it, or choose other ports with --port.",
 * });
 */
export class BaseError extends Error {
  override readonly name: string = "BaseError";
  readonly code: string;
  readonly shortMessage: string;
  readonly details: string | undefined;
  readonly next: string | undefined;
  readonly retryable: boolean;

  constructor(code: string, shortMessage: string, parameters: BaseErrorParameters = {}) {
    const { details, next, retryable = false, cause } = parameters;
    const lines = [shortMessage];
    if (details !== undefined) lines.push(`Why: ${details}`);
    if (next !== undefined) lines.push(`Next: ${next}`);
    super(lines.join("\n"), cause === undefined ? undefined : { cause });
    this.code = code;
    this.shortMessage = shortMessage;
    this.details = details;
    this.next = next;
    this.retryable = retryable;
  }
}
