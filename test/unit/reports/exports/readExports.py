"""Reads exports with pyarrow and TensorBoard, and prints as JSON what is in them: readExports.py PARQUET_DIR TENSORBOARD_DIR"""

import glob
import json
import os
import sys
from datetime import datetime
from decimal import Decimal

import pyarrow
import pyarrow.parquet as parquet
import tensorboard
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer


def plain(value):
    if isinstance(value, Decimal):
        return str(int(value))
    if isinstance(value, datetime):
        return value.timestamp()
    return value


tables = {}
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.parquet"))):
    table = parquet.read_table(path)
    tables[os.path.basename(path)] = {
        "types": {field.name: str(field.type) for field in table.schema},
        "rows": [{name: plain(value) for name, value in row.items()} for row in table.to_pylist()],
    }

events = EventMultiplexer().AddRunsFromDirectory(sys.argv[2]).Reload()
runs = {}
for run, tags in events.Runs().items():
    runs[run] = {
        "scalars": {
            tag: [[point.step, point.value, point.wall_time] for point in events.Scalars(run, tag)]
            for tag in tags["scalars"]
        },
        "texts": {
            tag: events.Tensors(run, tag)[0].tensor_proto.string_val[0].decode() for tag in tags["tensors"]
        },
    }

print(
    json.dumps(
        {
            "versions": f"pyarrow {pyarrow.__version__}, TensorBoard {tensorboard.__version__}",
            "tables": tables,
            "runs": runs,
        }
    )
)
