/**
 * Text that arrives in parts and becomes one document, as one step of undo.
 *
 * Parts that come while an edit is under way wait and go in together. Knows no editor: `apply` makes an edit.
 */

/** An edit: from this offset on, the text is `text`. */
export interface Edit {
  readonly from: number;
  readonly text: string;
  readonly isFirst: boolean;
}

export class Writing {
  private wanted = "";
  private there = "";
  private isFirst = true;
  private work: Promise<void> | undefined;
  private readonly apply: (edit: Edit) => Promise<void>;

  constructor(apply: (edit: Edit) => Promise<void>) {
    this.apply = apply;
  }

  /** More of the text. */
  add(part: string): void {
    this.wanted += part;
    this.go();
  }

  /** What has come is void: it stands until something else comes. */
  clear(): void {
    this.wanted = "";
  }

  /** This is all of it. Settled when it is written; rejected where an edit was. */
  async finish(text: string): Promise<void> {
    this.wanted = text;
    this.go();
    await this.work;
  }

  private go(): void {
    this.work ??= this.write().finally(() => (this.work = undefined));
    // Heard by `finish`; before that nobody waits.
    this.work.catch(() => undefined);
  }

  private async write(): Promise<void> {
    while (this.there !== this.wanted) {
      const text = this.wanted;
      const from = common(this.there, text);
      await this.apply({ from, text: text.slice(from), isFirst: this.isFirst });
      this.isFirst = false;
      this.there = text;
    }
  }
}

function common(one: string, other: string): number {
  let length = 0;
  while (length < one.length && length < other.length && one[length] === other[length]) {
    length += 1;
  }
  return length;
}
