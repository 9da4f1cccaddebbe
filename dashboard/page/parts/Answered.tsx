import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Answer } from "../state/useAnswer.ts";
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
  const { data, error } = answer.value;
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
  if (data === undefined) return <Loading what={what} />;
  return <>{children(data)}</>;
}
