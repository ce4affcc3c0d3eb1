"""What the valid trials of a cell used: the server, the generator, the database. Pure."""

from collections.abc import Iterable

from results.analysis.cell_summary import CellSummary
from results.records.schema import Measurement

# A server that uses so much of the cores that its processes can use has none of them to spare.
CPU_BOUND_SHARE = 0.9


def _per_answer(cell: CellSummary, used: float) -> float | None:
    answered = sum(measurement.answered for measurement in cell.measurements)
    return used / answered if answered else None


def _most(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def server_cpu_ms(cell: CellSummary) -> float | None:
    """CPU time of the server's processes per answer or event."""
    return _per_answer(cell, 1000 * sum(measurement.server.cpu_s for measurement in cell.measurements))


def server_cpu_ms_of(measurement: Measurement) -> float | None:
    """The same of one trial; None without an answer."""
    return 1000 * measurement.server.cpu_s / measurement.answered if measurement.answered else None


def server_cpu_ms_by_block(cell: CellSummary) -> dict[int, float]:
    """The same of each valid trial that has an answer."""
    by_block = {block: server_cpu_ms_of(measurement) for block, measurement in cell.valid}
    return {block: cpu_ms for block, cpu_ms in by_block.items() if cpu_ms is not None}


def cpu_bound(cell: CellSummary) -> bool:
    """Did the server's processes keep a core each busy? Then CPU time per request is all that limits its throughput.

    Of two such cells the CPU time per request predicts how their throughput differs.
    """
    used_s = sum(measurement.server.cpu_s for measurement in cell.measurements)
    available_s = cell.cell.processes * sum(measurement.actual_s for measurement in cell.measurements)
    return bool(available_s) and used_s >= CPU_BOUND_SHARE * available_s


def server_rss_mib(cell: CellSummary) -> float | None:
    """Resident memory of the server's processes, the most in any valid trial."""
    return _most(measurement.server.rss_mib_peak for measurement in cell.measurements)


def server_rss_mib_by_block(cell: CellSummary) -> dict[int, float]:
    """The same of each valid trial."""
    return {block: measurement.server.rss_mib_peak for block, measurement in cell.valid}


def server_pss_mib(cell: CellSummary) -> float | None:
    """The server's memory with each shared page once, the most in any valid trial; None if nobody told."""
    return _most(measurement.server.pss_mib for measurement in cell.measurements)


def server_threads(cell: CellSummary) -> int | None:
    """Threads of the server, the most in any valid trial."""
    return max((measurement.server.threads_peak for measurement in cell.measurements), default=None)


def open_files(cell: CellSummary) -> int | None:
    """Open files of the server, the most in any valid trial; None if nobody counted."""
    counts = (measurement.server.open_files_peak for measurement in cell.measurements)
    return max((count for count in counts if count is not None), default=None)


def context_switches(cell: CellSummary) -> dict[str, float] | None:
    """Voluntary and involuntary ones of all the server's threads, per answer.

    None if a trial has none recorded: the sum would be that of the other trials alone.
    """
    usage = [measurement.server for measurement in cell.measurements]
    voluntary = [used.voluntary_switches for used in usage if used.voluntary_switches is not None]
    involuntary = [used.involuntary_switches for used in usage if used.involuntary_switches is not None]
    answered = sum(measurement.answered for measurement in cell.measurements)
    if not answered or min(len(voluntary), len(involuntary)) < len(usage):
        return None
    return {"voluntary": sum(voluntary) / answered, "involuntary": sum(involuntary) / answered}


def generator_cpu_us(cell: CellSummary) -> float | None:
    """CPU time of the load generator per answer."""
    return _per_answer(cell, 1e6 * sum(measurement.generator_cpu_s for measurement in cell.measurements))


def database_backends(cell: CellSummary) -> dict[str, dict[str, int]] | None:
    """Connections to PostgreSQL by the client's name, ``peak`` in the window and ``left`` after it.

    Of each the most of the valid trials; None if nobody counted.
    """
    most: dict[str, dict[str, int]] = {}
    for measurement in cell.measurements:
        for moment, counts in (measurement.database_backends or {}).items():
            of_moment = most.setdefault(moment, {})
            of_moment.update({name: max(count, of_moment.get(name, 0)) for name, count in counts.items()})
    return most or None


def database_connections(cell: CellSummary, moment: str) -> int | None:
    """All connections to PostgreSQL at that moment, ``peak`` or ``left``."""
    counts = (database_backends(cell) or {}).get(moment)
    return None if counts is None else sum(counts.values())


def sent_share(cell: CellSummary) -> float | None:
    """Requests sent over requests due, in the valid trials."""
    planned = sum(measurement.planned for measurement in cell.measurements)
    return sum(measurement.sent for measurement in cell.measurements) / planned if planned else None


def sent_percent(cell: CellSummary) -> float | None:
    """The same in %."""
    share = sent_share(cell)
    return None if share is None else 100 * share


def arrival_lag_ms(cell: CellSummary) -> dict[str, float] | None:
    """How long after its time the generator took up a request: of p50, p99 and max the worst of the valid trials.

    None under closed load.
    """
    lags_ms = [measurement.arrival_lag_ms for measurement in cell.measurements if measurement.arrival_lag_ms]
    return {name: max(lag_ms[name] for lag_ms in lags_ms) for name in lags_ms[0]} if lags_ms else None


def background_rps(cell: CellSummary) -> float | None:
    """Right answers to background users per second, mean of the valid trials; None without such users."""
    rates = [measurement.beside_rps for measurement in cell.measurements if measurement.beside_rps is not None]
    return sum(rates) / len(rates) if rates else None


def reconnects(cell: CellSummary) -> int | None:
    """Connections that were opened anew in the valid trials, from the warm-up on; None without a valid trial."""
    return sum(measurement.reconnects for measurement in cell.measurements) if cell.valid else None
