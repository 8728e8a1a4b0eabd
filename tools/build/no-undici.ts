/**
 * Stands in for undici in the bundle, of which it would be a third. The client of Kubernetes sends its own requests by it,
 * and we send ours by Node.js: of the client only the kubeconfig and its credentials are used.
 */
function isLeftOut(): never {
  throw new Error('undici is not in the bundle: only what reads a kubeconfig is');
}

export { isLeftOut as Agent, isLeftOut as ProxyAgent, isLeftOut as fetch };
