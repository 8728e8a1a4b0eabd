/**
 * How long the real services take, in seconds; the clock's speed divides them. Typical values, from the services'
 * documentation and public reports; none is a promise.
 */
export const durations = {
  serviceEnable: 10,
  /** After the operation is done, the API still answers SERVICE_DISABLED for a while. */
  serviceUsable: 15,
  serviceDisable: 10,
  clusterCreate: 360,
  clusterUpdate: 90,
  clusterUpgrade: 300,
  clusterLabels: 5,
  clusterDelete: 240,
  instanceCreate: 420,
  instanceUpdate: 10,
  instanceRestart: 60,
  instanceUpdateWithRestart: 90,
  instanceDelete: 90,
  databaseDelete: 4,
  /** A fresh service account is not yet known everywhere: GET answers 404, policies refuse it. */
  accountVisible: 8,
  peeringCreate: 60,
  peeringUpdate: 30,
  peeringDelete: 60,
  addressInsert: 3,
  addressDelete: 3,
  /** What compute's `operations.wait` waits at most. */
  operationWait: 120,
} as const;
