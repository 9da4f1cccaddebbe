import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { BoundedServer } from "../../../protocol/BoundedServer.ts";
import type { PartHealth } from "../../../protocol/PartHealth.ts";
import { StatusServer } from "../../../protocol/StatusServer.ts";
import { PartMetrics } from "../../../reports/metrics/PartMetrics.ts";
import { statusPlace } from "../../../scripts/partStatus.ts";
import { thrown } from "../thrown.ts";

describe("StatusServer", () => {
  let health: PartHealth;
  let metrics: PartMetrics;
  let server: StatusServer;
  let url: string;

  beforeEach(async () => {
    health = { ok: true, chains: { main: { ok: true, block: 7 } } };
    metrics = new PartMetrics({ now: () => 12_500 });
    metrics.tellHealth("worker", () => health);
    server = new StatusServer({ health: () => health, metrics: metrics.registry });
    const { address, port } = await server.listen({ host: "127.0.0.1", port: 0 });
    url = `http://${address}:${port}`;
  });
  afterEach(() => server.close());

  it("tells how its part is: 503 when it is not well", async () => {
    const well = await fetch(`${url}/health`);
    expect([well.status, await well.json()]).to.deep.equal([200, health]);
    health = { ok: false, chains: { main: { ok: false, block: null } } };
    const ill = await fetch(`${url}/health?now`);
    expect([ill.status, await ill.json()]).to.deep.equal([503, health]);
  });

  it("tells what was counted, for Prometheus, and nothing else", async () => {
    metrics.hear("worker", { type: "trained" });
    metrics.hear("worker", {
      type: "trouble",
      error: Object.assign(new Error("secret"), { code: "RPC_UNAVAILABLE" }),
    });
    metrics.trouble("worker", "secret");
    health = { ok: false, chains: { main: { ok: true, block: 7 }, relay: { ok: false, block: null } } };
    const answer = await fetch(`${url}/metrics`);
    expect(answer.headers.get("content-type")).to.contain("text/plain");
    const text = await answer.text();
    for (const line of [
      'freshet_part_healthy{part="worker"} 0',
      'freshet_part_events_total{part="worker",event="trained"} 1',
      'freshet_part_errors_total{part="worker",error="RPC_UNAVAILABLE"} 1',
      'freshet_part_errors_total{part="worker",error="UNKNOWN"} 1',
      'freshet_part_last_event_timestamp_seconds{part="worker",event="trained"} 12.5',
      'freshet_part_last_error_timestamp_seconds{part="worker",error="UNKNOWN"} 12.5',
      'freshet_part_chain_up{part="worker",chain="main"} 1',
      'freshet_part_chain_up{part="worker",chain="relay"} 0',
      'freshet_part_chain_block{part="worker",chain="main"} 7',
    ]) {
      expect(text.split("\n")).to.include(line);
    }
    expect(text).to.contain("process_cpu_seconds_total").and.not.to.contain("secret");
    expect((await fetch(`${url}/`)).status).to.equal(404);
    expect((await fetch(`${url}/metrics`, { method: "POST" })).status).to.equal(404);
  });

  it("is on this machine, where it is told to be at all", () => {
    expect(statusPlace({})).to.equal(undefined);
    expect(statusPlace({ metricsPort: "9300" })).to.deep.equal({ host: "127.0.0.1", port: 9300 });
    expect(statusPlace({ metricsPort: "9300", metricsHost: "::" })).to.deep.equal({ host: "::", port: 9300 });
    expect(thrown(() => statusPlace({ metricsPort: "0" })).code).to.equal("OPTION_INVALID");
    expect(thrown(() => statusPlace({ metricsPort: "9300", metricsHost: "everywhere" })).code).to.equal(
      "OPTION_INVALID",
    );
  });
});

describe("every server", () => {
  it("tells that it answers, unless it knows more", async () => {
    const server = new BoundedServer(
      { purpose: "this test" },
      { answer: (_, response) => void response.writeHead(404).end(), onFailure: () => undefined },
    );
    const { port }: AddressInfo = await server.listen({ host: "127.0.0.1", port: 0 });
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/health`);
      expect([answer.status, await answer.json()]).to.deep.equal([200, { ok: true }]);
      expect((await fetch(`http://127.0.0.1:${port}/health`, { method: "POST" })).status).to.equal(404);
    } finally {
      await server.close();
    }
  });
});
