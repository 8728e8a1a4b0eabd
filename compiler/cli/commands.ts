import type { Command, CommandGroup, Named } from './command.ts';

/** A command before it is loaded: as much as the list of commands needs. */
export interface CommandEntry extends Named {
  load(): Promise<Command | CommandGroup>;
}

/** Every command, in the order of the help. A run loads the one that it is about, and nothing of the others. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'write a hello.config.yaml for the app in this folder; never overwrites one',
    load: async () => (await import('./commands/init.ts')).initCommand,
  },
  {
    name: 'validate',
    summary: 'check the config, offline',
    load: async () => (await import('./commands/validate.ts')).validateCommand,
  },
  {
    name: 'print',
    summary: 'print the config with everything resolved and all defaults, offline',
    load: async () => (await import('./commands/print.ts')).printCommand,
  },
  {
    name: 'graph',
    summary: 'draw what needs what, and what decides how long a first apply takes, offline',
    load: async () => (await import('./commands/graph.ts')).graphCommand,
  },
  {
    name: 'compile',
    summary: 'print or write the graph of resources, the Kubernetes manifests and the Google calls, offline',
    load: async () => (await import('./commands/compile.ts')).compileCommand,
  },
  {
    name: 'plan',
    summary: 'show what apply would do, by looking at what is live',
    load: async () => (await import('./commands/plan.ts')).planCommand,
  },
  {
    name: 'apply',
    summary: 'make live what the config says: plan, ask, carry out, wait until healthy',
    load: async () => (await import('./commands/apply.ts')).applyCommand,
  },
  {
    name: 'status',
    summary: 'show how the app is now: URL, replicas, database, drift',
    load: async () => (await import('./commands/status.ts')).statusCommand,
  },
  {
    name: 'logs',
    summary: 'print what the pods write; with --follow, as they write it',
    load: async () => (await import('./commands/logs.ts')).logsCommand,
  },
  {
    name: 'open',
    summary: 'print the URL of the app, and open it in the browser',
    load: async () => (await import('./commands/open.ts')).openCommand,
  },
  {
    name: 'restart',
    summary: 'replace the pods by new ones, a few at a time, and wait until healthy',
    load: async () => (await import('./commands/restart.ts')).restartCommand,
  },
  {
    name: 'releases',
    summary: 'list what was applied, and when, and by whom',
    load: async () => (await import('./commands/releases.ts')).releasesCommand,
  },
  {
    name: 'rollback',
    summary: 'let the services run as in an earlier release, and wait until healthy',
    load: async () => (await import('./commands/rollback.ts')).rollbackCommand,
  },
  {
    name: 'exec',
    summary: 'run a command in a pod',
    load: async () => (await import('./commands/exec.ts')).execCommand,
  },
  {
    name: 'db',
    summary: 'reach the database: psql, or a local port',
    load: async () => (await import('./commands/db.ts')).dbCommands,
  },
  {
    name: 'destroy',
    summary: 'remove what apply made; data only when it is named',
    load: async () => (await import('./commands/destroy.ts')).destroyCommand,
  },
  {
    name: 'local',
    summary: 'the local cloud: Google Cloud and Kubernetes on this machine',
    load: async () => (await import('./commands/local.ts')).localCommands,
  },
  {
    name: 'explain',
    summary: 'the long help of a code, or the documentation of a key of the config',
    load: async () => (await import('./commands/explain.ts')).explainCommand,
  },
  {
    name: 'schema',
    summary: 'print the JSON Schema of the config, of a plan or of a line of events',
    load: async () => (await import('./commands/schema.ts')).schemaCommand,
  },
  {
    name: 'completion',
    summary: 'print the script that teaches a shell to complete hello',
    load: async () => (await import('./commands/completion.ts')).completionCommand,
  },
];
