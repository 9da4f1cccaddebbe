/** How often it is looked whether something is so, milliseconds. */
const LOOK_MILLISECONDS = 200;

/** Waits until something is so. @throws naming it when it is not in time. */
export async function waitUntil(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs: number,
): Promise<void> {
  const until = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() > until) throw new Error(`There was no ${what} within ${withinMs / 1000} s.`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS));
  }
}
