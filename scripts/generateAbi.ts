/**
 * Writes protocol/abi/*.json from a fresh build: each contract's ABI and what its documentation says of every error.
 * `npm run abi`; test/integration/abi.test.ts fails when they are out of date.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
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
interface AbiEntry {
  type: string;
  name?: string;
}

/** The content of each file in protocol/abi, by file name, from the artifacts of the last build. */
export async function abiFiles(root: string = ROOT): Promise<Record<string, string>> {
  const notices = await errorNotices(root);
  const files: Record<string, string> = {};
  for (const [name, folder] of Object.entries(PUBLISHED_CONTRACTS)) {
    const path = join(root, "artifacts", "contracts", folder, `${name}.sol`, `${name}.json`);
    const { abi } = JSON.parse(await readFile(path, "utf8")) as { abi: AbiEntry[] };
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

async function errorNotices(root: string): Promise<Record<string, string>> {
  const folder = join(root, "artifacts", "build-info");
  const notices: Record<string, string> = {};
  for (const file of (await readdir(folder)).filter((name) => name.endsWith(".output.json")).sort()) {
    const build = JSON.parse(await readFile(join(folder, file), "utf8")) as BuildOutput;
    for (const source of Object.values(build.output.contracts)) {
      for (const { userdoc } of Object.values(source)) {
        for (const [signature, [first]] of Object.entries(userdoc?.errors ?? {})) {
          const name = signature.slice(0, signature.indexOf("("));
          if (first?.notice !== undefined) notices[name] ??= first.notice;
        }
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
