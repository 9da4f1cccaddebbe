import { readFileSync } from "node:fs";

import { expect } from "chai";

import { deployedMechanisms } from "../../../mechanisms/deployedMechanisms.ts";
import { mechanismId } from "../../../mechanisms/mechanismId.ts";
import { knownMechanism, mechanismNamed, mechanismOf } from "../../../mechanisms/mechanismOf.ts";
import { MECHANISMS } from "../../../mechanisms/mechanisms.ts";
import { thrown } from "../thrown.ts";

describe("mechanisms", () => {
  it("have names and ids of their own, by which they are found", () => {
    expect(new Set(MECHANISMS.map(({ name }) => name))).to.have.length(MECHANISMS.length);
    for (const mechanism of MECHANISMS) {
      const id = mechanismId(mechanism.name);
      expect(id).to.match(/^0x[0-9a-f]{8}$/);
      expect([mechanismOf(id), knownMechanism(id), mechanismNamed(mechanism.name)]).to.deep.equal([
        mechanism,
        mechanism,
        mechanism,
      ]);
    }
  });

  it("have the ids that their contracts answer", () => {
    // The main chain's terms in the vectors, which the contracts decode too.
    const { taskOpened } = JSON.parse(
      readFileSync(new URL("../../vectors/payloads.json", import.meta.url), "utf8"),
    );
    expect(mechanismId("aoi-contract")).to.equal(taskOpened.terms.mechanism);
  });

  it("are said to be unknown, and which are known", () => {
    expect(knownMechanism("0x00000000")).to.equal(undefined);
    expect(thrown(() => mechanismOf("0x00000000"))).to.include({
      code: "UNKNOWN_MECHANISM",
      details: `Known are ${MECHANISMS.map(({ name }) => `${name} (${mechanismId(name)})`).join(", ")}.`,
    });
    expect(thrown(() => mechanismNamed("lottery")).shortMessage).to.contain("lottery");
  });

  it("are deployed with a policy and a meter each", () => {
    expect(deployedMechanisms().map(({ name }) => name)).to.deep.equal(MECHANISMS.map(({ name }) => name));
    expect(deployedMechanisms()).to.deep.include({
      name: "aoi-contract",
      policy: "AoIContractPolicy",
      meter: "AoIMeter",
    });
  });
});
