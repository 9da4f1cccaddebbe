import { VoidSigner } from "ethers";

import { BaseError } from "../../protocol/BaseError.ts";

/** A key of which only the address is here. Signing with it throws `KEY_ELSEWHERE`. */
export class KeyElsewhere extends VoidSigner {
  override async signTransaction(): Promise<string> {
    throw this.#elsewhere();
  }

  override async signMessage(): Promise<string> {
    throw this.#elsewhere();
  }

  override async signTypedData(): Promise<string> {
    throw this.#elsewhere();
  }

  #elsewhere(): BaseError {
    return new BaseError("KEY_ELSEWHERE", `The key of ${this.address} is not here.`, {
      details: "The node file has its address only.",
      next: "Run this where the key is, or name the key instead.",
    });
  }
}
