import { BaseError } from "../../protocol/BaseError.ts";
import type { ParameterShape } from "../models/ParameterShape.ts";
import type { SafetensorsData, SafetensorsTensor } from "../safetensors/SafetensorsFile.ts";

/** The tensors of a file of ours: by name, one a parameter in groups told apart by their prefix. */
export type NamedTensors = ReadonlyMap<string, SafetensorsTensor>;

type Constructor<T extends SafetensorsData> = abstract new (...parameters: never[]) => T;

/** One tensor a parameter, named prefix + name. */
export function tensorGroup(
  prefix: string,
  shapes: readonly ParameterShape[],
  arrays: readonly SafetensorsData[],
): [string, SafetensorsTensor][] {
  return shapes.map(({ name, shape }, index) => [prefix + name, { shape, data: arrays[index]! }]);
}

/** Reads tensors out of a file by group, and refuses a file with any that was not asked for. */
export class TensorReader {
  readonly #what: string;
  readonly #tensors: NamedTensors;
  readonly #taken = new Set<string>();

  /** @param what - The file, for messages and codes, e.g. "update". */
  constructor(what: string, tensors: NamedTensors) {
    this.#what = what;
    this.#tensors = tensors;
  }

  /**
   * The group's arrays, in the order of `shapes`.
   *
   * @param types - Of the arrays, one a shape.
   * @throws BaseError `<WHAT>_TENSOR_MISSING`, `<WHAT>_DTYPE` or `<WHAT>_SHAPE`.
   */
  take<T extends SafetensorsData>(
    prefix: string,
    shapes: readonly Pick<ParameterShape, "name" | "shape">[],
    types: readonly Constructor<T>[],
  ): T[] {
    return shapes.map(({ name: parameter, shape }, index) => {
      const type = types[index]!;
      const name = prefix + parameter;
      const tensor = this.#tensors.get(name);
      if (tensor === undefined)
        throw this.#error("TENSOR_MISSING", `The ${this.#what} has no tensor ${name}.`);
      if (!(tensor.data instanceof type)) {
        throw this.#error("DTYPE", `Tensor ${name} of the ${this.#what} is not of type ${type.name}.`);
      }
      if (tensor.shape.join() !== shape.join()) {
        throw this.#error(
          "SHAPE",
          `Tensor ${name} of the ${this.#what} has the wrong shape.`,
          `The model needs [${shape}], the file has [${tensor.shape}].`,
        );
      }
      this.#taken.add(name);
      return tensor.data;
    });
  }

  /** @throws BaseError `<WHAT>_TENSOR_UNKNOWN` when there are tensors that were not taken. */
  end(): void {
    const unknown = [...this.#tensors.keys()].find((name) => !this.#taken.has(name));
    if (unknown !== undefined) {
      throw this.#error(
        "TENSOR_UNKNOWN",
        `The ${this.#what} has an unknown tensor ${JSON.stringify(unknown).slice(0, 100)}.`,
      );
    }
  }

  #error(code: string, shortMessage: string, details?: string): BaseError {
    const name = `${this.#what.toUpperCase().replaceAll(" ", "_")}_${code}`;
    return new BaseError(name, shortMessage, details === undefined ? {} : { details });
  }
}
