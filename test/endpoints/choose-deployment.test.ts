import { chooseDeployment, deploymentNamed } from '../../shared/endpoints/choose-deployment';
import { type Endpoint, endpointSchema } from '../../shared/endpoints/endpoint';
import { nearestNames } from '../../shared/endpoints/nearest-names';

function endpointOf(traffic?: Record<string, number>): Endpoint {
  const selector = { kind: 'model', model: 'm' };
  const deployments = ['blue', 'green', 'idle'].map((name) => ({ name, selector }));
  return endpointSchema.parse({ name: 'e', deployments, ...(traffic && { traffic }) });
}

describe('chooseDeployment', () => {
  test('without traffic all goes to the first deployment', () => {
    expect([0, 50, 99.99].map((roll) => chooseDeployment(endpointOf(), roll).name)).toEqual([
      'blue',
      'blue',
      'blue',
    ]);
  });

  test.each([
    [0, 'blue'],
    [89.99, 'blue'],
    [90, 'green'],
    [99.99, 'green'],
  ])('at 90 to 10 percent a roll of %s goes to %s', (roll, name) => {
    expect(chooseDeployment(endpointOf({ blue: 90, green: 10 }), roll).name).toBe(name);
  });

  test('a deployment at 0 percent is never rolled, but found by name', () => {
    const endpoint = endpointOf({ blue: 0, green: 100 });
    for (let roll = 0; roll < 100; roll += 1) expect(chooseDeployment(endpoint, roll).name).toBe('green');
    expect(deploymentNamed(endpoint, 'idle').name).toBe('idle');
  });

  test('a name that is no deployment says which there are', () => {
    expect(() => deploymentNamed(endpointOf(), 'red')).toThrow(
      'Endpoint "e" has no deployment "red"; it has "blue", "green", "idle"',
    );
  });
});

describe('nearestNames', () => {
  test.each([
    ['flight', ['flights', 'fright', 'weather'], ['flights', 'fright']],
    ['FLIGHTS', ['flights'], ['flights']],
    ['xyz', ['completely-different'], []],
    ['a', ['a1', 'a2', 'a3', 'a4'], ['a1', 'a2', 'a3']],
  ])('near %s of %j: %j', (wanted, names, expected) => {
    expect(nearestNames(wanted, names)).toEqual(expected);
  });
});
