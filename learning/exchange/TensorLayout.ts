import { BaseError } from "../../protocol/BaseError.ts";
import { elementCount } from "../models/elementCount.ts";

/**
 * How a parameter is stored in a file of another program: its values, seen as an array of
 * shape `view`, have their axes in the order `axes`.
 */
export interface TensorLayout {
  /** In the file. */
  readonly name: string;
  /** In the file. */
  readonly shape: readonly number[];
  /** The model's shape, perhaps with axes split. */
  readonly view: readonly number[];
  /** Axes of `view` in the file's order; as they are unless given. */
  readonly axes?: readonly number[];
  /** Which place of the first of `axes` is stored at each; as they are unless given. */
  readonly order?: readonly number[];
  /** Whether values below 0 are stored as 0: a variance that rounding left a little below. */
  readonly nonNegative?: boolean;
}

/** A parameter as it is stored. */
export function toLayout(values: Float32Array, layout: TensorLayout): Float32Array {
  const stored = new Float32Array(values.length);
  forEachPlace(layout, (there, own) => {
    const value = values[own]!;
    stored[there] = layout.nonNegative === true ? Math.max(0, value) : value;
  });
  return stored;
}

/**
 * A stored parameter as a model has it.
 *
 * @throws BaseError `MODEL_FILE_SHAPE` for another number of values.
 */
export function fromLayout(stored: Float32Array, layout: TensorLayout): Float32Array {
  const count = elementCount(layout.view);
  if (stored.length !== count) {
    throw new BaseError("MODEL_FILE_SHAPE", `Tensor ${layout.name} does not have the size of its model's.`, {
      details: `The model needs [${layout.shape}], ${count} values; the file has ${stored.length}.`,
    });
  }
  const values = new Float32Array(count);
  forEachPlace(layout, (there, own) => {
    values[own] = stored[there]!;
  });
  return values;
}

/** Every place in the file with the one in the model. */
function forEachPlace(
  { view, axes = view.map((_, axis) => axis), order }: TensorLayout,
  visit: (there: number, own: number) => void,
): void {
  const strides = view.map((_, axis) => elementCount(view.slice(axis + 1)));
  const lengths = axes.map((axis) => view[axis]!);
  const steps = axes.map((axis) => strides[axis]!);
  const count = elementCount(view);
  const at = lengths.map(() => 0);
  const start = () => (order === undefined ? at[0]! : order[at[0]!]!) * steps[0]!;
  let own = start();
  for (let there = 0; there < count; there++) {
    visit(there, own);
    for (let axis = lengths.length - 1; axis >= 0; axis--) {
      at[axis]!++;
      own += steps[axis]!;
      if (at[axis]! < lengths[axis]!) break;
      own -= lengths[axis]! * steps[axis]!;
      at[axis] = 0;
    }
    // The first axis may go in an order of its own.
    if (order !== undefined) own = start() + rest(at, steps);
  }
}

function rest(at: readonly number[], steps: readonly number[]): number {
  let sum = 0;
  for (let axis = 1; axis < at.length; axis++) sum += at[axis]! * steps[axis]!;
  return sum;
}
