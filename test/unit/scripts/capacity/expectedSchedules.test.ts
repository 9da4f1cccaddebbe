import { expect } from "chai";

import { expectedSchedules } from "../../../../scripts/capacity/expectedSchedules.ts";
import { parseTaskSpec } from "../../../../tasks/taskSpec.ts";
import { networkExample } from "../../chains/networkExample.ts";
import { smallSpec } from "../../tasks/smallSpec.ts";

describe("expectedSchedules", () => {
  const spec = (changes: Record<string, unknown> = {}) => parseTaskSpec({ ...smallSpec(), ...changes });
  const network = networkExample();

  it("has every worker refresh by the item that pays it best, and leaves out whom none pays", () => {
    const schedules = expectedSchedules(spec(), network, { physical: [5n, 0n, 100n], virtual: [3n] });
    expect(schedules.map(({ freshSeconds }) => freshSeconds)).to.deep.equal([4, 2, 2]);
  });

  it("takes as many as may enrol, on the task's subchains", () => {
    const many = { physical: new Array<bigint>(9).fill(0n), virtual: new Array<bigint>(9).fill(0n) };
    expect(expectedSchedules(spec(), network, many)).to.have.length(8);
    expect(expectedSchedules(spec({ subchains: ["virtual"] }), network, many)).to.have.length(4);
  });

  it("deals workers to the subchains of their space in turn", () => {
    const [virtual, physical] = network.subchains;
    const two = { subchains: [virtual!, physical!, { ...physical!, name: "other", chainId: 9 }] };
    const workers = { physical: new Array<bigint>(5).fill(0n), virtual: [] };
    expect(expectedSchedules(spec({ subchains: ["physical"] }), two, workers)).to.have.length(3);
    expect(expectedSchedules(spec({ subchains: ["other"] }), two, workers)).to.have.length(2);
  });
});
