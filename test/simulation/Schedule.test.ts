import { expect } from "chai";

import { RelayerStore } from "../../relay/store/RelayerStore.ts";
import { ValidatorStore } from "../../relay/store/ValidatorStore.ts";
import { drawSchedule, FAULTS_MILLISECONDS, type Schedule, WRITES } from "../../simulation/relay/Schedule.ts";

const schedules = Array.from({ length: 400 }, (_, seed) => drawSchedule(seed));

describe("WRITES", () => {
  it("names every method of the stores and their tables that is a transaction", () => {
    for (const [kind, Store] of Object.entries({ validator: ValidatorStore, relayer: RelayerStore })) {
      const store = new Store(":memory:");
      const tables = Object.entries(store).filter(([, table]) => /Table$/.test(table.constructor.name));
      expect(tables).to.have.length.greaterThan(1);
      const transactions = [
        ["", store] as const,
        ...tables.map(([name, table]) => [`${name}.`, table] as const),
      ]
        .flatMap(([prefix, part]) => transactionsOf(part).map((method) => `${prefix}${method}`))
        // People call these, not the service: `relay retry` and `relay restore`.
        .filter((name) => name !== "messages.retry" && name !== "vouchers.raiseFence");
      expect([...WRITES[kind as keyof typeof WRITES]].sort(), kind).to.deep.equal(transactions.sort());
      store.close();
    }
  });
});

function transactionsOf(part: object): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(part)))
    .filter(([, { value }]) => typeof value === "function" && /tatements\.transaction\(/.test(String(value)))
    .map(([name]) => name)
    .filter((name) => name !== "constructor");
}

describe("drawSchedule", () => {
  it("draws the same of the same seed, and others of others", () => {
    expect(drawSchedule(7)).to.deep.equal(schedules[7]);
    expect(new Set(schedules.map((schedule) => JSON.stringify(schedule))).size).to.equal(schedules.length);
  });

  it("leaves two honest validators of three alive", () => {
    for (const { validators, liar } of schedules) {
      const bad = validators.filter(({ isLost }, i) => isLost || i === liar).length;
      expect(bad).to.be.lessThan(2);
    }
  });

  it("ends every fault in time", () => {
    for (const { chains, validators, relayers, messages } of schedules) {
      const ends = chains.flatMap(({ halts, feeSpikes, reorganizations }) => [
        ...[...halts, ...feeSpikes].map(([, until]) => until),
        ...reorganizations.map(({ at }) => at),
      ]);
      ends.push(...[...validators, ...relayers].flatMap(({ killedAt }) => killedAt));
      ends.push(...messages.map(({ at }) => at));
      expect(Math.max(...ends)).to.be.at.most(FAULTS_MILLISECONDS);
    }
  });

  it("has each kind of fault in some schedules and not in others", () => {
    const kinds: Record<string, (schedule: Schedule) => boolean> = {
      reorganizations: ({ chains }) => chains.some(({ reorganizations }) => reorganizations.length > 0),
      beyondPolicy: ({ chains }) =>
        chains.some(({ reorganizations }) => reorganizations.some(({ reach }) => reach > 1)),
      halts: ({ chains }) => chains.some(({ halts }) => halts.length > 0),
      feeSpikes: ({ chains }) => chains.some(({ feeSpikes }) => feeSpikes.length > 0),
      eviction: ({ chains }) => chains.some(({ eviction }) => eviction > 0),
      stepKills: ({ relayers }) => relayers.some(({ killedAtStep }) => killedAtStep > 0),
      kills: ({ relayers }) => relayers.some(({ killedAt }) => killedAt.length > 0),
      lostValidator: ({ validators }) => validators.some(({ isLost }) => isLost),
      liar: ({ liar }) => liar !== undefined,
      firstKills: ({ relayers }) => relayers.some(({ killedAtFirst }) => killedAtFirst.length > 0),
      twoRelayers: ({ relayers }) => relayers.length > 1,
      byTag: ({ byTag }) => byTag,
      finalAtOnce: ({ confirmations }) => confirmations === 0,
      silence: ({ silence }) => silence > 0,
      refusal: ({ messages }) => messages.some(({ refused }) => refused !== undefined),
      refusalForEver: ({ messages }) =>
        messages.some(({ refused }) => refused?.[1] === Number.POSITIVE_INFINITY),
      ...Object.fromEntries(
        Object.keys(schedules[0]!.rpc).map((kind) => [
          kind,
          ({ rpc }: Schedule) => rpc[kind as keyof Schedule["rpc"]] > 0,
        ]),
      ),
    };
    for (const [kind, has] of Object.entries(kinds)) {
      const count = schedules.filter(has).length;
      expect(count, kind).to.be.within(0.03 * schedules.length, 0.97 * schedules.length);
    }
  });
});
