/**
 * Writes protocol/abi/*.json from a fresh build: each contract's ABI and what its documentation says of every error.
 * `npm run abi`; test/integration/abi.test.ts fails when they are out of date.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Contracts that programs talk to, with the folder of each source. */
export const PUBLISHED_CONTRACTS = {
  AoIContractPolicy: "incentive",
  CrossChainManager: "relay",
  Gateway: "gateway",
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
  // A contract's own build: the folder keeps earlier ones, with what the sources said then.
  const builds: Record<string, Promise<Record<string, string>>> = {};
  const files: Record<string, string> = {};
  for (const [name, folder] of Object.entries(PUBLISHED_CONTRACTS)) {
    const path = join(root, "artifacts", "contracts", folder, `${name}.sol`, `${name}.json`);
    const { abi, buildInfoId } = JSON.parse(await readFile(path, "utf8")) as Artifact;
    builds[buildInfoId] ??= errorNotices(root, buildInfoId);
    const notices = await builds[buildInfoId];
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

async function errorNotices(root: string, buildInfoId: string): Promise<Record<string, string>> {
  const path = join(root, "artifacts", "build-info", `${buildInfoId}.output.json`);
  const build = JSON.parse(await readFile(path, "utf8")) as BuildOutput;
  const notices: Record<string, string> = {};
  for (const source of Object.values(build.output.contracts)) {
    for (const { userdoc } of Object.values(source)) {
      for (const [signature, [first]] of Object.entries(userdoc?.errors ?? {})) {
        const name = signature.slice(0, signature.indexOf("("));
        if (first?.notice !== undefined) notices[name] ??= first.notice;
      }
    }
  }
  return notices;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, content] of Object.entries(await abiFiles())) {
    await writeFile(join(ROOT, "protocol", "abi", name), content);
  }
}
