import type { HardhatPlugin } from "hardhat/types/plugins";

/** An optional package: whoever keeps no key in Hardhat's keystore needs none. */
const PACKAGE = "@nomicfoundation/hardhat-keystore";

/** Hardhat's encrypted keystore, where it is installed. */
export async function keystorePlugin(): Promise<HardhatPlugin[]> {
  try {
    const { default: plugin } = (await import(PACKAGE)) as { default: HardhatPlugin };
    return [plugin];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return [];
    throw error;
  }
}
