import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { AskError } from "../state/ask.ts";
import { connection } from "../state/connection.ts";
import type { Answer } from "../state/useAnswer.ts";
import { Elapsed } from "./Elapsed.tsx";
import { Icon } from "./Icon.tsx";
import { Failed, Loading } from "./States.tsx";

/** What is shown of an answer: itself, or that it is on its way, or why there is none. */
export function Answered<T>({
  answer,
  again,
  what,
  isPage = false,
  children,
}: {
  answer: Signal<Answer<T>>;
  again: () => void;
  /** What is asked for, as the beginning of a sentence. */
  what: string;
  /** Whether the page has no heading without it. */
  isPage?: boolean;
  children: (data: T) => ComponentChildren;
}) {
  const { data, error, waitsSince } = answer.value;
  if (error?.code === "NOT_READY" && data === undefined) {
    return (
      <div class="stack">
        <p class="lead">{error.message}</p>
        <Loading what={what} />
      </div>
    );
  }
  // What is gone is not shown any more; what only could not be asked for again still is.
  if (error !== undefined && (data === undefined || !error.passing)) {
    return (
      <Failed
        title={`${what} cannot be shown`}
        message={error.message}
        {...(error.next === undefined ? {} : { next: error.next })}
        retry={again}
        isPage={isPage}
      />
    );
  }
  if (data === undefined) return <Loading what={what} waitsSince={waitsSince} />;
  return (
    <>
      <OfBefore what={what} error={error} waitsSince={waitsSince} />
      {children(data)}
    </>
  );
}

/** That what is shown is of before, where the server is there and does not give anything newer. */
function OfBefore({
  what,
  error,
  waitsSince,
}: {
  what: string;
  error: AskError | undefined;
  waitsSince: number | undefined;
}) {
  // That it is not there at all is said above every view.
  if (connection.value.state === "lost" || error?.code === "UNREACHABLE") return null;
  if (error === undefined && waitsSince === undefined) return null;
  return (
    <p class="warn-text" role="status">
      <Icon name="clock" /> {what} is shown as of before:{" "}
      {error === undefined ? (
        <>
          the answer is slow to come
          {/* Nobody wants to hear seconds count. */}
          <span aria-hidden="true">
            , asked for <Elapsed since={waitsSince!} /> ago
          </span>
          .
        </>
      ) : (
        `${error.message} ${error.next ?? ""}`
      )}
    </p>
  );
}
