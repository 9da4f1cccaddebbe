import { fromFixedPoint } from "../../learning/federated/fixedPoint.ts";
import type { GlobalModel } from "../../learning/federated/GlobalModel.ts";
import type { ModelParameters } from "../../learning/models/parameterShapes.ts";

/** A global model in shared memory, once for all threads and rounds. */
export interface SharedModel {
  readonly global: GlobalModel;
  /** `fromFixedPoint(global)`. */
  readonly start: ModelParameters;
}

/**
 * Puts a round's global model into shared memory.
 *
 * @param memory - Of a model of the same task that no thread reads any more; new memory unless given.
 */
export function shareModel(global: GlobalModel, memory?: SharedModel): SharedModel {
  const shared = memory ?? sharedLike(global);
  copy(shared.global.tensors, global.tensors);
  copy(shared.start, fromFixedPoint(global));
  for (const [name, arrays] of global.state) copy(shared.global.state.get(name)!, arrays);
  return shared;
}

function sharedLike({ spec, fractionBits, tensors, state }: GlobalModel): SharedModel {
  return {
    global: {
      spec,
      fractionBits,
      tensors: tensors.map(({ byteLength }) => new Int32Array(new SharedArrayBuffer(byteLength))),
      state: new Map(
        [...state].map(([name, arrays]) => [
          name,
          arrays.map(({ byteLength }) => new Float64Array(new SharedArrayBuffer(byteLength))),
        ]),
      ),
    },
    start: tensors.map(({ length }) => new Float32Array(new SharedArrayBuffer(4 * length))),
  };
}

function copy<T extends Int32Array | Float32Array | Float64Array>(
  to: readonly T[],
  from: readonly T[],
): void {
  for (const [tensor, values] of from.entries()) to[tensor]!.set(values);
}
