import type { ModelFormat } from "./ModelFormat.ts";
import { onnx } from "./onnx/onnx.ts";
import { pytorchSafetensors } from "./pytorchSafetensors.ts";
import { tfjsLayers } from "./tfjsLayers.ts";

/** The forms in which models are exported, by the names that users give them. */
export const MODEL_FORMATS = {
  safetensors: pytorchSafetensors,
  tfjs: tfjsLayers,
  onnx,
} as const satisfies Record<string, ModelFormat>;

/** The name of a form. */
export type ModelFormatName = keyof typeof MODEL_FORMATS;
