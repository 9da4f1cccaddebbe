import { expect } from "chai";
import fc from "fast-check";
import { assignTargets, OBJECTNESS } from "../../../../learning/detection/assignTargets.ts";
import { averagePrecision } from "../../../../learning/detection/averagePrecision.ts";
import { areaOf, type Box, intersectionOverUnion } from "../../../../learning/detection/Box.ts";
import { cellOutputs } from "../../../../learning/detection/DetectionGrid.ts";
import { decodeDetections } from "../../../../learning/detection/decodeDetections.ts";
import { boxesOfSample, packBoxes } from "../../../../learning/detection/sampleBoxes.ts";
import { suppressNonMaxima } from "../../../../learning/detection/suppressNonMaxima.ts";

// Quarters of pixels, of images of 64 × 48.
const grid = { rows: 6, columns: 8, stride: 8, categories: 3 };
const box = fc
  .tuple(
    fc.integer({ min: 0, max: 4 * 56 }),
    fc.integer({ min: 0, max: 4 * 40 }),
    fc.integer({ min: 4, max: 160 }),
    fc.integer({ min: 4, max: 160 }),
  )
  .map(([left, top, width, height]): Box => {
    return {
      left: left / 4,
      top: top / 4,
      right: Math.min(64, (left + width) / 4),
      bottom: Math.min(48, (top + height) / 4),
    };
  });
const object = fc.record({ box, category: fc.integer({ min: 0, max: 2 }) });
// Few different scores, so that there are ties.
const detection = fc.record({
  box,
  category: fc.integer({ min: 0, max: 2 }),
  score: fc.integer({ min: 0, max: 6 }).map((score) => score / 6),
});
const image = fc.record({
  objects: fc.array(object, { maxLength: 6 }),
  detections: fc.array(detection, { maxLength: 12 }),
});

describe("detections (property)", () => {
  it("measures the overlap of two boxes alike from both sides, and counts it pixel by pixel", () => {
    fc.assert(
      fc.property(box, box, (a, b) => {
        const overlap = intersectionOverUnion(a, b);
        expect(overlap).to.equal(intersectionOverUnion(b, a)).within(0, 1);
        expect(intersectionOverUnion(a, a)).to.equal(1);
        let [both, either] = [0, 0];
        for (let x = 0; x < 4 * 64; x++) {
          for (let y = 0; y < 4 * 48; y++) {
            const inside = ({ left, top, right, bottom }: Box) =>
              4 * left <= x && x < 4 * right && 4 * top <= y && y < 4 * bottom;
            const [inA, inB] = [inside(a), inside(b)];
            if (inA && inB) both++;
            if (inA || inB) either++;
          }
        }
        expect(overlap).to.be.closeTo(both / either, 1e-12);
      }),
      { numRuns: 20 },
    );
  });

  it("keeps, of boxes that overlap too much, the surest, and drops none for another reason", () => {
    const threshold = fc.constantFrom(0, 0.3, 0.5, 1);
    fc.assert(
      fc.property(fc.array(detection, { maxLength: 25 }), threshold, (detections, most) => {
        const kept = suppressNonMaxima(detections, most);
        const at = (one: (typeof detections)[number]) => detections.indexOf(one);
        const precedes = (a: (typeof detections)[number], b: (typeof detections)[number]) =>
          a.score > b.score || (a.score === b.score && at(a) < at(b));
        const isSame = (a: (typeof detections)[number], b: (typeof detections)[number]) =>
          a.category === b.category && intersectionOverUnion(a.box, b.box) > most;
        for (const [index, one] of kept.entries()) {
          expect(kept.slice(0, index).some((other) => isSame(other, one))).to.equal(false);
          if (index > 0) expect(precedes(kept[index - 1]!, one)).to.equal(true);
        }
        for (const one of detections) {
          if (kept.includes(one)) continue;
          expect(kept.some((other) => precedes(other, one) && isSame(other, one))).to.equal(true);
        }
        expect(suppressNonMaxima(kept, most)).to.deep.equal(kept);
      }),
    );
  });

  it("finds in its own targets the objects that they were made of", () => {
    fc.assert(
      fc.property(fc.array(object, { maxLength: 5 }), (objects) => {
        const width = cellOutputs(grid);
        const targets = new Float32Array(grid.rows * grid.columns * width);
        assignTargets(grid, objects, targets);
        // A network that is sure of what it was to say.
        const outputs = targets.map((value, index) => {
          const channel = index % width;
          if (channel === 0) return value === OBJECTNESS.object ? 40 : -40;
          return channel > 4 ? 40 * value : value;
        });
        const found = decodeDetections(grid, outputs, { sameObject: 1 });
        const own = (cell: number) => targets[cell * width] === OBJECTNESS.object;
        const cells = Array.from({ length: grid.rows * grid.columns }, (_, cell) => cell).filter(own);
        expect(found.length > 0).to.equal(objects.length > 0);
        expect(found.length).to.be.at.most(cells.length);
        // Whoever has a cell of its own to itself is found where it is.
        for (const { box: wanted, category } of objects) {
          const [x, y] = [(wanted.left + wanted.right) / 2, (wanted.top + wanted.bottom) / 2];
          const isAlone = objects.every(
            (other) => other.box === wanted || intersectionOverUnion(other.box, wanted) === 0,
          );
          const isLarge = wanted.right - wanted.left >= 12 && wanted.bottom - wanted.top >= 12;
          if (!isAlone || !isLarge || areaOf(wanted) === 0 || x >= 64 || y >= 48) continue;
          const best = Math.max(
            ...found
              .filter((one) => one.category === category)
              .map((one) => intersectionOverUnion(one.box, wanted)),
          );
          expect(best).to.be.above(0.99);
        }
      }),
    );
  });

  it("packs boxes of any number a sample and gives them back", () => {
    fc.assert(
      fc.property(fc.array(fc.array(object, { maxLength: 4 }), { minLength: 1, maxLength: 6 }), (samples) => {
        const packed = packBoxes(samples);
        for (const [row, boxes] of samples.entries()) {
          expect(boxesOfSample(packed, samples.length, row)).to.deep.equal(boxes);
        }
      }),
    );
  });

  it("scores by the order of the scores alone", () => {
    fc.assert(
      fc.property(fc.array(image, { minLength: 1, maxLength: 5 }), (images) => {
        const scores = averagePrecision(images, 3);
        const shifted = images.map(({ objects, detections }) => ({
          objects,
          detections: detections.map((one) => ({ ...one, score: one.score ** 3 - 5 })),
        }));
        expect(averagePrecision(shifted, 3).map50).to.deep.equal(scores.map50);
        if (!Number.isNaN(scores.map)) {
          expect(scores.map).to.be.within(0, 1 + 1e-12);
          expect(scores.map50).to.be.at.least(scores.map - 1e-12);
        }
      }),
    );
  });

  it("can only lose by a detection of nothing, and only win by an exact one of what is left", () => {
    fc.assert(
      fc.property(image, ({ objects, detections }) => {
        const { map50 } = averagePrecision([{ objects, detections }], 3);
        const nothing = { box: { left: 900, top: 900, right: 910, bottom: 910 }, category: 0, score: 0.5 };
        const worse = averagePrecision([{ objects, detections: [...detections, nothing] }], 3);
        if (Number.isNaN(map50)) return;
        expect(worse.map50).to.be.at.most(map50 + 1e-12);
        // Surer than all others, nothing can come before it.
        const exact = objects.map((one) => ({ ...one, score: 2 }));
        expect(averagePrecision([{ objects, detections: [...exact, ...detections] }], 3).map50).to.be.closeTo(
          1,
          1e-12,
        );
      }),
    );
  });
});
