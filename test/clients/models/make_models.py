"""Makes the example models of test/fixtures/models, each as its library exports it by default.

    python make_models.py ../../fixtures/models

Beside every NAME.onnx lies NAME.json: {"feeds": {input: tensor}, "expected": {output: tensor}, "labels": {output: [...]}},
a tensor being {"datatype", "shape", "data"} with flat data. The expected values are those of Python's onnxruntime on the
file as exported; a sequence of maps is written as the matrix of its values, its keys under "labels".
"""

import json
import sys
import warnings
from pathlib import Path

import lightgbm
import numpy as np
import onnx
import onnxruntime
import pandas
import xgboost
from onnx import TensorProto, helper, numpy_helper
from onnxmltools import convert_lightgbm, convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from skl2onnx import to_onnx
from skl2onnx.common import data_types
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

warnings.filterwarnings("ignore")
DATATYPES = {"float16": "FP16", "float32": "FP32", "float64": "FP64", "int64": "INT64", "bool": "BOOL"}

random = np.random.default_rng(20)
ROWS = random.normal(size=(160, 4)).astype(np.float32)
CLASSES = (ROWS[:, 0] + ROWS[:, 1] / 2 > 0).astype(np.int64) + (ROWS[:, 2] > 0.8).astype(np.int64)
NAMES = np.array(["setosa", "versicolor", "virginica"])
TARGET = (3 * ROWS[:, 0] - ROWS[:, 1] + ROWS[:, 2] * ROWS[:, 3]).astype(np.float32)
TEXTS = ["Cheap PILLS now, ŻÓŁĆ", "meeting at noon", "cheap offer now", "lunch at noon", "win cheap prize", "notes of the meeting"]
FEW = {"X": ROWS[:7]}


def scikit_models():
    yield "sklearn-logistic", to_onnx(LogisticRegression().fit(ROWS, CLASSES - 1), ROWS[:1]), FEW
    yield "sklearn-forest-text-labels", to_onnx(forest().fit(ROWS, NAMES[CLASSES]), ROWS[:1]), FEW
    scaled_mlp = make_pipeline(StandardScaler(), MLPClassifier(hidden_layer_sizes=(6,), max_iter=300, random_state=1))
    yield "sklearn-mlp-classifier", to_onnx(scaled_mlp.fit(ROWS, CLASSES), ROWS[:1]), FEW
    yield "sklearn-mlp-regressor", to_onnx(MLPRegressor(hidden_layer_sizes=(8,), max_iter=300, random_state=1).fit(ROWS, TARGET), ROWS[:1]), FEW
    yield "sklearn-linear", to_onnx(LinearRegression().fit(ROWS, TARGET), ROWS[:1]), FEW
    both = np.stack([CLASSES, (CLASSES > 0).astype(np.int64)], axis=1)
    yield "sklearn-multi-output", to_onnx(MultiOutputClassifier(LogisticRegression()).fit(ROWS, both), ROWS[:1]), FEW

    texts = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS, ["spam", "ham"] * 3)
    text_input = [("text", data_types.StringTensorType([None, 1]))]
    yield "sklearn-text", to_onnx(texts, initial_types=text_input), {"text": np.array(TEXTS[:4]).reshape(-1, 1)}
    yield mixed_columns()


def mixed_columns():
    """A pipeline over a table: one input a column, of three types."""
    table = pandas.DataFrame({"age": CLASSES * 20 + 21, "city": np.array(["Oslo", "Łódź", "Rome"])[CLASSES - 1], "income": ROWS[:, 0]})
    columns = ColumnTransformer([("one-hot", OneHotEncoder(handle_unknown="ignore"), ["city"]), ("scaled", StandardScaler(), ["age", "income"])])
    model = make_pipeline(columns, LogisticRegression()).fit(table, CLASSES > 0)
    types = [("age", data_types.Int64TensorType([None, 1])), ("city", data_types.StringTensorType([None, 1])), ("income", data_types.FloatTensorType([None, 1]))]
    feeds = {name: table[[name]].to_numpy()[:5] for name in table}
    feeds["city"] = feeds["city"].astype(str)
    return "sklearn-mixed-columns", to_onnx(model, initial_types=types), feeds


def boosted_models():
    inputs = [("input", FloatTensorType([None, 4]))]
    feeds = {"input": ROWS[:7]}
    sizes = {"n_estimators": 4, "random_state": 1}
    for name, target in (("binary", (CLASSES > 0).astype(int)), ("multiclass", CLASSES)):
        classifier = lightgbm.LGBMClassifier(num_leaves=5, verbose=-1, **sizes).fit(ROWS, target)
        yield f"lightgbm-{name}", convert_lightgbm(classifier, initial_types=inputs), feeds
        classifier = xgboost.XGBClassifier(max_depth=3, **sizes).fit(ROWS, target)
        yield f"xgboost-{name}", convert_xgboost(classifier, initial_types=inputs), feeds
    regressor = lightgbm.LGBMRegressor(num_leaves=6, verbose=-1, **sizes).fit(ROWS, TARGET)
    yield "lightgbm-regressor", convert_lightgbm(regressor, initial_types=inputs), feeds
    regressor = xgboost.XGBRegressor(max_depth=3, **sizes).fit(ROWS, TARGET)
    yield "xgboost-regressor", convert_xgboost(regressor, initial_types=inputs), feeds


def hand_made_models():
    yield "float16-linear", linear(TensorProto.FLOAT16, np.float16, ["rows", 3]), {"x": ROWS[:3, :3].astype(np.float16)}
    yield "fixed-batch", linear(TensorProto.FLOAT, np.float32, [1, 3]), {"x": ROWS[:1, :3]}
    yield "two-inputs-two-outputs", two_by_two(), {"a": ROWS[:2], "k": np.array([[2], [2**53 + 1]])}


def linear(element_type, numpy_type, shape):
    weights = numpy_helper.from_array(np.array([[0.5], [-1.25], [2.0]], numpy_type), "weights")
    return model_of(
        [helper.make_node("MatMul", ["x", "weights"], ["y"])],
        [helper.make_tensor_value_info("x", element_type, shape)],
        [helper.make_tensor_value_info("y", element_type, [shape[0], 1])],
        [weights],
    )


def two_by_two():
    return model_of(
        [
            helper.make_node("ReduceSum", ["a", "axes"], ["total"], keepdims=0),
            helper.make_node("Add", ["k", "one"], ["next"]),
        ],
        [helper.make_tensor_value_info("a", TensorProto.FLOAT, ["rows", 4]), helper.make_tensor_value_info("k", TensorProto.INT64, ["rows", 1])],
        [helper.make_tensor_value_info("total", TensorProto.FLOAT, ["rows"]), helper.make_tensor_value_info("next", TensorProto.INT64, ["rows", 1])],
        [numpy_helper.from_array(np.array([1]), "axes"), numpy_helper.from_array(np.array([1]), "one")],
    )


def model_of(nodes, inputs, outputs, initializers):
    graph = helper.make_graph(nodes, "graph", inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model


def forest():
    return RandomForestClassifier(5, max_depth=3, random_state=1)


def tensor_of(array):
    if array.dtype == np.float16:
        return {"datatype": "FP16", "shape": list(array.shape), "data": array.view(np.uint16).ravel().tolist()}
    if array.dtype == np.int64:
        return {"datatype": "INT64", "shape": list(array.shape), "data": [str(item) for item in array.ravel()]}
    return {"datatype": DATATYPES.get(str(array.dtype), "BYTES"), "shape": list(array.shape), "data": array.ravel().tolist()}


def expectation(model, feeds):
    session = onnxruntime.InferenceSession(with_portable_locale(model).SerializeToString())
    expected, labels = {}, {}
    for output, value in zip(session.get_outputs(), session.run(None, feeds)):
        if isinstance(value, np.ndarray):
            expected[output.name] = tensor_of(value)
        elif isinstance(value[0], dict):
            labels[output.name] = list(value[0])
            expected[output.name] = tensor_of(np.array([list(row.values()) for row in value], np.float32))
        else:
            expected.update({f"{output.name}_{index}": tensor_of(part) for index, part in enumerate(value)})
    return {"feeds": {name: tensor_of(np.asarray(array)) for name, array in feeds.items()}, "expected": expected, "labels": labels}


def with_portable_locale(model):
    """onnxruntime does not load a StringNormalizer where the system lacks its locale, by default en_US.UTF-8."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for node in copy.graph.node:
        if node.op_type == "StringNormalizer":
            kept = [attribute for attribute in node.attribute if attribute.name != "locale"]
            del node.attribute[:]
            node.attribute.extend([*kept, helper.make_attribute("locale", "C.UTF-8")])
    return copy


def write_external(folder, feeds):
    """The same linear model with its weights in a file of their own."""
    onnx.save(
        linear(TensorProto.FLOAT, np.float32, ["rows", 3]),
        folder / "external-data.onnx",
        save_as_external_data=True,
        location="external-data.weights",
        size_threshold=0,
    )
    (folder / "external-data.weights").chmod(0o644)
    session = onnxruntime.InferenceSession(folder / "external-data.onnx")
    expected = {"y": tensor_of(session.run(None, feeds)[0])}
    write_json(folder / "external-data.json", {"feeds": {"x": tensor_of(feeds["x"])}, "expected": expected, "labels": {}})


def write_json(path, document):
    path.write_text(json.dumps(document, ensure_ascii=False) + "\n", "utf-8")


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    onnxruntime.set_default_logger_severity(3)
    for family in (scikit_models, boosted_models, hand_made_models):
        for name, model, feeds in family():
            model_bytes = model.SerializeToString()
            (folder / f"{name}.onnx").write_bytes(model_bytes)
            write_json(folder / f"{name}.json", expectation(model, feeds))
            print(f"{name}: {len(model_bytes)} bytes")
    (folder / "external-data.weights").unlink(missing_ok=True)
    write_external(folder, {"x": ROWS[:3, :3]})


if __name__ == "__main__":
    main()
