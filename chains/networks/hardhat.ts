import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { ArtifactResolver } from "@nomicfoundation/ignition-core";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

let environment: Promise<HardhatRuntimeEnvironment> | undefined;
let runner: Promise<HardhatRuntimeEnvironment> | undefined;

/**
 * Hardhat with this project's configuration, from whatever directory the process
 * was started in. Loaded when first asked for: only those who start chains pay for it.
 */
export function hardhat(): Promise<HardhatRuntimeEnvironment> {
  environment ??= load();
  return environment;
}

/**
 * The same, to run chains with. It knows none of the contracts: to read them all so that a node can name what reverts
 * takes it three seconds, and Freshet does that itself, from the data.
 */
export function chainRunner(): Promise<HardhatRuntimeEnvironment> {
  runner ??= load({ knowsContracts: false });
  return runner;
}

/** Compiles the contracts, so that what is deployed is what the sources say; nothing when nothing changed. */
export async function buildContracts(): Promise<void> {
  const { tasks } = await hardhat();
  await tasks.getTask("build").run({ quiet: true, noTests: true });
}

/** The contracts as they were last compiled, as Ignition asks for them. */
export async function contractArtifacts(): Promise<ArtifactResolver> {
  return resolverOf(await hardhat());
}

/**
 * Compiles the contracts in the profile for chains that last, which takes minutes the first time, and nothing when
 * nothing changed since.
 */
export async function productionArtifacts(): Promise<ArtifactResolver> {
  // Elsewhere, so that the default profile's stay what is tested.
  const place = join(ROOT, "cache", "production");
  const environment = await load({
    paths: { artifacts: join(place, "artifacts"), cache: join(place, "cache") },
    buildProfile: "production",
  });
  await environment.tasks.getTask("build").run({ quiet: true, noTests: true });
  return resolverOf(environment);
}

async function resolverOf({ artifacts }: HardhatRuntimeEnvironment): Promise<ArtifactResolver> {
  const { HardhatArtifactResolver } = await import("@nomicfoundation/hardhat-ignition/helpers");
  return new HardhatArtifactResolver(artifacts);
}

async function load(
  other: {
    paths?: { artifacts: string; cache: string };
    buildProfile?: string;
    knowsContracts?: boolean;
  } = {},
): Promise<HardhatRuntimeEnvironment> {
  const [{ createHardhatRuntimeEnvironment }, { default: config }] = await Promise.all([
    import("hardhat/hre"),
    import("../../hardhat.config.ts"),
  ]);
  // Ignition keeps journals of deployments, for chains that last: these are of no use later, and Freshet may be
  // installed where nobody writes.
  const ignition = mkdtempSync(join(tmpdir(), "freshet-ignition-"));
  process.once("exit", () => rmSync(ignition, { recursive: true, force: true }));
  const { buildProfile, knowsContracts = true } = other;
  const none = knowsContracts ? {} : { artifacts: join(ignition, "artifacts") };
  const paths = { ...config.paths, ...other.paths, ...none, ignition };
  return createHardhatRuntimeEnvironment(
    { ...config, paths },
    { config: `${ROOT}hardhat.config.ts`, ...(buildProfile === undefined ? {} : { buildProfile }) },
    ROOT,
  );
}
