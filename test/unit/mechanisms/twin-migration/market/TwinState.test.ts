import { expect } from "chai";

import { TwinState } from "../../../../../mechanisms/twin-migration/twins/TwinState.ts";
import { thrown } from "../../../thrown.ts";

const begin = () => TwinState.begin(100, (bytes) => bytes.fill(7));

describe("a twin's state", () => {
  it("is the same in vehicle and host after the same synchronizations", async () => {
    const vehicle = begin();
    const host = TwinState.read(vehicle.bytes);
    const patch = { sequence: 0, at: 90, bytes: Uint8Array.of(1, 2, 3) };
    expect(await vehicle.patched(patch).digest()).equal(await host.patched(patch).digest());
    expect(vehicle.patched(patch).sequence).equal(1);
    expect(await vehicle.patched(patch).digest()).not.equal(await vehicle.digest());
    expect([...vehicle.patched(patch).bytes.slice(-10)]).eql([1, 2, 3, 7, 7, 7, 7, 7, 7, 7]);
  });

  it("is not changed by a change of it, nor by whose bytes it was read from", async () => {
    // As what is read of a file: its `slice` does not copy.
    const kept = Buffer.from(begin().bytes);
    const state = TwinState.read(kept);
    const before = await state.digest();
    const patch = { sequence: 0, at: 90, bytes: Uint8Array.of(1, 2, 3) };
    const next = state.patched(patch);
    expect([state.sequence, next.sequence]).eql([0, 1]);
    // It was not answered, and is asked again.
    expect(await state.patched(patch).digest()).equal(await next.digest());
    kept.fill(9);
    expect(await state.digest()).equal(before);
  });

  it("does not take a change of another state, or beyond its end", () => {
    const bytes = Uint8Array.of(1, 2, 3);
    for (const patch of [
      { sequence: 1, at: 0, bytes },
      { sequence: 0, at: 98, bytes },
      { sequence: 0, at: -1, bytes },
      { sequence: 0, at: 0.5, bytes },
      { sequence: 0, at: 0, bytes: new Uint8Array(0) },
    ]) {
      expect(thrown(() => begin().patched(patch)).code).equal("TWIN_PATCH_REFUSED");
    }
  });

  it("is not read from other bytes", () => {
    expect(thrown(() => TwinState.read(new Uint8Array(8))).code).equal("TWIN_MALFORMED");
    expect(thrown(() => TwinState.read(new Uint8Array(100))).code).equal("TWIN_MALFORMED");
    expect(TwinState.read(begin().bytes).size).equal(100);
  });
});
