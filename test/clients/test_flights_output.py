"""
The published output of `npm run demo`, recomputed by other means: numpy, pyarrow and onnxruntime for Python.
Reads what the demo left in .polyscore/demo (or POLYSCORE_DEMO_FOLDER) and the original flights.
"""

import csv
import hashlib
import json
import os
from pathlib import Path

import numpy as np
import onnxruntime
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from feature_set import feature_matrix

ROOT = Path(__file__).resolve().parents[2]
DEMO = Path(os.environ.get("POLYSCORE_DEMO_FOLDER", ROOT / ".polyscore" / "demo"))
INPUT_COLUMNS = ["date", "delay", "distance", "origin", "destination"]
PREDICTION = "predicted_delay"
TOLERANCE = 1e-4

if not (DEMO / "check" / "check.json").exists():
    pytest.skip(f"{DEMO} holds no demo output; run npm run demo first", allow_module_level=True)


@pytest.fixture(scope="module")
def check():
    return json.loads((DEMO / "check" / "check.json").read_text())


@pytest.fixture(scope="module")
def output():
    return pq.read_table(DEMO / "predictions.parquet")


@pytest.fixture(scope="module")
def flights(check):
    return plain(pq.read_table(check["input"], columns=INPUT_COLUMNS))


def plain(table):
    """Text as pyarrow's own type: its kernels do not take the string views that Polars marks text as."""
    fields = [
        pa.field(field.name, pa.string() if pa.types.is_string_view(field.type) else field.type)
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def columns_of(table):
    """What feature_matrix takes."""
    return {
        "date": table["date"].cast("timestamp[ms]").to_numpy(),
        "distance": table["distance"].to_numpy().astype(float),
        "origin": table["origin"].to_numpy(zero_copy_only=False),
        "destination": table["destination"].to_numpy(zero_copy_only=False),
    }


def predict(model, table):
    """The model's own ONNX file over feature vectors recomputed from its manifest."""
    manifest = json.loads((DEMO / "check" / model["manifest"]).read_text())
    vectors = feature_matrix(manifest["featureSet"], columns_of(table))
    session = onnxruntime.InferenceSession(DEMO / "check" / model["onnx"], providers=["CPUExecutionProvider"])
    (delay,) = session.run(["delay"], {manifest["featureSet"]["input"]: vectors})
    return delay[:, 0]


def route_of(model, table):
    """The rows of a model's route."""
    is_route = pc.and_(
        pc.equal(table["origin"], model["origin"]), pc.equal(table["destination"], model["destination"])
    )
    return table.filter(is_route)


def test_every_row_is_scored_or_rejected_and_keeps_its_columns(flights, output, check):
    """The output is the input without the rejected rows, in its order; rejects.csv counts rows from 1."""
    assert output.num_rows == check["rowsScored"]
    assert check["rowsScored"] + check["rowsRejected"] == flights.num_rows
    is_kept = np.ones(flights.num_rows, dtype=bool)
    if check["rowsRejected"] > 0:
        with open(DEMO / "rejects.csv", newline="", encoding="utf-8") as file:
            rejects = list(csv.DictReader(file))
        assert len(rejects) == check["rowsRejected"]
        assert all(reject["reason"] for reject in rejects)
        is_kept[[int(reject["row"]) - 1 for reject in rejects]] = False
    kept = flights.filter(is_kept)
    assert kept.num_rows == output.num_rows
    for name in INPUT_COLUMNS:
        assert output[name].equals(kept[name].cast(output[name].type)), name


def test_ten_rows_of_ten_routes_agree_with_their_onnx_files(check, output):
    rows = check["rows"]
    assert len(rows) == 10
    assert len({(row["origin"], row["destination"]) for row in rows}) == 10
    for row in rows:
        record = output.slice(row["row"], 1)
        assert record["origin"][0].as_py() == row["origin"]
        assert record["destination"][0].as_py() == row["destination"]
        (expected,) = predict(row, record)
        assert abs(record[PREDICTION][0].as_py() - expected) <= TOLERANCE, row


def test_all_rows_of_those_routes_agree(check, output):
    for row in check["rows"]:
        route = route_of(row, output)
        assert route.num_rows >= 100
        difference = np.abs(route[PREDICTION].to_numpy() - predict(row, route))
        assert difference.max() <= TOLERANCE, row


def test_the_manifest_names_the_bytes_of_its_onnx_file(check):
    for row in check["rows"]:
        manifest = json.loads((DEMO / "check" / row["manifest"]).read_text())
        content = (DEMO / "check" / row["onnx"]).read_bytes()
        assert manifest["digest"] == hashlib.sha256(content).hexdigest()
        assert manifest["sizeBytes"] == len(content)
        assert manifest["tags"]["origin"] == row["origin"]


def test_the_metrics_are_those_of_the_later_flights(check, flights):
    """RMSE and MAE of the model and its baselines, measured again on the raw file."""
    split = np.datetime64(check["splitMs"], "ms")
    for row in check["rows"]:
        metrics = json.loads((DEMO / "check" / row["manifest"]).read_text())["metrics"]
        route = route_of(row, flights)
        delay = route["delay"].to_numpy().astype(float)
        is_later = columns_of(route)["date"] >= split
        later, earlier = delay[is_later], delay[~is_later]
        measured = {"trainRows": len(earlier), "testRows": len(later)}
        guesses = {
            ("rmse", "mae"): predict(row, route)[is_later],
            ("baselineMeanRmse", "baselineMeanMae"): earlier.mean(),
            ("baselineMedianRmse", "baselineMedianMae"): np.median(earlier),
        }
        for (rmse, mae), guess in guesses.items():
            measured[rmse] = np.sqrt(np.mean((later - guess) ** 2))
            measured[mae] = np.mean(np.abs(later - guess))
        assert metrics == pytest.approx(measured, rel=1e-5), row
        assert metrics["rmse"] < metrics["baselineMeanRmse"], "promoted although no better than the mean"


def test_the_accuracy_that_the_demo_tells_of_its_output(check, output):
    is_later = pc.greater_equal(output["date"].cast("timestamp[ms]"), np.datetime64(check["splitMs"], "ms"))
    later = output.filter(is_later)
    error = later[PREDICTION].to_numpy().astype(float) - later["delay"].to_numpy()
    assert len(error) == check["published"]["flights"]
    assert np.sqrt(np.mean(error**2)) == pytest.approx(check["published"]["rmse"], rel=1e-6)
    assert np.mean(np.abs(error)) == pytest.approx(check["published"]["mae"], rel=1e-6)
