/** Texts in which the model that is built in has something to say. No test knows what: it reads it and goes by it. */

import fs from "node:fs";

const INVENTORY = fs.readFileSync(new URL("../../../examples/inventory.py", import.meta.url), "utf8");
const METHOD = `    def find(self, name: str) -> Item:
        """Find an item, or raise \`KeyError\` if it does not exist."""
        if name not in self.items:
`;
const AT = INVENTORY.indexOf("    def remove(self");

/** A Python file with an unfinished method. */
export const TEXT = `${INVENTORY.slice(0, AT)}${METHOD}\n${INVENTORY.slice(AT)}`;
/** The last line of the method, from 1. */
export const LINE = (INVENTORY.slice(0, AT) + METHOD).split("\n").length - 1;
/** What is typed in a new line below it. */
export const TYPED = "raise ";

/** The file after this was written in a new line below the method. */
export function after(words) {
  return `${INVENTORY.slice(0, AT)}${METHOD}            ${words}\n\n${INVENTORY.slice(AT)}`;
}
