/** One API server of the local cloud in a process of its own, whose memory is its alone. Speaks with its parent. */
import { scaledClock } from '../compiler/simulator/clock.ts';
import { createClusterServer } from '../compiler/simulator/kubernetes/cluster-server.ts';
import { openStore } from '../compiler/simulator/store.ts';

const [token = ''] = process.argv.slice(2);
const { endpoint, caPem } = await createClusterServer({
  id: 'projects/bench/locations/europe-west1/clusters/bench',
  store: openStore(),
  clock: scaledClock(1),
  token,
  podRuntime: {
    logs: () => undefined,
    follow: () => () => undefined,
    exec: () => undefined,
    hostPort: () => undefined,
    usage: () => undefined,
  },
});
process.on('message', () => process.send?.({ memory: process.memoryUsage() }));
process.on('disconnect', () => process.exit());
process.send?.({ endpoint, caPem });
