import { listenHttp } from '../../../local/http/http-server';
import { StartError } from '../../../local/start-error';

describe('listenHttp', () => {
  test('before anybody serves, requests are answered 503 with Retry-After', async () => {
    const server = await listenHttp({ hostname: '127.0.0.1', port: 0 });
    const response = await fetch(`http://127.0.0.1:${server.port}/`);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    await server.stop(100);
  });

  test('a taken port is named, with the settings that change it', async () => {
    const server = await listenHttp({ hostname: '127.0.0.1', port: 0 });
    const again = listenHttp({ hostname: '127.0.0.1', port: server.port });
    await expect(again).rejects.toThrow(StartError);
    await expect(again).rejects.toThrow(
      new RegExp(`Port ${server.port} .* taken .*--port or POLYSCORE_PORT`),
    );
    await server.stop(100);
  });

  test('an address of another machine is named', async () => {
    await expect(listenHttp({ hostname: '192.0.2.1', port: 0 })).rejects.toThrow(
      /192\.0\.2\.1 .*POLYSCORE_HOST/,
    );
  });
});
