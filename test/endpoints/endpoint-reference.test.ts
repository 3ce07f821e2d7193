import { readFileSync } from 'node:fs';
import path from 'node:path';
import { batchSettingsSchema, endpointSchema } from '../../shared/endpoints/endpoint';

const page = readFileSync(path.join(__dirname, '../../docs/reference/endpoint.md'), 'utf8');

describe('docs/reference/endpoint.md', () => {
  test('its example is a valid endpoint', () => {
    const example = /```json\n(.*?)```/s.exec(page)?.[1] ?? '';
    expect(endpointSchema.parse(JSON.parse(example)).name).toBe('flight-delay');
  });

  test('it names every member of an endpoint and of its batch settings', () => {
    const members = [...Object.keys(endpointSchema.shape), ...Object.keys(batchSettingsSchema.shape)];
    expect(members.filter((member) => !page.includes(`\`${member}`))).toEqual([]);
  });
});

describe('endpointSchema', () => {
  const selector = { kind: 'model', model: 'm' };
  const deployments = [{ name: 'blue', selector }];

  test.each([
    ['two deployments of one name', { deployments: [...deployments, ...deployments] }, 'two deployments'],
    ['traffic to nobody', { deployments, traffic: { green: 100 } }, 'no deployment has this name'],
    ['traffic that does not sum to 100', { deployments, traffic: { blue: 90 } }, 'they sum to 90'],
  ])('%s is refused', (_, document, message) => {
    const { error } = endpointSchema.safeParse({ name: 'e', ...document });
    expect(error?.issues.map((issue) => issue.message).join()).toContain(message);
  });
});
