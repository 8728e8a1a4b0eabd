/**
 * One apply that changed what runs, as the cluster remembers it. History, not state: no plan looks at it, and without it
 * nothing but `releases` and `rollback` knows less.
 */
export interface Release {
  /** Counts from 1, in the order of the applies. */
  readonly number: number;
  /** When it was healthy, in RFC 3339. */
  readonly at: string;
  /** Whom the cluster took the one who applied for. */
  readonly by?: string;
  /** The version of hello. */
  readonly hello: string;
  readonly stage?: string;
  /** SHA-256 of the spec. */
  readonly spec_hash: string;
  /** SHA-256 of the contents. */
  readonly contents_hash: string;
  readonly services: readonly ReleasedService[];
  /** It put back this earlier one. */
  readonly rolled_back_to?: number;
}

/** What ran as one service. `digest` is what the image's name stood for then, where the nodes told it. */
export interface ReleasedService {
  readonly name: string;
  readonly image: string;
  readonly digest?: string;
}

/** All that is needed to let the services run as they did: no secrets, which are named in it and never told. */
export interface ReleaseContents {
  readonly services: Readonly<Record<string, ServiceContents>>;
}

/** The pod template as it was sent, and the data of the ConfigMap that it reads. */
export interface ServiceContents {
  readonly template: unknown;
  readonly config?: Readonly<Record<string, string>>;
}
