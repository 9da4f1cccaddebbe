import { computed, signal } from "@preact/signals";

/** The viewer's time, Unix seconds, moved on four times a second while the page is looked at. */
export const wallNow = signal(Date.now() / 1000);
/** By how much the server's time is ahead of the viewer's, seconds. */
const ahead = signal(0);
/** By how much the main chain's time is behind the server's, seconds. */
const chainLag = signal(0);

/** The server's time, Unix seconds. */
export const serverNow = computed(() => wallNow.value + ahead.value);
/** The same by whole seconds: what shows seconds need not be drawn more often. */
export const serverSecond = computed(() => Math.floor(serverNow.value));
/** The chains' time by whole seconds. They have no clock that ticks, so it goes on from their newest block. */
export const chainSecond = computed(() => Math.floor(serverNow.value - chainLag.value));

/** Takes the server's time. @param told - Unix seconds. */
export function tellMachineTime(told: number): void {
  ahead.value = told - Date.now() / 1000;
}

/** Takes by how much the main chain is behind; null where that is not known. A chain that is at rest is not behind. */
export function tellChainLag(seconds: number | null): void {
  chainLag.value = seconds === null || Math.abs(seconds) > MOST_LAG_SECONDS ? 0 : seconds;
}

/** A block that came longer after its time than this says nothing of a clock. */
const MOST_LAG_SECONDS = 120;

/** Starts the clock. */
export function startClock(): void {
  setInterval(() => {
    if (!document.hidden) wallNow.value = Date.now() / 1000;
  }, 250);
}
