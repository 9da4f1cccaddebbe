import { signal } from "@preact/signals";

/** What those are told who hear the page: the latest thing that happened. */
export const announcement = signal("");

/** Tells something that is seen elsewhere to those who hear the page. */
export function say(text: string): void {
  announcement.value = text;
}
