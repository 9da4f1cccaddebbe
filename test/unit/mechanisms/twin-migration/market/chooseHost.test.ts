import { expect } from "chai";

import {
  type Choice,
  chooseHost,
  TUNED_VEHICLE,
} from "../../../../../mechanisms/twin-migration/decision/chooseHost.ts";
import { accessOf, estimatesOf } from "../../../../../mechanisms/twin-migration/decision/estimates.ts";
import { gridSite } from "../../../../../mechanisms/twin-migration/mathematics/mobility/GridMobility.ts";
import { DEFAULT_PARAMETERS } from "../../../../../mechanisms/twin-migration/mathematics/parameters.ts";
import { MODES } from "../../../../../mechanisms/twin-migration/mathematics/paths.ts";
import { Instance } from "../../../../../mechanisms/twin-migration/mathematics/world/Instance.ts";

const instance = new Instance(10, gridSite(4, 2, 500), DEFAULT_PARAMETERS);
const MEGABYTES = 7.5;
/** At the crossing of an edge server, from 0. */
const at = (j: number) => ({ x: instance.x[j]!, y: instance.y[j]! });
const own = (place: { x: number; y: number }, host: number) => ({
  ...place,
  host,
  megabytes: MEGABYTES,
  priority: 1 as const,
  quality: 0,
});
const NOBODY = new Array<number>(6).fill(0);

/** All servers but the host, at one price and with one reputation. */
function choices(
  place: { x: number; y: number },
  host: number,
  change: (choice: Choice) => Choice = (one) => one,
) {
  return estimatesOf(instance, own(place, host), NOBODY).flatMap((estimate, server) =>
    server === host ? [] : [change({ server, estimate, theta: 0.4, reputation: 0.95 })],
  );
}

function decide(place: { x: number; y: number }, host: number, out: boolean, others = choices(place, host)) {
  const estimate = estimatesOf(instance, own(place, host), NOBODY)[host]!;
  const stay = host < 0 ? undefined : { server: host, estimate, out };
  return chooseHost(instance, TUNED_VEHICLE, MEGABYTES, stay, others);
}

describe("a vehicle's decision", () => {
  it("stays with the server that it stands beside", () => {
    const { server, cost, stayCost } = decide(at(0), 0, false);
    expect(server).equal(0);
    expect(cost).equal(stayCost);
  });

  it("moves to where it is when it has left its host's coverage", () => {
    expect(decide(at(1), 0, true).server).equal(1);
  });

  it("takes a server that covers it when it has none", () => {
    expect(decide(at(2), -1, false).server).equal(2);
  });

  it("keeps away from a server that fails, at the price of a worse one", () => {
    const place = at(1);
    const bad = choices(place, 0, (one) => (one.server === 1 ? { ...one, reputation: 0.01 } : one));
    const { server } = decide(place, 0, true, bad);
    expect(server).not.equal(1);
  });

  it("looks at the price: what is dearer by enough is not chosen", () => {
    const place = at(1);
    const expensive = choices(place, 0, (one) => (one.server === 1 ? { ...one, theta: 500 } : one));
    expect(decide(place, 0, true, expensive).server).not.equal(1);
  });

  it("begins no migration that would hardly end within the limit", () => {
    const place = at(1);
    const slow = choices(place, 0, (one) => ({
      ...one,
      estimate: { ...one.estimate, migrationSeconds: 4.9 },
    }));
    expect(decide(place, 0, true, slow).server).equal(0);
  });

  it("chooses no edge server that does not cover it", () => {
    const place = at(0);
    const others = choices(place, 4).filter(({ server }) => server > 0 && server < 4);
    expect(decide(place, 4, false, others).server).equal(4);
  });
});

describe("a vehicle's estimates", () => {
  it("are quickest at the server that gives it access", () => {
    const place = at(3);
    expect(accessOf(instance, place)).equal(3);
    const estimates = estimatesOf(instance, own(place, -1), NOBODY);
    const services = estimates.slice(0, 4).map(({ serviceSeconds }) => serviceSeconds);
    expect(Math.min(...services)).equal(services[3]);
    expect(estimates[3]!.mode).equal(MODES.directEdge);
  });

  it("grow with the twins that a server hosts", () => {
    const place = at(3);
    const before = estimatesOf(instance, own(place, -1), NOBODY)[3]!.serviceSeconds;
    const crowded = estimatesOf(instance, own(place, -1), [0, 0, 0, 12, 0, 0])[3]!.serviceSeconds;
    expect(crowded).above(before);
  });

  it("of the host say that no migration is needed", () => {
    const { migrationSeconds, transferSeconds, mode } = estimatesOf(instance, own(at(1), 1), NOBODY)[1]!;
    expect([migrationSeconds, transferSeconds, mode]).eql([0, 0, MODES.none]);
  });
});
