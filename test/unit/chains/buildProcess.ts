import { createHardhatRuntimeEnvironment } from "hardhat/hre";

import { hardhatPlugin } from "../../../chains/networks/hardhatPlugin.ts";

// Builds the project in a directory, at the same moment as others that are told to, and says how often each contract
// is among its artifacts.

const root = process.argv[2]!;
const { tasks, artifacts } = await createHardhatRuntimeEnvironment(
  {
    plugins: [hardhatPlugin],
    solidity: { compilers: [{ version: "0.8.37", path: `${root}/soljson.js` }] },
    paths: { sources: "contracts", tests: { solidity: "contracts" } },
  },
  {},
  root,
);
process.on("message", async () => {
  try {
    await tasks.getTask("build").run({ quiet: true, noTests: true });
    process.send!([...(await artifacts.getAllFullyQualifiedNames())].sort());
  } catch (error) {
    process.send!(String(error));
  }
});
process.on("disconnect", () => process.exit());
process.send!("ready");
