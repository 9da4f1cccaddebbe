import { expect } from "chai";

import { deployedApplications } from "../../../mechanisms/deployedApplications.ts";
import { thrown } from "../thrown.ts";

describe("applications that a network names", () => {
  it("are deployed, and no others", () => {
    expect(deployedApplications([])).to.deep.equal([]);
    expect(deployedApplications(["twins"]).map(({ name }) => name)).to.deep.equal(["twins"]);
  });

  it("must be known", () => {
    const { code, next } = thrown(() => deployedApplications(["twins", "market"]));
    expect(code).to.equal("UNKNOWN_APPLICATION");
    expect(next).to.include("twins");
  });
});
