import { expect } from "chai";

import { argumentSpreads, foundSpreads } from "../../../scripts/tools/argumentSpreads.ts";

describe("argumentSpreads", () => {
  it("finds collections that become arguments, wherever they come from and however they are laid out", () => {
    const text = [
      "all.push(...more);",
      "const most = Math.max(",
      "  0,",
      "  ...more.map(({ length }) => length),",
      ");",
      "String.fromCharCode(...bytes);",
      "all.splice(0, 2, ...more);",
    ].join("\n");
    expect(foundSpreads("tasks/some.ts", text).map(({ line }) => line)).to.deep.equal([1, 4, 6, 7]);
    expect(foundSpreads("tasks/some.ts", text)[0]).to.deep.equal({
      file: "tasks/some.ts",
      line: 1,
      text: "all.push(...more)",
    });
  });

  it("leaves alone arrays and objects made of others, and functions that take only some", () => {
    const text = "const both = [...some, ...more]; fits({ ...one }); isOfTask(event, task, ...NAMES);";
    expect(foundSpreads("tasks/some.ts", text)).to.deep.equal([]);
  });

  it("finds none in the product", () => {
    expect(argumentSpreads()).to.deep.equal([]);
  });
});
