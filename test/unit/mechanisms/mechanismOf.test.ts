import { readFileSync } from "node:fs";

import { expect } from "chai";

import { z } from "zod";

import { deployedMechanisms } from "../../../mechanisms/deployedMechanisms.ts";
import type { Mechanism } from "../../../mechanisms/Mechanism.ts";
import { mechanismId } from "../../../mechanisms/mechanismId.ts";
import { knownMechanism, mechanismNamed, mechanismOf } from "../../../mechanisms/mechanismOf.ts";
import { addMechanism, MECHANISMS } from "../../../mechanisms/mechanisms.ts";
import { generatedDocs } from "../../../scripts/tools/generateDocs.ts";
import { parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { smallSpec } from "../tasks/smallSpec.ts";
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

  describe("that are added", () => {
    const lottery: Mechanism = {
      ...MECHANISMS[0]!,
      name: "lottery",
      task: {
        ...MECHANISMS[0]!.task,
        description: "Tickets.",
        rewardFields: { tickets: z.int().describe("How many tickets.") },
        rules: [{ rule: "`reward.tickets` is no prime", checkedBy: "nobody" }],
      },
    };
    const spec = { ...smallSpec(), reward: { policy: "lottery", tickets: 4 } };
    const task = () => parseTaskSpec(spec).reward;
    const page = () => generatedDocs()["docs/task-spec.md"];

    it("are in the table, in task files, deployments and docs, until they are taken out", () => {
      // Whatever was asked before.
      expect(thrown(task).code).to.equal("TASK_SPEC_INVALID");
      const [before, documented] = [[...MECHANISMS], page()];
      const remove = addMechanism(lottery);
      try {
        expect(MECHANISMS).to.deep.equal([...before, lottery]);
        expect(mechanismNamed("lottery")).to.equal(lottery);
        expect(deployedMechanisms().map(({ name }) => name)).to.include("lottery");
        expect(task()).to.deep.equal({ policy: "lottery", tickets: 4 });
        expect(page())
          .to.contain("### reward (lottery)")
          .and.to.contain("| lottery: `reward.tickets` is no prime |");
        expect(thrown(() => addMechanism(lottery)).code).to.equal("MECHANISM_EXISTS");
      } finally {
        remove();
      }
      expect(MECHANISMS).to.deep.equal(before);
      expect(thrown(task).code).to.equal("TASK_SPEC_INVALID");
      expect(page()).to.equal(documented);
    });
  });
});
