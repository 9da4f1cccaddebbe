import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { readWorkersConfig } from "../../../workers/workerConfig.ts";
import { rejected } from "../thrown.ts";

const device = { name: "a", cost: "5", twinCost: "6", privacyPolicy: { kind: "fraction", fraction: 0.5 } };

describe("workerConfig", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-workers-"));
  });
  after(() => rm(directory, { recursive: true }));

  const reading = async (value: unknown) => {
    const path = join(directory, "workers.json");
    await writeFile(path, typeof value === "string" ? value : JSON.stringify(value));
    return readWorkersConfig(path);
  };

  it("reads devices, costs as whole wei", async () => {
    const { devices } = await reading({ devices: [device] });
    expect(devices).to.deep.equal([{ ...device, cost: 5n, twinCost: 6n }]);
  });

  it("reads the examples", async () => {
    for (const name of ["workers.json", "turbofan-workers.json", "machine-anomalies-workers.json"]) {
      const path = fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));
      expect((await readWorkersConfig(path)).devices).to.have.length(10);
    }
  });

  it("reads what mechanisms ask about devices, each by its own schema", async () => {
    const path = fileURLToPath(new URL("../../../examples/model-trading-workers.json", import.meta.url));
    const { devices } = await readWorkersConfig(path);
    expect(devices).to.have.length(5);
    const section = devices[0]!.mechanisms!["model-trading"] as Record<string, unknown>;
    // As its mechanism parsed it: a cost is a whole number, and defaults are filled in.
    expect(section).to.include({ computationCost: 10n ** 18n, potential: 0.9 });
    expect(devices[0]!.twinMechanisms).to.equal(undefined);
  });

  it("reads where devices' own data are, relative to the file", async () => {
    const places = [
      { directory: "pump-7" },
      { csv: "logs/pump.csv" },
      { folder: "/srv/images" },
      {
        mqtt: "mqtts://broker:8883",
        topic: "plant/pump/7",
        user: "pump",
        password: { file: "secret" },
        authority: "ca.pem",
      },
    ];
    const { devices } = await reading({
      devices: [device, ...places.map((data, i) => ({ ...device, name: `own ${i}`, data }))],
    });
    expect(devices.map(({ data }) => data)).to.deep.equal([
      undefined,
      { directory: join(directory, "pump-7") },
      { csv: join(directory, "logs/pump.csv") },
      { folder: "/srv/images" },
      {
        ...places[3],
        format: "json",
        password: { file: join(directory, "secret") },
        authority: join(directory, "ca.pem"),
      },
    ]);
  });

  it("repeats no password that somebody put into a broker's URL", async () => {
    const data = { mqtt: "mqtt://pump:secret@broker:1883", topic: "plant/pump/7" };
    const error = await rejected(reading({ devices: [{ ...device, data }] }));
    expect(error.message).to.contain("without user and password").and.not.contain("secret");
  });

  const wrong: [value: unknown, said: RegExp][] = [
    ["{", /JSON/],
    [{ devices: [] }, /devices/],
    [{ devices: [{ ...device, cost: 5 }] }, /cost/],
    [{ devices: [{ ...device, cost: "-5" }] }, /devices\[0\]\.cost: amounts are whole numbers of wei/],
    [{ devices: [device, { ...device, privacyPolicy: { kind: "all" } }] }, /devices\[1\]\.privacyPolicy/],
    [{ devices: [{ ...device, privacyPolicy: { kind: "labels", allow: [256] } }] }, /privacyPolicy\.allow/],
    [{ devices: [{ ...device, privacyPolicy: { kind: "fraction", fraction: 1.1 } }] }, /fraction/],
    [{ devices: [{ ...device, data: { directroy: "x" } }] }, /devices\[0\]\.data: .*"directory"/],
    [
      { devices: [1, 2].map((i) => ({ ...device, data: { csv: `${i}.csv` } })) },
      /devices\[1\]\.name: another device with data of its own is called a too/,
    ],
    [{ devices: [{ ...device, mechanisms: { nothing: {} } }] }, /no mechanism nothing asks about devices/],
    [{ devices: [{ ...device, mechanisms: { "aoi-contract": {} } }] }, /no mechanism aoi-contract asks/],
    [
      { devices: [{ ...device, twinMechanisms: { "model-trading": { accuracy: 2 } } }] },
      /twinMechanisms.*accuracy/,
    ],
  ];
  for (const [value, said] of wrong) {
    it(`names what is wrong: ${said}`, async () => {
      const error = await rejected(reading(value));
      expect(error.code).to.equal("WORKERS_CONFIG_INVALID");
      expect(error.details).to.match(said);
    });
  }

  it("says when there is no such file", async () => {
    expect((await rejected(readWorkersConfig(join(directory, "none")))).code).to.equal("FILE_UNREADABLE");
  });
});
