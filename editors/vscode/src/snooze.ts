/** No suggestions for a while. */

import * as vscode from "vscode";

export const MINUTES = [5, 15, 60] as const;

export class Snooze implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onChange = this.changed.event;
  private timer: NodeJS.Timeout | undefined;
  private until: Date | undefined;

  get isOn(): boolean {
    return this.until !== undefined;
  }

  /** When suggestions come back, as the clock shows it; "" while they are there. */
  get untilWhen(): string {
    return this.until?.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) ?? "";
  }

  begin(minutes: number): void {
    clearTimeout(this.timer);
    this.until = new Date(Date.now() + minutes * 60_000);
    this.timer = setTimeout(() => this.end(), minutes * 60_000);
    void vscode.commands.executeCommand("editor.action.inlineSuggest.hide");
    this.changed.fire();
  }

  end(): void {
    clearTimeout(this.timer);
    this.until = undefined;
    this.changed.fire();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.changed.dispose();
  }
}
