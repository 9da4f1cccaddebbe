import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { access, mkdir, mkdtemp, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { homedir, setPriority } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { BaseError } from "../../protocol/BaseError.ts";

const run = promisify(execFile);
const TOOLS = fileURLToPath(new URL("../../tools", import.meta.url));
/** Where Go's own installer puts it, which not every search path names. */
const USUAL_PLACE = "/usr/local/go/bin";
/** How folders of builds begin that have not ended; the process's id follows. */
const UNFINISHED = ".build-";
/** What is kept of what Go said, characters. */
const MOST_SAID = 4096;

/** Programs in Go whose modules are pinned in tools/: what is built, and the version that it then says it is. */
const GO_TOOLS = {
  geth: { package: "github.com/ethereum/go-ethereum/cmd/geth", ask: ["version"], says: "Version: 1.17.10-" },
  kubo: { package: "github.com/ipfs/kubo/cmd/ipfs", ask: ["version"], says: "ipfs version 0.43.1" },
} as const;

/** A pinned program in Go. */
export type GoTool = keyof typeof GO_TOOLS;

/** Options of `goTool`. */
export interface GoToolOptions {
  /** Where built programs are kept; the user's cache unless given. */
  cache?: string;
  /** Folders in which Go is looked for; those of the search path and where Go's installer puts it unless given. */
  places?: readonly string[];
  /** Told before a build, which takes some minutes. */
  onBuild?: (sentence: string) => void;
}

/**
 * The path of a program in Go, built from the modules that tools/NAME/go.sum pins unless a build of just these modules
 * by just this Go is in the cache. A build comes to its place whole, after it has said its version; of one that was
 * interrupted nothing is believed.
 *
 * @throws BaseError `GO_MISSING` when Go is not on this machine, `GO_BUILD` when the program cannot be built.
 */
export async function goTool(name: GoTool, options: GoToolOptions = {}): Promise<string> {
  const { cache = userCache(), places = usualPlaces(), onBuild } = options;
  const directory = join(TOOLS, name);
  const go = await goCommand(places);
  const version = (await run(go, ["env", "GOVERSION", "GOOS", "GOARCH"])).stdout;
  const hash = createHash("sha256").update(version);
  for (const file of ["go.mod", "go.sum"]) hash.update(await readFile(join(directory, file)));
  const kept = join(cache, name, hash.digest("hex").slice(0, 16));
  const binary = join(kept, name);
  if (await isWhole(name, binary)) return binary;

  onBuild?.(`building ${name} with Go (once, some minutes on two cores)`);
  await mkdir(join(cache, name), { recursive: true });
  await removeAbandoned(join(cache, name));
  const work = await mkdtemp(join(cache, name, `${UNFINISHED}${process.pid}-`));
  const built = join(work, name);
  try {
    await build(go, directory, ["-o", built, GO_TOOLS[name].package]);
    if (!(await isWhole(name, built))) {
      throw new BaseError("GO_BUILD", `${name} was built, but does not say that it is the pinned version.`);
    }
    const file = await open(built);
    await file.sync().finally(() => file.close());
    // What is there is no whole build; two that build at once are each other's.
    await rm(kept, { recursive: true, force: true });
    await rename(work, kept);
  } catch (cause) {
    await rm(work, { recursive: true, force: true });
    if (await isWhole(name, binary)) return binary;
    throw cause;
  }
  return binary;
}

/** Removes what builds of processes that are gone left behind. */
async function removeAbandoned(directory: string): Promise<void> {
  for (const entry of await readdir(directory)) {
    const pid = Number(
      entry.startsWith(UNFINISHED) ? entry.slice(UNFINISHED.length).split("-")[0] : Number.NaN,
    );
    if (!Number.isNaN(pid) && !lives(pid)) await rm(join(directory, entry), { recursive: true, force: true });
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Whether a program is there, runs, and is the pinned version. */
async function isWhole(name: GoTool, binary: string): Promise<boolean> {
  if (!existsSync(binary)) return false;
  const { ask, says } = GO_TOOLS[name];
  try {
    return (await run(binary, ask)).stdout.includes(says);
  } catch {
    return false;
  }
}

/** Builds with what the lock files name, and nothing else. */
async function build(go: string, directory: string, words: readonly string[]): Promise<void> {
  // No C compiler is needed, and no other Go is brought than the one that is here.
  const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "", GOTOOLCHAIN: "local", GOWORK: "off" };
  const child = spawn(go, ["build", "-mod=readonly", "-trimpath", "-buildvcs=false", ...words], {
    cwd: directory,
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (child.pid !== undefined) setPriority(child.pid, 10);
  let said = "";
  child.stderr.on("data", (data: Buffer) => {
    said = `${said}${data.toString()}`.slice(-MOST_SAID);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code === 0) return;
  throw new BaseError("GO_BUILD", `Go could not build what ${directory} pins.`, {
    details: said.trim().split("\n").slice(-8).join("\n"),
    next: "See that this machine reaches Go's module proxy (GOPROXY), and that Go is as new as go.mod asks for.",
  });
}

/** The go command, in the first of some folders that has it. */
async function goCommand(places: readonly string[]): Promise<string> {
  for (const place of places) {
    const path = join(place, "go");
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  throw new BaseError("GO_MISSING", "There is no Go on this machine.", {
    details: "geth and Kubo come as source, and are built with it.",
    next: "Install Go 1.26.5 or newer from https://go.dev/dl, so that go is on the PATH.",
  });
}

function usualPlaces(): string[] {
  return [...(process.env.PATH ?? "").split(delimiter), USUAL_PLACE].filter((place) => place !== "");
}

/** Where a user's programs keep what can be made again. */
function userCache(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "freshet", "tools");
}
