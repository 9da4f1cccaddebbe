import { expect } from "chai";
import { EngineThreads } from "../../../../learning/engine/EngineThreads.ts";
import { rejected } from "../../thrown.ts";

describe("EngineThreads", function () {
  this.timeout(30_000);
  const jobs = new URL("./doublingThread.ts", import.meta.url);
  const threads = new EngineThreads<typeof import("./doublingThread.ts")>({
    jobs,
    threads: 2,
    recycleBytes: 2 ** 29,
  });
  after(() => threads.close());

  it("runs the jobs of a module that the engine does not know", async () => {
    const doubled = await Promise.all(
      [1, 2, 3].map((value) => threads.run("double", Float32Array.of(value, -value), "strict/1")),
    );
    expect(doubled.map((values) => [...values])).to.deep.equal([
      [2, -2],
      [4, -4],
      [6, -6],
    ]);
  });

  it("brings a job's error back whole", async () => {
    const error = await rejected(threads.run("refuse", "out of order", "strict/1"));
    const { code, details, retryable } = error;
    expect({ code, details, retryable }).to.deep.equal({
      code: "DOUBLING_REFUSED",
      details: "out of order",
      retryable: true,
    });
  });

  it("refuses a class of another version", async () => {
    const error = await rejected(threads.run("double", Float32Array.of(1), "strict/99"));
    expect(error.code).to.equal("ENGINE_CLASS");
  });
});
