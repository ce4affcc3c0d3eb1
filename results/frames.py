"""The summary as pandas tables: what ``summary.csv`` holds and the charts draw."""

from typing import Any

import pandas as pd

from results.summary import CellSummary, Summary

PERCENTILE_COLUMNS = ("p50", "p90", "p95", "p99", "p999", "max")


def labels(summary: Summary) -> dict[str, str]:
    """A short name for each server: without its parameters where no other configuration of it was measured.

    More than one process always shows: a comparison of four processes with one is not one of servers.
    """
    processes = {cell.cell.server: cell.cell.processes for cell in summary.cells}
    names = [server.partition(":")[0] for server in processes]
    return {
        server: server if names.count(name) > 1 else name if count == 1 else f"{name} ({count} processes)"
        for (server, count), name in zip(processes.items(), names, strict=True)
    }


def cells(summary: Summary) -> pd.DataFrame:
    """One row per cell, in the order of the plan; columns as in summary.json, flattened.

    Missing values, and percentiles that there are too few samples for, are NaN.
    """
    short = labels(summary)
    return pd.DataFrame([_row(cell, short[cell.cell.server]) for cell in summary.cells])


def _row(summary: CellSummary, label: str) -> dict[str, Any]:
    cell, rate = summary.cell, summary.throughput_rps
    latency, service = summary.shown_latency_ms, summary.shown_service_ms
    switches, backends = summary.context_switches_per_request or {}, summary.database_backends or {}
    return {
        "pattern": cell.pattern,
        "load_kind": cell.load.kind,
        "load": str(cell.load),
        "users": cell.load.users,
        "rate_rps": cell.load.rate,
        "arrivals": cell.load.arrivals,
        "connections": cell.load.connections,
        "server": cell.server,
        "server_label": label,
        "style": cell.style,
        "interface": cell.interface,
        "slots": "unbounded" if cell.slots is None else str(cell.slots),
        "processes": cell.processes,
        "trials": summary.trials,
        "invalid_trials": summary.invalid_trials,
        "requests": summary.requests,
        "throughput_rps_mean": rate.mean if rate else None,
        "throughput_rps_low": rate.low if rate else None,
        "throughput_rps_high": rate.high if rate else None,
        "latency_samples": summary.latency_samples,
        **{f"latency_ms_{name}": latency.get(name) for name in PERCENTILE_COLUMNS},
        **{f"service_ms_{name}": service.get(name) for name in PERCENTILE_COLUMNS},
        "sent_share": summary.sent_share,
        "arrival_lag_ms_p99": (summary.arrival_lag_ms or {}).get("p99"),
        "generator_cpu_us_per_request": summary.generator_cpu_us_per_request,
        "errors": sum(summary.errors.values()),
        "server_cpu_ms_per_request": summary.server_cpu_ms_per_request,
        "server_rss_mib_peak": summary.server_rss_mib_peak,
        "server_threads_peak": summary.server_threads_peak,
        "server_pss_mib": summary.server_pss_mib,
        "voluntary_switches_per_request": switches.get("voluntary"),
        "involuntary_switches_per_request": switches.get("involuntary"),
        "open_files_peak": summary.open_files_peak,
        **{
            f"database_backends_{moment}": sum(backends[moment].values()) if moment in backends else None
            for moment in ("peak", "left")
        },
        "flags": " ".join(summary.flags),
        "status": summary.status,
        "reason": summary.reason or "",
    }


def ratios(summary: Summary) -> pd.DataFrame:
    """One row per style, server, pattern and load that has a sync rival: its ratio to that (see ``summary.Ratio``)."""
    short = labels(summary)
    columns = ["pattern", "load_kind", "load", "server", "server_label", "style", "blocks", "ratio", "low", "high"]
    rows = [
        (
            ratio.cell.pattern,
            ratio.cell.load.kind,
            str(ratio.cell.load),
            ratio.cell.server,
            short[ratio.cell.server],
            ratio.cell.style,
            ratio.estimate.n,
            ratio.estimate.mean,
            ratio.estimate.low,
            ratio.estimate.high,
        )
        for ratio in summary.ratios
    ]
    return pd.DataFrame(rows, columns=columns)


def slots(summary: Summary) -> pd.DataFrame:
    """One row per measured cell under closed load, to be drawn over its slots (NaN where they are unbounded).

    server: without what sets the slots. ceiling_rps: slots, or users if those are fewer, over the time that an answer
    waits (Little's law); NaN where that is not known.
    """
    columns = ["pattern", "load", "server", "style", "slots", "ceiling_rps"]
    intervals = ["throughput_rps_mean", "throughput_rps_low", "throughput_rps_high"]
    rows = []
    for cell in summary.cells:
        rate, users, known = cell.throughput_rps, cell.cell.load.users, cell.cell
        if rate is None or users is None:
            continue
        ceiling = min(known.slots, users) / known.wait_s if known.slots and known.wait_s else None
        name = known.server.partition(":")[0]
        row = (known.pattern, str(known.load), name, known.style, known.slots, ceiling)
        rows.append((*row, rate.mean, rate.low, rate.high))
    return pd.DataFrame(rows, columns=columns + intervals).astype({"slots": float, "ceiling_rps": float})


def timelines(summary: Summary) -> pd.DataFrame:
    """One row per step of each cell under a varying rate."""
    short = labels(summary)
    columns = ["pattern", "load", "server_label", "style", "at_s", "due_rps", "right_rps", "p50_ms", "p95_ms"]
    rows = [
        (
            cell.cell.pattern,
            str(cell.cell.load),
            short[cell.cell.server],
            cell.cell.style,
            step.at_s,
            step.due_rps,
            step.right_rps,
            step.p50_ms,
            step.p95_ms,
        )
        for cell in summary.cells
        for step in cell.timeline or ()
    ]
    return pd.DataFrame(rows, columns=columns)
