"use strict";
// What several scripts do with the lines that run-matrix.js writes.
const rowsOf = (text) => text.split("\n").filter(Boolean).map((line) => JSON.parse(line));

function median(list) {
  const sorted = [...list].sort((a, b) => a - b), half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

// [ours, node] of each run that has both; or another server's figures in the place of ours.
function pairs(rows, key, label = "ours") {
  const node = rows.filter((row) => row.label === "node");
  return rows.filter((row) => row.label === label)
    .map((row) => [row[key], node.find((other) => other.name === row.name && other.workers === row.workers && other.run === row.run)?.[key]])
    .filter(([ours, other]) => ours != null && other);
}

// What went wrong in these runs, in words; "" when nothing did.
function damage(rows, labels = ["ours", "node"]) {
  const kinds = { lost: "lost", dup: "doubled", wrong_values: "wrong", reordered: "reordered", closed_unexpectedly: "clients cut off" };
  return Object.entries(kinds).flatMap(([key, word]) => labels.flatMap((label) => {
    const sum = rows.filter((row) => row.label === label).reduce((total, row) => total + Math.abs(row[key] || 0), 0);
    return sum ? [`${label} ${sum} ${word}`] : [];
  })).join(", ");
}

module.exports = { rowsOf, median, pairs, damage };
