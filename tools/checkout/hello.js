#!/usr/bin/env node
// npm links the bins of workspaces but not the root package's own; this one makes `npx hello` work in a checkout.
import '../../bin/hello.js';
