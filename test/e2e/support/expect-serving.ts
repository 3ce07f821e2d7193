import { ENDPOINT } from './delay-endpoint';

/** A row of the seeded endpoint that has a model. */
export const goodRow = { date: '2001-01-01T08:00:00Z', origin: 'ATL', destination: 'DEN', distance: 1_200 };

/** The host is live and ready, and scores a good row. */
export async function expectServing(url: string): Promise<void> {
  expect((await fetch(`${url}/v2/health/live`)).status).toBe(200);
  expect((await fetch(`${url}/v2/health/ready`)).status).toBe(200);
  const body = JSON.stringify({ rows: [goodRow] });
  const answer = await fetch(`${url}/endpoints/${ENDPOINT}/score`, { method: 'POST', body });
  expect([answer.status, await answer.json()]).toEqual([
    200,
    expect.objectContaining({ rows: [expect.objectContaining({ model: 'ATL-DEN' })] }),
  ]);
}
