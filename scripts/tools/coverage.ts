/**
 * Coverage of the contracts by the Solidity tests, branches included, which Hardhat does not report: runs them with
 * forge on a copy, prints a table and writes snapshots/coverage.json. Exits with 1 when a gateway's or the hub's
 * branches are covered less than they must be.
 *
 *     npm run coverage
 */
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { textTable } from "../../reports/textTable.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const forgePackage = join(root, "tools", "forge");

/** Contracts of which this share of the branches must be covered, in percent. */
const DEMANDED = { folders: ["contracts/gateway/", "contracts/relay/"], branches: 98 } as const;

/** Tests of gas, which means nothing here: forge measures without the optimizer and with counters in the code. */
const OF_GAS = "test_sendMessage_WritesOneSlot|test_taskOpened_IsNotSentBackForWantOfGas";

/** The settings of hardhat.config.ts that matter here, with fewer runs. */
const FORGE_SETTINGS = `
[profile.default]
src = "contracts"
test = "test/solidity"
libs = ["node_modules"]
remappings = ["@openzeppelin/=node_modules/@openzeppelin/"]
solc = ${JSON.stringify(join(forgePackage, "solc.cjs"))}
evm_version = "prague"
offline = true
fs_permissions = [{ access = "read", path = "./test/vectors" }]
fuzz = { runs = 64 }
invariant = { runs = 4, depth = 40, fail_on_revert = true }
`;

/** How much of a file was run: [covered, all]. */
interface FileCoverage {
  lines: [number, number];
  branches: [number, number];
  functions: [number, number];
}

/** Brings forge from the registry, unless it is there. */
async function forgeBinary(): Promise<string> {
  const architecture = process.arch === "arm64" ? "arm64" : "amd64";
  const name = `@foundry-rs/forge-${process.platform}-${architecture}`;
  const find = () =>
    join(createRequire(join(forgePackage, "package.json")).resolve(`${name}/package.json`), "..");
  try {
    return join(find(), "bin", "forge");
  } catch {
    process.stderr.write("bringing forge (some 45 MB, once) ...\n");
    await run("npm", ["ci", "--prefix", forgePackage, "--no-fund", "--no-audit", "--loglevel=error"]);
    return join(find(), "bin", "forge");
  }
}

/** Coverage of each file of lcov's format. */
function parseLcov(text: string): Record<string, FileCoverage> {
  const files: Record<string, FileCoverage> = {};
  for (const record of text.split("end_of_record")) {
    const field = (name: string) => new RegExp(`^${name}:(.*)$`, "m").exec(record)?.[1];
    const pair = (letter: string): [number, number] => [
      Number(field(`${letter}H`)),
      Number(field(`${letter}F`)),
    ];
    const path = field("SF");
    if (path !== undefined) files[path] = { lines: pair("L"), branches: pair("BR"), functions: pair("FN") };
  }
  return files;
}

const forge = await forgeBinary();
const directory = await mkdtemp(join(tmpdir(), "freshet-coverage-"));
try {
  for (const part of ["contracts", "test/solidity", "test/vectors", "node_modules/@openzeppelin/contracts"]) {
    await cp(join(root, part), join(directory, part), { recursive: true });
  }
  await writeFile(join(directory, "foundry.toml"), FORGE_SETTINGS);
  process.stderr.write("compiling and running the Solidity tests with counters (some two minutes) ...\n");
  await run(forge, ["coverage", "--report", "lcov", "--no-match-test", OF_GAS], {
    cwd: directory,
    maxBuffer: 2 ** 26,
  }).catch((error: { stdout?: string; stderr?: string }) => {
    process.stderr.write(`${error.stdout ?? ""}\n${error.stderr ?? String(error)}\n`);
    throw new Error("The tests did not pass under forge.");
  });
  const all = parseLcov(await readFile(join(directory, "lcov.info"), "utf8"));
  const contracts = Object.fromEntries(
    Object.entries(all)
      .filter(([path]) => path.startsWith("contracts/"))
      .sort(([a], [b]) => a.localeCompare(b, "en")),
  );
  await writeFile(join(root, "snapshots", "coverage.json"), `${JSON.stringify(contracts, null, 2)}\n`);
  const cell = ([covered, of]: [number, number]) => `${covered}/${of}`;
  const numbers = ["lines", "branches", "functions"].map((header) => ({ header, align: "right" as const }));
  const table = textTable({
    columns: [{ header: "contract" }, ...numbers],
    rows: Object.entries(contracts).map(([path, { lines, branches, functions }]) => [
      path,
      ...[lines, branches, functions].map(cell),
    ]),
  });
  for (const line of [table.header, ...table.rows]) process.stdout.write(`${line}\n`);
  const demanded = Object.entries(contracts).filter(([path]) =>
    DEMANDED.folders.some((folder) => path.startsWith(folder)),
  );
  const sum = (place: 0 | 1) => demanded.reduce((total, [, { branches }]) => total + branches[place], 0);
  const percent = (100 * sum(0)) / sum(1);
  process.stdout.write(`gateway and hub: ${percent.toFixed(2)} % of ${sum(1)} branches\n`);
  if (!(percent >= DEMANDED.branches)) process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}
