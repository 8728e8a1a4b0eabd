/**
 * Whether a text names an image: lower-case path with a registry before and a tag or a digest after it, if any.
 * https://pkg.go.dev/github.com/distribution/reference
 */
export function isImageReference(text: string): boolean {
  return text.length <= 255 + 128 + 1 + 255 && reference.test(text);
}

const domain = String.raw`(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::\d+)?`;
const part = String.raw`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*`;
const reference = new RegExp(
  String.raw`^(?:${domain}/)?${part}(?:/${part})*(?::[\w][\w.-]{0,127})?(?:@[A-Za-z][\w+.-]*:[0-9a-fA-F]{32,})?$`,
);
