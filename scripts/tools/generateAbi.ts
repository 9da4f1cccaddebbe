/**
 * Writes `abi/` of protocol and of every mechanism from a fresh build: each contract's ABI with what its documentation
 * says of every error, and the names of the enumerations. `npm run abi`; test/integration/abi.test.ts fails when they
 * are out of date.
 */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The core's contracts that programs talk to, with the folder of each source. */
const CORE_CONTRACTS = {
  CheckpointVerifier: "gateway",
  CreditCheck: "main",
  CrossChainManager: "relay",
  Gateway: "gateway",
  HeaderVerifier: "gateway",
  IEncodings: "types",
  IMeter: "interfaces",
  LearningSubchain: "subchain",
  LocalToken: "token",
  RewardEscrow: "main",
  TaskManager: "main",
  TermsCheck: "main",
  WorkerRegistry: "subchain",
} as const;
/** Of other projects' contracts, those that programs talk to, with where Hardhat puts their artifacts. */
const OTHERS_CONTRACTS = {
  TimelockController: "@openzeppelin/contracts/governance/TimelockController.sol",
} as const;
/** Where the core's enumerations are declared. */
const ENUM_SOURCES = "project/contracts/types/";

interface BuildOutput {
  output: {
    contracts: Record<string, Record<string, { userdoc?: UserDoc }>>;
    sources: Record<string, { ast: { nodes: AstNode[] } }>;
  };
}
interface UserDoc {
  errors?: Record<string, { notice?: string }[]>;
}
interface AstNode {
  nodeType: string;
  name?: string;
  members?: { name: string }[];
}
interface Artifact {
  abi: AbiEntry[];
  bytecode: string;
  buildInfoId: string;
}
interface AbiEntry {
  type: string;
  name?: string;
}

/** The content of each generated file, by its path from the repository's root, from the artifacts of the last build. */
export async function abiFiles(root: string = ROOT): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const [name, folder] of Object.entries(CORE_CONTRACTS)) {
    files[`protocol/abi/${name}.ts`] = await abiFile(root, folder, name);
  }
  for (const [name, source] of Object.entries(OTHERS_CONTRACTS)) {
    const path = join(root, "artifacts", source, `${name}.json`);
    const { abi } = JSON.parse(await readFile(path, "utf8")) as Artifact;
    files[`protocol/abi/${name}.ts`] = abiText(name, source, abi, []);
  }
  files["protocol/abi/enums.ts"] = await enumsFile(root);
  for (const mechanism of await readdir(join(root, "contracts", "mechanisms"))) {
    for (const name of await publishedBy(root, mechanism)) {
      files[`mechanisms/${mechanism}/abi/${name}.ts`] = await abiFile(root, `mechanisms/${mechanism}`, name);
    }
  }
  return files;
}

/** What programs may want of a mechanism: the contracts that can be deployed, and what it encodes besides. */
async function publishedBy(root: string, mechanism: string): Promise<string[]> {
  const folder = `mechanisms/${mechanism}`;
  const built = await readdir(join(root, "artifacts", "contracts", folder));
  const names = built.filter((file) => file.endsWith(".sol")).map((file) => file.slice(0, -".sol".length));
  const published: string[] = [];
  for (const name of names.sort()) {
    // A file may be named after what it defines besides contracts.
    if (
      !(await readdir(join(root, "artifacts", "contracts", folder, `${name}.sol`))).includes(`${name}.json`)
    )
      continue;
    const { abi, bytecode } = await artifactOf(root, folder, name);
    const deployable = bytecode !== "0x" && abi.some(({ type }) => type === "function");
    if (deployable || name.endsWith("Encodings")) published.push(name);
  }
  return published;
}

async function artifactOf(root: string, folder: string, name: string): Promise<Artifact> {
  const path = join(root, "artifacts", "contracts", folder, `${name}.sol`, `${name}.json`);
  return JSON.parse(await readFile(path, "utf8")) as Artifact;
}

async function abiFile(root: string, folder: string, name: string): Promise<string> {
  const { abi, buildInfoId } = await artifactOf(root, folder, name);
  const notices = await errorNotices(root, buildInfoId, name);
  const errors = abi
    .flatMap(({ type, name }) => (type === "error" && name !== undefined ? [name] : []))
    .sort()
    .flatMap((error) => (notices[error] === undefined ? [] : [[error, notices[error]] as const]));
  return abiText(
    name,
    `contracts/${folder}/${name}.sol`,
    abi,
    errors.map(([error, notice]) => `    ${error}: ${JSON.stringify(notice)},`),
  );
}

function abiText(name: string, source: string, abi: readonly AbiEntry[], errors: readonly string[]): string {
  return [
    `// Written by \`npm run abi\` from ${source}.`,
    `/** Its ABI, and what its documentation says of errors. */`,
    `export const ${name} = {`,
    `  name: ${JSON.stringify(name)},`,
    "  abi: [",
    ...abi.map((entry) => `    ${JSON.stringify(entry)},`),
    "  ],",
    "  errors: {",
    ...errors,
    "  },",
    "} as const;",
    "",
  ].join("\n");
}

/** The core's enumerations, each with its names in the order of their values. */
async function enumsFile(root: string): Promise<string> {
  const { buildInfoId } = await artifactOf(root, CORE_CONTRACTS.IEncodings, "IEncodings");
  const { sources } = (await buildOf(root, buildInfoId)).output;
  const enums = Object.entries(sources)
    .filter(([source]) => source.startsWith(ENUM_SOURCES))
    .flatMap(([, { ast }]) => ast.nodes.filter(({ nodeType }) => nodeType === "EnumDefinition"))
    .map(({ name = "", members = [] }) => ({ name, members: members.map((member) => member.name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return [
    "// Written by `npm run abi` from contracts/types.",
    "/** The names of each enumeration's values, in their order. */",
    "export const enums = {",
    ...enums.map(({ name, members }) => `  ${name}: ${JSON.stringify(members)},`),
    "} as const;",
    "",
  ].join("\n");
}

async function buildOf(root: string, buildInfoId: string): Promise<BuildOutput> {
  const path = join(root, "artifacts", "build-info", `${buildInfoId}.output.json`);
  return JSON.parse(await readFile(path, "utf8")) as BuildOutput;
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
  const build = await buildOf(root, buildInfoId);
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
  for (const [path, content] of Object.entries(await abiFiles())) {
    await mkdir(dirname(join(ROOT, path)), { recursive: true });
    await writeFile(join(ROOT, path), content);
  }
}
