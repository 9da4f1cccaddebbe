import { expect } from "chai";

import { assertRoundFits } from "../../../aggregators/assertRoundFits.ts";
import { mostUpdateBytes } from "../../../learning/federated/updateCodec.ts";
import { parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { smallSpec } from "../tasks/smallSpec.ts";
import { thrown } from "../thrown.ts";

describe("assertRoundFits", () => {
  const spec = parseTaskSpec(smallSpec());
  const most = Math.floor(2 ** 33 / mostUpdateBytes(spec));

  it("takes as many updates as fit, over all subchains", () => {
    assertRoundFits(spec, [{ revealed: Array(most - 10) }, { revealed: Array(10) }]);
  });

  it("refuses more, before any is fetched", () => {
    const error = thrown(() => assertRoundFits(spec, [{ revealed: Array(most) }, { revealed: Array(1) }]));
    expect(error.code).to.equal("ROUND_TOO_LARGE");
  });
});
