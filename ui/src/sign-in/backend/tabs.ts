// What the tabs of one browser tell each other; there is no secret in it.

export interface News {
  /** Who has signed in, by the provider's `sub` where it is known. */
  readonly signedIn?: string;
  readonly signedOut?: boolean;
}

export class Tabs {
  readonly #channel = new BroadcastChannel("sign-in");

  tell(news: News): void {
    this.#channel.postMessage(news);
  }

  listen(onNews: (news: News) => void): () => void {
    const hear = (event: MessageEvent<News>): void => onNews(event.data);
    this.#channel.addEventListener("message", hear);
    return () => this.#channel.removeEventListener("message", hear);
  }
}
