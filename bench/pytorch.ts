import type { PythonLibrary } from "./pythonWith.ts";

/** What training is measured against. */
export const PYTORCH: PythonLibrary = {
  name: "PyTorch",
  module: "torch",
  debian: ["python3-torch", "libopenblas0-pthread"],
  pip: "torch",
};
