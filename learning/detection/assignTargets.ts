import { portableLog } from "../../numerics/portableLog.ts";
import { areaOf } from "./Box.ts";
import type { LabelledBox } from "./Detection.ts";
import { CATEGORY_CHANNEL, cellOutputs, type DetectionGrid } from "./DetectionGrid.ts";

/** A cell is an object's if its middle is within so many strides of the object's, across and down. */
const CENTRE_RADIUS = 0.75;
/** The least distance of a side, strides: an object may be smaller than a cell. */
const LEAST_DISTANCE = 1 / 16;

/** What a cell's first channel should say. */
export const OBJECTNESS = { none: 0, object: 1, ignored: -1 } as const;

/**
 * What a detector should say of an image, cell by cell, after FCOS (Tian, Shen, Chen,
 * He 2019, section 3.1, with centre sampling): cells around an object's middle are
 * its own, those elsewhere in its box are left out of the loss, the others are empty.
 * Of several objects a cell belongs to the smallest, and of equal ones to the first.
 * Every object has at least the cell that its middle is in, but for a smaller one
 * that has the same.
 *
 * @param target - Where to write, [rows · columns · `cellOutputs`]: objectness (1, 0, or −1 for a cell that is left
 * out), the logarithms of the four distances in strides, and the category, one-hot.
 */
export function assignTargets(
  grid: DetectionGrid,
  objects: readonly LabelledBox[],
  target: Float32Array,
): void {
  const { rows, columns, stride } = grid;
  const width = cellOutputs(grid);
  target.fill(0);
  // From the largest to the smallest: the last to claim a cell has it.
  const order = objects
    .map((object, index) => ({ object, index, area: areaOf(object.box) }))
    .sort((a, b) => b.area - a.area || b.index - a.index)
    .map(({ object }) => object);
  const eachCell = (
    { box }: LabelledBox,
    visit: (cell: Float32Array, middleX: number, middleY: number) => void,
  ) => {
    const first = (from: number) => Math.max(0, Math.floor(from / stride));
    for (let row = first(box.top); row < rows && row * stride < box.bottom; row++) {
      for (let column = first(box.left); column < columns && column * stride < box.right; column++) {
        const at = (row * columns + column) * width;
        visit(target.subarray(at, at + width), (column + 0.5) * stride, (row + 0.5) * stride);
      }
    }
  };
  for (const object of order) {
    const { box } = object;
    eachCell(object, (cell, x, y) => {
      if (x > box.left && x < box.right && y > box.top && y < box.bottom) cell[0] = OBJECTNESS.ignored;
    });
  }
  for (const object of order) {
    const { left, top, right, bottom } = object.box;
    const [centreX, centreY] = [(left + right) / 2, (top + bottom) / 2];
    const own = [Math.floor(centreX / stride), Math.floor(centreY / stride)] as const;
    eachCell(object, (cell, x, y) => {
      const isCentre = Math.floor(x / stride) === own[0] && Math.floor(y / stride) === own[1];
      const isWithin = x > left && x < right && y > top && y < bottom;
      const radius = CENTRE_RADIUS * stride;
      const isNear = Math.abs(x - centreX) <= radius && Math.abs(y - centreY) <= radius;
      if (!isCentre && !(isWithin && isNear)) return;
      cell.fill(0);
      cell[0] = OBJECTNESS.object;
      for (const [side, distance] of [x - left, y - top, right - x, bottom - y].entries()) {
        cell[1 + side] = portableLog(Math.max(LEAST_DISTANCE, distance / stride));
      }
      cell[CATEGORY_CHANNEL + object.category] = 1;
    });
  }
}
