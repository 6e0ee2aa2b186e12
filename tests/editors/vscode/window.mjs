/** One window of the editor with a folder of its own, and what a person sees and does in it. */

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { PATIENCE, screenshot, until } from "./codeserver.mjs";

const SELECTORS = {
  ghost: ".monaco-editor [class*=ghost-text-decoration]",
  input: ".quick-input-widget:not([style*='display: none']) input",
  rows: ".quick-input-widget .quick-input-list .monaco-list-row",
  status: "#lsp-copilot\\.lsp-copilot\\.lsp-copilot\\.status",
  toasts: ".notifications-toasts .notification-list-item-message",
};

/** Open a window on a new folder that holds `files`; the first of them is opened. */
export async function open(code, name, files) {
  const folder = path.join(code.folder, "projects", name);
  for (const [file, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  }
  const context = await code.browser.newContext({ viewport: { width: 1100, height: 700 } });
  const page = await context.newPage();
  const first = path.join(folder, Object.keys(files)[0]);
  const query = new URLSearchParams({
    folder,
    payload: JSON.stringify([["openFile", `vscode-remote://127.0.0.1:${code.port}${first}`]]),
  });
  await page.goto(`http://127.0.0.1:${code.port}/?${query}`);
  await page.waitForSelector(".monaco-editor .view-line", { timeout: PATIENCE });
  return new Window(page, folder, first);
}

export class Window {
  constructor(page, folder, file) {
    this.page = page;
    this.folder = folder;
    this.file = file;
  }

  /** The words of the status item for people who listen: "lsp-copilot: ready. …". */
  async status() {
    const item = this.page.locator(SELECTORS.status);
    return (await item.getAttribute("aria-label", { timeout: 1000 })) ?? (await item.locator("a").getAttribute("aria-label"));
  }

  statusIs(name) {
    return until(async () => new RegExp(`lsp-copilot: ${name}\\.`).test(await this.status()), `the status ${name}`).catch(
      async (error) => {
        throw new Error(`${error.message}; the status is ${await this.status().catch(() => "not there")}`);
      },
    );
  }

  /** Put the cursor behind the text of a line (from 1). */
  async cursorAtEnd(line) {
    await this.page.locator(".monaco-editor .view-lines").first().click();
    await this.page.keyboard.press("Control+Home");
    for (let count = 1; count < line; count += 1) {
      await this.page.keyboard.press("ArrowDown");
    }
    await this.page.keyboard.press("End");
  }

  type(text) {
    return this.page.keyboard.type(text, { delay: 20 });
  }

  press(key) {
    return this.page.keyboard.press(key);
  }

  /** The grey text, "" while there is none. It stands in several coloured pieces. */
  ghost() {
    return this.page.evaluate(
      (selector) => [...document.querySelectorAll(selector)].map((each) => each.textContent).join("").replace(/\u00a0/g, " "),
      SELECTORS.ghost,
    );
  }

  /** Wait for grey text; it is asked for again as a person would whose first key came too early. */
  async ghostShown() {
    let asked = Date.now();
    return until(async () => {
      const text = await this.ghost();
      if (text === "" && Date.now() - asked > 3000) {
        asked = Date.now();
        await this.press("Alt+Backslash");
      }
      return text;
    }, "grey text");
  }

  ghostGone() {
    return until(async () => (await this.ghost()) === "", "the end of the grey text");
  }

  /** Save, and wait until the file holds this: the editor empties a file before it writes it. */
  async saved(expected) {
    await this.press("Control+s");
    try {
      await until(() => fs.readFileSync(this.file, "utf8") === expected, "the saved file");
    } catch {
      assert.equal(fs.readFileSync(this.file, "utf8"), expected);
    }
  }

  /** The text of the active editor, as far as it is on the screen. */
  text() {
    return this.page.evaluate(() => {
      const rows = [...document.querySelectorAll(".editor-group-container.active .monaco-editor .view-line")];
      const top = (row) => Number.parseFloat(row.style.top);
      return rows
        .sort((one, other) => top(one) - top(other))
        .map((row) => row.textContent.replace(/\u00a0/g, " ").trimEnd())
        .join("\n");
    });
  }

  /** Run a command by its title in the command palette. */
  async command(title) {
    await this.press("F1");
    await this.page.waitForSelector(SELECTORS.input, { timeout: PATIENCE });
    await this.page.keyboard.type(title);
    await until(async () => (await this.rows())[0]?.includes(title), `the command ${title}`);
    await this.press("Enter");
  }

  /** The entries of the open list. */
  rows() {
    return this.page.locator(SELECTORS.rows).allInnerTexts();
  }

  /** Wait for a list whose entries include this, and choose it. */
  async choose(label) {
    await this.listed(label);
    await this.page.locator(SELECTORS.rows).filter({ hasText: label }).first().click();
  }

  listed(label) {
    return until(async () => (await this.rows()).some((row) => row.includes(label)), `the entry ${label}`);
  }

  /** Answer the open input box. */
  async answer(text) {
    await until(async () => (await this.page.locator(SELECTORS.rows).count()) === 0, "the input box");
    await this.page.waitForSelector(SELECTORS.input, { timeout: PATIENCE });
    await this.page.locator(SELECTORS.input).first().fill(text);
    await this.press("Enter");
  }

  /** Wait until a page of the extension shows these words: it stands in frames of its own. */
  pageShows(words) {
    return until(async () => {
      for (const frame of this.page.frames()) {
        if ((await frame.locator("body").innerText({ timeout: 1000 }).catch(() => "")).includes(words) && frame !== this.page.mainFrame()) {
          return true;
        }
      }
      return false;
    }, `a page with ${words}`);
  }

  openMenu() {
    return this.page.locator(SELECTORS.status).click();
  }

  /** Wait for a message to the user that includes this and has come into sight; answers with all of it. */
  async said(words) {
    await this.page
      .locator(".notification-toast")
      .filter({ hasText: words })
      .first()
      .waitFor({ timeout: PATIENCE })
      .catch(() => undefined);
    return until(
      async () => (await this.page.locator(SELECTORS.toasts).allInnerTexts()).find((text) => text.includes(words)),
      `the message ${words}`,
    );
  }

  messages() {
    return this.page.locator(SELECTORS.toasts).allInnerTexts();
  }

  screenshot(name) {
    return screenshot(this.page, name);
  }

  async close() {
    await this.page.context().close();
  }
}
