import { BaseError } from "../../protocol/BaseError.ts";
import { hardhat } from "../networks/hardhat.ts";

/**
 * What Hardhat has under the name of a configuration variable: in the environment, or in its encrypted keystore, whose
 * password it asks for on the terminal.
 *
 * @throws `KEY_MISSING`.
 */
export async function hardhatVariable(name: string): Promise<string> {
  const { hooks } = await hardhat();
  try {
    return await hooks.runHandlerChain(
      "configurationVariables",
      "fetchValue",
      [{ _type: "ConfigurationVariable", name }],
      async (_context, variable) => {
        const value = process.env[variable.name];
        if (value !== undefined) return value;
        throw new Error("it is neither in the keystore nor in the environment");
      },
    );
  } catch (cause) {
    throw new BaseError("KEY_MISSING", `Hardhat has no configuration variable ${name}.`, {
      details: cause instanceof Error ? cause.message : String(cause),
      next: `Put the private key there with npx hardhat keystore set ${name}, in Freshet's directory.`,
      cause,
    });
  }
}
