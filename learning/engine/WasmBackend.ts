import type { DataId, DataType, TensorInfo } from "@tensorflow/tfjs-core";

/** What the kernel pack uses of tfjs's WebAssembly backend, whose types leave it out. */
export interface WasmBackend {
  readonly wasm: {
    /** The exports of tfjs's module, its memory among them. */
    readonly asm: Readonly<Record<string, unknown>>;
    _malloc(bytes: number): number;
    _free(offset: number): void;
  };
  readonly dataIdMap: { get(dataId: DataId): { readonly memoryOffset: number } };
  makeOutput(shape: readonly number[], dtype: DataType): TensorInfo;
}
