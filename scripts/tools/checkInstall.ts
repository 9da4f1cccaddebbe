/**
 * Says whether all that the lock file names is installed: `node scripts/tools/checkInstall.ts`. Run by the
 * launcher before any package can be used, so it needs none.
 *
 * Exits with 0 when it is, 1 when something is not and 3 when only what Freshet runs without is not; says what.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
/** Loads the machine code of packages that nothing runs without. */
const NATIVE: Readonly<Record<string, () => Promise<unknown>>> = {
  "better-sqlite3": async () => new (await import("better-sqlite3")).default(":memory:").close(),
  // Hardhat's own.
  "@nomicfoundation/edr": async () =>
    createRequire(createRequire(import.meta.url).resolve("hardhat"))("@nomicfoundation/edr"),
};
/** Most packages that a line names. */
const NAMED = 5;

/** A package of a lock file, as far as it matters here. */
export interface LockedPackage {
  version?: string;
  link?: boolean;
  optional?: boolean;
  /** Where it runs; everywhere unless given. "!" before a name excludes it. */
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

/** The packages of a lock file by their folders, "node_modules/…"; that of "" is the project. */
export type LockedPackages = Readonly<Record<string, LockedPackage>>;

/** What a machine is. */
export interface Platform {
  os: string;
  cpu: string;
  /** On Linux: "glibc" or "musl". */
  libc: string | undefined;
}

/** What is not installed, a sentence each. */
export interface InstallProblems {
  /** Nothing can be relied upon. */
  grave: string[];
  /** What needs these packages does not work, all else does. */
  slight: string[];
}

/**
 * Compares what a lock file names with what is installed.
 *
 * @param locked - What the lock file names.
 * @param installed - What npm noted when it had installed all, in `node_modules/.package-lock.json`; undefined when it
 * never came so far.
 * @param versionOf - The version in a folder's package.json now; undefined where there is none.
 */
export function installProblems(
  locked: LockedPackages,
  installed: LockedPackages | undefined,
  { platform, versionOf }: { platform: Platform; versionOf: (folder: string) => string | undefined },
): InstallProblems {
  if (installed === undefined) return { grave: ["npm has not finished an installation here."], slight: [] };
  const grave: string[] = [];
  const slight: string[] = [];
  const missing = Object.entries(locked).filter(
    ([folder, { link = false, version, ...limits }]) =>
      folder !== "" &&
      !link &&
      runsOn(limits, platform) &&
      (installed[folder]?.version !== version || versionOf(folder) !== version),
  );
  const tell = (packages: typeof missing, problems: string[]) => {
    if (packages.length === 0) return;
    const names = packages.slice(0, NAMED).map(([folder, { version }]) => `${nameOf(folder)} ${version}`);
    const more = packages.length > NAMED ? ` and ${packages.length - NAMED} more` : "";
    problems.push(`Not installed: ${names.join(", ")}${more}.`);
  };
  tell(
    missing.filter(([, { optional = false }]) => !optional),
    grave,
  );
  tell(
    missing.filter(([, { optional = false }]) => optional),
    slight,
  );
  for (const name of withoutNativePart(locked, platform)) {
    grave.push(
      `The lock file names no part of ${name} for ${inWords(platform)}: it was made on another platform.`,
    );
  }
  return { grave, slight };
}

/**
 * Packages whose machine code is in optional packages, one a platform, of which the lock file has some, but not all,
 * and none for this platform: npm leaves out the others when it makes a lock file beside installed packages.
 */
function withoutNativePart(locked: LockedPackages, platform: Platform): string[] {
  return Object.entries(locked).flatMap(([folder, { optionalDependencies = {} }]) => {
    const parts = Object.keys(optionalDependencies).map(
      (name) => locked[`${folder}/node_modules/${name}`] ?? locked[`node_modules/${name}`],
    );
    const isLimited = (part: LockedPackage | undefined) => part?.os !== undefined || part?.cpu !== undefined;
    const isFamily = parts.some(isLimited) && parts.includes(undefined);
    return folder !== "" && isFamily && !parts.some((part) => isLimited(part) && runsOn(part!, platform))
      ? [nameOf(folder)]
      : [];
  });
}

function runsOn({ os, cpu, libc }: LockedPackage, platform: Platform): boolean {
  const allows = (list: string[] | undefined, value: string | undefined) =>
    list === undefined ||
    (!list.includes(`!${value}`) &&
      (list.every((name) => name.startsWith("!")) || (value !== undefined && list.includes(value))));
  return allows(os, platform.os) && allows(cpu, platform.cpu) && allows(libc, platform.libc);
}

function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);
}

function inWords({ os, cpu, libc }: Platform): string {
  return [os, cpu, ...(libc === undefined ? [] : [libc])].join(" ");
}

function thisPlatform(): Platform {
  const { platform: os, arch: cpu } = process;
  // Its network part asks name servers.
  Object.assign(process.report, { excludeNetwork: true });
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  const libc = header.glibcVersionRuntime === undefined ? "musl" : "glibc";
  return { os, cpu, libc: os === "linux" ? libc : undefined };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(join(ROOT, path), "utf8"));
  } catch {
    return undefined;
  }
}

/** Loads what has machine code; what does not run here is a problem. */
async function loadProblems(): Promise<string[]> {
  const problems: string[] = [];
  for (const [name, load] of Object.entries(NATIVE)) {
    try {
      await load();
    } catch (error) {
      const [reason] = String(error).split("\n");
      problems.push(`${name} does not run here: ${reason}`);
    }
  }
  return problems;
}

if (import.meta.filename === process.argv[1]) {
  const packagesOf = (path: string) =>
    (readJson(path) as { packages?: LockedPackages } | undefined)?.packages;
  const { grave, slight } = installProblems(
    packagesOf("package-lock.json") ?? {},
    packagesOf("node_modules/.package-lock.json"),
    {
      platform: thisPlatform(),
      versionOf: (folder) => (readJson(join(folder, "package.json")) as LockedPackage | undefined)?.version,
    },
  );
  if (grave.length === 0) for (const problem of await loadProblems()) grave.push(problem);
  for (const problem of [...grave, ...slight]) console.log(problem);
  process.exitCode = grave.length > 0 ? 1 : slight.length > 0 ? 3 : 0;
}
