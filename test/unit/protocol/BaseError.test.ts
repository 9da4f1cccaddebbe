import { expect } from "chai";

import { BaseError } from "../../../protocol/BaseError.ts";

describe("BaseError", () => {
  it("says what happened, why and what to do next", () => {
    const cause = new Error("EADDRINUSE");
    const error = new BaseError("PORT_IN_USE", "Port 9201 is taken.", {
      details: "Another process listens.",
      next: "Stop it.",
      cause,
    });
    expect(error.message).to.equal("Port 9201 is taken.\nWhy: Another process listens.\nNext: Stop it.");
    expect(error).to.include({ code: "PORT_IN_USE", shortMessage: "Port 9201 is taken.", retryable: false });
    expect(error.cause).to.equal(cause);
  });

  it("leaves out what it was not told", () => {
    const error = new BaseError("ABORTED", "Stopped.");
    expect(error.message).to.equal("Stopped.");
    expect(error).to.not.have.property("cause");
  });
});
