import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { readNetworkFile } from "../../../chains/networks/networkFile.ts";
import { readNodeFile } from "../../../chains/networks/nodeFile.ts";
import { requireDirectoryFormat } from "../../../files/directoryFormat.ts";
import { Holdings } from "../../../storage/Holdings.ts";
import { networkExample } from "../chains/networkExample.ts";
import { rejected, thrown } from "../thrown.ts";

describe("files of other versions", () => {
  let directory: string;
  const write = (name: string, value: unknown) => {
    const path = join(directory, name);
    writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
    return path;
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "freshet-versions-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  for (const [what, read, now] of [
    ["network", readNetworkFile, networkExample()],
    ["node", readNodeFile, { version: 1, keys: {} }],
  ] as const) {
    it(`are refused by what they are, before their fields are looked at: a ${what} file`, async () => {
      await read(write("now.json", now));
      const newer = await rejected(read(write("newer.json", { version: 99, whatever: true })));
      expect(newer.code).to.equal("FILE_NEWER");
      expect(newer.details).to.contain(`version 99; this Freshet knows version ${now.version}`);
      const older = await rejected(read(write("older.json", { ...now, version: 0 })));
      expect(older.code).to.equal("FILE_OLDER");
      expect(older.next).to.be.a("string");
      const none = await rejected(read(write("none.json", { ...now, version: "3" })));
      expect(none.code).to.equal(`${what.toUpperCase()}_FILE_INVALID`);
    });
  }

  it("are refused with the whole directory, of which nothing is touched", async () => {
    await requireDirectoryFormat(directory);
    const path = join(directory, "format.json");
    expect(JSON.parse(readFileSync(path, "utf8"))).to.deep.equal({ version: 1 });
    await requireDirectoryFormat(directory);
    write("format.json", { version: 2, more: 1 });
    const before = readFileSync(path, "utf8");
    expect((await rejected(requireDirectoryFormat(directory))).code).to.equal("FILE_NEWER");
    expect(readFileSync(path, "utf8")).to.equal(before);
    write("format.json", { version: 0 });
    expect((await rejected(requireDirectoryFormat(directory))).code).to.equal("FILE_OLDER");
    for (const bad of [{}, "[]", "{"]) {
      write("format.json", bad);
      expect((await rejected(requireDirectoryFormat(directory))).code).to.equal("FORMAT_INVALID");
    }
  });

  it("of several parts that start at once are written once", async () => {
    const fresh = join(directory, "fresh");
    await Promise.all(Array.from({ length: 8 }, () => requireDirectoryFormat(fresh)));
    expect(existsSync(join(fresh, "format.json"))).to.equal(true);
  });

  it("are refused where storage's list is of a newer Freshet, which stays as it is", async () => {
    const path = join(directory, "holdings.sqlite");
    Holdings.open(path).close();
    const { default: Database } = await import("better-sqlite3");
    const database = new Database(path);
    database.pragma("user_version = 99");
    database.close();
    const error = thrown(() => Holdings.open(path));
    expect(error.code).to.equal("STORAGE_IO");
    expect(error.details).to.contain("newer Freshet");
    const again = new Database(path, { readonly: true });
    expect(again.pragma("user_version", { simple: true })).to.equal(99);
    again.close();
  });
});
