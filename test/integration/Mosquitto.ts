import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";

/** Where Debian's package puts the broker. */
const BINARIES = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/usr/bin/mosquitto"];

/** The broker's program; undefined where it is not installed. */
export const MOSQUITTO = BINARIES.find((path) => existsSync(path));

/** Skips a test, plainly, where there is no broker. */
export function requireMosquitto(test: Mocha.Context): void {
  if (MOSQUITTO !== undefined) return;
  test.test!.title += " (skipped: mosquitto is not installed; apt-get install mosquitto)";
  test.skip();
}

/** A real MQTT broker on a free port of this machine, whose sessions outlive it. */
export class Mosquitto {
  readonly port: number;
  readonly #directory: string;
  #process: ChildProcess | undefined;

  private constructor(port: number, directory: string) {
    this.port = port;
    this.#directory = directory;
  }

  /**
   * Starts a broker.
   *
   * @param directory - For its files.
   * @param lines - Of its configuration, beside port and sessions; anybody may connect unless they say otherwise.
   */
  static async start(
    directory: string,
    lines: readonly string[] = ["allow_anonymous true"],
  ): Promise<Mosquitto> {
    const port = await freePort();
    const broker = new Mosquitto(port, directory);
    const configuration = [
      `listener ${port} 127.0.0.1`,
      ...lines,
      "persistence true",
      `persistence_location ${directory}/`,
      "autosave_interval 1",
      "autosave_on_changes true",
      ...(process.getuid?.() === 0 ? ["user root"] : []),
    ];
    await writeFile(join(directory, "mosquitto.conf"), `${configuration.join("\n")}\n`);
    await broker.again();
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  /** Starts it again, after a `kill`. */
  async again(): Promise<void> {
    const child = spawn(MOSQUITTO!, ["-c", join(this.#directory, "mosquitto.conf")], { stdio: "ignore" });
    this.#process = child;
    for (let i = 0; i < 200; i++) {
      if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}`);
      if (await answers(this.port)) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error("mosquitto does not answer");
  }

  /** Kills it without a word. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }
}

/** Makes an authority, and a certificate for 127.0.0.1 that it signed, in a directory. */
export function makeCertificates(directory: string, name: string): { authority: string; lines: string[] } {
  const at = (file: string) => join(directory, `${name}-${file}`);
  const openssl = (...words: string[]) => execFileSync("openssl", words, { stdio: "ignore" });
  const subject = (common: string) => ["-subj", `/CN=${common}`];
  openssl(
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "2",
    ...subject(`${name} authority`),
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.pem"),
  );
  openssl(
    "req",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    ...subject("127.0.0.1"),
    "-addext",
    "subjectAltName=IP:127.0.0.1",
    "-keyout",
    at("key.pem"),
    "-out",
    at("request.pem"),
  );
  openssl(
    "x509",
    "-req",
    "-in",
    at("request.pem"),
    "-CA",
    at("ca.pem"),
    "-CAkey",
    at("ca.key"),
    "-CAcreateserial",
    "-days",
    "2",
    "-copy_extensions",
    "copy",
    "-out",
    at("certificate.pem"),
  );
  return {
    authority: at("ca.pem"),
    lines: [`certfile ${at("certificate.pem")}`, `keyfile ${at("key.pem")}`],
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
