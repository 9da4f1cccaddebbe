import { expect } from "chai";
import { z } from "zod";

import { nearestName } from "../../../files/nearestName.ts";
import { parseJson } from "../../../files/readJson.ts";
import { schemaIssues } from "../../../files/schemaIssues.ts";
import { thrown } from "../thrown.ts";

const schema = z.strictObject({
  rounds: z.int().min(1),
  kind: z.enum(["plain", "clipped"]).optional(),
  menu: z
    .union([z.strictObject({ types: z.int() }), z.strictObject({ items: z.array(z.string()) })])
    .optional(),
  share: z.union([z.number(), z.string()], "a share is a number or a text").optional(),
  map: z.record(z.string(), z.strictObject({ port: z.int() })).optional(),
});
const issues = (value: unknown) => schemaIssues(schema.safeParse(value).error!, schema, value);

describe("schemaIssues", () => {
  const said: [value: unknown, words: string][] = [
    [{ rounds: "2" }, 'rounds: expected number, received string; it is "2"'],
    [{}, "rounds: is missing; number is wanted"],
    [{ rounds: 0 }, "rounds: Too small: expected number to be >=1; it is 0"],
    [
      { rouds: 1, rounds: 1 },
      "there is no field rouds; did you mean rounds? allowed: rounds, kind, menu, share, map",
    ],
    [{ rounds: 1, kind: "cliped" }, 'kind: it is "cliped"; did you mean clipped? allowed: plain, clipped'],
    [{ rounds: 1, menu: { items: ["a", 3] } }, "menu.items[1]: expected string, received number; it is 3"],
    [{ rounds: 1, menu: { items: [], types: 1 } }, "menu: only one of items and types may be there"],
    [
      { rounds: 1, menu: { item: [] } },
      "menu: there is no field item; did you mean items? allowed: types, items",
    ],
    [{ rounds: 1, share: {} }, "share: a share is a number or a text; it is {}"],
    [
      { rounds: 1, map: { a: { prot: 1 } } },
      "map.a: there is no field prot; did you mean port? allowed: port",
    ],
    [{ rounds: "x".repeat(100) }, `rounds: expected number, received string; it is "${"x".repeat(59)}…`],
    [7, "expected object, received number; it is 7"],
  ];
  for (const [value, words] of said) {
    it(`says of ${JSON.stringify(value).slice(0, 50)} what was read and what is allowed`, () => {
      expect(issues(value).split("\n")).to.include(words);
    });
  }
});

describe("nearestName", () => {
  it("is the one that was meant, and none when none is near", () => {
    expect(nearestName("Rouds", ["name", "rounds"])).to.equal("rounds");
    // Of names that differ in case alone the one that is written so.
    expect(nearestName("mm", ["M", "m"])).to.equal("m");
    expect(nearestName("L", ["K", "M"])).to.equal(undefined);
    expect(nearestName("colour", ["rounds", "seed"])).to.equal(undefined);
  });
});

describe("parseJson", () => {
  it("says in which line and column it stops being JSON", () => {
    const error = thrown(() => parseJson('{\n  "rounds": 1,\n  nonsense\n}', "task.json", "WRONG"));
    expect(error).to.include({ code: "WRONG", shortMessage: "task.json is not JSON." });
    expect(error.details).to.match(/^[^(]* at line 3 column 3$/);
    // Engines that tell a line of their own are told once, whatever the digits of the position.
    const said = "Expected ',' in JSON at position 27 (line 1 column 28)";
    const again = thrown(() =>
      parseJson(`${" ".repeat(20)}\n${" ".repeat(20)}`.padEnd(60, "x"), "task.json", "WRONG", () => {
        throw new SyntaxError(said);
      }),
    );
    expect(again.details).to.equal("Expected ',' in JSON at line 2 column 7");
    expect(thrown(() => parseJson(" \n", "task.json", "WRONG")).details).to.equal("It is empty.");
  });
});
