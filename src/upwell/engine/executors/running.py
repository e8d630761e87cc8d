"""Where a step runs: threads or processes here, or the executors of a Spark session.

A kernel is a picklable function from one Arrow table to another. On a cluster it runs through Spark's Arrow map in
Python processes that have this package installed. Relational work is a narwhals expression in between: DuckDB here,
Spark there.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor as Pool
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from typing import Any, Final, Protocol, TypeAlias

import duckdb
import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.frames import ArrowStream, Contract, coded

Kernel = Callable[[pa.Table], pa.Table]
Lazy: TypeAlias = "nw.LazyFrame[Any]"
SLICE: Final = 1 << 18
"""Rows a kernel of single rows is given at a time."""
SENT_AT_ONCE: Final = 32 << 20
"""Bytes up to which a table is sent to a cluster whole; a larger one goes in parts of an eighth of this."""
WORDS: Final = {
    "int64": "bigint",
    "int32": "int",
    "double": "double",
    "string": "string",
    "bool": "boolean",
    "date32[day]": "date",
    "binary": "binary",
}


class Executor(Protocol):
    """What a step may ask of the place it runs in."""

    def lazy(self, frame: object) -> Lazy:
        """A frame (Arrow, or native to the place) as a lazy frame of the place."""

    def table(self, lazy: Lazy) -> pa.Table:
        """The rows of a lazy frame, here."""

    def kept(self, lazy: Lazy) -> Lazy:
        """The same rows, computed now and held where they are."""

    def rows(self, lazy: Lazy, kernel: Kernel, schema: pa.Schema) -> Lazy:
        """Run a kernel over rows that need no others beside them, in slices of any size."""

    def each(self, lazy: Lazy, by: str, kernel: Kernel, schema: pa.Schema) -> pa.Table:
        """Run a kernel once for every value of ``by``, on all of its rows; results in no order."""


@dataclass(frozen=True)
class Local:
    """Threads of this process (or processes of this machine), and DuckDB for what is relational."""

    threads: int = 2
    processes: bool = False
    link: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect, repr=False, compare=False)

    def lazy(self, frame: object) -> Lazy:
        """See ``Executor``; takes anything with the Arrow stream protocol."""
        if isinstance(frame, nw.LazyFrame):
            return frame
        if not isinstance(frame, ArrowStream):
            raise FrameError(f"A {type(frame).__name__} does not offer the Arrow stream protocol.")
        return nw.from_native(self.link.from_arrow(pa.table(frame)))

    def table(self, lazy: Lazy) -> pa.Table:
        """See ``Executor``."""
        found: pa.Table = lazy.collect(backend="pyarrow").to_native()
        return found

    def kept(self, lazy: Lazy) -> Lazy:
        """See ``Executor``."""
        return self.lazy(self.table(lazy))

    def rows(self, lazy: Lazy, kernel: Kernel, schema: pa.Schema) -> Lazy:
        """See ``Executor``."""
        table = self.table(lazy)
        return self.lazy(self._run([table.slice(at, SLICE) for at in range(0, table.num_rows, SLICE)], kernel, schema))

    def each(self, lazy: Lazy, by: str, kernel: Kernel, schema: pa.Schema) -> pa.Table:
        """See ``Executor``; in order of ``by``."""
        table = self.table(lazy)
        codes, _ = coded(table.column(by))
        order = np.argsort(codes, kind="stable")
        table, ends = table.take(pa.array(order)), np.cumsum(np.bincount(codes))
        starts = [0, *ends[:-1].tolist()]
        return self._run([table.slice(a, b - a) for a, b in zip(starts, ends.tolist(), strict=False)], kernel, schema)

    def _run(self, parts: list[pa.Table], kernel: Kernel, schema: pa.Schema) -> pa.Table:
        with self._pool() as pool:
            done = list(pool.map(partial(_fitting, kernel=kernel, schema=schema), parts))
        return pa.concat_tables(done) if done else schema.empty_table()

    def _pool(self) -> Pool:
        if self.processes:
            return ProcessPoolExecutor(self.threads, mp_context=get_context("spawn"))
        return ThreadPoolExecutor(self.threads)


@dataclass(frozen=True)
class Spark:
    """A Spark session (``pyspark.sql.SparkSession``), which the caller starts and stops."""

    session: Any

    def lazy(self, frame: object) -> Lazy:
        """See ``Executor``; takes a Spark DataFrame, or an Arrow stream that is then sent to the cluster in parts."""
        if isinstance(frame, nw.LazyFrame):
            return frame
        if hasattr(frame, "mapInArrow"):
            return nw.from_native(frame)
        if not isinstance(frame, ArrowStream):
            raise FrameError(f"A {type(frame).__name__} is no Spark DataFrame and offers no Arrow stream.")
        table = pa.table(frame)
        if table.nbytes <= SENT_AT_ONCE or any(str(plain_type(f.type)) not in WORDS for f in table.schema):
            return nw.from_native(self.session.createDataFrame(table))  # type: ignore[no-any-return]
        return nw.from_native(self._in_parts(table))  # type: ignore[no-any-return]

    def _in_parts(self, table: pa.Table) -> Any:
        """A Spark DataFrame whose tasks carry little each: `createDataFrame` would put all rows into a few."""
        named = pa.schema([(f.name, plain_type(f.type)) for f in table.schema])
        rows = max(1, table.num_rows * SENT_AT_ONCE // (8 * table.nbytes))
        parts = [(packed(table.slice(at, rows)),) for at in range(0, table.num_rows, rows)]
        sent = self.session.sparkContext.parallelize(parts, numSlices=len(parts))
        return self.session.createDataFrame(sent, "content binary").mapInArrow(_opened, spoken(named))

    def table(self, lazy: Lazy) -> pa.Table:
        """See ``Executor``."""
        return lazy.to_native().toArrow()

    def kept(self, lazy: Lazy) -> Lazy:
        """See ``Executor``; a local checkpoint, so that the plan ends here."""
        return nw.from_native(lazy.to_native().localCheckpoint())  # type: ignore[no-any-return]

    def rows(self, lazy: Lazy, kernel: Kernel, schema: pa.Schema) -> Lazy:
        """See ``Executor``; runs through ``mapInArrow``."""
        run = partial(_over_batches, kernel=kernel, schema=schema)
        return nw.from_native(lazy.to_native().mapInArrow(run, spoken(schema)))  # type: ignore[no-any-return]

    def each(self, lazy: Lazy, by: str, kernel: Kernel, schema: pa.Schema) -> pa.Table:
        """See ``Executor``; runs through ``applyInArrow``."""

        def run(part: pa.Table) -> pa.Table:
            return _fitting(part, kernel=kernel, schema=schema)

        return lazy.to_native().groupBy(by).applyInArrow(run, spoken(schema)).toArrow().cast(schema)


def local(threads: int = 2, *, processes: bool = False) -> Local:
    """Run here, on so many threads; on processes where a kernel spends its time in Python itself.

    Raises:
        ParameterError: fewer than one thread.
    """
    if threads < 1:
        raise ParameterError(f"At least one thread is needed, not {threads}.")
    link = duckdb.connect()
    link.execute(f"set threads = {threads}")
    return Local(threads, processes, link)


def spark(session: Any) -> Spark:
    """Run on the cluster of a ``SparkSession``, whose Python workers need this package (``pip install .``).

    Raises:
        ParameterError: the object is no Spark session.
    """
    if not hasattr(session, "createDataFrame") or not hasattr(session, "sparkContext"):
        raise ParameterError(f"A Spark session is needed, not a {type(session).__name__}.")
    return Spark(session)


def checked(lazy: Lazy, contract: Contract, *, like: "Lazy | None" = None) -> Lazy:
    """The columns of a contract, once they are known to be there and keys to have the type they have in ``like``.

    Values are not looked at: they may be far away.

    Raises:
        FrameError: a column is missing, or a key has another type.
    """
    schema = lazy.collect_schema()
    other = like.collect_schema() if like is not None else {}
    for column in contract.columns:
        if column.required and column.name not in schema:
            raise FrameError(f"The {contract.name} frame has no column '{column.name}'.")
        if column.kind == "key" and column.name in other:
            numbers = [kinds[column.name].is_integer() for kinds in (schema, other)]
            if numbers[0] != numbers[1]:
                raise FrameError(
                    f"The column '{column.name}' is {schema[column.name]} in the {contract.name} frame but "
                    f"{other[column.name]} in the frame it is joined to."
                )
    return lazy.select(*(column.name for column in contract.columns if column.name in schema))


def spoken(schema: pa.Schema) -> str:
    """A schema in Spark's words."""
    unknown = [str(f.type) for f in schema if str(f.type) not in WORDS]
    if unknown:
        raise FrameError(f"There is no word for the type {unknown[0]} on the cluster.")
    return ", ".join(f"`{f.name}` {WORDS[str(f.type)]}" for f in schema)


def packed(table: pa.Table) -> bytes:
    """A table as bytes, for a result that holds several tables in one row."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


def unpacked(content: bytes) -> pa.Table:
    """What ``packed`` wrote."""
    with pa.ipc.open_stream(content) as stream:
        return stream.read_all()


def plain(table: pa.Table) -> pa.Table:
    """Text and numbers in the widths that every kernel expects, whatever the cluster makes of them."""
    columns = {}
    for found in table.schema:
        columns[found.name] = pc.cast(table.column(found.name), plain_type(found.type))
    return pa.table(columns)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The width that every kernel expects of a column of this type."""
    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if pa.types.is_large_string(kind) or kind == pa.string_view():
        return pa.string()
    if pa.types.is_integer(kind):
        return pa.int64()
    return pa.float64() if pa.types.is_floating(kind) else kind


def _fitting(part: pa.Table, *, kernel: Kernel, schema: pa.Schema) -> pa.Table:
    return kernel(plain(part)).select(schema.names).cast(schema)


def _opened(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for content in batch.column(0):
            yield from plain(unpacked(content.as_py())).to_batches()


def _over_batches(batches: Iterator[pa.RecordBatch], *, kernel: Kernel, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if batch.num_rows:
            yield from _fitting(pa.Table.from_batches([batch]), kernel=kernel, schema=schema).to_batches()
