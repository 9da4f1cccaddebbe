import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { readBytes } from "../files/readBytes.ts";
import { writeWhole } from "../files/writeWhole.ts";
import type { ExportedModel, ModelFormat } from "../learning/exchange/ModelFormat.ts";
import { MODEL_FORMATS, type ModelFormatName } from "../learning/exchange/modelFormats.ts";
import { parameterShapes } from "../learning/models/parameterShapes.ts";
import { BaseError } from "../protocol/BaseError.ts";

/** The names of the formats, for people. */
export const FORMAT_NAMES = Object.keys(MODEL_FORMATS).join(", ");

/** @throws `OPTION_INVALID` for a name that is none. */
export function modelFormatName(name: string): ModelFormatName {
  if (Object.hasOwn(MODEL_FORMATS, name)) return name as ModelFormatName;
  throw new BaseError("OPTION_INVALID", `There is no format ${JSON.stringify(name)} of models.`, {
    next: `Choose of ${FORMAT_NAMES}.`,
  });
}

/**
 * Writes an exported model, each file whole or not at all.
 *
 * @param path - Of the one file, or of the folder of a format that has several.
 * @returns The files, in the order in which they were written.
 * @throws `EXPORT_UNSUPPORTED` and others of the format; `EXPORT_UNWRITABLE`, whose cause is the system's error.
 */
export async function writeModelFiles(
  path: string,
  format: ModelFormatName,
  model: ExportedModel,
): Promise<string[]> {
  const files = await MODEL_FORMATS[format].write(model);
  const written: string[] = [];
  for (const [name, bytes] of files) {
    const file = name === "" ? path : join(path, name);
    try {
      await writeWhole(file, bytes);
    } catch (cause) {
      throw new BaseError("EXPORT_UNWRITABLE", `${file} cannot be written.`, {
        details: String(cause),
        next: "Name another place with --out.",
        cause,
      });
    }
    written.push(file);
  }
  return written;
}

/**
 * Reads a model that was exported before, in the format that its name tells.
 *
 * @param path - A file .safetensors or .onnx, or a folder of TensorFlow.js' or the model.json in it.
 * @throws `FILE_UNREADABLE`, `MODEL_FILE` and others of the format.
 */
export async function readModelFile(path: string): Promise<ExportedModel> {
  const model = await readInFormat(path);
  const wrong = model.parameters.findIndex((values) => !values.every(Number.isFinite));
  if (wrong === -1) return model;
  const { name } = parameterShapes(model.card.model)[wrong]!;
  throw new BaseError("MODEL_FILE_VALUE", `The exported model's ${name} holds what is no number.`, {
    next: "Export the model anew.",
  });
}

async function readInFormat(path: string): Promise<ExportedModel> {
  const folder = basename(path) === "model.json" ? dirname(path) : path;
  if (folder !== path || (await isFolder(path))) {
    return MODEL_FORMATS.tfjs.read((name) => readBytes(join(folder, name)));
  }
  const format = Object.values(MODEL_FORMATS as Record<string, ModelFormat>).find(
    ({ extension }) => extension !== undefined && path.endsWith(extension),
  );
  if (format === undefined) {
    throw new BaseError("MODEL_FILE", `The name of ${path} does not tell its format.`, {
      details: "Known are .safetensors, .onnx, and folders of TensorFlow.js.",
      next: "Keep the ending that the file was exported with.",
    });
  }
  return format.read(() => readBytes(path));
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
