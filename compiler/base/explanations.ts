import type { DiagnosticCode } from './diagnostic.ts';

/** The long help of each code, for `hello explain`: what it means, why it is so, and what to do. */
export const explanations: Readonly<Record<DiagnosticCode, string>> = {
  HELLO1001: `hello looks for hello.config.yaml (or .yml, .json, .ts, .mjs, .js, .hellorc, .config/hello.*, or the key "hello" of a package.json)
in the working folder and above it, up to the folder that holds a package.json. Name a file elsewhere with --config FILE or
HELLO_CONFIG, or write a new one with \`hello init\`.`,
  HELLO1002: `The file is there, but the system would not let hello read it. Check its permissions, and that it is a file.`,
  HELLO1003: `The text is not YAML (or not JSON, in a .json file). Common causes: a tab for indentation, a colon without a space after
it, a quote that is not closed, the same key twice. The caret stands where the parser gave up; the cause may be a line above.`,
  HELLO1004: `The config has a key that hello does not know. Keys are checked strictly, as a key that is passed over in silence would be
a wish that nobody fulfils. \`hello explain <path>\` lists what may stand there.`,
  HELLO1005: `The value is of the wrong type or out of its bounds. Mind what YAML itself makes of unquoted words: 1e3 is a number, true is
a boolean, 2026-01-01 stays a text. Quote what should be a text. \`hello explain <path>\` says what the key takes.`,
  HELLO1006: `A key without a default is missing. The smallest config is one line: \`name: my-app\`.`,
  HELLO1007: `Google Cloud and Kubernetes each refuse names that break their rules, often minutes into a run. hello checks them first:
lower-case letters, digits and dashes, starting with a letter, and short enough that what is made of the name fits as well.`,
  HELLO1008: `Every resource lives in a Google Cloud project. It comes from \`project:\` in the config, else from
GOOGLE_CLOUD_PROJECT, GCLOUD_PROJECT or CLOUDSDK_CORE_PROJECT; --project overrides both. A project of gcloud's own configuration
is not guessed at.`,
  HELLO1009: `Each part is right by itself, and together they cannot be: a port twice, more connections than the database takes. The
message names both parts. Change one of them.`,
  HELLO1010: `The command line is not one that hello understands. \`hello <command> --help\` has examples.`,
  HELLO1011: `The plan changes something, nobody is there to be asked, and --yes was not given. In a script, run \`hello plan\` first, look
at it, and then \`hello apply --yes\`.`,
  HELLO1012: `A \${…} in the config looks for something that is not there: an environment variable, an option, a file, a path. Give it
a default, \${env:NAME, fallback}, or provide it. The message lists what is near.`,
  HELLO1013: `A \${…} is not one that hello knows, is not closed, refers to itself in a ring, or reads a file outside the project. The kinds are:
\${env:NAME}, \${opt:name}, \${self:path}, \${file:path:key}, \${stage}, \${git:sha} and \${git:branch}.`,
  HELLO1014: `The stage that was asked for, by --stage or HELLO_STAGE, is not one under \`stages:\`. \`prod\` is never chosen by itself.`,
  HELLO1015: `Two stages of the config, in one project, would each make a thing of the same name, and so work on each other's. Give each
stage its own project, or names that contain \${stage}.`,
  HELLO1016: `A value in the config looks like a password, a token or a key. The config is read by everybody who sees the repository. Keep
secrets out of it; the database's password needs no place in it, as hello makes it.`,
  HELLO1017: `What runs is an image that is named, or one that is made of a folder with a Dockerfile. Without \`image\` the folder of the
config is taken. A folder outside of it is not looked into.`,
  HELLO1018: `A public port is open to everybody unless \`allow\` names who may reach it. In a protected stage hello wants to be told that this
is meant: \`allow: ['0.0.0.0/0']\` says so. It is a warning: nothing is kept from happening.`,
  HELLO1019: `Autopilot raises requests that are too small or out of proportion, and refuses those that are too large, often in the middle of
a rollout. hello asks for what it will get: 50m to 30 CPUs, 52Mi to 110Gi of memory, 1 to 6.5 GiB for each CPU.`,
  HELLO2001: `There are no application-default credentials. On your machine: \`gcloud auth application-default login\`. In CI: workload
identity federation, or GOOGLE_APPLICATION_CREDENTIALS. To try without an account: --local.`,
  HELLO2002: `Google did not accept the credentials: they have expired or were revoked. Log in again with
\`gcloud auth application-default login\`.`,
  HELLO2003: `You are logged in, and the account lacks a permission. The message names it. Ask whoever owns the project for a role that
holds it. A permission that was granted a moment ago can take minutes to be known everywhere.`,
  HELLO2004: `The project has no billing account, so nothing that costs money can be made in it. Link one:
https://console.cloud.google.com/billing/linkedaccount`,
  HELLO2005: `A Google API is switched off in the project. hello switches on those that it needs; this one could not be, or is not usable yet.
It takes some minutes after it was enabled for the first time: run again.`,
  HELLO2006: `The project's quota, or the region's stock, does not allow for more. Ask for a higher quota in the console under IAM & Admin,
Quotas; or choose another region or a smaller size.`,
  HELLO2007: `Google answers alike for a project that does not exist and for one that you may not see. Check \`project:\` for a slip, and
\`gcloud auth list\` for the account.`,
  HELLO2008: `The cluster is not reachable: it is being made, it has gone, your kubeconfig's context is another, or a network lies between. With
\`cluster: { existing: … }\`, try \`kubectl --context NAME get ns\`.`,
  HELLO2009: `The command talks to a pod of the app, and there is none that runs: it was never applied, it has no replicas, or
its pods do not start. \`hello status\` tells which, and why.`,
  HELLO2010: `hello itself needs nothing but Node.js. This command hands over to another program, such as psql, which is to be
installed first; the message says how.`,
  HELLO2011: `Your rights suffice, and a policy of the cluster says no: an admission webhook, a ValidatingAdmissionPolicy, or pod security.
The message is the policy's own and names it. Change what it asks for in the config, or talk to whoever runs it. Nothing of this
object was written.`,
  HELLO3001: `The cloud refused the request for what it asks. The message is the service's own. If the config passed \`hello validate\`, this
is a rule that hello does not know: please report it.`,
  HELLO3002: `The request was accepted, and the operation failed later. The message is the service's own. What was done stays; running
again continues from there.`,
  HELLO3003: `The service did not answer, after several tries with growing waits. Check your network and https://status.cloud.google.com.
Running again is safe.`,
  HELLO3004: `A step that this one needs has failed, so it was not tried. Mend the first failure; running again does the rest.`,
  HELLO3005: `Everything was sent, and the thing did not become ready in time. The message says what it waits for: an image that cannot
be pulled, a probe that fails, a pod without room. It may still come up: \`hello status\` looks again. --timeout waits longer.`,
  HELLO3006: `The config has \`app.build\`, and hello does not build images for Google Cloud. Build and push the image that the plan
names, then apply; or give \`app.image\`. The local cloud runs the folder itself.`,
  HELLO3007: `The apply has succeeded. What it would have written down, for \`hello releases\` and \`hello rollback\`, could not be
written: often a right to create ConfigMaps, or a quota on them. No plan ever looks at these records.`,
  HELLO4001: `Somebody changed live between the plan and its execution, and the new change is worse than what was approved. Nothing
unapproved was done. Look at a new plan.`,
  HELLO4002: `Another field manager (a person with kubectl, a controller) holds a field that the config sets. Let it go there, take it out of the
config, or take it over with --force-conflicts.`,
  HELLO4003: `The plan that was approved is not the plan that would be carried out now. Look at a new plan.`,
  HELLO5001: `The change would lose data, and data is lost only when you name what holds it: --allow-data-loss NAME, for each. Back it up
first.`,
  HELLO5002: `Something of this name exists that does not carry hello's mark, so it may be somebody's. Choose another name, or take it over
with --adopt when it is yours. What carries the mark of another app is never taken over.`,
  HELLO5003: `The field is fixed when the thing is made, and making it anew would lose data or is not allowed. Put the old value back, or
make a new thing under another name and move to it.`,
  HELLO5004: `The thing has failed for good: the service itself will not repair it. Delete it by its own tool or console, and run again.`,
  HELLO5005: `The stage says which project it belongs to, and the run would go to another. Leave --project out, or change the stage.`,
  HELLO5006: `A protected stage loses nothing by accident: name it with --allow-protected STAGE to destroy it, or to let data go. \`prod\` is
protected unless the config says otherwise.`,
  HELLO6001: `A command with --local or \`hello local …\` wants a local cloud that runs, and none does. Start it: \`hello local start\`.`,
  HELLO6002: `The local cloud ended while it started, or did not answer in time. Its log is .hello/local/daemon.log.`,
  HELLO6003: `A local cloud of another version of hello runs in this folder. Stop it with \`hello local stop\`; its state stays.`,
  HELLO6004: `Another program listens on the port that is wanted. Stop it, or choose another port.`,
  HELLO9001: `Something happened in hello that should not be possible. It is not your fault. Please report it with what the message
says; your config and secrets are not in it.`,
  HELLO9002: `hello sent a change, the service accepted it, and the difference is still there. hello's idea of the field is wrong. Please
report it with the field's name. Nothing else is affected.`,
};
