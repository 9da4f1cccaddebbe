import { BaseError } from "../../protocol/BaseError.ts";
import { type GoTool, goTool } from "../../scripts/tools/goTool.ts";

/** How long a test that needs such programs may wait for them, milliseconds: two builds, without a cache, on a busy machine. */
export const BUILD_MILLISECONDS = 3_600_000;

/** The programs that real networks are made of; skips the tests, and says why, where there is no Go to build them with. */
export async function builtTools<Name extends GoTool>(
  context: Mocha.Context,
  names: readonly Name[],
): Promise<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    try {
      found[name] = await goTool(name, { onBuild: (sentence) => console.log(`    ${sentence}`) });
    } catch (error) {
      if (!(error instanceof BaseError) || error.code !== "GO_MISSING") throw error;
      console.log(`    skipped: ${error.message}`);
      context.skip();
    }
  }
  return found as Record<Name, string>;
}
