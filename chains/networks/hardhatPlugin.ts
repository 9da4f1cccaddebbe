import { overrideTask } from "hardhat/config";
import type { HardhatPlugin } from "hardhat/types/plugins";

/** What Freshet needs of Hardhat besides: wherever it is installed, and however many processes build at once. */
export const hardhatPlugin: HardhatPlugin = {
  id: "freshet",
  hookHandlers: {
    config: async () => ({
      default: async () => ({ resolveUserConfig: (await import("./shareSettings.ts")).shareSettings }),
    }),
    solidity: async () => ({
      default: async () => ({
        build: (await import("./compileAtOnce.ts")).compileAtOnce,
        invokeSolc: (await import("./compileAnywhere.ts")).compileAnywhere,
      }),
    }),
  },
  tasks: [
    overrideTask("build")
      .setAction(async () => ({ default: (await import("./buildAlone.ts")).buildAlone }))
      .build(),
  ],
};
