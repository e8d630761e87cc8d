"""The worker knows every job there is."""

from tests.architecture.source import PACKAGE, sources

from upwell.interfaces.console import worker


def test_every_jobs_file_stands_in_the_worker_s_list() -> None:
    known = {module.__name__ for module in worker.JOBS}
    there = {
        ".".join(("upwell", *source.path.relative_to(PACKAGE).with_suffix("").parts))
        for source in sources()
        if source.path.name == "jobs.py"
    }
    missing = sorted(there - known)
    assert not missing, f"Import these in interfaces/console/worker.py and add them to JOBS: {missing}"
