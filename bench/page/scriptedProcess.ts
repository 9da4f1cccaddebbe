/**
 * Scripted chains in a process of their own, which bench/page/firstView.ts starts: what is measured there is the page's
 * server alone. At each word from there one more task is run.
 */
import { ScriptedNetwork } from "./ScriptedNetwork.ts";

/** A task as it is read: ten workers, and some 200 events. */
const TASK = { workers: 10, refreshes: 12, rounds: 2 } as const;
/** Messages of a block at the most. */
const AT_ONCE = 500;

const [tasks, messages] = process.argv.slice(2).map(Number);
const network = new ScriptedNetwork();
for (let n = 0; n < tasks!; n++) network.run(TASK);
for (let left = messages!; left > 0; left -= AT_ONCE) network.send(Math.min(AT_ONCE, left), 2);
await network.listen();
process.on("message", () => {
  network.run(TASK);
  network.send(20);
});
process.on("disconnect", () => void network.close());
process.send!(network.file);
