"""What the rounds of the gateway's benchmark come to: medians, ratios, and the demands they are held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from bench.figures import ratio, table
from bench.wrk import Load

WEBDIS = "webdis GET"
PIPELINE = "gateway /pipeline, 1 process"
SERIAL = "serial /pipeline, stand-in"
Latencies = Sequence[Mapping[str, Mapping[str, float]]]  # a round -> a way -> p50_ms, p99_ms


def throughput(rounds: Sequence[Mapping[str, Load]], ops: Mapping[str, int]) -> dict[str, dict[str, float]]:
    """Of each side the median over its rounds; `ops`: commands of Redis in one of its requests."""
    found = {}
    for name, each in ops.items():
        requests = median(one[name].requests_per_s for one in rounds)
        found[name] = {
            "requests_per_s": round(requests, 1),
            "ops_per_s": round(requests * each, 1),
            "p50_ms": round(median(one[name].p50_ms for one in rounds), 3),
            "p99_ms": round(median(one[name].p99_ms for one in rounds), 3),
            "cpu_us": round(median(one[name].cpu_us for one in rounds), 1),
            "errors": sum(one[name].errors for one in rounds),
        }
    return found


def latency(rounds: Latencies) -> dict[str, dict[str, float]]:
    """Of each way the medians over the rounds, and how much they are above the first way's of the same round."""
    first = next(iter(rounds[0]))
    found: dict[str, dict[str, float]] = {}
    for way in rounds[0]:
        found[way] = {}
        for name in ("p50_ms", "p99_ms"):
            found[way][name] = round(median(one[way][name] for one in rounds), 3)
            found[way][f"added_{name}"] = round(median(one[way][name] - one[first][name] for one in rounds), 3)
    return found


def ratios(sides: Mapping[str, Mapping[str, float]]) -> dict[str, float | None]:
    """Single reads and the pipeline to webdis' (whose pipeline is one operation a request), the pipeline to the serial
    design's: operations of Redis a second."""
    webdis = sides[WEBDIS]["ops_per_s"]
    found = {name: ratio(side["ops_per_s"], webdis) for name, side in sides.items() if name.startswith("gateway")}
    found["gateway /pipeline to serial"] = ratio(sides[PIPELINE]["ops_per_s"], sides[SERIAL]["ops_per_s"])
    return found


def demands(ratios_: Mapping[str, float | None], added_p99_ms: float) -> dict[str, bool]:
    """Each demand, and whether it was met."""

    def at_least(name: str, wanted: float) -> bool:
        found = ratios_[name]
        return found is not None and found >= wanted

    def above(name: str) -> bool:
        found = ratios_[name]
        return found is not None and found > 1.0

    return {
        "GET, 1 process: 60 % of webdis": at_least("gateway GET, 1 process", 0.6),
        "GET, 2 processes: above webdis": above("gateway GET, 2 processes"),
        'POST ["GET"], 1 process: 60 % of webdis': at_least('gateway POST ["GET"], 1 process', 0.6),
        'POST ["GET"], 2 processes: above webdis': above('gateway POST ["GET"], 2 processes'),
        "/pipeline of 50: 5 x webdis' ops/s": at_least(PIPELINE, 5.0),
        "p99 added over direct Redis: 1.5 ms": added_p99_ms <= 1.5,
    }


def show_throughput(sides: Mapping[str, Mapping[str, float]]) -> str:
    webdis = sides[WEBDIS]["ops_per_s"]
    rows: list[list[object]] = [
        ["closed loop", "requests/s", "ops/s", "to webdis", "p50 ms", "p99", "CPU us", "errors"]
    ]
    for name, side in sides.items():
        speed = (side["requests_per_s"], side["ops_per_s"], ratio(side["ops_per_s"], webdis))
        rows.append([name, *speed, side["p50_ms"], side["p99_ms"], side["cpu_us"], side["errors"]])
    return table(rows)


def show_latency(title: str, found: Mapping[str, Mapping[str, float]]) -> str:
    names = ("p50_ms", "p99_ms", "added_p50_ms", "added_p99_ms")
    rows: list[list[object]] = [[title, "p50 ms", "p99", "added p50", "added p99"]]
    return table([*rows, *([way, *(each[name] for name in names)] for way, each in found.items())])
