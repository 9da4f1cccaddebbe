import { util } from "@tensorflow/tfjs-core";
import type { Registration } from "./Registration.ts";

/** Sums of the rows of x by segment id; attribute `numSegments`. */
export const unsortedSegmentSum: Registration = {
  kernelName: "UnsortedSegmentSum",
  compute: (pack, { x, segmentIds }, { numSegments }) => {
    if (x!.dtype !== "float32" || segmentIds!.shape.length !== 1) return undefined;
    const [rows] = x!.shape as [number];
    const sums = pack.output([numSegments as number, ...x!.shape.slice(1)]);
    const width = util.sizeFromShape(x!.shape.slice(1));
    pack.run("unsortedSegmentSum", [
      pack.offset(x!),
      pack.offset(segmentIds!),
      pack.offset(sums),
      rows,
      width,
      numSegments as number,
    ]);
    return sums;
  },
};
