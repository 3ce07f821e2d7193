"""Feature vectors as docs/reference/manifest.md defines them, written without a look at the product's own code."""

import numpy as np

MS_PER_DAY = 86_400_000


def feature_matrix(feature_set: dict, columns: dict) -> np.ndarray:
    """FP32 [rows, width]; `columns` holds float64 numbers, datetime64[ms] timestamps or arrays of text."""
    parts = [_feature(feature, columns[feature["column"]]) for feature in feature_set["features"]]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _feature(feature: dict, values: np.ndarray) -> np.ndarray:
    kind = feature["kind"]
    if kind == "number":
        return ((values - feature.get("offset", 0)) / feature.get("scale", 1))[:, None]
    if kind == "one-hot":
        return np.stack([values == value for value in feature["values"]], axis=1).astype(float)
    part = _calendar_part(feature["part"], values)
    if kind == "calendar-one-hot":
        return np.stack([np.floor(part) == value for value in feature["values"]], axis=1).astype(float)
    if kind == "calendar-cyclic":
        angles = [
            2 * np.pi * harmonic * part / feature["period"] for harmonic in range(1, feature["harmonics"] + 1)
        ]
        return np.stack([wave(angle) for angle in angles for wave in (np.sin, np.cos)], axis=1)
    raise ValueError(f"unknown feature kind {kind}")


def _calendar_part(part: str, timestamps: np.ndarray) -> np.ndarray:
    days = timestamps.astype("datetime64[D]")
    months = timestamps.astype("datetime64[M]")
    if part == "hour":  # whole minutes count, as a fraction
        minutes = (timestamps - days).astype("timedelta64[m]").astype(float)
        return minutes / 60
    if part == "weekday":  # 1970-01-01 was a Thursday; Sunday is 0
        return (days.astype(int) + 4) % 7
    if part == "month":
        return months.astype(int) % 12 + 1
    if part == "day-of-month":
        return (days - months.astype("datetime64[D]")).astype(int) + 1
    if part == "day-of-year":
        return (days - timestamps.astype("datetime64[Y]").astype("datetime64[D]")).astype(int) + 1
    raise ValueError(f"unknown calendar part {part}")
