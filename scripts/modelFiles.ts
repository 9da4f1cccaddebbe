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

/** What a file's ending tells of its format; undefined for none that a format has. */
function formatOfPath(path: string): ModelFormatName | undefined {
  return (Object.keys(MODEL_FORMATS) as ModelFormatName[]).find((name) => {
    const { extension } = MODEL_FORMATS[name] as ModelFormat;
    return extension !== undefined && path.endsWith(extension);
  });
}

/**
 * In which format a model is to be written, and where: a path has its format's ending, by which it is read again.
 *
 * @param options - As they were given: `format` is what the ending tells, or safetensors, unless given.
 * @returns `path` is undefined where none was given.
 * @throws `OPTION_INVALID` for no format, and for one that is another's by its path.
 */
export function exportPlace(options: { format?: string; out?: string }): {
  format: ModelFormatName;
  path: string | undefined;
} {
  const { out: path } = options;
  const told = path === undefined ? undefined : formatOfPath(path);
  const format = options.format === undefined ? (told ?? "safetensors") : modelFormatName(options.format);
  if (told !== undefined && told !== format) {
    throw new BaseError("OPTION_INVALID", `${path} is the name of a file of ${told}, not of ${format}.`, {
      next: "Leave --format out, or name another path after --out.",
    });
  }
  const { extension = "" } = MODEL_FORMATS[format] as ModelFormat;
  return { format, path: path === undefined || told === format ? path : `${path}${extension}` };
}

/** @throws `OPTION_INVALID` for a name that is none. */
function modelFormatName(name: string): ModelFormatName {
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
  const format = formatOfPath(path);
  if (format === undefined) {
    throw new BaseError("MODEL_FILE", `The name of ${path} does not tell its format.`, {
      details: "Known are .safetensors, .onnx, and folders of TensorFlow.js.",
      next: "Keep the ending that the file was exported with.",
    });
  }
  return MODEL_FORMATS[format].read(() => readBytes(path));
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
