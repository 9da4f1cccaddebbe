/**
 * Runtime sizes of all contracts that can be deployed, in each build profile, beside snapshots/contract-sizes.json.
 * Exits with 1 when one is over the limit, or is not as the snapshot has it.
 *
 *     node scripts/tools/contractSizes.ts [--write] [default] [production]
 *
 * Both profiles unless some are named. `npm run sizes` writes the snapshot. The production profile takes two minutes to
 * compile, so only the deep tier of the tests checks it.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { buildContracts } from "../../chains/networks/hardhat.ts";
import { textTable } from "../../reports/textTable.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SNAPSHOT = join(ROOT, "snapshots", "contract-sizes.json");

/** Most bytes of runtime code. EIP-170 allows 24,576: there is room for a fix. */
export const MOST_BYTES = 20_000;

/** More bytes than a library has whose functions are all in others' code: it reverts, and says what compiled it. */
const EMPTY_LIBRARY_BYTES = 100;

/** Build profiles of hardhat.config.ts. */
export const PROFILES = ["default", "production"] as const;
export type Profile = (typeof PROFILES)[number];

/** Bytes of runtime code by contract. */
export type ContractSizes = Readonly<Record<string, number>>;

/** Compiles all contracts in a profile and measures those that can be deployed. */
export async function contractSizes(profile: Profile): Promise<ContractSizes> {
  if (profile === "default") {
    await buildContracts();
    return sizesIn(join(ROOT, "artifacts"));
  }
  // Elsewhere, so that the default profile's stay what is deployed and tested.
  const directory = await mkdtemp(join(tmpdir(), "freshet-sizes-"));
  try {
    const artifacts = join(directory, "artifacts");
    await buildInto({ artifacts, cache: join(directory, "cache") }, profile);
    return await sizesIn(artifacts);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What the snapshot has of a profile. */
export async function sizesSnapshot(profile: Profile): Promise<ContractSizes> {
  const all = JSON.parse(await readFile(SNAPSHOT, "utf8")) as Partial<Record<Profile, ContractSizes>>;
  return all[profile] ?? {};
}

/** What is wrong with sizes, a sentence each. */
export function sizeFaults(profile: Profile, measured: ContractSizes, snapshot: ContractSizes): string[] {
  const names = [...new Set([...Object.keys(measured), ...Object.keys(snapshot)])].sort();
  return names.flatMap((name) => {
    const size = measured[name];
    const known = snapshot[name];
    const faults: string[] = [];
    if (size !== undefined && size > MOST_BYTES) {
      faults.push(`${name} has ${size} bytes in profile ${profile}; at most ${MOST_BYTES} are allowed.`);
    }
    if (size !== known) {
      faults.push(
        `${name} has ${size ?? "no"} bytes in profile ${profile}, and ${known ?? "none"} in snapshots/contract-sizes.json: npm run sizes.`,
      );
    }
    return faults;
  });
}

async function buildInto(paths: { artifacts: string; cache: string }, profile: Profile): Promise<void> {
  const [{ createHardhatRuntimeEnvironment }, { default: config }] = await Promise.all([
    import("hardhat/hre"),
    import("../../hardhat.config.ts"),
  ]);
  const elsewhere = { ...config, paths: { ...config.paths, ...paths } };
  const { tasks } = await createHardhatRuntimeEnvironment(
    elsewhere,
    { config: join(ROOT, "hardhat.config.ts"), buildProfile: profile },
    ROOT,
  );
  await tasks.getTask("build").run({ quiet: true, noTests: true });
}

/** Of the contracts in a folder of artifacts, and of libraries that are deployed by themselves. */
async function sizesIn(artifacts: string): Promise<ContractSizes> {
  const files = await readdir(join(artifacts, "contracts"), { recursive: true });
  const sizes: [string, number][] = [];
  for (const file of files.filter((name) => name.endsWith(".json"))) {
    const artifact = JSON.parse(await readFile(join(artifacts, "contracts", file), "utf8")) as Artifact;
    const { contractName, deployedBytecode } = artifact;
    const size = (deployedBytecode.length - "0x".length) / 2;
    if (size > EMPTY_LIBRARY_BYTES) sizes.push([contractName, size]);
  }
  return Object.fromEntries(sizes.sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface Artifact {
  contractName: string;
  deployedBytecode: string;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const given = process.argv.slice(2);
  const write = given.includes("--write");
  const chosen = PROFILES.filter((profile) => given.includes(profile));
  const profiles = chosen.length === 0 ? PROFILES : chosen;
  const measured: Partial<Record<Profile, ContractSizes>> = {};
  for (const profile of profiles) measured[profile] = await contractSizes(profile);
  if (write) {
    const all: Partial<Record<Profile, ContractSizes>> = {};
    for (const profile of PROFILES) all[profile] = measured[profile] ?? (await sizesSnapshot(profile));
    await writeFile(SNAPSHOT, `${JSON.stringify(all, null, 2)}\n`);
  }
  const names = [...new Set(profiles.flatMap((profile) => Object.keys(measured[profile]!)))];
  const { header, rows } = textTable({
    columns: [{ header: "contract" }, ...profiles.map((name) => ({ header: name, align: "right" as const }))],
    rows: names.map((name) => [name, ...profiles.map((profile) => String(measured[profile]![name] ?? "–"))]),
  });
  process.stdout.write(`${[header, ...rows].join("\n")}\n`);
  for (const profile of profiles) {
    for (const fault of sizeFaults(profile, measured[profile]!, await sizesSnapshot(profile))) {
      process.stderr.write(`${fault}\n`);
      process.exitCode = 1;
    }
  }
}
