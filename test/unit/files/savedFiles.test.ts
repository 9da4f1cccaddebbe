import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { readNetworkFile } from "../../../chains/networks/networkFile.ts";
import { csv } from "../../../learning/datasets/csv.ts";
import { readSpecs } from "../../../scripts/readSpecs.ts";
import { networkSettings } from "../../../scripts/settings.ts";
import { examplePath } from "../../../tasks/examplePath.ts";
import { readTaskSpec } from "../../../tasks/taskSpec.ts";
import { readWorkersConfig } from "../../../workers/workerConfig.ts";
import { networkExample } from "../chains/networkExample.ts";
import { rejected } from "../thrown.ts";
import { WAYS_OF_SAVING } from "./savedAs.ts";

const ENTRY = fileURLToPath(new URL("../../../scripts/freshet.ts", import.meta.url));
const METRICS = '{ "kind": "metrics",\n "c": 5, "a": 5, "t": 2 }\n';
const TABLE = "länge,zustand\n1,ok\n2,worn\n3,ok\n4,worn\n5,ok\n";

/** What people write for Freshet, with how it is read. */
const FILES: Readonly<Record<string, { text: string; read: (path: string) => Promise<unknown> }>> = {
  "a task": { text: readFileSync(examplePath("mnist.json"), "utf8"), read: readTaskSpec },
  workers: { text: readFileSync(examplePath("workers.json"), "utf8"), read: readWorkersConfig },
  "a configuration": { text: '{\n "devices": 3\n}\n', read: (config) => networkSettings({ config }) },
  "a network file": { text: JSON.stringify(networkExample(), null, 2), read: readNetworkFile },
  "what contract solve reads": { text: METRICS, read: readSpecs },
  "a table of data": { text: TABLE, read: (path) => csv.load(TABLE_SPEC, async () => readFileSync(path)) },
};
const TABLE_SPEC = csv.schema.parse({
  kind: "csv",
  file: "table.csv",
  columns: [
    { name: "länge", role: "feature" },
    { name: "zustand", role: "label", values: ["ok", "worn"] },
  ],
});

describe("Files as people save them", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-saved-"));
  });
  after(() => rm(directory, { recursive: true }));

  const saved = async (bytes: Uint8Array) => {
    const path = join(directory, "saved");
    await writeFile(path, bytes);
    return path;
  };

  for (const [what, { text, read }] of Object.entries(FILES)) {
    it(`${what} may be saved in every usual way`, async () => {
      const plain = await read(await saved(Buffer.from(text)));
      for (const [way, save] of Object.entries(WAYS_OF_SAVING)) {
        expect(await read(await saved(save(text))), way).to.deep.equal(plain);
      }
      expect((await rejected(read(await saved(Buffer.from([0x7b, 0xff, 0x7d]))))).code).to.equal("NOT_TEXT");
    });
  }

  it("standard input takes the same", async () => {
    const plain = await answer(Buffer.from(METRICS));
    for (const [way, save] of Object.entries(WAYS_OF_SAVING)) {
      expect(await answer(save(METRICS)), way).to.equal(plain);
    }
    expect(JSON.parse(plain)).to.include({ ok: true });
  });

  it("a file that is not there is another matter", async () => {
    const none = join(directory, "none.json");
    expect((await rejected(readTaskSpec(none))).code).to.equal("FILE_UNREADABLE");
    expect((await rejected(readNetworkFile(none))).code).to.equal("NETWORK_FILE_MISSING");
    expect((await rejected(readNetworkFile(directory))).code).to.equal("FILE_UNREADABLE");
    expect((await rejected(networkSettings({ config: none }))).code).to.equal("FILE_UNREADABLE");
  });
});

/** What `freshet contract solve -` prints for something on standard input. */
function answer(input: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [ENTRY, "contract", "solve", "-", "--json"],
      (error, stdout, stderr) => (error === null ? resolve(stdout) : reject(new Error(stdout + stderr))),
    );
    child.stdin?.end(input);
  });
}
