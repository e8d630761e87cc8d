"""A standalone Spark cluster on this machine: one master and some workers on the loopback address, stopped by pid.

For tests and benchmarks. Nothing listens beyond 127.0.0.1, and no user interface is served.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"
PATIENCE = 120.0
QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"
MASTER, WORKER = "org.apache.spark.deploy.master.Master", "org.apache.spark.deploy.worker.Worker"


def why_not() -> str:
    """What is missing for a cluster, in a sentence; empty where nothing is."""
    try:
        import pyspark  # noqa: F401
    except ImportError:
        return "pyspark is not installed (the extra `spark`)."
    return "" if shutil.which("java") else "There is no Java here."


@contextmanager
def cluster(workers: int = 2, memory: str = "512m") -> Iterator[Any]:
    """A session on a cluster of so many workers with one core each; everything is stopped at the end.

    Raises:
        RuntimeError: a process of the cluster did not come up; the message holds the end of its log.
    """
    from pyspark.sql import SparkSession

    with tempfile.TemporaryDirectory(prefix="spark-") as folder:
        home = Path(folder)
        started: list[subprocess.Popen[bytes]] = []
        session = None
        try:
            address = _master(home, started)
            for number in range(workers):
                _worker(home, started, number, address, memory)
            with _surroundings(home):
                session = _settings(SparkSession.builder.master(address), home, memory).getOrCreate()
                session.sparkContext.setLogLevel("ERROR")
                yield session
        finally:
            if session is not None:
                session.stop()
            for process in reversed(started):
                process.terminate()
            for process in started:
                process.wait(timeout=PATIENCE)


def _settings(builder: Any, home: Path, memory: str) -> Any:
    settings = {
        "spark.driver.host": LOOPBACK,
        "spark.driver.bindAddress": LOOPBACK,
        "spark.driver.memory": memory,
        "spark.executor.memory": memory,
        "spark.executor.cores": "1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.extraJavaOptions": QUICK_START,
        "spark.executor.extraJavaOptions": QUICK_START,
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.warehouse.dir": str(home / "warehouse"),
        "spark.local.dir": str(home / "driver"),
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder


def _master(home: Path, started: list[subprocess.Popen[bytes]]) -> str:
    log = _start(home, started, "master", MASTER, "--host", LOOPBACK, "--port", "0", "--webui-port", "0")
    return _awaited(log, started[-1], r"(spark://127\.0\.0\.1:\d+)")


def _worker(home: Path, started: list[subprocess.Popen[bytes]], number: int, address: str, memory: str) -> None:
    where = ("--host", LOOPBACK, "--port", "0", "--webui-port", "0", "--work-dir", str(home / f"work{number}"))
    size = ("--cores", "1", "--memory", memory)
    log = _start(home, started, f"worker{number}", WORKER, *where, *size, address)
    _awaited(log, started[-1], r"(Successfully registered with master)")


def _start(home: Path, started: list[subprocess.Popen[bytes]], name: str, role: str, *words: str) -> Path:
    import pyspark

    spark = Path(pyspark.__file__).parent
    own = {
        "SPARK_HOME": str(spark),
        "SPARK_LOCAL_IP": LOOPBACK,
        "SPARK_MASTER_HOST": LOOPBACK,
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": QUICK_START,
        "SPARK_LOCAL_DIRS": str(home / name),
        "PYSPARK_PYTHON": sys.executable,
    }
    path = home / f"{name}.log"
    with path.open("wb") as log:
        command = [str(spark / "bin" / "spark-class"), role, *words]
        started.append(subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **own}))
    return path


def _awaited(log: Path, process: "subprocess.Popen[bytes]", pattern: str) -> str:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        found = re.search(pattern, log.read_text(errors="replace"))
        if found:
            return found.group(1)
        time.sleep(0.1)
    raise RuntimeError(f"A process of the cluster did not come up: {log.read_text(errors='replace')[-800:]}")


@contextmanager
def _surroundings(home: Path) -> Iterator[None]:
    """Python workers must be this Python, and the driver must not look for another address."""
    import pyspark

    own = {"PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable, "SPARK_LOCAL_IP": LOOPBACK}
    own["SPARK_HOME"] = str(Path(pyspark.__file__).parent)
    before = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
