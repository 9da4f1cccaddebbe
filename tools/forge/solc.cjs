#!/usr/bin/env node
// The project's compiler (npm solc, which Hardhat uses too) with the command line that forge expects of a compiler:
// --version, and a standard JSON input on standard input.
const solc = require("solc");

if (process.argv.includes("--version")) {
  const version = solc.version().replace(".Emscripten.clang", ".Linux.g++");
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${version}\n`);
} else {
  let input = "";
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (chunk) => {
    input += chunk;
  });
  process.stdin.on("end", () => process.stdout.write(solc.compile(input)));
}
