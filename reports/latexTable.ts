import type { Table } from "./Table.ts";

/** What characters mean to LaTeX, or are called by it: with pdfLaTeX too, whose fonts have few others. */
const LATEX: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  $: "\\$",
  "&": "\\&",
  "#": "\\#",
  "%": "\\%",
  _: "\\_",
  "^": "\\textasciicircum{}",
  "~": "\\textasciitilde{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  '"': "\\textquotedbl{}",
  "\n": " ",
  "±": "$\\pm$",
  "−": "$-$",
  "–": "--",
  "—": "---",
  "·": "$\\cdot$",
  "×": "$\\times$",
  "≤": "$\\leq$",
  "≥": "$\\geq$",
  "…": "\\ldots{}",
  "€": "\\texteuro{}",
  α: "$\\alpha$",
  β: "$\\beta$",
  γ: "$\\gamma$",
  δ: "$\\delta$",
  ε: "$\\varepsilon$",
  η: "$\\eta$",
  θ: "$\\theta$",
  λ: "$\\lambda$",
  μ: "$\\mu$",
  σ: "$\\sigma$",
  τ: "$\\tau$",
  ω: "$\\omega$",
};

/**
 * A table in LaTeX, as a `tabular` with the rules of the package booktabs. Whatever is in a cell is text: nothing of it is
 * read as LaTeX.
 *
 * @example
 * latexTable({ columns: [{ header: "50 %" }], rows: [["a_b"]] }); // … 50 \% … a\_b …
 */
export function latexTable({ columns, rows }: Table): string {
  const alignment = columns.map(({ align }) => (align === "right" ? "r" : "l")).join("");
  return [
    "% needs \\usepackage[T1]{fontenc} and \\usepackage{booktabs}; for € also \\usepackage{textcomp}",
    `\\begin{tabular}{${alignment}}`,
    "\\toprule",
    row(columns.map(({ header }) => header)),
    "\\midrule",
    ...rows.map(row),
    "\\bottomrule",
    "\\end{tabular}",
  ].join("\n");
}

function row(cells: readonly string[]): string {
  const line = cells.map(latexText).join(" & ");
  // A row that begins with a bracket would be taken for the optional argument of the one before.
  return `${line.startsWith("[") ? `{}${line}` : line} \\\\`;
}

/** A text of which LaTeX sets every character. */
export function latexText(text: string): string {
  return Array.from(text, (character) => LATEX[character] ?? character).join("");
}
