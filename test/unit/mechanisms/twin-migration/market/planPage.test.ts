import { readFileSync } from "node:fs";
import { expect } from "chai";

import { LOCAL_KEYS, localKey } from "../../../../../chains/networks/localKeys.ts";
import { partyPlanSchema } from "../../../../../mechanisms/twin-migration/parties/partyPlan.ts";

describe("the page's plan of a party", () => {
  it("is one, with the addresses of the development mnemonic's parties", () => {
    const page = readFileSync(
      new URL("../../../../../docs/mechanisms/twin-migration.md", import.meta.url),
      "utf8",
    );
    const plans = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) =>
      partyPlanSchema(LOCAL_KEYS).parse(JSON.parse(text!)),
    );
    expect(plans.map(({ role }) => role)).to.deep.equal(["vehicle"]);
    const { servers, vehicles, site } = plans[0]!.setting;
    expect(servers.map(({ address }) => address)).to.deep.equal(
      servers.map((_, key) => localKey("party", key).address),
    );
    expect([site.edgeX.length + site.cloudX.length, vehicles]).to.deep.equal([servers.length, 1]);
    expect(plans[0]!.key).to.equal(servers.length);
  });
});
