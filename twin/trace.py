"""The trace: what happened, one table an event, Arrow underneath, one Parquet file a run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

__all__ = ["Trace"]

COLUMNS = b"columns"
"""Where the file's metadata keep the columns of each event, in order, with their types."""

EVENT = pa.field("event", pa.string())
ROWS_AT_ONCE = 1 << 17


class Trace(Mapping[str, pa.Table]):
    """Tables by event name; every event has the column ``time_ms`` and those of its own.

    A name that never happened has an empty table, so that indicators need no special case.
    """

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._tables = dict(sorted(tables.items()))

    def __getitem__(self, event: str) -> pa.Table:
        return self._tables.get(event, pa.table({"time_ms": pa.array([], pa.int64())}))

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Trace):
            return NotImplemented
        return list(self) == list(other) and all(self[e].equals(other[e]) for e in self)

    __hash__ = None  # type: ignore[assignment]

    def column(self, event: str, name: str) -> NDArray[np.int64]:
        """Return one column of an event; empty where it never happened."""
        table = self[event]
        if name not in table.column_names:
            return np.empty(0, dtype=np.int64)
        values: NDArray[np.int64] = table.column(name).to_numpy()
        return values

    def frame(self, event: str) -> pd.DataFrame:
        """Return an event's table as a DataFrame."""
        frame: pd.DataFrame = self[event].to_pandas()
        return frame

    def without(self, *events: str) -> Trace:
        """Return the trace less these events."""
        return Trace({name: table for name, table in self.items() if name not in events})

    def write(self, path: Path) -> None:
        """Write all tables as one Parquet file: the union of their columns, and ``event``."""
        schemas = [table.schema for table in self.values()] or [pa.schema([])]
        columns = {name: {f.name: str(f.type) for f in self[name].schema} for name in self}
        union = pa.unify_schemas(schemas, promote_options="permissive").append(EVENT)
        union = union.with_metadata({COLUMNS: json.dumps(columns)})
        # Numbers seldom come twice: a dictionary of them would take time and room.
        packing = {"compression": "zstd", "use_dictionary": [EVENT.name]}
        with pq.ParquetWriter(path, union, **packing) as file:
            for name, table in self.items():
                for batch in table.to_batches(max_chunksize=ROWS_AT_ONCE):
                    file.write_batch(_widened(batch, name, union))

    @classmethod
    def read(cls, path: Path) -> Trace:
        """Read what :meth:`write` wrote."""
        union = pq.read_table(path)
        columns = json.loads(union.schema.metadata[COLUMNS])
        union = union.replace_schema_metadata()
        return cls({name: _part(union, name, names) for name, names in columns.items()})


def _widened(batch: pa.RecordBatch, event: str, union: pa.Schema) -> pa.RecordBatch:
    """Return rows of one event with the columns of all: null where the event has none."""
    own = dict(zip(batch.schema.names, batch.columns, strict=True))
    own[EVENT.name] = pa.repeat(event, len(batch))
    columns = [
        own[field.name].cast(field.type) if field.name in own else pa.nulls(len(batch), field.type)
        for field in union
    ]
    return pa.RecordBatch.from_arrays(columns, schema=union)


def _part(union: pa.Table, event: str, columns: Mapping[str, str]) -> pa.Table:
    rows = union.filter(pc.equal(union.column("event"), event)).select(list(columns))
    return rows.cast(pa.schema([(name, pa.type_for_alias(kind)) for name, kind in columns.items()]))
