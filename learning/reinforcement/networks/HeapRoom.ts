import type { HeapFloats } from "../../engine/HeapFloats.ts";
import type { KernelPack } from "../../engine/KernelPack.ts";

/** Rooms on the engine's heap that are given back together. */
export class HeapRoom {
  readonly #pack: KernelPack;
  readonly #all: HeapFloats[] = [];

  constructor(pack: KernelPack) {
    this.#pack = pack;
  }

  floats(length: number): HeapFloats {
    const floats = this.#pack.floats(length);
    this.#all.push(floats);
    return floats;
  }

  dispose(): void {
    for (const floats of this.#all) floats.dispose();
  }
}
