import { posix } from 'node:path';
import type { Plugin } from 'rolldown';

/**
 * Lets code find the files beside it after it was bundled: `import.meta.url` stays the place of the module, as if it had
 * been compiled alone, whichever file of dist/ it ended up in.
 */
export function modulePlaces(root: string): Plugin {
  const mark = (path: string): string => `import.meta.hello_${Buffer.from(path).toString('hex')}`;
  return {
    name: 'module-places',
    transform(code, id) {
      if (id.includes('/node_modules/') || !code.includes('import.meta.url')) return null;
      const place = id.slice(root.length).replaceAll('\\', '/').replace(/\.ts$/, '.js');
      return { code: code.replaceAll('import.meta.url', mark(place)) };
    },
    renderChunk(code, chunk) {
      if (!code.includes('import.meta.hello_')) return null;
      return code.replaceAll(/import\.meta\.hello_([0-9a-f]+)/g, (_match, hex: string) => {
        const place = Buffer.from(hex, 'hex').toString();
        const path = posix.relative(posix.dirname(chunk.fileName), place);
        return `new URL(${JSON.stringify(path)}, import.meta.url).href`;
      });
    },
  };
}
