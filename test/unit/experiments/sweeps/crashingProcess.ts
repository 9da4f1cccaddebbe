/** A process as `runProcess.ts`, which ends itself where a setting tells it to, and says how many runs it has made. */
let made = 0;
process.on("message", ({ setting, seed }: { setting: { end?: "abort" | "exit" }; seed: number }) => {
  process.send!({ progress: 0.5 });
  if (setting.end === "abort") {
    process.stderr.write("out of something\n", () => process.kill(process.pid, "SIGKILL"));
    return;
  }
  if (setting.end === "exit") process.exit(7);
  process.send!({ outcome: { metrics: { score: seed, made: ++made }, curves: {}, data: "0x" } });
});
process.on("disconnect", () => process.exit());
