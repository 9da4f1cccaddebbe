import type { ComponentChildren } from "preact";
import { Copy } from "./Copy.tsx";
import { Elapsed } from "./Elapsed.tsx";

/** Nothing is there, which is no failure: what would be, and how to get it. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="state">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Something is on its way; `waitsSince`: since when, where it is slow to come. */
export function Loading({ what, waitsSince }: { what: string; waitsSince?: number | undefined }) {
  return (
    <div class="skeleton" role="status">
      <span />
      <span />
      <span />
      {waitsSince === undefined ? (
        <p class="unseen">{what} is being read.</p>
      ) : (
        <p class="note">
          {what} is being read; the server is slow to answer
          {/* Nobody wants to hear seconds count. */}
          <span aria-hidden="true">
            , asked <Elapsed since={waitsSince} /> ago
          </span>
          .
        </p>
      )}
    </div>
  );
}

/** Something could not be had: what happened, why, and what to do. */
export function Failed({
  title,
  message,
  next,
  retry,
  isPage = false,
}: {
  title: string;
  message: string;
  next?: string;
  /** Whether there is nothing else on the page: then this is its heading. */
  isPage?: boolean;
  retry?: () => void;
}) {
  return (
    <div class="state bad" role="alert">
      {isPage ? <h1>{title}</h1> : <h2>{title}</h2>}
      <p>{message}</p>
      {next === undefined ? null : <p>{next}</p>}
      {retry === undefined ? null : (
        <button type="button" class="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** A line to run in a shell. */
export function CommandLine({ line }: { line: string }) {
  return (
    <div class="command">
      <span>{line}</span>
      <Copy text={line} what="command" />
    </div>
  );
}
