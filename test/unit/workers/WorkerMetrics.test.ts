import { expect } from "chai";
import { Registry } from "prom-client";

import type { WorkerEvent } from "../../../workers/WorkerEvent.ts";
import { type WORKER_METRICS, WorkerMetrics } from "../../../workers/WorkerMetrics.ts";

const ROUND = { worker: "device 1", chain: "physical", task: 1n, round: 0 };

/** A metric's value after events; undefined before there is one. */
async function valueAfter(name: keyof typeof WORKER_METRICS, events: readonly WorkerEvent[]) {
  const registry = new Registry();
  const { hear } = new WorkerMetrics(registry);
  for (const event of events) hear(event);
  const metric = await registry.getSingleMetric(name)!.get();
  return metric.values[0]?.value;
}

describe("WorkerMetrics", () => {
  it("count apart the rounds that a worker sat out and those that it missed", async () => {
    const events: WorkerEvent[] = [
      { type: "not-drawn", ...ROUND },
      { type: "not-drawn", ...ROUND, round: 1, task: 2n },
      { type: "round-missed", ...ROUND, round: 2, error: new Error("late") },
    ];
    expect(await valueAfter("freshet_worker_rounds_sat_out_total", events)).to.equal(2);
    expect(await valueAfter("freshet_worker_rounds_missed_total", events)).to.equal(1);
    expect(await valueAfter("freshet_worker_updates_committed_total", events)).to.equal(0);
  });
});
