import { expect } from "chai";
import { AbiCoder } from "ethers";

import { BaseError } from "../../../protocol/BaseError.ts";
import { formatInteroperable } from "../../../protocol/interoperableAddress.ts";
import { decodeMessage, encodeMessage, messageId } from "../../../protocol/messages.ts";

const coder = AbiCoder.defaultAbiCoder();

describe("messages", () => {
  it("binds a message's id to both chains, its place, sender, recipient and payload", () => {
    const at = (chainId: bigint, digit: string) =>
      formatInteroperable({ chainId, address: `0x${digit.repeat(40)}` });
    const message = { nonce: 7, sender: at(1n, "1"), recipient: at(2n, "2"), payload: "0x03" };
    const ids = [
      message,
      { ...message, nonce: 8 },
      { ...message, sender: at(1n, "4") },
      { ...message, sender: at(3n, "1") },
      { ...message, recipient: at(2n, "4") },
      { ...message, recipient: at(3n, "2") },
      { ...message, payload: "0x04" },
      { ...message, sender: at(2n, "2"), recipient: at(1n, "1") },
      { ...message, sender: at(2n, "1"), recipient: at(1n, "2") },
    ].map(messageId);
    expect(new Set(ids)).to.have.length(ids.length);
  });

  it("gives one id to one address, however it is written, and none to what is no address", () => {
    const account = "11".repeat(20);
    const message = { nonce: 7, sender: `0x000100000101${"14"}${account}`, payload: "0x03" };
    const short = messageId({ ...message, recipient: `0x00010000010214${account}` });
    expect(messageId({ ...message, recipient: `0x0001000002000214${account}` })).to.equal(short);
    expect(() => messageId({ ...message, recipient: "0x1234" }))
      .to.throw(BaseError)
      .with.property("code", "NOT_INTEROPERABLE");
  });

  const wrong = {
    "nothing at all": "0x",
    "no bytes": "what?",
    "a kind that there is not": coder.encode(["uint8", "bytes"], [8, "0x"]),
    "a body that is cut short": encodeMessage({
      kind: "RoundOpened",
      body: { task: 1n, round: 1, globalModel: `0x${"22".repeat(32)}`, openedAt: 7 },
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
