import { expect } from "chai";
import { Wallet } from "ethers";
import { z } from "zod";

import type { KeySource } from "../../../../../chains/keys/KeySource.ts";
import { LOCAL_KEYS, localKey } from "../../../../../chains/networks/localKeys.ts";
import { partyPlanSchema } from "../../../../../mechanisms/twin-migration/parties/partyPlan.ts";

const addressOf = (key: number) => localKey("party", key).address;
const setting = () => ({
  site: {
    ...{ widthMetres: 1000, heightMetres: 500, neighbourMetres: 525 },
    ...{ edgeX: [250, 750], edgeY: [250, 250], cloudX: [500], cloudY: [1000] },
  },
  vehicles: 1,
  servers: [
    { name: "edge 1", address: addressOf(0), kind: "Edge", chain: "virtual", cloud: addressOf(2) },
    { name: "edge 2", address: addressOf(1), kind: "Edge", chain: "physical", cloud: addressOf(2) },
    { name: "cloud 1", address: addressOf(2), kind: "Cloud", chain: "virtual" },
  ] as { name: string; address: string; kind: string; chain: string; cloud?: string }[],
  ...{ startAtMs: 1_800_000_000_000, stepMs: 1000, steps: 3 },
});
const vehicle = () => ({
  ...{ role: "vehicle", name: "vehicle 1", key: 3, seed: 1, setting: setting() },
  track: { x: [1, 2, 3, 4], y: [1, 1, 1, 1] },
  ...{ kilobytes: 1000, priority: 1, stateBytes: 900_000, synchronizeEvery: 2 },
  rule: { hysteresisSeconds: 0.4, payoffSeconds: 15, cloudSeconds: 0, caution: 1 },
});
const server = (place: number) => ({
  ...{ role: "server", name: `server ${place}`, key: place, seed: 1, setting: setting(), place },
  ...{ own: 400, capacity: place === 2 ? 400 : 800, mostTwins: 3, reliability: 1 },
});

/** What is said of a plan, a line an issue with its path; nothing where it is one. */
function saidOf(plan: unknown, keys: KeySource = LOCAL_KEYS): string {
  const read = partyPlanSchema(keys).safeParse(plan);
  return read.success ? "" : z.prettifyError(read.error);
}

/** A plan after a change. */
function changed<P>(plan: P, change: (plan: P) => void): P {
  change(plan);
  return plan;
}

describe("a plan of a party", () => {
  it("is one as the demo writes it", () => {
    for (const plan of [vehicle(), server(0), server(1), server(2)]) expect(saidOf(plan)).equal("");
  });

  it("is checked against the keys that the party has", () => {
    const own = Wallet.createRandom();
    const keys: KeySource = { ...LOCAL_KEYS, key: () => own };
    const plan = changed(server(0), (p) => (p.setting.servers[0]!.address = own.address));
    expect(saidOf(plan, keys)).equal("");
    expect(saidOf(server(0), keys)).match(/its address is .*; edge 1, which has place 0, has/);
    const driving = changed(vehicle(), (p) => (p.setting.servers[0]!.address = own.address));
    expect(saidOf(driving, keys)).match(/it is the key of edge 1/);
  });

  it("says which of its fields do not fit to each other", () => {
    const wrong: [unknown, RegExp][] = [
      [changed(vehicle(), (p) => p.setting.site.edgeY.pop()), /there are 1 for 2 edge servers.*\n.*edgeY/],
      [changed(vehicle(), (p) => p.setting.site.cloudX.push(3)), /there are 1 for 2 clouds/],
      [changed(vehicle(), (p) => p.setting.servers.pop()), /there are 2; the site has places for 2 edge/],
      [changed(vehicle(), (p) => p.setting.servers.reverse()), /it stands where the site has an Edge/],
      [
        changed(server(0), (p) => delete p.setting.servers[1]!.cloud),
        /names one of the clouds.*\n.*servers\[1\]\.cloud/,
      ],
      [changed(server(0), (p) => (p.setting.servers[1]!.cloud = addressOf(0))), /names one of the clouds/],
      [changed(server(0), (p) => (p.setting.servers[2]!.cloud = addressOf(2))), /a cloud has none/],
      [
        changed(server(0), (p) => (p.setting.servers[1]!.address = addressOf(0))),
        /another server has the same/,
      ],
      [changed(vehicle(), (p) => p.track.y.pop()), /there are 3 for 4 places in x/],
      [changed(vehicle(), (p) => (p.track = { x: [1], y: [1] })), /there are 1 places for 3 steps/],
      [changed(vehicle(), (p) => (p.stateBytes = 999_993)), /of a twin of 1000 kB at most 999992 can move/],
      [changed(vehicle(), (p) => (p.key = 1)), /it is the key of edge 2/],
      [changed(server(0), (p) => (p.place = 3)), /there are 3 servers, counted from 0/],
      [changed(server(0), (p) => (p.key = 1)), /its address is .*; edge 1, which has place 0, has/],
      [changed(server(0), (p) => (p.own = 801)), /more than the capacity of 800 kB/],
      [changed(server(2), (p) => (p.own = 399)), /a cloud does all itself/],
      [changed(server(2), (p) => (p.setting.startAtMs = 2 ** 49)), /startAtMs/],
    ];
    for (const [plan, said] of wrong) expect(saidOf(plan)).match(said);
  });
});
