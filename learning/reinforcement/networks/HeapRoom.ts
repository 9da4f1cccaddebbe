import type { HeapFloats } from "../../engine/HeapFloats.ts";
import type { HeapIntegers } from "../../engine/HeapIntegers.ts";
import type { KernelPack } from "../../engine/KernelPack.ts";

/** Rooms on the engine's heap that are given back together. */
export class HeapRoom {
  readonly #pack: KernelPack;
  readonly #all: (HeapFloats | HeapIntegers)[] = [];

  constructor(pack: KernelPack) {
    this.#pack = pack;
  }

  floats(length: number): HeapFloats {
    const floats = this.#pack.floats(length);
    this.#all.push(floats);
    return floats;
  }

  integers(length: number): HeapIntegers {
    const integers = this.#pack.integers(length);
    this.#all.push(integers);
    return integers;
  }

  dispose(): void {
    for (const room of this.#all) room.dispose();
  }
}
