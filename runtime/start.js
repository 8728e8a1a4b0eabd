// The command of the image. Node.js runs TypeScript everywhere but under node_modules, where the package has JavaScript, too.
await import(import.meta.url.includes('/node_modules/') ? '../dist/runtime/main.js' : './main.ts');
