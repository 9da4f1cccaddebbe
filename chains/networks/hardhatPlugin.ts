import { overrideTask } from "hardhat/config";
import type { HardhatPlugin } from "hardhat/types/plugins";

/** What Freshet needs of Hardhat besides: wherever it is installed, and however many processes build at once. */
export const hardhatPlugin: HardhatPlugin = {
  id: "freshet",
  hookHandlers: {
    solidity: async () => ({
      default: async () => ({ invokeSolc: (await import("./compileAnywhere.ts")).compileAnywhere }),
    }),
  },
  tasks: [
    overrideTask("build")
      .setAction(async () => ({ default: (await import("./buildAlone.ts")).buildAlone }))
      .build(),
  ],
};
