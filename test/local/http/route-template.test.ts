import { decodePath } from '../../../local/http/route-table';
import { parseRouteTemplate } from '../../../local/http/route-template';

describe('parseRouteTemplate', () => {
  test.each([
    ['a/{b}', '/a/x', { b: 'x' }],
    ['a/{b}', '/A/x/', { b: 'x' }],
    ['a/{b}', '/a', undefined],
    ['a/{b}', '/a/x/y', undefined],
    ['a/{b?}', '/a', {}],
    ['a/{b=z}', '/a', { b: 'z' }],
    ['a/{b:int=5}/c', '/a/7/c', { b: '7' }],
    ['a/{*rest}', '/a/x/y', { rest: 'x/y' }],
    ['a/{**rest}', '/a', {}],
    ['{m}:predict', '/a:b:predict', { m: 'a:b' }],
    ['v{major}.{minor}', '/v1.2.3', { major: '1.2', minor: '3' }],
    ['file.json', '/fileXjson', undefined],
    ['a{{b}}/{c}', '/a{b}/x', { c: 'x' }],
    ['{v:regex(^\\d{{2}}/?$)}', '/12', { v: '12' }],
    ['{v:regex(^\\d{{2}}$)}', '/123', undefined],
    ['übung/{x}', '/ÜBUNG/ß', { x: 'ß' }],
  ])('%s on %s gives %j', (template, path, values) => {
    expect(parseRouteTemplate(template).match(path)).toEqual(values);
  });

  test.each([
    ['int', ['0', '-5', '+7', '2147483647'], ['2147483648', 'x', '1.5', '']],
    ['long', ['9223372036854775807'], ['9223372036854775808']],
    ['alpha', ['aZ'], ['a1']],
    ['bool', ['true', 'FALSE'], ['yes']],
    ['double', ['1.5', '-2', '1e3'], ['1.5x']],
    ['datetime', ['2026-01-02'], ['someday']],
    ['guid', ['804f430e-c0ec-407f-a12b-3e3d21fc0562'], ['804f']],
    ['minlength(2)', ['ab'], ['a']],
    ['maxlength(2)', ['ab'], ['abc']],
    ['length(2)', ['ab'], ['a', 'abc']],
    ['length(1,2)', ['a', 'ab'], ['abc']],
    ['min(3)', ['3'], ['2', 'x']],
    ['max(3)', ['3'], ['4']],
    ['range(1,3)', ['1', '3'], ['0', '4']],
    ['int:min(3)', ['3'], ['2']],
    ['required', ['x'], []],
  ])('the constraint %s takes %j and refuses %j', (constraint, taken, refused) => {
    const template = parseRouteTemplate(`a/{x:${constraint}}`);
    for (const value of taken) expect(template.match(`/a/${value}`)).toEqual({ x: value });
    for (const value of refused) expect(template.match(`/a/${value}`)).toBeUndefined();
  });

  test.each([
    ['a/{b', /no closing brace/],
    ['a/{}', /no parameter name/],
    ['a/{b:odd}', /unknown constraint "odd"/],
    ['a/{b:min(x)}', /unknown constraint/],
    ['a/x{*rest}', /catch-all/],
  ])('%s is refused with the reason', (template, message) => {
    expect(() => parseRouteTemplate(template)).toThrow(message);
  });
});

describe('decodePath', () => {
  test.each([
    ['/a%20b', '/a b'],
    ['/a%2fb%2F', '/a%2fb%2F'],
    ['/%CE%B1', '/α'],
    ['/%zz', undefined],
    ['/a%00', undefined],
  ])('%s is %s', (path, decoded) => {
    expect(decodePath(path)).toBe(decoded);
  });
});
