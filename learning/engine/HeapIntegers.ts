import type { HeapFloats } from "./HeapFloats.ts";

/** 32-bit integers on the engine's heap that kernels and JavaScript both work on in place: indices, mostly. */
export class HeapIntegers {
  readonly offset: number;
  readonly length: number;
  readonly #room: HeapFloats;
  #values: Int32Array;

  /** @param room - As many floats as there are to be integers; they become this object's. */
  constructor(room: HeapFloats) {
    this.offset = room.offset;
    this.length = room.length;
    this.#room = room;
    this.#values = this.#view();
  }

  /** The numbers themselves. Ask anew after anything that may make the heap grow: the old view is empty then. */
  get values(): Int32Array {
    if (this.#values.length !== this.length) this.#values = this.#view();
    return this.#values;
  }

  /** Gives the room back; nothing may use it afterwards. */
  dispose(): void {
    this.#room.dispose();
  }

  #view(): Int32Array {
    return new Int32Array(this.#room.values.buffer, this.offset, this.length);
  }
}
