import { expect } from "chai";

import { installProblems, type LockedPackages, type Platform } from "../../../scripts/tools/checkInstall.ts";

const LINUX: Platform = { os: "linux", cpu: "x64", libc: "glibc" };
const part = (os: string, cpu: string, libc?: string) => ({
  version: "1.0.0",
  optional: true,
  os: [os],
  cpu: [cpu],
  ...(libc === undefined ? {} : { libc: [libc] }),
});
const LOCKED: LockedPackages = {
  "": { version: "0.1.0" },
  "node_modules/plain": { version: "2.0.0" },
  "node_modules/plain/node_modules/nested": { version: "3.0.0" },
  "node_modules/linked": { link: true },
  "node_modules/native": {
    version: "1.0.0",
    optionalDependencies: { "native-linux": "1.0.0", "native-musl": "1.0.0", "native-mac": "1.0.0" },
  },
  "node_modules/native-linux": part("linux", "x64", "glibc"),
  "node_modules/native-musl": part("linux", "x64", "musl"),
  "node_modules/native-mac": part("darwin", "arm64"),
  "node_modules/watcher": { version: "1.0.0", optional: true, os: ["darwin"] },
  "node_modules/anywhere-else": { version: "1.0.0", optional: true, os: ["!linux"] },
};

/** Those packages without some. */
function without(packages: LockedPackages, ...folders: string[]): LockedPackages {
  return Object.fromEntries(Object.entries(packages).filter(([folder]) => !folders.includes(folder)));
}

/** What npm installs of them on Linux. */
const INSTALLED = without(
  LOCKED,
  "",
  "node_modules/native-musl",
  "node_modules/native-mac",
  "node_modules/watcher",
  "node_modules/anywhere-else",
);

/** The problems where all is there that is noted as installed. */
function problems(
  installed: LockedPackages | undefined,
  { locked = LOCKED, platform = LINUX, there = installed ?? {} } = {},
) {
  return installProblems(locked, installed, { platform, versionOf: (folder) => there[folder]?.version });
}

describe("checkInstall", () => {
  it("finds nothing missing when all is there that is for this platform", () => {
    expect(problems(INSTALLED)).to.deep.equal({ grave: [], slight: [] });
  });

  it("believes no installation that npm did not finish", () => {
    expect(problems(undefined, { there: INSTALLED }).grave).to.deep.equal([
      "npm has not finished an installation here.",
    ]);
  });

  it("names what is missing, of another version, or was removed since", () => {
    const nested = "node_modules/plain/node_modules/nested";
    const grave = ["Not installed: nested 3.0.0."];
    expect(problems(without(INSTALLED, nested)).grave).to.deep.equal(grave);
    expect(problems({ ...INSTALLED, [nested]: { version: "2.9.0" } }).grave).to.deep.equal(grave);
    expect(problems(INSTALLED, { there: without(INSTALLED, nested) }).grave).to.deep.equal(grave);
    expect(problems({}).grave[0]).to.equal("Not installed: plain 2.0.0, nested 3.0.0, native 1.0.0.");
  });

  it("takes optional packages of this platform for what can be done without", () => {
    expect(problems(without(INSTALLED, "node_modules/native-linux"))).to.deep.equal({
      grave: [],
      slight: ["Not installed: native-linux 1.0.0."],
    });
  });

  it("wants the packages of this platform, whatever was installed on another", () => {
    for (const platform of [
      { os: "linux", cpu: "x64", libc: "musl" },
      { os: "darwin", cpu: "arm64", libc: undefined },
    ]) {
      const { slight } = problems(INSTALLED, { platform });
      expect(slight.join()).to.match(platform.os === "darwin" ? /native-mac.*watcher/ : /native-musl/);
    }
  });

  it("knows a lock file that was made on another platform", () => {
    // As npm makes it beside packages that were installed on a Mac.
    const locked = without(LOCKED, "node_modules/native-linux", "node_modules/native-musl");
    const installed = without(INSTALLED, "node_modules/native-linux");
    expect(problems(installed, { locked }).grave).to.deep.equal([
      "The lock file names no part of native for linux x64 glibc: it was made on another platform.",
    ]);
    const mac = { os: "darwin", cpu: "arm64", libc: undefined };
    expect(problems({ ...installed, ...locked }, { locked, platform: mac }).grave).to.deep.equal([]);
  });
});
