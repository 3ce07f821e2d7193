import { parseMlModel, sideFilePaths } from '../../shared/registry/mlmodel';

const LOGGED = `
artifact_path: model
flavors:
  onnx:
    code: null
    data: model.onnx
    onnx_session_options:
      graph_optimization_level: 99
      intra_op_num_threads: 2
      execution_mode: sequential
      extra_session_config:
        session.use_env_allocators: 1
    onnx_version: 1.16.0
    providers:
    - CUDAExecutionProvider
    - - TensorrtExecutionProvider
      - {device_id: 0}
    - CPUExecutionProvider
    - AzureExecutionProvider
    save_as_external_data: true
  python_function:
    data: model.onnx
    env: {conda: conda.yaml, virtualenv: python_env.yaml}
    loader_module: mlflow.onnx
    python_version: 3.11.7
mlflow_version: 2.16.0
model_uuid: 0123456789abcdef
run_id: f00d
saved_input_example_info:
  artifact_path: input_example.json
  pandas_orient: split
  serving_input_path: serving_input_payload.json
  type: dataframe
signature:
  inputs: '[{"type": "double", "name": "x", "required": true}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1]}}]'
  params: null
utc_time_created: '2026-01-02 03:04:05.678901'
`;

describe('parseMlModel', () => {
  test('reads a folder as mlflow.onnx logs it', () => {
    expect(parseMlModel(LOGGED)).toEqual({
      onnxPath: 'model.onnx',
      sessionOptions: {
        graphOptimizationLevel: 'all',
        intraOpNumThreads: 2,
        executionMode: 'sequential',
        extra: { 'session.use_env_allocators': '1' },
      },
      providers: ['cuda', 'tensorrt', 'cpu'],
      signature: {
        inputs: '[{"type": "double", "name": "x", "required": true}]',
        outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1]}}]',
        params: undefined,
      },
      servingExamplePath: 'serving_input_payload.json',
      provenance: {
        mlflow_version: '2.16.0',
        model_uuid: '0123456789abcdef',
        run_id: 'f00d',
        utc_time_created: '2026-01-02 03:04:05.678901',
        artifact_path: 'model',
      },
    });
  });

  test('falls back to the file that mlflow.onnx loads, and needs nothing else', () => {
    const text = 'flavors: {python_function: {loader_module: mlflow.onnx, data: sub/model.onnx}}';
    expect(parseMlModel(text)).toEqual({
      onnxPath: 'sub/model.onnx',
      sessionOptions: {},
      providers: [],
      signature: { inputs: undefined, outputs: undefined, params: undefined },
      servingExamplePath: undefined,
      provenance: {},
    });
  });

  test.each([
    [
      'flavors: {sklearn: {}, python_function: {loader_module: mlflow.sklearn, data: m}}',
      'its flavors are python_function, sklearn',
    ],
    ['flavors: {}', 'its flavors are none'],
    ['{}', 'flavors: '],
    ['just text', 'the file: '],
    ['flavors: {onnx: {data: ../secret.onnx}}', "flavors.onnx.data: a path inside the model's folder"],
    ['flavors: {onnx: {data: /etc/passwd}}', "flavors.onnx.data: a path inside the model's folder"],
    ['flavors: {onnx: {data: "C:\\\\m.onnx"}}', "flavors.onnx.data: a path inside the model's folder"],
    [
      'flavors: {onnx: {data: m.onnx, onnx_session_options: {graph_optimization_level: 7}}}',
      'graph_optimization_level',
    ],
    ['flavors: [', 'MLmodel is not valid YAML: '],
  ])('%s is refused with the reason', (text, reason) => {
    expect(() => parseMlModel(text)).toThrow(reason);
  });

  test('a file of megabytes is none', () => {
    expect(() => parseMlModel(`x: ${'y'.repeat(1024 * 1024)}`)).toThrow('it is over 1048576 bytes long');
  });

  test('aliases that would unfold into gigabytes are refused', () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level}, `.repeat(10)}]`,
    );
    expect(() => parseMlModel(`a0: &a0 x\n${levels.join('\n')}`)).toThrow('MLmodel is not valid YAML');
  });
});

describe('sideFilePaths', () => {
  test('side files lie beside the ONNX file', () => {
    const model = parseMlModel('flavors: {onnx: {data: data/model.onnx}}');
    expect(sideFilePaths(model, ['weights.bin', 'w/1'])).toEqual({
      'weights.bin': 'data/weights.bin',
      'w/1': 'data/w/1',
    });
    expect(sideFilePaths(parseMlModel(LOGGED), ['weights.bin'])).toEqual({ 'weights.bin': 'weights.bin' });
  });
});
