import { expect } from "chai";

import { crc32c, maskedCrc32c } from "../../../../reports/exports/crc32c.ts";
import { eventFile } from "../../../../reports/exports/eventFile.ts";
import { readEvents } from "./eventRecords.ts";

describe("crc32c", () => {
  it("gives what RFC 3720 (B.4) says", () => {
    expect(crc32c(new Uint8Array(32))).to.equal(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).to.equal(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).to.equal(0x46dd794e);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => 31 - i))).to.equal(0x113fdb5c);
    expect(crc32c(Buffer.from("123456789"))).to.equal(0xe3069283);
  });

  it("is masked as TFRecord files have it", () => {
    // How files of TensorFlow and of TensorBoard 2.21 begin: a record's length, 24 and 72 bytes, with its checksum.
    for (const start of ["1800000000000000a37f4b22", "4800000000000000fe92489d"]) {
      const bytes = Buffer.from(start, "hex");
      expect(maskedCrc32c(bytes.subarray(0, 8))).to.equal(bytes.readUInt32LE(8));
    }
  });
});

describe("eventFile", () => {
  const run = {
    name: ["task-1"],
    scalars: [{ tag: "score", step: 1, value: 0.5, wallTime: 1000 }],
    texts: { about: "Task 1" },
  };

  it("writes these bytes", () => {
    const { name, bytes } = eventFile(run)!;
    expect(name).to.equal("events.out.tfevents.0000001000.freshet");
    expect(Buffer.from(bytes).toString("hex")).to.equal(GOLDEN.join(""));
    expect(readEvents(bytes)).to.deep.equal([
      { wallTime: 1000, fileVersion: "brain.Event:2" },
      {
        wallTime: 1000,
        summary: {
          value: [
            {
              tag: "about",
              tensor: { dtype: 7, stringVal: [Buffer.from("Task 1")] },
              metadata: { pluginData: { pluginName: "text" } },
            },
          ],
        },
      },
      { wallTime: 1000, step: 1, summary: { value: [{ tag: "score", simpleValue: 0.5 }] } },
    ]);
  });

  it("has no file for a run with nothing in it", () => {
    expect(eventFile({ name: ["empty"], scalars: [] })).to.equal(undefined);
  });
});

/** Compared once with what the real TensorBoard reads (otherReaders.deep.test.ts). */
const GOLDEN = [
  "1800000000000000a37f4b22090000000000408f401a0d627261696e2e4576656e743a3273ae6b562a00000000000000",
  "ae8d91f5090000000000408f402a1f0a1d0a0561626f7574420a080742065461736b20314a080a060a04746578747b83",
  "39451b000000000000001a0d9e13090000000000408f4010012a0e0a0c0a0573636f7265150000003f558e5f38",
];
