/** Kinds of scripts, as the server names them. Knows no editor. */

export interface Kind {
  readonly name: string;
  readonly title: string;
  /** The language of a document that holds one. */
  readonly language: string;
  readonly example: string;
}

export const KINDS: readonly Kind[] = [
  { name: "sql", title: "SQL", language: "sql", example: "the ten customers with the highest total of orders" },
  { name: "shell", title: "Shell", language: "shellscript", example: "delete log files older than 30 days" },
  { name: "dockerfile", title: "Dockerfile", language: "dockerfile", example: "run a Flask app with gunicorn on port 8000" },
  { name: "compose", title: "Docker Compose", language: "yaml", example: "postgres and redis with a volume each" },
  { name: "kubernetes", title: "Kubernetes", language: "yaml", example: "a deployment of nginx with three replicas" },
  { name: "regex", title: "Regular expression", language: "plaintext", example: "an ISO date" },
  { name: "python", title: "Python", language: "python", example: "rename all files of a folder to lower case" },
];

export interface Target {
  readonly name: string;
  readonly title: string;
}

const DIALECTS: readonly Target[] = [
  { name: "sqlite", title: "SQLite" },
  { name: "postgres", title: "PostgreSQL" },
  { name: "mysql", title: "MySQL" },
  { name: "duckdb", title: "DuckDB" },
  { name: "tsql", title: "SQL Server" },
  { name: "oracle", title: "Oracle" },
  { name: "snowflake", title: "Snowflake" },
  { name: "bigquery", title: "BigQuery" },
];

/** What a script in this language can be translated to. */
export function targets(language: string): readonly Target[] {
  if (/sql|postgres/i.test(language)) {
    return DIALECTS;
  }
  const shell = { name: "bash", title: "Bash" };
  const posix = { name: "sh", title: "POSIX shell" };
  const python = { name: "python", title: "Python" };
  return language === "shellscript" ? [python, posix, shell] : [shell, python];
}

/** Whole lines of a selection, from 0. One that ends before a line's first character does not take that line. */
export function wholeLines(
  start: { readonly line: number },
  end: { readonly line: number; readonly character: number },
): { readonly first: number; readonly last: number } {
  const last = end.character === 0 && end.line > start.line ? end.line - 1 : end.line;
  return { first: start.line, last };
}
