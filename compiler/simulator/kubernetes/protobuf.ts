import { ApiError } from './status-error.ts';

export function decodeProtobuf(_body: Buffer): unknown {
  throw new ApiError(415, 'UnsupportedMediaType', 'protobuf');
}
