import type { SolidityBuildProfileConfig, SolidityCompilerConfig } from "hardhat/types/config";
import type { ConfigHooks } from "hardhat/types/hooks";

/**
 * Lets one start of the compiler do all contracts whose settings are one object in hardhat.config.ts. Hardhat compiles
 * together what has the same settings object, but copies it for each override: each would start a compiler of its own,
 * which reads shared sources again.
 */
export const shareSettings: NonNullable<ConfigHooks["resolveUserConfig"]> = async (
  userConfig,
  resolveVariable,
  next,
) => {
  const config = await next(userConfig, resolveVariable);
  const { solidity } = userConfig;
  if (typeof solidity !== "object" || !("profiles" in solidity)) return config;
  for (const [name, profile] of Object.entries(solidity.profiles)) {
    const resolved = config.solidity.profiles[name];
    if (resolved !== undefined && "overrides" in profile) share(resolved, profile.overrides ?? {});
  }
  return config;
};

function share({ overrides }: SolidityBuildProfileConfig, given: Record<string, object>): void {
  const resolvedOf = new Map<object, SolidityCompilerConfig>();
  for (const [source, settings] of Object.entries(given)) {
    const shared = resolvedOf.get(settings) ?? overrides[source];
    if (shared === undefined) continue;
    resolvedOf.set(settings, shared);
    overrides[source] = shared;
  }
}
