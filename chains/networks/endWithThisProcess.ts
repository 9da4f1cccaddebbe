import { type ChildProcess, spawn } from "node:child_process";

/** Ends a process once the pipe from this one closes, which it does even when this one is killed. */
const GUARD = 'read -r _; kill -9 "$1"';

const living = new Set<ChildProcess>();
let watching = false;

/** Sees to it that a child ends with this process, however this process ends. */
export function endWithThisProcess(child: ChildProcess): void {
  // One that could not be started has no id.
  if (child.pid === undefined) return;
  if (!watching) {
    watching = true;
    process.once("exit", () => {
      for (const other of living) other.kill("SIGKILL");
    });
  }
  living.add(child);
  const guard = spawn("sh", ["-c", GUARD, "sh", `${child.pid}`], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // Without a shell there is no guard, and only a kill of this process leaves the child behind.
  guard.on("error", () => undefined);
  guard.unref();
  child.once("exit", () => {
    living.delete(child);
    guard.kill("SIGKILL");
  });
}
