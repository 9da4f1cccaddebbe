import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";

import type { Cursor } from "../../../chains/clients/Cursor.ts";
import { AT_ONCE } from "../../../chains/clients/finality.ts";
import { CursorFile } from "../../../chains/networks/CursorFile.ts";
import { NetworkClients } from "../../../chains/networks/NetworkClients.ts";
import type { NetworkFile } from "../../../chains/networks/networkFile.ts";
import { rejected } from "../thrown.ts";
import { networkExample } from "./networkExample.ts";

const hash = (digit: string) => `0x${digit.repeat(64)}`;
const CURSOR: Cursor = {
  begin: { number: 120, hash: hash("a") },
  final: { number: 130, hash: hash("b") },
  newest: 7n,
};

describe("CursorFile", () => {
  let directory: string;
  let file: CursorFile;

  const reader = { program: "workers", chainId: 31_402n, needs: ["TaskPublished", "0x01"] };
  const why = async (one = file) => {
    const error = await rejected(one.load());
    expect(error.code).to.equal("CURSOR_UNUSABLE");
    expect(error.shortMessage).to.contain(one.path);
    return error.details;
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "freshet-cursors-"));
    file = new CursorFile(directory, reader);
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("gives back what was kept last, and nothing before", async () => {
    expect(await file.load()).to.equal(undefined);
    await file.save(CURSOR);
    expect(await new CursorFile(directory, reader).load()).to.deep.equal(CURSOR);
    const later = { ...CURSOR, begin: { number: 121, hash: hash("c") }, newest: -1n };
    await file.save(later);
    expect(await file.load()).to.deep.equal(later);
    expect(readdirSync(directory)).to.have.length(1);
  });

  it("uses none that is cut off, wherever", async () => {
    await file.save(CURSOR);
    const whole = readFileSync(file.path, "utf8");
    // Without its last line end it is still whole.
    for (let length = 0; length < whole.length - 1; length += 7) {
      writeFileSync(file.path, whole.slice(0, length));
      expect(await why()).to.equal("It is cut off, or no JSON.");
    }
  });

  it("uses none in which anything is changed", async () => {
    await file.save(CURSOR);
    const whole = readFileSync(file.path, "utf8");
    for (const [from, to] of [
      ['"newest": "7"', '"newest": "9"'],
      ['"number": 120', '"number": 121'],
      [hash("a"), hash("c")],
      [hash("b"), hash("c")],
    ] as const) {
      writeFileSync(file.path, whole.replace(from, to));
      expect(await why()).to.equal("It is not as it was written.");
    }
    for (const text of ["{}", "null", "[]", '{"version":1}', whole.replace('"-?120', "")]) {
      if (text === whole) continue;
      writeFileSync(file.path, text);
      expect(await why()).to.contain("missing");
    }
    writeFileSync(file.path, Buffer.from([0xff, 0x00, 0x13]));
    await why();
  });

  it("uses none of another version, and says which", async () => {
    await file.save(CURSOR);
    writeFileSync(file.path, readFileSync(file.path, "utf8").replace('"version": 1', '"version": 2'));
    expect(await why()).to.equal("It is of version 2; this Freshet writes version 1.");
    await file.save(CURSOR);
    expect(await file.load()).to.deep.equal(CURSOR);
  });

  it("uses none of another program or network, though it is in its place", async () => {
    await file.save(CURSOR);
    for (const other of [
      { ...reader, program: "aggregator" },
      { ...reader, chainId: 31_403n },
      { ...reader, needs: ["TaskPublished", "0x02"] },
    ]) {
      const theirs = new CursorFile(directory, other);
      expect(await theirs.load()).to.equal(undefined);
      writeFileSync(theirs.path, readFileSync(file.path));
      expect(await why(theirs)).to.contain("of a program with other keys, or of another network");
    }
  });

  it("is another's for other addresses, contracts, finality, events or endpoints, and for another deployment", () => {
    const pathFor = (
      change: (network: NetworkFile) => void,
      addresses: unknown = ["0x01"],
      names = ["TaskPublished"],
    ) => {
      const network = networkExample();
      change(network);
      const clients = NetworkClients.open(network);
      const interest = { names, begins: "TaskPublished" } as never;
      const place = { directory, program: "workers", addresses };
      const { path } = clients.cursorOf(clients.main, interest, place);
      clients.close();
      return path;
    };
    const same = () => undefined;
    const paths = [
      pathFor(same),
      pathFor(same, ["0x02"]),
      pathFor(same, ["0x01"], ["TaskPublished", "TaskClosed"]),
      pathFor((network) => {
        network.main.fromBlock = 17;
      }),
      pathFor((network) => {
        network.main.finality = { confirmations: 5 };
      }),
      pathFor((network) => {
        network.subchains[0]!.contracts.applications.tasks = `0x${"77".repeat(20)}`;
      }),
      pathFor((network) => {
        network.main.url = "http://127.0.0.1:1";
      }),
    ];
    expect(new Set(paths).size).to.equal(paths.length);
    expect(pathFor(same)).to.equal(paths[0]);
  });

  it("is kept nowhere where nobody says where", async () => {
    const clients = NetworkClients.open(networkExample());
    const follower = clients.follower(clients.main, AT_ONCE, () => undefined);
    await follower.keepCursor();
    await clients.stop();
    clients.close();
    expect(readdirSync(directory)).to.deep.equal([]);
  });
});
