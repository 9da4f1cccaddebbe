import { expect } from "chai";
import { AbiCoder } from "ethers";

import { BaseError } from "../../../protocol/BaseError.ts";
import { decodeMessage, encodeMessage, messageId } from "../../../protocol/messages.ts";

const coder = AbiCoder.defaultAbiCoder();

describe("messages", () => {
  it("binds a message's id to its place, sender, recipient and payload", () => {
    const message = { nonce: 7, sender: "0x01", recipient: "0x02", payload: "0x03" };
    const ids = [
      message,
      { ...message, nonce: 8 },
      { ...message, sender: "0x04" },
      { ...message, recipient: "0x04" },
      { ...message, payload: "0x04" },
      { ...message, sender: "0x02", recipient: "0x01" },
    ].map(messageId);
    expect(new Set(ids)).to.have.length(ids.length);
  });

  const wrong = {
    "nothing at all": "0x",
    "no bytes": "what?",
    "a kind that there is not": coder.encode(["uint8", "bytes"], [6, "0x"]),
    "a body that is cut short": encodeMessage({
      kind: "RoundOpened",
      body: { task: 1n, round: 1, globalModel: `0x${"22".repeat(32)}` },
    }).slice(0, -64),
    "the body of another kind": coder.encode(["uint8", "bytes"], [4, coder.encode(["uint256"], [1])]),
    "a status that there is not": coder.encode(
      ["uint8", "bytes"],
      [2, coder.encode(["tuple(uint256, uint8, bytes32)"], [[1, 5, `0x${"22".repeat(32)}`]])],
    ),
  };
  for (const [what, payload] of Object.entries(wrong)) {
    it(`refuses ${what}`, () => {
      expect(() => decodeMessage(payload))
        .to.throw(BaseError)
        .with.property("code", "UNKNOWN_MESSAGE");
    });
  }
});
