import { mock } from "node:test";

import { expect } from "chai";

import { BaseError } from "../../../protocol/BaseError.ts";
import { fitted } from "../../../scripts/fitted.ts";
import { Terminal } from "../../../scripts/Terminal.ts";

/** A terminal that keeps what is written to it. */
function recorded(columns?: number) {
  const written: string[] = [];
  const stream = {
    write: (text: string) => written.push(text),
    isTTY: columns !== undefined,
    ...(columns === undefined ? {} : { columns }),
  };
  const terminal = new Terminal({ json: false }, { stream });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal
  const plain = () => written.join("").replaceAll(/\x1b\[\d+m/g, "");
  return { terminal, written, plain };
}

describe("Terminal", () => {
  it("shows an equal warning once, and then how often it came", () => {
    const { terminal, plain } = recorded();
    for (let i = 0; i < 833; i++) terminal.warn("reading main: the disk is full");
    terminal.warn("reading virtual: the disk is full");
    terminal.end("stopping …");
    expect(plain().trimEnd().split("\n")).to.deep.equal([
      "! reading main: the disk is full",
      "! reading virtual: the disk is full",
      "! reading main: the disk is full (832 more times within 10 s)",
      "stopping …",
    ]);
  });

  it("says on a pipe ever more rarely what is under way and stays the same", () => {
    mock.timers.enable({ apis: ["setInterval"] });
    try {
      const { terminal, written } = recorded();
      terminal.status("starting the chains …");
      mock.timers.tick(15_000);
      expect(written).to.deep.equal(["… starting the chains …\n"]);
      for (let i = 0; i < 20; i++) mock.timers.tick(15_000);
      expect(written.length).to.be.within(3, 6);
      const told = written.length;
      terminal.status("1 of 2 schedules");
      mock.timers.tick(15_000);
      expect(written.slice(told)).to.deep.equal(["… 1 of 2 schedules\n"]);
      terminal.status();
    } finally {
      mock.timers.reset();
    }
  });

  it("draws nothing any more once it ended", () => {
    const { terminal, written } = recorded(80);
    terminal.status("round 1/6", "40 s left");
    terminal.end("stopped");
    terminal.status("round 1/6", "39 s left");
    terminal.line("bye");
    const after = written.slice(written.indexOf("stopped\n"));
    expect(after).to.deep.equal(["stopped\n", "bye\n"]);
  });

  it("draws a step no more once that is done", () => {
    const { terminal, written } = recorded(80);
    terminal.status("starting the chains …");
    terminal.done("4 chains are up");
    terminal.line("bye");
    expect(written.filter((text) => text.includes("starting"))).to.have.length(1);
  });

  it("keeps the changing line within its width, with what matters most", () => {
    const { terminal, plain } = recorded(30);
    terminal.status("round 1/6", "40 s left", "accuracy 89.11 %", "messages 3/4");
    expect(plain()).to.equal("round 1/6 · 40 s left");
    expect(fitted(["a long word"], 5)).to.equal("a lo…");
    expect(fitted(["a", "b"], 80)).to.equal("a · b");
    expect(fitted([], 80)).to.equal("");
  });

  it("tells an error without a trace of calls when the system refused something", () => {
    const { terminal, plain } = recorded();
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), {
      code: "ENOSPC",
      syscall: "write",
    });
    terminal.error(new Error("it failed", { cause: full }));
    terminal.error(new BaseError("X", "It failed."));
    expect(plain())
      .to.contain("the disk is full")
      .and.to.contain("✗ It failed.")
      .and.not.to.contain("   at ");
    terminal.error(new TypeError("x is undefined"));
    expect(plain()).to.contain("fault of Freshet's").and.to.contain("Terminal.test.ts");
  });
});
