/**
 * Compiles the contracts, for the launcher: `node scripts/tools/compileContracts.ts`. Hardhat's own command line does
 * not find its configuration in every directory.
 */
import { buildContracts } from "../../chains/networks/hardhat.ts";

try {
  await buildContracts();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
