import { expect } from "chai";

import { BaseError } from "../../../protocol/BaseError.ts";
import { taskNames } from "../../../tasks/taskNames.ts";
import { encodeTaskSpec, parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { smallSpec } from "./smallSpec.ts";

describe("taskNames", () => {
  const named = (name: string) => encodeTaskSpec(parseTaskSpec({ ...smallSpec(), name }));
  const storage = (contents: Record<string, Uint8Array | BaseError>) => {
    const asked: string[] = [];
    const get = async (digest: string) => {
      asked.push(digest);
      const content = contents[digest]!;
      if (content instanceof BaseError) throw content;
      return content;
    };
    return { asked, get } as never as { asked: string[]; get: never };
  };

  it("reads each specification once, the newest first, and goes on past what is none", async () => {
    const store = storage({ a: named("digits"), b: new Uint8Array([1]), c: named("turbofans") });
    expect([...(await taskNames(store, ["a", "b", "a", "c"]))]).to.deep.equal([
      ["c", "turbofans"],
      ["a", "digits"],
    ]);
    expect(store.asked).to.deep.equal(["c", "a", "b"]);
  });

  it("shows nothing that a terminal would obey, and cuts what is long", async () => {
    const store = storage({ a: named("\u001b[2Jgone\n"), b: named("x".repeat(90)) });
    expect(Object.fromEntries(await taskNames(store, ["a", "b"]))).to.deep.equal({
      a: "[2Jgone",
      b: `${"x".repeat(39)}…`,
    });
  });

  it("asks storage that does not answer no more", async () => {
    const silent = new BaseError("STORAGE_UNREACHABLE", "It does not answer.");
    const store = storage({ a: silent, b: silent });
    expect((await taskNames(store, ["a", "b"])).size).to.equal(0);
    expect(store.asked).to.deep.equal(["b"]);
  });
});
