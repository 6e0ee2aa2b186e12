/** Extensions that show grey text too: an editor shows one suggestion at a time. Knows no editor. */

/** Their ids, in lower case, and their names. */
export const RIVALS: ReadonlyMap<string, string> = new Map([
  ["amazonwebservices.amazon-q-vscode", "Amazon Q"],
  ["augment.vscode-augment", "Augment"],
  ["codeium.codeium", "Windsurf (Codeium)"],
  ["continue.continue", "Continue"],
  ["ggml-org.llama-vscode", "llama.vscode"],
  ["github.copilot", "GitHub Copilot"],
  ["google.geminicodeassist", "Gemini Code Assist"],
  ["huggingface.huggingface-vscode", "llm-vscode"],
  ["rjmacarthy.twinny", "twinny"],
  ["smallcloud.codify", "Refact"],
  ["sourcegraph.cody-ai", "Cody"],
  ["supermaven.supermaven", "Supermaven"],
  ["tabbyml.vscode-tabby", "Tabby"],
  ["tabnine.tabnine-vscode", "Tabnine"],
]);

/** The names of those among the ids of extensions that are there. */
export function rivalsAmong(ids: Iterable<string>): string[] {
  const found = [...ids].map((id) => RIVALS.get(id.toLowerCase()));
  return found.filter((name) => name !== undefined).sort();
}
