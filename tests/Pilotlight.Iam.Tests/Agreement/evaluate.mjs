// Reads cases, one JSON object a line, and answers each with one line: what @cloud-copilot/iam-simulate decides.
// Its engine is called below its validation, which knows which keys an action has and would leave out the others.
import { createInterface } from 'node:readline';
import { loadPolicy } from '@cloud-copilot/iam-policy';

const base = new URL('./node_modules/@cloud-copilot/iam-simulate/dist/esm/', import.meta.url);
const { authorize } = await import(new URL('core_engine/CoreSimulatorEngine.js', base));
const { AwsRequestImpl } = await import(new URL('request/request.js', base));
const { RequestContextImpl } = await import(new URL('requestContext.js', base));
const { DiscoveryContextKeyConstraints } = await import(new URL('context_keys/discoveryContextKeyConstraints.js', base));

const load = (policy, index) => loadPolicy(policy, { name: String(index) });
const levels = policies => (policies ?? []).map((level, index) => ({ orgIdentifier: String(index), policies: level.map(load) }));

function decide(test) {
  const { result } = authorize({
    request: new AwsRequestImpl(
      test.principal === '' ? { type: 'Anonymous' } : test.principal,
      { resource: test.resource, accountId: test.owner }, test.action, new RequestContextImpl(test.keys)),
    identityPolicies: test.identity.map(load),
    permissionBoundaries: test.boundary ? [load(test.boundary, 0)] : undefined,
    sessionPolicy: test.session ? load(test.session, 0) : undefined,
    resourcePolicy: test.resourcePolicy ? load(test.resourcePolicy, 0) : undefined,
    serviceControlPolicies: levels(test.serviceControl),
    resourceControlPolicies: levels(test.resourceControl),
    vpcEndpointPolicies: undefined,
    simulationParameters: { simulationMode: 'Strict', discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([]) },
    serviceSettings: { s3: {} },
  });
  return result;
}

const answers = [];
for await (const line of createInterface({ input: process.stdin })) {
  try {
    answers.push(decide(JSON.parse(line)));
  } catch (error) {
    answers.push(`error ${error.message}`);
  }
}
process.stdout.write(answers.join('\n') + '\n');
