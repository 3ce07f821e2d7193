import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Instance {
  readonly name: string;
  readonly input: unknown;
  runtimeStatus: string;
  output: unknown;
}

/** The durable extension's local HTTP endpoint over a map of instances, as the durable client calls it. */
export interface DurableHubServer {
  readonly instances: Map<string, Instance>;
  /** How often each instance was started. */
  readonly starts: string[];
  /** The value of the durable client binding. */
  readonly clientData: unknown;
  close(): Promise<void>;
}

/** Statuses and refusals are those recorded from a real host: an instance that runs is refused with 500. */
export async function startDurableHubServer(): Promise<DurableHubServer> {
  const instances = new Map<string, Instance>();
  const starts: string[] = [];
  const server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost');
    const [, kind, first = '', second = ''] = pathname.replace('/durabletask', '').split('/');
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (kind === 'orchestrators') {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const known = instances.get(second);
        if (known && ['Pending', 'Running'].includes(known.runtimeStatus)) {
          answer(500, { Message: 'OrchestrationAlreadyExistsException' });
          return;
        }
        starts.push(second);
        instances.set(second, {
          name: first,
          input: JSON.parse(text),
          runtimeStatus: 'Running',
          output: null,
        });
        answer(202, { id: second });
      });
      return;
    }
    const instance = instances.get(first);
    if (!instance) answer(404, {});
    else if (second === 'terminate') {
      if (instance.runtimeStatus === 'Running') instance.runtimeStatus = 'Terminated';
      answer(202, {});
    } else {
      const time = '2001-01-01T00:00:00Z';
      answer(200, {
        instanceId: first,
        customStatus: null,
        createdTime: time,
        lastUpdatedTime: time,
        ...instance,
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const rpcBaseUrl = `http://127.0.0.1:${port}/durabletask/`;
  const urls = {
    id: 'INSTANCEID',
    statusQueryGetUri: '',
    sendEventPostUri: '',
    terminatePostUri: '',
    rewindPostUri: '',
    purgeHistoryDeleteUri: '',
  };
  return {
    instances,
    starts,
    clientData: {
      taskHubName: 'test',
      creationUrls: { createNewInstancePostUri: '', createAndWaitOnNewInstancePostUri: '' },
      managementUrls: urls,
      baseUrl: rpcBaseUrl,
      requiredQueryStringParameters: '',
      rpcBaseUrl,
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}
