import { readFile } from "node:fs/promises";
import { expect } from "chai";
import {
  averagePrecision,
  type EvaluatedImage,
  IOU_THRESHOLDS,
  type TruthBox,
} from "../../../../learning/detection/averagePrecision.ts";
import type { Box } from "../../../../learning/detection/Box.ts";

/** A square of 10 pixels, so far to the right. */
const square = (left: number, top = 0): Box => ({ left, top, right: left + 10, bottom: top + 10 });
const object = (box: Box, more: Partial<TruthBox> = {}): TruthBox => ({ box, category: 0, ...more });
const found = (box: Box, score: number) => ({ box, category: 0, score });
const scored = (...images: EvaluatedImage[]) => averagePrecision(images, 1);

describe("averagePrecision", () => {
  it("says what pycocotools says", async () => {
    const file = await readFile(new URL("./pycocotools.json", import.meta.url), "utf8");
    const { cases } = JSON.parse(file) as {
      cases: {
        categories: number;
        images: { objects: number[][]; detections: number[][] }[];
        expected: { map: number; map50: number; byCategory: number[] };
      }[];
    };
    for (const { categories, images, expected } of cases) {
      const boxOf = ([left, top, right, bottom]: number[]): Box => ({ left, top, right, bottom }) as Box;
      const { map, map50, byCategory } = averagePrecision(
        images.map(({ objects, detections }) => ({
          objects: objects.map((row) => ({
            box: boxOf(row),
            category: row[4]!,
            crowd: row[5] === 1,
            ignored: row[6] === 1,
          })),
          detections: detections.map((row) => ({ box: boxOf(row), category: row[4]!, score: row[5]! })),
        })),
        categories,
      );
      expect(map).to.be.closeTo(expected.map, 1e-14);
      expect(map50).to.be.closeTo(expected.map50, 1e-14);
      for (const [category, peer] of expected.byCategory.entries()) {
        expect(byCategory[category]?.map50 ?? -1).to.be.closeTo(peer, 1e-14);
      }
    }
    expect(cases.some(({ images }) => images.some(({ detections }) => detections.length > 100))).to.equal(
      true,
    );
  });

  it("has the thresholds of numpy's linspace, to the bit", () => {
    expect(IOU_THRESHOLDS).to.deep.equal([
      0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.8999999999999999, 0.95,
    ]);
  });

  it("is 1 for all found exactly, 0 for nothing found, and nothing where there is nothing to find", () => {
    const objects = [object(square(0)), object(square(20))];
    expect(scored({ objects, detections: objects.map(({ box }) => found(box, 0.5)) }).map).to.be.closeTo(
      1,
      1e-12,
    );
    expect(scored({ objects, detections: [] }).map).to.equal(0);
    const { map, byCategory } = scored({ objects: [], detections: [found(square(0), 1)] });
    expect(map).to.be.NaN;
    expect(byCategory).to.deep.equal([undefined]);
  });

  it("reads the precision at 101 recalls: one of two found, before and after a wrong one", () => {
    const objects = [object(square(0)), object(square(20))];
    const right = found(square(0), 0.9);
    const wrong = (score: number) => found(square(40), score);
    // Recalls 0, 0.01 … 0.5 are reached: 51 of 101.
    expect(scored({ objects, detections: [right, wrong(0.8)] }).map50).to.be.closeTo(51 / 101, 1e-12);
    expect(scored({ objects, detections: [right, wrong(0.95)] }).map50).to.be.closeTo(51 / 101 / 2, 1e-12);
    // Of equally sure ones the first comes first.
    expect(scored({ objects, detections: [right, wrong(0.9)] }).map50).to.be.closeTo(51 / 101, 1e-12);
    expect(scored({ objects, detections: [wrong(0.9), right] }).map50).to.be.closeTo(51 / 101 / 2, 1e-12);
  });

  it("takes an overlap of exactly the threshold, and each object once", () => {
    const objects = [object(square(0))];
    const half = { ...square(0), bottom: 5 };
    expect(scored({ objects, detections: [found(half, 1)] }).map50).to.be.closeTo(1, 1e-12);
    expect(scored({ objects, detections: [found(half, 1)] }).map).to.be.closeTo(0.1, 1e-12);
    // The surer one has it; the better one comes too late.
    const { map50, map } = scored({ objects, detections: [found(half, 1), found(square(0), 0.5)] });
    expect(map50).to.be.closeTo(1, 1e-12);
    expect(map).to.be.closeTo((1 + 9 * 0.5) / 10, 1e-12);
  });

  it("holds nothing for or against who finds what is to be ignored, or many in a crowd", () => {
    const objects = [
      object(square(0)),
      object(square(40), { ignored: true }),
      object(square(80), { crowd: true }),
    ];
    const detections = [
      found(square(40), 0.9),
      found(square(80), 0.9),
      found({ ...square(80), right: 84 }, 0.9),
      found(square(0), 0.1),
    ];
    expect(scored({ objects, detections }).map).to.be.closeTo(1, 1e-12);
    // A second one on the ignored object, which is no crowd, is wrong.
    const twice = scored({ objects, detections: [...detections, found(square(40), 0.8)] });
    expect(twice.map).to.be.closeTo(1 / 2, 1e-12);
  });

  it("counts the 100 surest of an image", () => {
    const objects = [object(square(0))];
    const wrong = Array.from({ length: 100 }, (_, i) => found(square(40), 1 - i / 1000));
    expect(scored({ objects, detections: [...wrong, found(square(0), 0.5)] }).map50).to.equal(0);
    const last = scored({ objects, detections: [...wrong.slice(1), found(square(0), 0.5)] });
    expect(last.map50).to.be.closeTo(1 / 100, 1e-12);
  });
});
