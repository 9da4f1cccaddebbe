import type { Terminal } from "./Terminal.ts";

/**
 * Resolves at the first Ctrl-C, SIGTERM or hang-up, and says so. A second one ends the process at once.
 */
export async function untilStopped(terminal: Terminal): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130));
        terminal.end("stopping …");
        resolve();
      });
    }
  });
}
