import { expect } from "chai";

import { MOST_ENDPOINTS, readQuorumOf } from "../../../chains/rpc/readQuorum.ts";
import { thrown } from "../thrown.ts";

describe("readQuorumOf", () => {
  it("is more than half of the endpoints unless asked for otherwise", () => {
    expect([1, 2, 3, 4, 5, MOST_ENDPOINTS].map((count) => readQuorumOf("main", count))).to.deep.equal([
      1, 2, 2, 3, 3, 9,
    ]);
  });

  it("is one, or no fewer than can be had only once", () => {
    const taken = [1, 2, 3, 4, 5, 6].filter((quorum) => {
      try {
        return readQuorumOf("main", 5, quorum) === quorum;
      } catch {
        return false;
      }
    });
    expect(taken).to.deep.equal([1, 3, 4, 5]);
    expect(thrown(() => readQuorumOf("main", 5, 2)).message).to.contain(
      "Of 5 it can be 1, or 3 to 5; it is 2.",
    );
  });

  it("refuses more endpoints than are asked at once", () => {
    expect(thrown(() => readQuorumOf("main", MOST_ENDPOINTS + 1)).code).to.equal("READ_QUORUM_INVALID");
  });
});
