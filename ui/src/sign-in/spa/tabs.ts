// What the tabs of one browser tell each other about a sign-in; the provider's frame at `/frontchannel-logout` speaks here too.

export type News =
  | { readonly kind: "began" }
  | { readonly kind: "ended"; readonly sid?: string }
  | { readonly kind: "frontchannel-logout"; readonly sid?: string };

export class Tabs {
  readonly #channel = new BroadcastChannel("sign-in");

  constructor(hear: (news: News) => void) {
    this.#channel.addEventListener("message", ({ data }: MessageEvent<News>) => hear(data));
  }

  tell(news: News): void {
    this.#channel.postMessage(news);
  }
}
