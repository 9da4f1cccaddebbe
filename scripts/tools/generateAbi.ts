/**
 * Writes protocol/abi/*.json from a fresh build: each contract's ABI and what its documentation says of every error.
 * `npm run abi`; test/integration/abi.test.ts fails when they are out of date.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Contracts that programs talk to, with the folder of each source. */
export const PUBLISHED_CONTRACTS = {
  AoIContractPolicy: "mechanisms/aoi-contract",
  CheckpointVerifier: "gateway",
  CrossChainManager: "relay",
  Gateway: "gateway",
  HeaderVerifier: "gateway",
  LearningSubchain: "subchain",
  LocalToken: "token",
  RewardEscrow: "main",
  TaskManager: "main",
  WorkerRegistry: "subchain",
} as const;

interface BuildOutput {
  output: { contracts: Record<string, Record<string, { userdoc?: UserDoc }>> };
}
interface UserDoc {
  errors?: Record<string, { notice?: string }[]>;
}
interface Artifact {
  abi: AbiEntry[];
  buildInfoId: string;
}
interface AbiEntry {
  type: string;
  name?: string;
}

/** The content of each file in protocol/abi, by file name, from the artifacts of the last build. */
export async function abiFiles(root: string = ROOT): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const [name, folder] of Object.entries(PUBLISHED_CONTRACTS)) {
    const path = join(root, "artifacts", "contracts", folder, `${name}.sol`, `${name}.json`);
    const { abi, buildInfoId } = JSON.parse(await readFile(path, "utf8")) as Artifact;
    const notices = await errorNotices(root, buildInfoId, name);
    const own = abi
      .flatMap(({ type, name }) => (type === "error" && name !== undefined ? [name] : []))
      .sort();
    const errors = Object.fromEntries(
      own.flatMap((error) => (notices[error] === undefined ? [] : [[error, notices[error]]])),
    );
    files[`${name}.json`] = `${JSON.stringify({ abi, errors }, null, 1)}\n`;
  }
  return files;
}

/**
 * What the documentation says of errors, in the build that a contract is from: the contract's own words first, then
 * those of all sources in the order of their paths, so that what else was built together does not matter.
 */
async function errorNotices(
  root: string,
  buildInfoId: string,
  contract: string,
): Promise<Record<string, string>> {
  const path = join(root, "artifacts", "build-info", `${buildInfoId}.output.json`);
  const build = JSON.parse(await readFile(path, "utf8")) as BuildOutput;
  const documented = Object.entries(build.output.contracts)
    .filter(([source]) => source.startsWith("project/contracts/"))
    .flatMap(([source, contracts]) =>
      Object.entries(contracts).map(([name, { userdoc }]) => ({ order: `${source}:${name}`, name, userdoc })),
    )
    .sort(
      (a, b) => Number(b.name === contract) - Number(a.name === contract) || (a.order < b.order ? -1 : 1),
    );
  const notices: Record<string, string> = {};
  for (const { userdoc } of documented) {
    for (const [signature, [first]] of Object.entries(userdoc?.errors ?? {})) {
      const name = signature.slice(0, signature.indexOf("("));
      if (first?.notice !== undefined) notices[name] ??= first.notice;
    }
  }
  return notices;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, content] of Object.entries(await abiFiles())) {
    await writeFile(join(ROOT, "protocol", "abi", name), content);
  }
}
